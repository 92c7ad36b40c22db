import { execFile } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { smokeTest } from '../../src/cli/deploying/smoke-test.ts';
import { decodeGif } from '../support/gif.ts';
import { fixture } from './client.ts';
import { emptyState, startPrepared } from './prepared.ts';
import type { Server } from './server.ts';

const ADMIN_TOKEN = 'the-admin-token-of-a-test-of-backups';
const vars = { ADMIN_TOKEN };

let folder: string;
let first: { state: string; server: Server };
const servers: Server[] = [];

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'custom-emoji-backup-'));
  first = await service();
});

afterAll(async () => {
  await Promise.all(servers.map((server) => server.stop()));
  await rm(folder, { recursive: true, force: true });
});

async function service(state?: string) {
  state ??= await emptyState();
  const server = await startPrepared(state, { vars });
  servers.push(server);
  return { state, server };
}

/** Runs a command of ours where a service has the state that it has in `.wrangler`. */
async function run(command: string, state: string, ...args: string[]): Promise<{ code: number; output: string }> {
  const project = await mkdtemp(path.join(folder, 'project-'));
  await mkdir(path.join(project, '.wrangler'));
  await symlink(state, path.join(project, '.wrangler', 'state'));
  await symlink(path.resolve('migrations'), path.join(project, 'migrations'));
  await copyFile('wrangler.toml', path.join(project, 'wrangler.toml'));
  const file = path.resolve('src', 'cli', `${command}.ts`);
  return new Promise((resolve) => {
    const options = { cwd: project, timeout: 110_000, env: { ...process.env, WRANGLER_SEND_METRICS: 'false' } };
    execFile(process.execPath, [file, ...args, '--local'], options, (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : 1, output: stdout + stderr }),
    );
  });
}

async function ask(server: Server, address: string, init: RequestInit = {}, token = ADMIN_TOKEN): Promise<Response> {
  const headers = { Authorization: `Bearer ${token}`, ...init.headers };
  return fetch(server.url + address, { ...init, headers, signal: AbortSignal.timeout(30_000) });
}

async function answer<T>(server: Server, address: string, init: RequestInit = {}): Promise<T> {
  const response = await ask(server, address, init);
  const text = await response.text();
  if (!response.ok) throw new Error(`${address}: ${response.status} ${text}`);
  return JSON.parse(text || 'null') as T;
}

const json = (method: string, body: unknown, headers = {}): RequestInit => ({
  method,
  body: JSON.stringify(body),
  headers: { 'Content-Type': 'application/json', ...headers },
});

async function add(server: Server, name: string, file: string): Promise<void> {
  const headers = { 'Content-Type': 'image/*' };
  const init = { method: 'POST', body: await fixture(file), headers };
  const { task_id } = await answer<{ task_id: string }>(server, `/custom-emoji/emojis?name=${name}`, init);
  const { status } = await answer<{ status: string }>(server, `/task-queue/status?task_id=${task_id}&wait=20`);
  expect(status).toBe('SUCCESS');
}

/** All that there is to be seen of a service. */
async function seen(server: Server) {
  const bytes = async (address: string) =>
    Buffer.from(await (await ask(server, address)).arrayBuffer()).toString('base64');
  return {
    list: await answer(server, '/custom-emoji/emojis?limit=100'),
    found: await answer(server, '/custom-emoji/emojis?q=wiggl&image_data=false'),
    tagged: await answer(server, '/custom-emoji/emojis?tag=moving&image_data=false'),
    info: await answer(server, '/custom-emoji/emojis/mover/info'),
    history: await answer(server, '/custom-emoji/emojis/mover/history'),
    bin: await answer(server, '/custom-emoji/bin'),
    tasks: await answer(server, '/task-queue/tasks'),
    counts: await answer(server, '/task-queue/counts'),
    tokens: await answer(server, '/access/tokens'),
    gif: await bytes('/custom-emoji/emojis/mover'),
    still: await bytes('/custom-emoji/emojis/mover.png'),
    large: await bytes('/custom-emoji/emojis/mover@128.gif'),
    original: await bytes('/custom-emoji/emojis/mover/original'),
  };
}

describe('a backup', () => {
  it('brings everything back in another service', async () => {
    const { state, server } = first;
    await add(server, 'square', 'moving-square.gif');
    await add(server, 'halves', 'halves.png');
    await add(server, 'gone', 'quadrants.bmp');
    const body = { name: 'mover', aliases: ['wiggler'], tags: ['moving'], description: "it's a\nsquare" };
    await answer(server, '/custom-emoji/emojis/square', json('PATCH', body, { 'If-Match': '*' }));
    await ask(server, '/custom-emoji/emojis/gone', { method: 'DELETE' });
    const { token } = await answer<{ token: string }>(
      server,
      '/access/tokens',
      json('POST', { name: 'bot', scopes: ['emoji:write'] }),
    );

    // The service goes on meanwhile.
    const to = path.join(folder, 'backup');
    expect(await run('backup', state, to)).toMatchObject({ code: 0, output: expect.stringContaining('complete') });
    const before = await seen(server);
    expect(before.found).toMatchObject({ data: [{ name: 'mover' }] });

    // As one that has just been deployed.
    const other = await emptyState();
    const fresh = await service(other);
    await smokeTest(fresh.server.url, ADMIN_TOKEN);
    await fresh.server.stop();
    expect(await run('restore', other, to)).toMatchObject({ code: 0, output: expect.stringContaining('put back') });
    const second = await service(other);
    expect(await seen(second.server)).toEqual(before);
    expect(decodeGif(Buffer.from(before.gif, 'base64')).frames.length).toBeGreaterThan(1);
    // The old token, the old name, and what is in the bin.
    expect((await ask(second.server, '/access/session', {}, token)).status).toBe(200);
    expect((await ask(second.server, '/custom-emoji/emojis/square', { redirect: 'manual' })).status).toBe(301);
    await answer(second.server, '/custom-emoji/emojis/gone/restore', { method: 'POST' });
    await add(second.server, 'newest', 'quadrants.webp');

    // Nothing of it goes over what is there.
    const again = await run('restore', first.state, to);
    expect(again).toMatchObject({ code: 1, output: expect.stringContaining('emoji, tasks or tokens of its own') });
    expect(await seen(server)).toEqual(before);
  }, 240_000);

  it('goes on where it was broken off, in both directions', async () => {
    const to = path.join(folder, 'backup');
    const list = path.join(to, 'objects.jsonl');
    const lines = (await readFile(list, 'utf8')).trimEnd().split('\n');
    expect(lines.length).toBeGreaterThan(8);
    await rm(path.join(to, 'manifest.json'));
    const other = await emptyState();
    expect(await run('restore', other, to)).toMatchObject({
      code: 1,
      output: expect.stringContaining('no complete backup'),
    });

    await writeFile(list, `${lines.slice(0, 3).join('\n')}\n${lines[3]?.slice(0, 20)}`);
    const resumed = await run('backup', first.state, to);
    expect(resumed.output).toContain(`${lines.length - 3} new objects of ${lines.length}`);

    // A file that is damaged is found out, and does not go into the service; with it mended, the rest follows.
    const { key } = JSON.parse(lines.at(-1) ?? '') as { key: string };
    const file = path.join(to, 'objects', key);
    const good = await readFile(file);
    const bad = Buffer.from(good);
    bad[10] = (bad[10] ?? 0) ^ 1;
    await writeFile(file, bad);
    expect(await run('restore', other, to)).toMatchObject({ code: 1, output: expect.stringContaining('is damaged') });
    await writeFile(file, good);
    const mended = await run('restore', other, to);
    expect(mended.code).toBe(0);
    expect(mended.output).not.toContain('imported');
    const { server } = await service(other);
    const all = await seen(server);
    expect(all).toEqual(await seen(first.server));
  }, 240_000);
});

describe('what is tried out after a deployment', () => {
  it('is well in a service that works, and leaves nothing to be seen', async () => {
    const { server } = first;
    const before = await answer(server, '/custom-emoji/emojis?limit=100&image_data=false');
    expect(await smokeTest(server.url, ADMIN_TOKEN)).toMatch(/^uploaded, rendered, decoded and deleted smoke-test-/);
    expect(await answer(server, '/custom-emoji/emojis?limit=100&image_data=false')).toEqual(before);
  });

  it('is only asked for without a token', async () => {
    expect(await smokeTest(first.server.url, undefined)).toContain('set ADMIN_TOKEN');
  });

  it('tells a token that is of another service', async () => {
    await expect(smokeTest(first.server.url, `${ADMIN_TOKEN}s`)).rejects.toThrow(/401.*Is ADMIN_TOKEN that of this/);
  });
});
