import { dueSince, isRendering, LEASE_MS } from '../domain/task.ts';
import type { QueueState, TaskHistory, TaskOwners, TaskSummary } from './ports.ts';

/**
 * A message is sent again when nobody claims its task within 30 s: by now the second one has been out for as long, and
 * neither has come to a renderer.
 */
export const STALLED_AFTER_MS = 60_000;

/** As many of the tasks that are being rendered are told one by one. */
export const MOST_RUNNING = 20;

/** Owners that are asked at most: more uploads than that seldom break off within the half hour until the sweep. */
const MOST_ASKED = 20;

export const CONSUMER_STATES = ['idle', 'working', 'stalled'] as const;

/** What the renderers do. */
export interface ConsumerState extends Omit<QueueState, 'due'> {
  /** `stalled`: a task has waited for long, and none was started meanwhile, nor can be under way still. */
  state: (typeof CONSUMER_STATES)[number];
  /** Since when the first of those that a renderer may take now waits. */
  oldestDueAt: number | null;
  running: TaskSummary[];
}

interface Ports {
  taskHistory: TaskHistory;
  taskOwners: TaskOwners;
}

/** What the renderers do now, as far as the history knows. */
export async function consumerState({ taskHistory, taskOwners }: Ports, now: number): Promise<ConsumerState> {
  const inWork = {
    states: ['STARTED' as const],
    kind: null,
    parentId: null,
    emojiName: null,
    from: null,
    to: null,
    reason: null,
  };
  const [{ due, waiting, ...queue }, started] = await Promise.all([
    taskHistory.queue(now, MOST_ASKED),
    taskHistory.list(inWork, { order: 'newest', after: null, limit: MOST_RUNNING }),
  ]);
  const running = started.filter(({ kind }) => isRendering(kind));
  const isLongAgo = (time: number) => time <= now - STALLED_AFTER_MS;
  // An upload that breaks off in the middle leaves a row that waits for nothing, until the sweep finds it.
  let leftBehind = 0;
  for (const { id, since } of due) {
    if (!isLongAgo(since) || (await isWaiting(taskOwners, id))) break;
    leftBehind++;
  }
  const oldestDueAt = due[leftBehind]?.since ?? null;
  // Those that take long keep others waiting, and nothing is wrong with that.
  const isAtWork = running.some(({ startedAt }) => startedAt !== null && startedAt + LEASE_MS > now);
  const isStalled = oldestDueAt !== null && isLongAgo(oldestDueAt) && isLongAgo(queue.lastStartedAt ?? 0) && !isAtWork;
  const isIdle = oldestDueAt === null && queue.started === 0;
  const state = isStalled ? 'stalled' : isIdle ? 'idle' : 'working';
  return { ...queue, state, oldestDueAt, waiting: Math.max(0, waiting - leftBehind), running };
}

/** Whether its owner has a task that waits for a renderer. One that cannot be asked is taken to have it. */
async function isWaiting(taskOwners: TaskOwners, id: string): Promise<boolean> {
  return taskOwners.read(id).then(
    (task) => task !== null && dueSince(task) !== null,
    () => true,
  );
}
