import type { Failure } from '../../domain/failure.ts';
import type { ImportItem } from '../../domain/packs/import-item.ts';
import type { TaskRecord } from '../../domain/task.ts';
import { type Counts, countsOf, LOST_AFTER_MS, MOST_IN_FLIGHT } from './import-pack.ts';
import type { ImportItems } from './ports.ts';
import { hasWords } from './settle-item.ts';

/** How tasks have ended, by the numbers of their items. */
export type Ends = Map<number, 'SUCCESS' | Failure>;

const isStopped = ({ state }: TaskRecord): boolean => state === 'REVOKED' || state === 'FAILURE';

/** What has become of the emoji that an import had ordered before it was stopped: it notes nothing more. */
export async function endsSince(importItems: ImportItems, task: TaskRecord): Promise<Ends> {
  if (!isStopped(task)) return new Map();
  const ended = await importItems.ended(task.id, Date.now() - LOST_AFTER_MS, 2 * MOST_IN_FLIGHT);
  return new Map(ended.map(({ item, end }) => [item.number, end]));
}

/** @returns null of an import that was not stopped: what it has noted is right */
export async function countsSince(importItems: ImportItems, task: TaskRecord): Promise<Counts | null> {
  if (!isStopped(task)) return null;
  const counts = countsOf(await importItems.counts(task.id));
  for (const end of (await endsSince(importItems, task)).values()) {
    counts.waiting--;
    counts[end === 'SUCCESS' ? 'succeeded' : 'failed']++;
  }
  return counts;
}

/** An item as it is by now. */
export function asEnded(item: ImportItem, ends: Ends): ImportItem {
  const end = ends.get(item.number);
  if (end === undefined || item.outcome !== 'waiting') return item;
  if (end !== 'SUCCESS') return { ...item, outcome: 'failed', error: end };
  return { ...item, outcome: 'done', leftOut: hasWords(item) ? [...item.leftOut, STOPPED] : item.leftOut };
}

const STOPPED = 'aliases, tags, category and description: the import was stopped before; have it tried again';
