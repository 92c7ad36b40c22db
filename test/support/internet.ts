import { readFile } from 'node:fs/promises';
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { platforms } from './platforms/server.ts';

/** One byte more than an upload may have, in 60 kB. */
const BOMB = gzipSync(Buffer.alloc(50 * 1024 * 1024 + 1));

let open = 0;
let taken = 0;

/** What has been posted, by the second part of the path. */
const inboxes = new Map<string, { headers: IncomingHttpHeaders; body: string; at: number }[]>();

/** How an answer to what is posted can go wrong. */
const HOOKS: Record<string, (response: ServerResponse, url: URL) => void> = {
  silent: () => {},
  reset: (response) => void response.destroy(),
  /** A date has whole seconds: 7 at least. */
  later: (response) =>
    void response.writeHead(503, { 'Retry-After': new Date(Date.now() + 8_000).toUTCString() }).end(),
  /** It has got it, and says so. */
  broken: (response) => void response.write('got it', () => response.socket?.end()),
  endless: (response) => endlessly(response, 64 * 1024),
  /** As many servers say that there is nothing. */
  quote: (response, { pathname, search }) =>
    void response
      .writeHead(404)
      .end(`${'.'.repeat(400)}Cannot POST ${pathname}${search}, that is, no ${decodeURIComponent(search.slice(5))}`),
  redirect: (response) => void response.writeHead(307, { Location: '/hook/elsewhere' }).end(),
};

/** Answers of an emoji service, by their URLs. */
const answers = new Map<string, { body: Buffer; type: string }>();

type Behaviour = (url: URL, response: ServerResponse, request: IncomingMessage) => void | Promise<void>;

const png = () => readFile('test/fixtures/halves.png');

/** What the servers of all hosts answer, by the first part of the path: well, badly and not at all. */
const BEHAVIOURS: Record<string, Behaviour> = {
  picture: async (_, response) => send(response, await png()),
  chunked: async (_, response) => {
    for (const byte of await png()) response.write(Buffer.of(byte));
    response.end();
  },
  gzip: async (_, response) => send(response, gzipSync(await png()), { 'Content-Encoding': 'gzip' }),
  /** There is a picture for the first who comes. */
  once: async (_, response) => (taken++ === 0 ? send(response, await png()) : void response.writeHead(410).end()),
  untyped: async (_, response) => void response.end(await png()),
  /** The request as it came. */
  echo: ({ href }, response, { method, rawHeaders }) =>
    send(response, Buffer.from(JSON.stringify({ method, href, rawHeaders }))),
  /** How many answers, of others, are under way. */
  open: (_, response) => send(response, Buffer.from(String(open - 1))),

  redirect: ({ searchParams }, response) => {
    const to = searchParams.get('to');
    const headers = { 'Set-Cookie': 'seen=1', ...(to !== null && { Location: to }) };
    response.writeHead(Number(searchParams.get('status') ?? 302), headers);
    // Nobody reads all of this.
    endlessly(response, 64 * 1024);
  },
  hops: ({ pathname }, response) => {
    const left = Number(pathname.split('/')[2]);
    response.writeHead(302, { Location: left > 1 ? `/hops/${left - 1}` : '/picture' }).end();
  },

  /** Takes what is posted, and answers with the status of the path; or badly. */
  hook: async (url, response, request) => {
    const [, , inbox = '', how = '200'] = url.pathname.split('/');
    const body = Buffer.concat(await request.toArray()).toString();
    inboxes.set(inbox, [...(inboxes.get(inbox) ?? []), { headers: request.headers, body, at: Date.now() }]);
    const answer = () => response.writeHead(Number(how), how === '429' ? { 'Retry-After': '7' } : {}).end('an answer');
    HOOKS[how] ? HOOKS[how](response, url) : answer();
  },
  /** What it has taken. */
  inbox: ({ pathname }, response) =>
    send(response, Buffer.from(JSON.stringify(inboxes.get(pathname.split('/')[2] ?? '') ?? [])), {
      'Content-Type': 'application/json',
    }),

  /** Answers as the emoji service did whose answers were put here. */
  'custom-emoji': async ({ href }, response, request) => {
    if (request.method === 'PUT') {
      answers.set(href, { body: await buffer(request), type: request.headers['content-type'] ?? '' });
      response.writeHead(204).end();
      return;
    }
    const answer = answers.get(href);
    answer ? send(response, answer.body, { 'Content-Type': answer.type }) : response.writeHead(404).end();
  },

  status: ({ pathname }, response) => {
    response.writeHead(Number(pathname.split('/')[2])).end('a secret of that server');
  },
  html: (_, response) => send(response, Buffer.from('<p>Sign in'), { 'Content-Type': 'text/html; charset=utf-8' }),
  text: (_, response) => send(response, Buffer.from('no picture'), { 'Content-Type': 'text/plain' }),
  empty: (_, response) => send(response, Buffer.alloc(0)),
  nothing: (_, response) => void response.writeHead(204).end(),
  reset: (_, response) => void response.destroy(),
  silent: () => {},
  stall: (_, response) => void response.write(Buffer.alloc(1_000)),
  drip: (_, response) => endlessly(response, 1, 20),
  short: (_, response) => {
    response.writeHead(200, { 'Content-Length': 5_000 }).write(Buffer.alloc(1_000), () => response.socket?.end());
  },
  broken: (_, response) => void response.write(Buffer.alloc(1_000), () => response.socket?.end()),
  large: (_, response) => {
    response.writeHead(200, { 'Content-Length': 50 * 1024 * 1024 + 1 }).write('the rest never comes');
  },
  endless: (_, response) => endlessly(response, 64 * 1024),
  bomb: (_, response) => send(response, BOMB, { 'Content-Encoding': 'gzip' }),
};

function send(response: ServerResponse, body: Buffer, headers: Record<string, string> = {}): void {
  response.writeHead(200, { 'Content-Type': 'image/png', 'Content-Length': body.length, ...headers }).end(body);
}

function endlessly(response: ServerResponse, bytes: number, pauseMs = 0): void {
  const next = () => {
    if (!response.destroyed) response.write(Buffer.alloc(bytes), () => setTimeout(next, pauseMs));
  };
  next();
}

/** Stands for all servers of the internet: the handler of a real HTTP server of Node. */
export async function internet(request: IncomingMessage, response: ServerResponse): Promise<void> {
  open++;
  response.on('close', () => open--);
  const url = new URL(`https://${request.headers.host}${request.url}`);
  if (await platforms(url, request, response)) return;
  const behaviour = BEHAVIOURS[url.pathname.split('/')[1] ?? ''] ?? BEHAVIOURS.nothing;
  await behaviour?.(url, response, request);
}
