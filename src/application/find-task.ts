import { Refusal } from '../domain/refusal.ts';
import type { TaskHistory, TaskOwners, TaskRecord } from './ports.ts';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/**
 * The copy in the history is what clients see, so that a task is never SUCCESS before its emoji can be fetched.
 * The owner is asked only for a task whose first copy is still on its way.
 */
export async function findTask(
  ports: { taskHistory: TaskHistory; taskOwners: TaskOwners },
  id: string,
): Promise<TaskRecord> {
  // Asking for an owner makes one: not for what cannot be a task's id.
  const known = UUID.test(id);
  const task = known ? ((await ports.taskHistory.find(id)) ?? (await ports.taskOwners.read(id))) : null;
  if (task === null) throw new Refusal('task_not_found', `There is no task with the id "${id}".`);
  return task;
}
