import type { InferResponseType } from 'hono/client';
import { isFinished } from '../../domain/task.ts';
import { taskApi } from './api.ts';

/** A task with all that is known of it. */
export type FullTask = InferResponseType<(typeof taskApi.tasks)[':id']['retry']['$post'], 200>;

/** Nothing was heard for so long: the connection may be gone without a word. */
const SILENCE_MS = 20_000;

/**
 * Tells each change of a task, until its end, that of the connection, or the signal: whoever wants to know which looks
 * at the task. By a WebSocket, of which browsers have many: a stream would hold one of six connections.
 */
export function watchTask(
  id: string,
  tell: (task: FullTask) => void,
  signal = new AbortController().signal,
): Promise<void> {
  const url = taskApi.tasks[':id'].events.$url({ param: { id } });
  url.protocol = url.protocol.replace('http', 'ws');
  return new Promise((resolve) => {
    const socket = new WebSocket(url);
    const end = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      socket.onmessage = null;
      socket.close();
      resolve();
    };
    let timer = setTimeout(end, SILENCE_MS);
    signal.addEventListener('abort', end);
    socket.onmessage = ({ data }: MessageEvent<string>) => {
      clearTimeout(timer);
      timer = setTimeout(end, SILENCE_MS);
      const task = JSON.parse(data) as FullTask;
      tell(task);
      if (isFinished(task.state)) end();
    };
    socket.onclose = end;
  });
}
