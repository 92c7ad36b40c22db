import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Received {
  headers: IncomingHttpHeaders;
  body: string;
  /** What it tells of. */
  type: string;
  emoji: string;
}

/** Answers one request. @param count how many there were before, of all */
export type Answer = (response: ServerResponse, received: Received, count: number) => void | Promise<void>;

export interface Receiver {
  url: string;
  port: number;
  /** Every request, in the order in which they came. */
  all: Received[];
  /** Those that were answered with 2xx. */
  accepted: Received[];
  answer: Answer;
  close(): Promise<void>;
}

export const fine: Answer = (response) => void response.writeHead(204).end();

/** A server on this machine that takes webhooks. @param port a free one unless it is said */
export async function startReceiver(answer: Answer = fine, port = 0): Promise<Receiver> {
  const server = createServer(async (request, response) => {
    const body = Buffer.concat(await request.toArray()).toString();
    const { type, data } = JSON.parse(body);
    const emoji = data.emoji?.name ?? data.task?.emoji_name;
    const received = { headers: request.headers, body, type, emoji };
    const count = receiver.all.push(received) - 1;
    response.on('finish', () => {
      if (response.statusCode < 300) receiver.accepted.push(received);
    });
    await receiver.answer(response, received, count);
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const { port: listening } = server.address() as AddressInfo;
  const receiver: Receiver = {
    url: `http://127.0.0.1:${listening}/hook`,
    port: listening,
    all: [],
    accepted: [],
    answer,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
  return receiver;
}
