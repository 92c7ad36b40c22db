import type { InferResponseType } from 'hono/client';
import { isFinished } from '../../domain/task.ts';
import { bodyOf, taskApi } from './api.ts';
import { untilAnswered } from './connection.ts';
import { pause } from './pause.ts';

/** A task with all that is known of it. */
export type FullTask = InferResponseType<(typeof taskApi.tasks)[':id']['retry']['$post'], 200>;

/** In short, for whoever knows its id. */
export type TaskStatus = InferResponseType<typeof taskApi.status.$get, 200>;

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

/** Wait before a socket is opened again that was closed too early: 1 s, 2 s, 4 s, 8 s. */
const openAgainMs = (tries: number): number => 1_000 * 2 ** Math.min(tries, 3);

/** Tells each change of a task until its end, also where the connection is lost meanwhile. @throws ProblemError */
export async function untilItsEnd(id: string, tell: (task: FullTask) => void): Promise<TaskStatus> {
  for (let tries = 0; ; tries++) {
    await watchTask(id, tell);
    // The socket told the end, or is gone: what counts is the status.
    const status = await untilAnswered(() => bodyOf(taskApi.status.$get({ query: { task_id: id } })));
    if (isFinished(status.status)) return status;
    await pause(openAgainMs(tries));
  }
}
