import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { createServer, type Server as HttpServer } from 'node:http';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { platforms } from '../support/platforms/server.ts';
import { linesOf, start } from './cli-program.ts';
import { finished, fixture, upload } from './client.ts';
import { emptyState, startPrepared, watchServer } from './prepared.ts';
import type { Server } from './server.ts';

const TOKEN = 'the-token-of-a-bot';

let state: string;
let server: Server;
/** A Mattermost server on this machine, which limits rates. */
let chat: HttpServer;
let chatHost: string;

beforeAll(async () => {
  chat = createServer((request, response) => {
    const control = /^\/control(\/.+)$/.exec(request.url ?? '')?.[1];
    const url = control ? `http://platforms.example.com${control}` : `http://${request.headers.host}${request.url}`;
    void platforms(new URL(url), request, response);
  }).listen(0, '127.0.0.1');
  await once(chat, 'listening');
  const address = chat.address();
  chatHost = `127.0.0.1:${typeof address === 'object' && address !== null ? address.port : ''}`;
  await place({
    method: 'PUT',
    body: JSON.stringify({
      platform: 'mattermost',
      token: TOKEN,
      troubles: [{ method: 'POST', path: '/emoji', times: 1, trouble: { rate: 1 } }],
    }),
  });
  state = await emptyState();
  server = await startPrepared(state);
  for (const [name, file] of [
    ['halves', 'halves.png'],
    ['moving', 'moving-square.gif'],
  ] as const) {
    await finished(server.url, await upload(server.url, name, await fixture(file)));
  }
  await fetch(`${server.url}/custom-emoji/targets`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ name: 'our-chat', platform: 'mattermost', url: `http://${chatHost}`, secret: TOKEN }),
  });
});

afterAll(async () => {
  await server?.stop();
  chat?.close();
  await rm(state, { recursive: true, force: true });
});

watchServer(() => server);

const emoji = (...args: string[]) => start(args, { EMOJI_URL: server.url }).ended;

/** Sets up the chat, or looks at it. */
async function place(init: RequestInit = {}): Promise<{ emojis: { name: string }[] }> {
  return (await (await fetch(`http://${chatHost}/control/${chatHost}`, init)).json()) as { emojis: { name: string }[] };
}

it('publishes emoji, once, and says why of what cannot be', async () => {
  const args = ['publish', 'halves', 'moving', 'nothing', '--to', 'our-chat', '--json'];
  const published = (name: string, change: string) => ({
    name,
    target: 'our-chat',
    outcome: change === 'none' ? 'unchanged' : 'published',
    task_id: expect.any(String),
    published: expect.objectContaining({ name, change, platform: 'mattermost' }),
    error: null,
  });
  const nothing = expect.objectContaining({
    name: 'nothing',
    outcome: 'failed',
    error: expect.objectContaining({ code: 'emoji_not_found' }),
  });
  const byName = (ended: { stdout: string }) =>
    linesOf(ended).sort((a, b) => `${a.name}`.localeCompare(`${b.name}`, 'en'));

  const first = await emoji(...args);
  expect(first.code).toBe(1);
  expect(byName(first)).toEqual([published('halves', 'added'), published('moving', 'added'), nothing]);
  const again = await emoji(...args);
  expect(byName(again)).toEqual([published('halves', 'none'), published('moving', 'none'), nothing]);
  expect((await place()).emojis.map(({ name }) => name).sort()).toEqual(['halves', 'moving']);
});

it('calls an emoji there as it is told, and needs to be told where', async () => {
  const { code, stdout } = await emoji('publish', 'halves', '--to', 'our-chat', '--as', 'half-and-half');
  expect([code, stdout]).toEqual([0, 'published :halves:  our-chat as :half-and-half:\n']);
  expect(await emoji('publish', 'halves')).toMatchObject({ code: 2, stderr: expect.stringContaining('--to TARGET') });
  expect(await emoji('publish', 'halves', '--to', 'nowhere')).toMatchObject({ code: 1 });
});
