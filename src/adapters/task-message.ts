import type { Task } from '../domain/task.ts';

/**
 * What travels through the queue: never the picture, never its state. The release before reads it too while another one
 * is deployed: what is added has to be optional.
 */
export interface TaskMessage {
  version: 1;
  taskId: string;
  /** What the task was when the message was sent, so that a late one can be told from the latest. */
  sequence: number;
  sends: number;
}

export function taskMessage({ id, sequence, sends }: Task): TaskMessage {
  return { version: 1, taskId: id, sequence, sends };
}

/** @returns null for what is not a message of this version: nothing can be done with it */
export function readTaskMessage(body: unknown): TaskMessage | null {
  const message = body as Partial<TaskMessage> | null;
  return message?.version === 1 && typeof message.taskId === 'string' ? (message as TaskMessage) : null;
}
