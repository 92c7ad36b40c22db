import { SOURCE_MISSING } from '../../domain/failure.ts';
import type { ItemAction, ItemOutcome } from '../../domain/packs/import-item.ts';
import { PackFault } from '../../domain/packs/pack-fault.ts';
import { Refusal } from '../../domain/refusal.ts';
import type { JsonObject } from '../../domain/task.ts';
import type { LogEntry } from '../../domain/task-log.ts';
import type { Claim } from '../ports.ts';
import { FreeNames } from './free-names.ts';
import { fromDetails, type ImportOptions } from './options.ts';
import { type Import, type ItemPorts, orderItem, resumeItem } from './order-item.ts';
import { type PlanPorts, planImport } from './plan-import.ts';
import type { ImportCounts, OpenArchive, Orderers } from './ports.ts';
import { addWords, type WordPorts } from './settle-item.ts';

export interface ImportPorts extends PlanPorts, ItemPorts, WordPorts {
  orderers: Orderers;
}

/** What one claim does takes no longer, but for its last item: what is done is kept, and a crash loses little. */
const SLICE_MS = 15_000;

/** Emoji that are on their way at once, and that are ordered by one claim: each takes several calls, which are limited. */
export const MOST_IN_FLIGHT = 25;

/** Until those that are on their way may be there: the longer they take, the longer. */
const waitMs = (sinceMs: number): number => Math.min(Math.max(1_000, Math.ceil(sinceMs / 4)), 30 * 60_000);

/** After a call that failed, where others did not. */
const AFTER_FAULT_MS = 2_000;

/** A task that was ordered before, and that nobody knows of, was never accepted. */
export const LOST_AFTER_MS = 40 * 60_000;

/** Tells that an import is over, or does not go on with this claim. */
const OVER = Symbol('over');

/**
 * Works on an import: finds out what is in the pack, then orders its emoji one by one, a part with each claim. May be
 * broken off at any call, and done again.
 *
 * @throws when the task's owner cannot be told: then it takes the claim back by itself
 */
export async function importPack(ports: ImportPorts, claim: Claim): Promise<void> {
  const { taskOwners, log } = ports;
  const { id, token, attempt } = claim;
  const steps: LogEntry[] = [];
  const did = { something: false };
  try {
    const options = fromDetails(claim.details);
    const by = await ports.orderers.again(options.by);
    const it: Import = {
      id,
      options,
      by,
      rendering: claim.rendering,
      archive: opened(ports, claim.sourceKey),
      names: new FreeNames(ports.importItems),
    };
    const format = claim.outcome?.format ?? (await plan(ports, it));
    const isPlanned = claim.outcome !== null;
    const delayMs = options.dryRun ? OVER : isPlanned ? await carryOut(ports, it, claim, did) : 0;
    if (delayMs === null) return;
    const counts = countsOf(await ports.importItems.counts(id));
    const outcome = { format, dry_run: options.dryRun, on_conflict: options.onConflict, counts };
    const facts = { taskId: id, attempt, ...counts };
    if (delayMs === OVER) {
      const kept = await taskOwners.succeed(id, token, { outcome }, steps);
      log.info('pack imported', { ...facts, kept, format });
    } else {
      await taskOwners.proceed(id, token, { delayMs, outcome }, steps);
    }
  } catch (error) {
    if (error instanceof PackFault) {
      await taskOwners.fail(id, token, error.failure, steps);
      log.info('pack not imported', { taskId: id, attempt, code: error.failure.code, reason: error.message });
    } else if (error instanceof Refusal && error.code === 'token_invalid') {
      const remedy = 'Order it again, with a token that is valid: what has been imported can be skipped.';
      await taskOwners.fail(id, token, { code: error.code, message: error.message, remedy }, steps);
    } else {
      log.error('import broke off', error, { taskId: id, attempt });
      // What is done is done: there are all attempts for the rest. Calls are limited too, to few on some plans.
      if (did.something)
        await taskOwners.proceed(id, token, { delayMs: AFTER_FAULT_MS, outcome: claim.outcome ?? {} }, steps);
      else await taskOwners.retry(id, token, 'a fault while the pack was being imported', steps);
    }
  }
}

/** The archive, once somebody asks for it. @throws PackFault */
function opened({ archiveReader }: PlanPorts, key: string): Import['archive'] {
  let archive: Promise<OpenArchive> | null = null;
  return () => {
    archive ??= archiveReader.open(key).then((found) => {
      const { code, message, remedy } = SOURCE_MISSING;
      if (found === null) throw new PackFault(code, message, remedy);
      return found;
    });
    return archive;
  };
}

/** @returns the format of the pack */
async function plan(ports: ImportPorts, { id, options, archive, by }: Import): Promise<string> {
  const dry = options.from === null ? null : await ports.taskHistory.find(options.from);
  // It may have been forgotten: what it came with is kept.
  if (dry === null) return (await planImport(ports, id, await archive(), options, by)).format;
  await ports.importItems.copy(dry.id, id, Date.now());
  return String(dry.outcome?.format);
}

/**
 * Part of the work.
 *
 * @param did is told when something is done that need not be done again
 * @returns after how many milliseconds the next part is due; null when the task is somebody else's or nobody's by now
 */
async function carryOut(
  ports: ImportPorts,
  it: Import,
  claim: Claim,
  did: { something: boolean },
): Promise<number | typeof OVER | null> {
  const { importItems, taskOwners } = ports;
  const { id } = it;
  const until = Date.now() + SLICE_MS;
  const isInTime = () => Date.now() < until;
  const ended = await importItems.ended(id, Date.now() - LOST_AFTER_MS, 2 * MOST_IN_FLIGHT);
  for (const { item, end } of ended) {
    if (!isInTime()) return 0;
    const change =
      end === 'SUCCESS'
        ? { outcome: 'done' as const, error: null, leftOut: await addWords(ports, item, it.by) }
        : { outcome: 'failed' as const, error: end };
    await importItems.note(id, item, change, Date.now());
    did.something = true;
  }
  for (const item of await importItems.list(id, { outcomes: ['ordering'], after: 0, limit: 2 * MOST_IN_FLIGHT })) {
    await resumeItem(ports, it, item);
  }
  const counts = countsOf(await importItems.counts(id));
  await taskOwners.progress(
    id,
    claim.token,
    { done: counts.total - counts.planned - counts.waiting, of: counts.total },
    [],
  );
  if (counts.planned + counts.waiting === 0) return OVER;
  let inFlight = counts.waiting;
  const room = Math.max(0, MOST_IN_FLIGHT - inFlight);
  const planned = await importItems.list(id, { outcomes: ['planned'], after: 0, limit: room });
  for (const item of planned) {
    if (!isInTime()) return 0;
    // Nothing more is ordered once it is cancelled.
    const task = await taskOwners.read(id);
    if (task?.state !== 'STARTED' || task.lease?.attempt !== claim.attempt) return null;
    const done = await orderItem(ports, it, item);
    if (typeof done === 'object') return done.busy * 1_000;
    did.something = true;
    if (done === 'ordered') inFlight++;
  }
  // There may be more of them.
  if (planned.length === room && inFlight < MOST_IN_FLIGHT) return 0;
  const left = await importItems.list(id, { outcomes: ['waiting', 'ordering'], after: 0, limit: 2 * MOST_IN_FLIGHT });
  if (left.length === 0) return 0;
  return waitMs(Date.now() - Math.max(...left.map(({ changedAt }) => changedAt)));
}

export type Counts = Record<
  'total' | Exclude<ItemAction, 'ignore'> | 'planned' | 'waiting' | 'succeeded' | 'skipped' | 'failed' | 'ignored',
  number
>;

const OUTCOME_COUNTS: Record<ItemOutcome, keyof Counts> = {
  planned: 'planned',
  // It is as good as ordered, or will be planned again.
  ordering: 'planned',
  waiting: 'waiting',
  done: 'succeeded',
  skipped: 'skipped',
  failed: 'failed',
  ignored: 'ignored',
};

export function countsOf(rows: ImportCounts): Counts {
  const counts: Counts = {
    total: 0,
    create: 0,
    replace: 0,
    rename: 0,
    skip: 0,
    refuse: 0,
    planned: 0,
    waiting: 0,
    succeeded: 0,
    skipped: 0,
    failed: 0,
    ignored: 0,
  };
  for (const { action, outcome, count } of rows) {
    counts.total += count;
    if (action !== 'ignore') counts[action] += count;
    counts[OUTCOME_COUNTS[outcome]] += count;
  }
  return counts;
}

/** What a task tells of an import, as the API has it. */
export function outcomeOf(outcome: JsonObject | null, options: ImportOptions) {
  const counts = (outcome?.counts ?? countsOf([])) as Counts;
  return {
    format: (outcome?.format ?? null) as string | null,
    dry_run: options.dryRun,
    on_conflict: options.onConflict,
    counts,
  };
}
