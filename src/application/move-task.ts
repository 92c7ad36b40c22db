import { Refusal } from '../domain/refusal.ts';
import type { TaskRecord, TaskState } from '../domain/task.ts';
import { nameTaken } from './create-emoji.ts';
import { emojiNotFound } from './find-emoji.ts';
import { findTask } from './find-task.ts';
import type {
  EmojiCatalogue,
  FollowedTask,
  Logger,
  TaskFilter,
  TaskHistory,
  TaskOwners,
  TaskPosition,
  TaskSummary,
} from './ports.ts';

export interface MovePorts {
  catalogue: EmojiCatalogue;
  taskHistory: TaskHistory;
  taskOwners: TaskOwners;
  log: Logger;
}

/** States from which a person can cancel a task, and have it tried again. */
export const CANCELLABLE: TaskState[] = ['PENDING', 'STARTED', 'RETRY'];
export const RETRYABLE: TaskState[] = ['FAILURE', 'REVOKED'];

/** What a person can do to a task. */
export type Move = (ports: MovePorts, id: string) => Promise<FollowedTask>;

/**
 * Ends a task that is not finished.
 *
 * @throws Refusal `task_state` for one that is
 */
export const cancelTask: Move = async (ports, id) => {
  const { state } = await findTask(ports, id);
  const task = await ports.taskOwners.cancel(id);
  if (task === null) throw await illegal(ports, id, 'cancelled', CANCELLABLE);
  ports.log.info('task cancelled', { taskId: id, was: state });
  return task;
};

/**
 * Renders the kept upload of a task that failed or was cancelled once more.
 *
 * @throws Refusal `task_state` in any other state, `name_taken` when another emoji has the name by now,
 * `emoji_not_found` when the emoji whose picture was to be replaced is gone
 */
export const retryTask: Move = async (ports, id) => {
  const { catalogue, taskHistory, taskOwners, log } = ports;
  await findTask(ports, id);
  // Its end has let go of the name: that must be over before the name is taken again.
  const record = (await taskOwners.settle(id)) ?? (await taskHistory.find(id));
  if (record?.state !== 'FAILURE' && record?.state !== 'REVOKED') {
    throw await illegal(ports, id, 'tried again', RETRYABLE);
  }
  const askedAt = Date.now();
  const task = await taskOwners.restart(record, await versionFor(catalogue, record), askedAt);
  // Somebody else was faster; where nobody has the name now, the sweep frees it.
  if (task === null) throw await illegal(ports, id, 'tried again', RETRYABLE);
  log.info('task tried again', { taskId: id, was: record.state });
  return task;
};

async function versionFor(catalogue: EmojiCatalogue, record: TaskRecord): Promise<number> {
  if (record.kind === 'create') {
    if (!(await catalogue.takeAgain(record, Date.now()))) throw nameTaken(record.emojiName);
    return record.version;
  }
  // Who wants it now, nobody has said.
  const version = await catalogue.nextVersion({ ...record, actor: null }, Date.now(), null);
  if (typeof version !== 'number') throw emojiNotFound(record.emojiName);
  return version;
}

async function illegal(ports: MovePorts, id: string, what: string, from: TaskState[]): Promise<Refusal> {
  const { state } = await findTask(ports, id);
  // It has moved on, and the history does not have that yet.
  const detail = from.includes(state)
    ? `The task is changing at this moment and cannot be ${what} now. Look at it again in a few seconds.`
    : `The task is ${state}; only a task that is ${from.slice(0, -1).join(', ')} or ${from.at(-1)} can be ${what}.`;
  return new Refusal('task_state', detail, { state });
}

export interface MovedTasks {
  /** Tasks of this page that were moved. */
  moved: string[];
  /** Tasks that could not be, and why. */
  refused: { id: string; code: string; message: string }[];
  /** Where to go on; null when all that match have been seen. */
  next: TaskPosition | null;
}

/** As many as one request does: each takes several calls to other objects, and they are limited. */
export const MOST_MOVES = 100;
const AT_A_TIME = 10;

/** Moves the tasks that a filter finds, newest first, a page at a time. One that cannot be moved stops no other. */
export async function moveTasks(
  ports: MovePorts,
  move: Move,
  filter: TaskFilter,
  after: TaskPosition | null,
): Promise<MovedTasks> {
  const found = await ports.taskHistory.list(filter, { order: 'newest', after, limit: MOST_MOVES + 1 });
  const page = found.slice(0, MOST_MOVES);
  const moved: string[] = [];
  const refused: MovedTasks['refused'] = [];
  for (let start = 0; start < page.length; start += AT_A_TIME) {
    const some = page.slice(start, start + AT_A_TIME);
    const outcomes = await Promise.allSettled(some.map(({ id }) => move(ports, id)));
    for (const [i, outcome] of outcomes.entries()) {
      const { id } = some[i] as TaskSummary;
      if (outcome.status === 'fulfilled') moved.push(id);
      else refused.push({ id, ...reasonOf(ports, id, outcome.reason) });
    }
  }
  const last = page.at(-1);
  return { moved, refused, next: found.length > MOST_MOVES && last ? { at: last.receivedAt, id: last.id } : null };
}

function reasonOf({ log }: MovePorts, taskId: string, error: unknown): { code: string; message: string } {
  if (error instanceof Refusal) return { code: error.code, message: error.message };
  log.error('task not moved', error, { taskId });
  return { code: 'internal_error', message: 'Something went wrong on our side. Try again.' };
}
