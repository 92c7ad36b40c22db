import type { Task } from '../domain/task.ts';

/** What travels through the queue: never the picture, never its state. */
export interface RenderMessage {
  version: 1;
  taskId: string;
  /** What the task was when the message was sent, so that a late one can be told from the latest. */
  sequence: number;
  sends: number;
}

export function renderMessage({ id, sequence, sends }: Task): RenderMessage {
  return { version: 1, taskId: id, sequence, sends };
}

/** @returns null for what is not a message of this version: nothing can be done with it */
export function readRenderMessage(body: unknown): RenderMessage | null {
  const message = body as Partial<RenderMessage> | null;
  return message?.version === 1 && typeof message.taskId === 'string' ? (message as RenderMessage) : null;
}
