import type { Principal } from '../../domain/access.ts';
import type { Failure } from '../../domain/failure.ts';
import { decide, type ImportedEmoji, type ImportItem } from '../../domain/packs/import-item.ts';
import { PackFault } from '../../domain/packs/pack-fault.ts';
import { serverUrl } from '../../domain/public-url.ts';
import { Refusal } from '../../domain/refusal.ts';
import type { Rendering } from '../../domain/rendering.ts';
import { orderOf, SUBMIT_WITHIN_MS } from '../../domain/task.ts';
import { findAccepted, type UploadPorts } from '../accept-upload.ts';
import { createEmoji } from '../create-emoji.ts';
import type { PictureFetcher } from '../ports.ts';
import { replaceImage } from '../replace-image.ts';
import type { FreeNames } from './free-names.ts';
import type { ImportOptions } from './options.ts';
import type { Hashed, ImportItems, ItemChange, OpenArchive } from './ports.ts';

export interface ItemPorts extends UploadPorts {
  importItems: ImportItems;
  pictureFetcher: PictureFetcher;
  /** Whether other programs on this machine may be asked for pictures. */
  isLocal: boolean;
  hashed: Hashed;
}

/** What all items of an import have in common. */
export interface Import {
  id: string;
  options: ImportOptions;
  by: Principal;
  rendering: Rendering;
  /** @throws PackFault when it cannot be read */
  archive(): Promise<OpenArchive>;
  names: FreeNames;
}

/** One that fails whoever works on it without a word is given up, before the import is. */
const MOST_TRIES = 4;

/** Others would have to be faster that often in a row. */
const MOST_RACES = 5;

/** Refusals that are over by themselves. */
const PASSING = ['too_many_tasks', 'too_many_uploads'];
const RETRY_AFTER = 5;

/**
 * Orders the emoji of an item, by who has its name at this moment.
 *
 * @param item one that is planned
 * @returns `busy`: with the seconds after which there may be room for it, when there is none now
 * @throws on a passing fault: then the item may have been ordered
 */
export async function orderItem(
  ports: ItemPorts,
  it: Import,
  item: ImportItem,
): Promise<'ordered' | 'over' | { busy: number }> {
  const { emoji } = item;
  if (emoji === null) return 'over';
  let tries = item.tries;
  for (let races = 0; races < MOST_RACES; races++) {
    if (tries >= MOST_TRIES) return end(ports, it, item, { outcome: 'failed', error: givenUp(tries) });
    const holders = await ports.importItems.holders([emoji.name, item.finalName ?? emoji.name]);
    const decision = decide(emoji, holders.get(emoji.name) ?? null, it.options.onConflict, it.by);
    const { action } = decision;
    if ('error' in decision) {
      const outcome = action === 'skip' ? 'skipped' : 'failed';
      return end(ports, it, item, { action, outcome, finalName: null, error: decision.error });
    }
    const finalName = action === 'rename' ? await newName(it, item, emoji, holders) : emoji.name;
    const ids = {
      taskId: crypto.randomUUID(),
      emojiId: 'emojiId' in decision ? decision.emojiId : crypto.randomUUID(),
    };
    const change = { action, outcome: 'ordering' as const, finalName, ...ids, tries: ++tries };
    // Somebody else is at it.
    if (!(await note(ports, it, item, change))) return 'over';
    const ordering = { ...item, ...change };
    try {
      await place(ports, it, emoji, ordering, ids);
      await note(ports, it, ordering, { outcome: 'waiting' });
      return 'ordered';
    } catch (error) {
      const failure = failureOf(error);
      if (failure === null) throw error;
      const wait = secondsTo(error);
      if (failure.code !== 'name_taken' && wait === null) {
        return end(ports, it, ordering, { outcome: 'failed', error: failure });
      }
      // It is no fault of its own.
      await note(ports, it, ordering, { outcome: 'planned', taskId: null, emojiId: null, tries: --tries });
      if (wait !== null) return { busy: wait };
    }
  }
  return { busy: 1 };
}

/**
 * Finds out what became of an item that was being ordered when something broke off, or that somebody is slow to order. One
 * that was not accepted is planned again.
 */
export async function resumeItem(ports: ItemPorts, it: Import, item: ImportItem): Promise<void> {
  const { catalogue, taskHistory, taskOwners } = ports;
  const { taskId, emojiId, action, changedAt } = item;
  if (taskId === null || emojiId === null) return;
  const planned = { outcome: 'planned' as const, taskId: null, emojiId: null };
  const order = { id: taskId, emojiId, actor: it.by.name };
  if ((await findAccepted(ports, taskId)) !== null) {
    await note(ports, it, item, { outcome: 'waiting' });
    return;
  }
  const copy = await taskHistory.find(taskId);
  const isTooOld = Date.now() - (copy?.receivedAt ?? changedAt) > SUBMIT_WITHIN_MS;
  if (copy !== null && !isTooOld) {
    // The name is taken: all that is missing is that its owner hears of it.
    await taskOwners.submit(orderOf(copy));
    await note(ports, it, item, { outcome: 'waiting' });
  } else if (action !== 'replace') {
    if (copy !== null) await catalogue.release(order);
    await note(ports, it, item, planned);
  } else if (isTooOld) {
    // Up to then, its owner may hear of it yet.
    await catalogue.withdraw(order);
    await note(ports, it, item, planned);
  }
}

/** The one that was foreseen, where that is free. */
async function newName(
  { names }: Import,
  { finalName }: ImportItem,
  { name }: ImportedEmoji,
  holders: Map<string, unknown>,
): Promise<string> {
  if (finalName === null || finalName === name || holders.has(finalName) || names.isGiven(finalName)) {
    return names.like(name);
  }
  names.give(finalName);
  return finalName;
}

async function place(
  ports: ItemPorts,
  { id, archive, options, by, rendering }: Import,
  { source }: ImportedEmoji,
  { action, finalName }: ImportItem,
  ids: { taskId: string; emojiId: string },
): Promise<void> {
  const origin = new URL(options.origin);
  const bytes =
    'entry' in source
      ? (await archive()).read(source.entry)
      : ports.pictureFetcher.fetch(serverUrl(source.url, origin, ports.isLocal), origin);
  const upload = { ...ports.hashed(bytes), rendering, by, parentId: id, ids, idempotency: null };
  await (action === 'replace'
    ? replaceImage(ports, finalName ?? '', upload, ({ id }) => id === ids.emojiId)
    : createEmoji(ports, finalName ?? '', upload));
}

async function end(ports: ItemPorts, it: Import, item: ImportItem, change: ItemChange): Promise<'over'> {
  await note(ports, it, item, change);
  return 'over';
}

function note({ importItems }: ItemPorts, { id }: Import, item: ImportItem, change: ItemChange): Promise<boolean> {
  return importItems.note(id, item, change, Date.now());
}

/** Seconds after which there may be room; null where that is not what is lacking. */
function secondsTo(error: unknown): number | null {
  if (!(error instanceof Refusal) || !PASSING.includes(error.code)) return null;
  const { quota, retryAfter = RETRY_AFTER } = error.facts;
  // Of one task, the import is that one.
  return quota !== undefined && quota.limit <= 1 ? null : retryAfter;
}

/** Why it cannot be ordered; null for a fault that may pass. */
function failureOf(error: unknown): Failure | null {
  if (error instanceof PackFault) return error.failure;
  if (!(error instanceof Refusal)) return null;
  return {
    code: error.code,
    message: error.message,
    remedy: 'When that is mended, import the pack again, or add the emoji by itself.',
  };
}

function givenUp(tries: number): Failure {
  return {
    code: 'attempts_used_up',
    message: `Whoever read this file of the pack stopped without an answer, ${tries} times.`,
    remedy: 'Upload the picture by itself.',
  };
}
