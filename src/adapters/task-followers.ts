import type { FollowedTask } from '../application/ports.ts';
import { EVENT_STREAM, encodeEvent, HEARTBEAT } from '../application/server-sent-events.ts';
import { viewTask } from '../application/task-view.ts';
import { isFinished } from '../domain/task.ts';

const END = 'The task is finished.';

/** Server-Sent Events end by themselves after this; clients come back. An object that streams cannot be hibernated. */
const STREAM_FOR_MS = 300_000;
const BEAT_MS = 15_000;

/**
 * Those who follow one task: WebSockets, which outlive the object's hibernation, and streams of Server-Sent Events.
 * Each message is the whole task.
 */
export class TaskFollowers {
  readonly #ctx: DurableObjectState;
  readonly #streams = new Set<ReadableStreamDefaultController<Uint8Array>>();

  constructor(ctx: DurableObjectState) {
    this.#ctx = ctx;
  }

  get any(): boolean {
    return this.#streams.size > 0 || this.#ctx.getWebSockets().length > 0;
  }

  /** Answers a request for the events of a task: at first as it is now. */
  connect(request: Request, task: FollowedTask): Response {
    if (isFinished(task.state)) return tellTheEnd(request, task);
    if (!wantsWebSocket(request)) return this.#stream(task);
    const { 0: client, 1: server } = new WebSocketPair();
    this.#ctx.acceptWebSocket(server);
    server.send(JSON.stringify(viewTask(task)));
    return new Response(null, { status: 101, webSocket: client });
  }

  tell(task: FollowedTask): void {
    const isLast = isFinished(task.state);
    const text = JSON.stringify(viewTask(task));
    for (const socket of this.#ctx.getWebSockets()) {
      // One that was told an end is listed until its client answers the close, and throws when it is sent more.
      if (socket.readyState !== WebSocket.OPEN) continue;
      socket.send(text);
      if (isLast) socket.close(1000, END);
    }
    for (const stream of this.#streams) {
      stream.enqueue(taskEvent(task));
      if (isLast) this.#end(stream);
    }
  }

  #stream(task: FollowedTask): Response {
    let own: ReadableStreamDefaultController<Uint8Array>;
    let beat: ReturnType<typeof setInterval>;
    const streams = this.#streams;
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => {
        own = controller;
        controller.enqueue(taskEvent(task));
        streams.add(controller);
        let beats = 0;
        beat = setInterval(() => {
          if (!streams.has(controller)) return clearInterval(beat);
          if (++beats * BEAT_MS >= STREAM_FOR_MS) return this.#end(controller);
          controller.enqueue(HEARTBEAT);
        }, BEAT_MS);
      },
      cancel: () => {
        clearInterval(beat);
        streams.delete(own);
      },
    });
    return new Response(body, { headers: EVENT_STREAM });
  }

  #end(stream: ReadableStreamDefaultController<Uint8Array>): void {
    this.#streams.delete(stream);
    stream.close();
  }
}

/** The answer to a request for the events of a task that has ended. */
export function tellTheEnd(request: Request, task: FollowedTask): Response {
  if (!wantsWebSocket(request)) return new Response(taskEvent(task), { headers: EVENT_STREAM });
  const { 0: client, 1: server } = new WebSocketPair();
  server.accept();
  server.send(JSON.stringify(viewTask(task)));
  server.close(1000, END);
  return new Response(null, { status: 101, webSocket: client });
}

function wantsWebSocket(request: Request): boolean {
  return request.headers.get('Upgrade')?.toLowerCase() === 'websocket';
}

/** The event of Server-Sent Events that tells of a task. */
function taskEvent(task: FollowedTask): Uint8Array {
  return encodeEvent({ event: 'task', id: task.sequence, data: JSON.stringify(viewTask(task)) });
}
