import { KEEP_DELETED_MS } from '../domain/emoji.ts';
import { KEEP_KEYS_MS, sourceKeyOf } from './accept-upload.ts';
import type { Deliveries, NoticeQueue } from './notices/ports.ts';
import type {
  EmojiCatalogue,
  Housekeeping,
  Logger,
  Receipt,
  SourceStore,
  StoredObject,
  StoredObjects,
  TaskOwners,
} from './ports.ts';
import { type StatsWindow, startOfWindow, WINDOWS } from './task-stats.ts';

export interface SweepPorts {
  housekeeping: Housekeeping;
  storedObjects: StoredObjects;
  catalogue: EmojiCatalogue;
  sources: SourceStore;
  taskOwners: TaskOwners;
  deliveries: Pick<Deliveries, 'due' | 'forget'>;
  noticeQueue: NoticeQueue;
  log: Logger;
}

/** What a run did. */
export interface SweepReport {
  /** Uploads that were neither accepted nor undone: their names, rows and pictures are gone. */
  unaccepted: number;
  /** Unfinished tasks that were looked after: the history now has them as their owners do. */
  settled: number;
  namesFreed: number;
  /** That were counted as tasks in flight, and never became any. */
  ordersForgotten: number;
  /** Deleted emoji that can be restored no more. */
  emojisDropped: number;
  tasksForgotten: number;
  sourcesDeleted: number;
  imagesDeleted: number;
  keysForgotten: number;
  /** That were due, and are looked at again: their messages may be lost. */
  noticesWoken: number;
  noticesForgotten: number;
  /** Steps that failed; the next run does them again. */
  faults: string[];
}

/** What is younger may be under way. */
export const GRACE_MS = 15 * 60_000;

// Bounds of one run, which may make a limited number of calls.
/** Owners asked by one step. */
const MOST_ASKED = 100;
const MOST_FORGOTTEN = 500;
const MOST_WOKEN = 1_000;
const MOST_DROPPED = 50;
const MOST_PAGES = 20;

/** Pictures that were made to fit a platform are made again when somebody asks for them after this. */
const KEEP_FITTED_MS = 30 * 24 * 3_600_000;

/**
 * Puts right what a crash at the wrong moment left behind, and drops what is too old to be kept. Can be run at any
 * time, twice as well; a run does a bounded amount of work, and the next one goes on where it ended.
 *
 * @param retentionMs how long finished tasks are kept
 */
export async function sweep(ports: SweepPorts, now: number, retentionMs: number): Promise<SweepReport> {
  const report: SweepReport = {
    unaccepted: 0,
    settled: 0,
    namesFreed: 0,
    ordersForgotten: 0,
    emojisDropped: 0,
    tasksForgotten: 0,
    sourcesDeleted: 0,
    imagesDeleted: 0,
    keysForgotten: 0,
    noticesWoken: 0,
    noticesForgotten: 0,
    faults: [],
  };
  const { housekeeping, log } = ports;
  const before = now - GRACE_MS;
  const steps: Record<string, () => Promise<void>> = {
    tasks: () => sweepUnfinished(ports, before, report),
    names: () => sweepNames(ports, before, report),
    orders: () => sweepOrders(ports, before, report),
    bin: async () => {
      report.emojisDropped += await housekeeping.dropDeleted(now - KEEP_DELETED_MS, MOST_DROPPED);
    },
    history: () => sweepHistory(ports, now - retentionMs, report),
    keys: async () => {
      report.keysForgotten += await housekeeping.forgetKeys(now - KEEP_KEYS_MS);
    },
    periods: async () => {
      for (const window of Object.keys(WINDOWS) as StatsWindow[]) {
        await housekeeping.forgetPeriods(WINDOWS[window].step, startOfWindow(window, now));
      }
    },
    sources: () => sweepSources(ports, before, report),
    images: () => sweepImages(ports, before, report),
    notices: () => sweepNotices(ports, now, retentionMs, report),
    fitted: () => sweepFitted(ports, now - KEEP_FITTED_MS, report),
  };
  for (const [step, run] of Object.entries(steps)) {
    try {
      await run();
    } catch (error) {
      log.error('sweep failed', error, { step });
      report.faults.push(step);
    }
  }
  log.info('swept', { ...report });
  return report;
}

/** Has the history know what the owners of tasks know. A task that its owner knows nothing of was never accepted. */
async function sweepUnfinished(ports: SweepPorts, before: number, report: SweepReport): Promise<void> {
  const { housekeeping, taskOwners, catalogue, log } = ports;
  const cursor = await housekeeping.cursor('tasks');
  const after = cursor === null ? null : (JSON.parse(cursor) as Receipt);
  const tasks = await housekeeping.unfinished(before, after, MOST_ASKED);
  let faults = 0;
  for (const task of tasks) {
    const facts = { taskId: task.id, emojiName: task.emojiName };
    try {
      if ((await taskOwners.settle(task.id)) !== null) {
        report.settled++;
        continue;
      }
      // Should it have ended and been forgotten this very moment: then the history has it, and nothing is released.
      await catalogue.release(task);
      await dropSources(ports, await housekeeping.unownedSources([task.sourceKey]));
      log.info('upload swept away', facts);
      report.unaccepted++;
    } catch (error) {
      // One that cannot be looked after now must not keep the others from it.
      log.error('task not swept', error, facts);
      faults++;
    }
  }
  if (faults > 0) report.faults.push('tasks');
  const last = tasks.length === MOST_ASKED ? tasks.at(-1) : undefined;
  const next = last ? JSON.stringify({ receivedAt: last.receivedAt, id: last.id }) : null;
  await housekeeping.keepCursor('tasks', next);
}

/** Frees names, once the owners of their tasks have been heard: the history may not know yet of a person's retry. */
async function sweepNames(
  { housekeeping, taskOwners, log }: SweepPorts,
  before: number,
  report: SweepReport,
): Promise<void> {
  const tasks = await housekeeping.tasksWithoutPicture(before, MOST_ASKED);
  // Later ones have not been asked: the next run does.
  let asked = tasks.length === MOST_ASKED ? (tasks.at(-1)?.since ?? before) : before;
  for (const { id, since } of tasks) {
    try {
      await taskOwners.settle(id);
    } catch (error) {
      log.error('names not swept', error, { taskId: id });
      report.faults.push('names');
      asked = since;
      break;
    }
  }
  report.namesFreed += await housekeeping.freeNames(asked);
}

/** Has the quotas of owners free of tasks that nobody knows of, and of their uploads. */
async function sweepOrders(ports: SweepPorts, before: number, report: SweepReport): Promise<void> {
  const { housekeeping, taskOwners, log } = ports;
  const heard: string[] = [];
  let faults = 0;
  for (const taskId of await housekeeping.lostOrders(before, MOST_ASKED)) {
    try {
      // From here on the history knows of it, if anybody does.
      await taskOwners.settle(taskId);
      heard.push(taskId);
    } catch (error) {
      log.error('order not swept', error, { taskId });
      faults++;
    }
  }
  if (faults > 0) report.faults.push('orders');
  if (heard.length === 0) return;
  await dropSources(ports, await housekeeping.unownedSources(heard.map(sourceKeyOf)));
  report.ordersForgotten += await housekeeping.forgetOrders(heard, before);
}

/** Deletes uploads; they count no more from before on, so that none can count that is not there. */
async function dropSources({ housekeeping, sources }: SweepPorts, keys: string[]): Promise<void> {
  await housekeeping.forgetUploads(keys);
  await sources.delete(...keys);
}

async function sweepHistory(ports: SweepPorts, before: number, report: SweepReport): Promise<void> {
  const { tasks, sourceKeys } = await ports.housekeeping.forgetTasks(before, MOST_FORGOTTEN);
  report.tasksForgotten += tasks;
  await dropSources(ports, sourceKeys);
  report.sourcesDeleted += sourceKeys.length;
}

/** Has notices told that are due, and forgets those as old as the tasks that are forgotten. */
async function sweepNotices(
  { deliveries, noticeQueue }: SweepPorts,
  now: number,
  retentionMs: number,
  report: SweepReport,
): Promise<void> {
  const due = await deliveries.due(now, MOST_WOKEN);
  await noticeQueue.wake(due);
  report.noticesWoken += due.length;
  report.noticesForgotten += await deliveries.forget(now - retentionMs, MOST_FORGOTTEN);
}

/** Uploads that no task and no emoji knows of. */
async function sweepSources(ports: SweepPorts, before: number, report: SweepReport): Promise<void> {
  const { unownedSources, forgetUploads } = ports.housekeeping;
  const keyOf = ({ key }: StoredObject) => key;
  report.sourcesDeleted += await sweepObjects(ports, 'sources/', before, keyOf, unownedSources, forgetUploads);
}

/** Pictures that no emoji shows. */
async function sweepImages(ports: SweepPorts, before: number, report: SweepReport): Promise<void> {
  const hashOf = ({ key }: StoredObject): string => key.slice('images/'.length).replace(/\..*/, '');
  report.imagesDeleted += await sweepObjects(ports, 'images/', before, hashOf, ports.housekeeping.unusedImages);
}

/** Pictures that were made to fit, long ago. */
async function sweepFitted(
  { storedObjects, housekeeping }: SweepPorts,
  before: number,
  report: SweepReport,
): Promise<void> {
  const page = await storedObjects.list('fitted/', await housekeeping.cursor('fitted/'));
  for (const object of page.objects.filter(({ writtenAt }) => writtenAt < before).slice(0, MOST_ASKED)) {
    if (await storedObjects.delete(object)) report.imagesDeleted++;
  }
  await housekeeping.keepCursor('fitted/', page.cursor);
}

/**
 * Goes through some pages of storage and deletes what nothing needs, unless the owner of its task still has something
 * to tell the history.
 *
 * @param before milliseconds since 1970: what was written later is left alone
 * @param idOf what an object is known by
 * @param unneeded finds those that nothing needs
 * @param forget is told of those that are about to be deleted
 * @returns how many were deleted
 */
async function sweepObjects(
  { housekeeping, storedObjects, taskOwners }: SweepPorts,
  prefix: 'sources/' | 'images/',
  before: number,
  idOf: (object: StoredObject) => string,
  unneeded: (ids: string[]) => Promise<string[]>,
  forget: (ids: string[]) => Promise<void> = async () => {},
): Promise<number> {
  let cursor = await housekeeping.cursor(prefix);
  let deleted = 0;
  let left = MOST_ASKED;
  for (let pages = 0; pages < MOST_PAGES; pages++) {
    const page = await storedObjects.list(prefix, cursor);
    const old = page.objects.filter(({ writtenAt }) => writtenAt < before);
    const ids = new Set(await unneeded(old.map(idOf)));
    const found = old.filter((object) => ids.has(idOf(object)));
    const asked = found.slice(0, left);
    left -= asked.length;
    for (const object of asked) {
      const task = await taskOwners.read(object.taskId);
      if (task !== null && task.finishedAt === null) continue;
      await forget([idOf(object)]);
      if (await storedObjects.delete(object)) deleted++;
    }
    // The page again, next time: it had more than one run may ask for.
    if (asked.length < found.length) break;
    cursor = page.cursor;
    if (cursor === null) break;
  }
  await housekeeping.keepCursor(prefix, cursor);
  return deleted;
}
