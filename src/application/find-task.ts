import { maySeeTask, type Principal } from '../domain/access.ts';
import { Refusal } from '../domain/refusal.ts';
import { isFinished, KEEP_MS, type TaskRecord } from '../domain/task.ts';
import type { FollowedTask, TaskHistory, TaskOwners } from './ports.ts';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

interface Ports {
  taskHistory: TaskHistory;
  taskOwners: TaskOwners;
}

/**
 * A task as it is to be seen: by its copy in the history, and by its owner while it is being rendered (it knows how
 * far that is) or its first copy is still on its way. Neither tells of SUCCESS before the emoji can be fetched.
 *
 * @throws Refusal `task_not_found`, also for one that he may not see
 */
export function findTask(ports: Ports, id: string, by: Principal): Promise<FollowedTask> {
  return find(ports, id, by, ({ state }) => state === 'STARTED');
}

/** The same with all that is to be known of it, its log too, which its owner has as long as it keeps the task. */
export function describeTask(ports: Ports, id: string, by: Principal, now: number): Promise<FollowedTask> {
  return find(ports, id, by, ({ finishedAt }) => finishedAt === null || finishedAt + KEEP_MS > now);
}

async function find(
  { taskHistory, taskOwners }: Ports,
  id: string,
  by: Principal,
  isOwnerAsked: (copy: TaskRecord) => boolean,
): Promise<FollowedTask> {
  // Asking for an owner makes one: not for what cannot be a task's id.
  if (!UUID.test(id)) throw taskNotFound(id);
  const copy = await taskHistory.find(id);
  if (copy === null) {
    const owned = await taskOwners.read(id);
    if (owned === null || !maySeeTask(by, owned)) throw taskNotFound(id);
    return owned;
  }
  if (!maySeeTask(by, copy)) throw taskNotFound(id);
  // An owner that cannot be reached is no reason to fail: the history has the task.
  const owned = isOwnerAsked(copy) ? await taskOwners.read(id).catch(() => null) : null;
  // Its end is written to the history before the owner tells of it.
  if (owned && owned.sequence >= copy.sequence) return owned;
  return { ...copy, progress: null, lease: null, sendAt: null, log: owned?.log ?? [] };
}

/** The same, as soon as the task is finished or the time is over. */
export async function awaitTask(ports: Ports, id: string, by: Principal, milliseconds: number): Promise<FollowedTask> {
  const task = await findTask(ports, id, by);
  if (isFinished(task.state) || milliseconds === 0) return task;
  // An owner that goes away while it is waited for is no reason to fail: the history has the task.
  const end = await ports.taskOwners.wait(id, milliseconds).catch(() => null);
  return end ?? findTask(ports, id, by);
}

export function taskNotFound(id: string): Refusal {
  return new Refusal('task_not_found', `There is no task with the id "${id}".`);
}
