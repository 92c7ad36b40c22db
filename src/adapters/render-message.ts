/** What travels through the queue: never the picture, never its state. */
export interface RenderMessage {
  version: 1;
  taskId: string;
}
