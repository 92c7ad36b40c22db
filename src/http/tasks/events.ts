import type { TaskHistory } from '../../application/ports.ts';
import { EVENT_STREAM, encodeEvent, HEARTBEAT } from '../../application/server-sent-events.ts';
import { viewSummary } from '../../application/task-view.ts';
import { CACHE } from '../cache.ts';

/** How often the feed looks for changes, and how many times before the client has to come back. */
const LOOK_EVERY_MS = 1_000;
const MOST_LOOKS = 45;
const MOST_CHANGES = 200;

/**
 * The changes of all tasks as Server-Sent Events, read from the history by the number of the change: any number of
 * clients on any number of machines, and one that comes back goes on where it was.
 *
 * @param after the last change that the client has seen; null to begin now
 */
export async function taskFeed(taskHistory: TaskHistory, after: number | null): Promise<Response> {
  // Asked once before the answer begins, so that a database that is away is an error and not an empty stream.
  let { tasks, last } = await taskHistory.changes(after, MOST_CHANGES);
  // What has been seen is numbered first; not what comes next, which may never arrive.
  const seen = after ?? last;
  let looks = 0;
  let isOver = false;
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      controller.enqueue(encodeEvent({ retry: LOOK_EVERY_MS, id: seen }));
    },
    async pull(controller) {
      while (tasks.length === 0) {
        if (isOver || ++looks > MOST_LOOKS) return controller.close();
        await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
        ({ tasks, last } = await taskHistory.changes(last, MOST_CHANGES));
        if (tasks.length === 0) controller.enqueue(HEARTBEAT);
      }
      // Only the last one is numbered: a client that saw but some of them gets them again.
      for (const [i, task] of tasks.entries()) {
        const id = i === tasks.length - 1 ? { id: last } : {};
        controller.enqueue(encodeEvent({ event: 'task', data: JSON.stringify(viewSummary(task)), ...id }));
      }
      tasks = [];
    },
    cancel() {
      isOver = true;
    },
  });
  return new Response(body, { headers: { ...EVENT_STREAM, 'Cache-Control': CACHE.none } });
}
