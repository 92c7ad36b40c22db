import { LEASE_MS } from '../domain/task.ts';
import type { QueueState, TaskHistory, TaskSummary } from './ports.ts';

/**
 * A message is sent again when nobody claims its task within 30 s: by now the second one has been out for as long, and
 * neither has come to a renderer.
 */
export const STALLED_AFTER_MS = 60_000;

/** As many of the tasks that are being rendered are told one by one. */
export const MOST_RUNNING = 20;

export const CONSUMER_STATES = ['idle', 'working', 'stalled'] as const;

/** What the renderers do. */
export interface ConsumerState extends QueueState {
  /** `stalled`: a task has waited for long, and none was started meanwhile, nor can be under way still. */
  state: (typeof CONSUMER_STATES)[number];
  running: TaskSummary[];
}

/** What the renderers do now, as far as the history knows. */
export async function consumerState(taskHistory: TaskHistory, now: number): Promise<ConsumerState> {
  const started = { states: ['STARTED' as const], kind: null, emojiName: null, from: null, to: null, reason: null };
  const [queue, running] = await Promise.all([
    taskHistory.queue(now),
    taskHistory.list(started, { order: 'newest', after: null, limit: MOST_RUNNING }),
  ]);
  const { oldestDueAt, lastStartedAt } = queue;
  const isLongAgo = (time: number) => time <= now - STALLED_AFTER_MS;
  // Those that take long keep others waiting, and nothing is wrong with that.
  const isAtWork = running.some(({ startedAt }) => startedAt !== null && startedAt + LEASE_MS > now);
  const isStalled = oldestDueAt !== null && isLongAgo(oldestDueAt) && isLongAgo(lastStartedAt ?? 0) && !isAtWork;
  const isIdle = oldestDueAt === null && queue.started === 0;
  return { ...queue, running, state: isStalled ? 'stalled' : isIdle ? 'idle' : 'working' };
}
