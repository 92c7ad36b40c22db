import { maySeeTask, type Principal } from '../domain/access.ts';
import { Refusal } from '../domain/refusal.ts';
import { isFinished, KEEP_MS, type TaskRecord } from '../domain/task.ts';
import { MOST_TOLD } from './find-duplicates.ts';
import type { FollowedTask, TaskHistory, TaskOwners } from './ports.ts';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

interface Ports {
  taskHistory: TaskHistory;
  taskOwners: TaskOwners;
}

/** A task, and other emoji that show its picture: left out where they were not found with it. */
export type FoundTask = FollowedTask & { duplicates?: string[] };

const isBeingDone = ({ state }: TaskRecord) => state === 'STARTED';

/**
 * A task as it is to be seen: by its copy in the history, and by its owner while it is being rendered (it knows how
 * far that is) or its first copy is still on its way. Neither tells of SUCCESS before the emoji can be fetched.
 *
 * @throws Refusal `task_not_found`, also for one that he may not see
 */
export function findTask(ports: Ports, id: string, by: Principal): Promise<FollowedTask> {
  return find(ports.taskHistory.find, ports.taskOwners, id, by, isBeingDone);
}

/** The same with all that is to be known of it, its log too, which its owner has as long as it keeps the task. */
export function describeTask(
  { taskHistory, taskOwners }: Ports,
  id: string,
  by: Principal,
  now: number,
): Promise<FoundTask> {
  const isKept = ({ finishedAt }: TaskRecord) => finishedAt === null || finishedAt + KEEP_MS > now;
  return find(withDuplicates(taskHistory), taskOwners, id, by, isKept);
}

const withDuplicates = (taskHistory: TaskHistory) => (id: string) => taskHistory.findWithDuplicates(id, MOST_TOLD);

async function find(
  copyOf: (id: string) => Promise<(TaskRecord & Pick<FoundTask, 'duplicates'>) | null>,
  taskOwners: TaskOwners,
  id: string,
  by: Principal,
  isOwnerAsked: (copy: TaskRecord) => boolean,
): Promise<FoundTask> {
  // Asking for an owner makes one: not for what cannot be a task's id.
  if (!UUID.test(id)) throw taskNotFound(id);
  const copy = await copyOf(id);
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

/** As `findTask`, as soon as the task is finished or the time is over. */
export async function awaitTask(
  { taskHistory, taskOwners }: Ports,
  id: string,
  by: Principal,
  milliseconds: number,
): Promise<FoundTask> {
  const now = () => find(withDuplicates(taskHistory), taskOwners, id, by, isBeingDone);
  const task = await now();
  if (isFinished(task.state) || milliseconds === 0) return task;
  // An owner that goes away while it is waited for is no reason to fail: the history has the task.
  const end = await taskOwners.wait(id, milliseconds).catch(() => null);
  return end ?? now();
}

export function taskNotFound(id: string): Refusal {
  return new Refusal('task_not_found', `There is no task with the id "${id}".`);
}
