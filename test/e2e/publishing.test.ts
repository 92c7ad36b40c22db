import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server as HttpServer } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Place, PlatformName } from '../support/platforms/place.ts';
import { platforms, setUpPlace } from '../support/platforms/server.ts';
import { finished, fixture, upload } from './client.ts';
import { type Server, startServer } from './server.ts';

let state: string;
let server: Server;

beforeAll(async () => {
  state = await mkdtemp(path.join(tmpdir(), 'custom-emoji-'));
  server = await startServer('npm', 'start', '--', '--persist-to', state);
  await finished(server.url, await upload(server.url, 'fiesta', await fixture('moving-square.gif')));
});

afterAll(async () => {
  await server?.stop();
  await rm(state, { recursive: true, force: true });
});

const json = (body: object) => ({
  method: 'POST',
  headers: { 'Content-Type': 'application/json' },
  body: JSON.stringify(body),
});

/** A server of a platform on this machine, as a real one would be. */
async function serve(platform: PlatformName): Promise<{ place: Place; url: string; http: HttpServer }> {
  const http = createServer((request, response) => {
    void platforms(new URL(`http://${request.headers.host}${request.url}`), request, response);
  }).listen(0, '127.0.0.1');
  await once(http, 'listening');
  const address = http.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  const host = `127.0.0.1:${address.port}`;
  const setup = {
    platform,
    token: `secret-of-${platform}`,
    account: { id: '4711', name: 'bot' },
    email: 'bot@a.example',
  };
  return { place: setUpPlace([host], setup), url: `http://${host}`, http };
}

async function publish(target: string) {
  const response = await fetch(`${server.url}/custom-emoji/emojis/fiesta/publications`, json({ target }));
  expect(response.status, await response.clone().text()).toBe(202);
  const { task_id } = (await response.json()) as { task_id: string };
  await finished(server.url, task_id);
  const task = await fetch(`${server.url}/task-queue/tasks/${task_id}`);
  return (await task.json()) as { state: string; outcome: object; history: { state: string }[] };
}

describe.each(['mattermost', 'zulip'] as const)('an emoji for a server of %s', (platform) => {
  it('gets there by HTTP, whole and once', async () => {
    const { place, url, http } = await serve(platform);
    try {
      const email = platform === 'zulip' ? { email: 'bot@a.example' } : {};
      const target = { name: `ours-${platform}`, platform, url, secret: `secret-of-${platform}`, ...email };
      const made = await fetch(`${server.url}/custom-emoji/targets`, json(target));
      expect(made.status, await made.clone().text()).toBe(201);
      const check = await fetch(`${server.url}/custom-emoji/targets/${target.name}/check`, { method: 'POST' });
      expect(await check.json()).toEqual({ account: { id: '4711', name: 'bot' }, error: null });

      place.troubles = [
        { times: 1, trouble: { rate: 1 } },
        { method: 'POST', times: 1, trouble: 'answer lost' },
      ];
      const task = await publish(target.name);
      expect(task).toMatchObject({ state: 'SUCCESS', outcome: { change: 'none' } });
      expect(task.history.filter((change) => change.state === 'RETRY')).toHaveLength(2);
      const file = await fetch(`${server.url}/custom-emoji/emojis/fiesta/for/${platform}`);
      expect(place.emojis.map(({ name }) => name)).toEqual(['fiesta']);
      expect(place.emojis[0]?.bytes).toEqual(Buffer.from(await file.arrayBuffer()));
      expect(await publish(target.name)).toMatchObject({ state: 'SUCCESS', outcome: { change: 'none' } });
      expect(place.emojis).toHaveLength(1);
      expect(server.output()).not.toContain(`secret-of-${platform}`);
    } finally {
      http.close();
    }
  });
});
