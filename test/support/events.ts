export interface ServerSentEvent {
  event: string;
  id: string | null;
  data: string;
}

/**
 * The events of a stream, as a browser reads them: the id is the last one that was given, an event with no data is none.
 *
 * @see https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation
 */
export async function* readEvents(response: Response): AsyncGenerator<ServerSentEvent> {
  let buffer = '';
  let id: string | null = null;
  const decoder = new TextDecoder();
  for await (const chunk of response.body ?? []) {
    buffer += decoder.decode(chunk, { stream: true });
    const blocks = buffer.split('\n\n');
    buffer = blocks.pop() ?? '';
    for (const block of blocks) {
      let event = 'message';
      const data: string[] = [];
      for (const line of block.split('\n')) {
        const [, field, value = ''] = /^([^:]*)(?:: ?(.*))?$/.exec(line) ?? [];
        if (field === 'event') event = value;
        if (field === 'data') data.push(value);
        if (field === 'id') id = value;
      }
      if (data.length > 0) yield { event, id, data: data.join('\n') };
    }
  }
}

/** All events up to the end of the stream. */
export async function allEvents(response: Response): Promise<ServerSentEvent[]> {
  const events: ServerSentEvent[] = [];
  for await (const event of readEvents(response)) events.push(event);
  return events;
}

export interface Follower {
  /** Each message so far, parsed. */
  messages: { state: string; progress: unknown; history: unknown[] }[];
  /** How the connection was closed. */
  closed: Promise<{ code: number; reason: string }>;
}

/** Listens to the WebSocket of an answer with status 101. */
export function follow(response: Response): Follower {
  const socket = response.webSocket;
  if (!socket) throw new Error(`no WebSocket: ${response.status}`);
  const messages: Follower['messages'] = [];
  const { promise: closed, resolve } = Promise.withResolvers<{ code: number; reason: string }>();
  socket.addEventListener('message', ({ data }) => void messages.push(JSON.parse(String(data))));
  socket.addEventListener('close', ({ code, reason }) => resolve({ code, reason }));
  socket.accept();
  return { messages, closed };
}
