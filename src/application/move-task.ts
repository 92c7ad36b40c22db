import { mayMoveTask, type Principal } from '../domain/access.ts';
import type { Emoji } from '../domain/emoji.ts';
import { Refusal } from '../domain/refusal.ts';
import { CANCELLABLE, isRendering, RETRYABLE, type TaskRecord, type TaskState } from '../domain/task.ts';
import { uploadTaskOf } from './accept-upload.ts';
import { nameTaken } from './create-emoji.ts';
import { checkOwner, emojiNotFound } from './find-emoji.ts';
import { findTask } from './find-task.ts';
import { fromDetails, tasksOf } from './imports/options.ts';
import type {
  EdgeCache,
  EmojiCatalogue,
  FollowedTask,
  Logger,
  TaskFilter,
  TaskHistory,
  TaskOwners,
  TaskPosition,
} from './ports.ts';
import { purgeEdge } from './purge-edge.ts';
import { refuseWhilePending } from './rerender-emoji.ts';
import { changing } from './revision.ts';

export interface MovePorts {
  catalogue: EmojiCatalogue;
  taskHistory: TaskHistory;
  taskOwners: TaskOwners;
  edge: EdgeCache;
  log: Logger;
}

/** What a person can do to a task. */
export type Move = (ports: MovePorts, id: string, by: Principal) => Promise<FollowedTask>;

/**
 * Ends a task that is not finished.
 *
 * @throws Refusal `task_state` for one that is, `task_not_yours`
 */
export const cancelTask: Move = async (ports, id, by) => {
  const { state } = await findMovable(ports, id, by);
  const task = await ports.taskOwners.cancel(id);
  if (task === null) throw await illegal(ports, id, by, 'cancelled', CANCELLABLE);
  ports.log.info('task cancelled', { taskId: id, was: state });
  return task;
};

/**
 * Renders the kept upload of a task that failed or was cancelled once more.
 *
 * @throws Refusal `task_state` in any other state, `task_not_yours`, `name_taken` when another emoji has the name by now,
 * `emoji_not_found` when the emoji whose picture was to be replaced is gone, `emoji_not_yours`, `picture_replaced` when the emoji shows a
 * later upload by now, `picture_pending` when it may soon, `quota_exceeded`, `too_many_tasks`
 */
export const retryTask: Move = async (ports, id, by) => {
  const { taskHistory, taskOwners, log } = ports;
  await findMovable(ports, id, by);
  // Its end has let go of the name: that must be over before the name is taken again.
  const record = (await taskOwners.settle(id)) ?? (await taskHistory.find(id));
  if (record === null || !RETRYABLE.includes(record.state)) {
    throw await illegal(ports, id, by, 'tried again', RETRYABLE);
  }
  const askedAt = Date.now();
  const task = await taskOwners.restart(record, await versionFor(ports, record, by), askedAt);
  // Somebody else was faster; where nobody has the name now, the sweep frees it.
  if (task === null) throw await illegal(ports, id, by, 'tried again', RETRYABLE);
  log.info('task tried again', { taskId: id, was: record.state });
  return task;
};

async function findMovable(ports: MovePorts, id: string, by: Principal): Promise<FollowedTask> {
  const task = await findTask(ports, id, by);
  checkMover(by, task);
  return task;
}

/** @throws Refusal `task_not_yours` */
export function checkMover(by: Principal, task: Pick<TaskRecord, 'actor'>): void {
  if (mayMoveTask(by, task)) return;
  throw new Refusal('task_not_yours', "The task is somebody else's. Whoever has the scope task:write can move it.");
}

async function versionFor(ports: MovePorts, record: TaskRecord, by: Principal): Promise<number> {
  const { catalogue } = ports;
  const { actor: owner, sequence } = record;
  // Who has the tasks of others tried again is not kept from that by what they have.
  const charge = { owner, sequence, quotas: owner === by.name ? by.quotas : null };
  if (!isRendering(record.kind)) {
    const tasks = record.kind === 'import' ? tasksOf(fromDetails(record.details)) : 1;
    await catalogue.count(record, Date.now(), { ...charge, tasks });
    return record.version;
  }
  if (record.kind === 'create') {
    const takenFrom = await catalogue.takeAgain(record, Date.now(), charge);
    if (takenFrom === null) throw nameTaken(record.emojiName);
    await purgeEdge(ports, ...takenFrom);
    return record.version;
  }
  return changing(
    async () => {
      const emoji = await catalogue.findById(record.emojiId);
      if (emoji === null) throw emojiNotFound(record.emojiName);
      // He may have ordered it when he could change all emoji.
      if (!by.scopes.has('task:write')) checkOwner(by, emoji);
      return emoji;
    },
    null,
    async (emoji) => {
      const now = Date.now();
      if (await isOutdated(ports, record, emoji)) throw pictureReplaced(emoji);
      await refuseWhilePending(catalogue, emoji, now);
      const version = await catalogue.nextVersion({ ...record, actor: by.name }, now, emoji.revision, charge);
      if (version === null) throw emojiNotFound(record.emojiName);
      return version;
    },
  );
}

/** Whether the emoji shows an upload that came after the one of a task. */
async function isOutdated({ taskHistory }: MovePorts, record: TaskRecord, { sourceKey }: Emoji): Promise<boolean> {
  if (record.kind === 'render') return sourceKey !== record.sourceKey;
  // One that the history has forgotten came before all that are in it.
  const shown = sourceKey === null ? null : await taskHistory.find(uploadTaskOf(sourceKey));
  return shown !== null && shown.receivedAt > record.receivedAt;
}

function pictureReplaced({ name }: Emoji): Refusal {
  const path = `/custom-emoji/emojis/${encodeURIComponent(name)}`;
  return new Refusal(
    'picture_replaced',
    `"${name}" has been made from another upload since: this would bring the one before back. If that is what you want, ` +
      `upload it again, with PUT ${path}/image; have the present one made anew with POST ${path}/render.`,
  );
}

async function illegal(ports: MovePorts, id: string, by: Principal, what: string, from: TaskState[]): Promise<Refusal> {
  const { state } = await findTask(ports, id, by);
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
  by: Principal,
  move: Move,
  filter: TaskFilter,
  after: TaskPosition | null,
): Promise<MovedTasks> {
  const found = await ports.taskHistory.list(filter, { order: 'newest', after, limit: MOST_MOVES + 1 });
  const page = found.slice(0, MOST_MOVES);
  const moved: string[] = [];
  const refused: MovedTasks['refused'] = [];
  const moveOne = async ({ id }: Pick<TaskPosition, 'id'>) => {
    try {
      await move(ports, id, by);
      moved.push(id);
    } catch (error) {
      refused.push({ id, ...reasonOf(ports, id, error) });
    }
  };
  // Those of one emoji one after the other: what becomes of the later upload decides about the earlier one.
  const emojis = [...Map.groupBy(page, ({ emojiId }) => emojiId).values()];
  for (let start = 0; start < emojis.length; start += AT_A_TIME) {
    await Promise.all(
      emojis.slice(start, start + AT_A_TIME).map(async (tasks) => {
        for (const task of tasks) await moveOne(task);
      }),
    );
  }
  const last = page.at(-1);
  return { moved, refused, next: found.length > MOST_MOVES && last ? { at: last.receivedAt, id: last.id } : null };
}

function reasonOf({ log }: MovePorts, taskId: string, error: unknown): { code: string; message: string } {
  if (error instanceof Refusal) return { code: error.code, message: error.message };
  log.error('task not moved', error, { taskId });
  return { code: 'internal_error', message: 'Something went wrong on our side. Try again.' };
}
