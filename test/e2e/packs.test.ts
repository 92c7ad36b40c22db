import { execFile, spawnSync } from 'node:child_process';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { decodeGif } from '../support/gif.ts';
import { fetchEmoji, finished, fixture, upload } from './client.ts';
import { emptyState, startPrepared, watchServer } from './prepared.ts';
import type { Server } from './server.ts';

/** Packs as the programs of others read them. */
let state: string;
let server: Server;
const emojis: Record<string, Uint8Array> = {};

beforeAll(async () => {
  state = await emptyState();
  server = await startPrepared(state);
  for (const [name, file] of Object.entries({
    halves: 'halves.png',
    moving: 'moving-square.gif',
    日本: 'quadrants.webp',
  })) {
    expect(await finished(server.url, await upload(server.url, name, await fixture(file)))).toMatchObject({
      status: 'SUCCESS',
    });
    emojis[name] = await fetchEmoji(server.url, name);
  }
});

afterAll(async () => {
  await server?.stop();
  await rm(state, { recursive: true, force: true });
});

watchServer(() => server);

const run = promisify(execFile);
const lacks = (command: string) => spawnSync(command, ['--help']).error !== undefined;

/** Saves a pack as a file. */
async function save(format: string, name: string): Promise<string> {
  const response = await fetch(`${server.url}/custom-emoji/packs/${format}`);
  expect(response.status).toBe(200);
  const file = path.join(state, name);
  await writeFile(file, await response.bytes());
  return file;
}

/** Checks what was unpacked into a folder. */
async function expectPictures(folder: string, files: Record<string, string>): Promise<void> {
  for (const [file, name] of Object.entries(files)) {
    expect(Uint8Array.from(await readFile(path.join(folder, file))), file).toEqual(Uint8Array.from(emojis[name] ?? []));
  }
}

async function emptyFolder(name: string): Promise<string> {
  const folder = path.join(state, name);
  await mkdir(folder);
  return folder;
}

it.skipIf(lacks('unzip'))('is a zip that unzip tests and unpacks', async () => {
  const file = await save('custom-emoji', 'all.zip');
  expect((await run('unzip', ['-t', file])).stdout).toContain('No errors detected');
  const folder = await emptyFolder('unzipped');
  await run('unzip', [file, '-d', folder], { env: { ...process.env, LC_ALL: 'C.UTF-8' } });
  await expectPictures(folder, {
    'pictures/halves.gif': 'halves',
    'pictures/moving.gif': 'moving',
    'pictures/日本.gif': '日本',
  });
  const { emojis: listed } = JSON.parse(await readFile(path.join(folder, 'manifest.json'), 'utf8'));
  expect(listed.map(({ name }: { name: string }) => name)).toEqual(['halves', 'moving', '日本']);
});

it.skipIf(lacks('python3'))('is a zip that Python reads, with its CRCs', async () => {
  const file = await save('discord', 'discord.zip');
  const program =
    'import sys, zipfile, json; z = zipfile.ZipFile(sys.argv[1]); assert z.testzip() is None; ' +
    'z.extractall(sys.argv[2]); print(json.dumps(z.namelist()))';
  const folder = await emptyFolder('discord');
  const { stdout } = await run('python3', ['-c', program, file, folder]);
  expect(JSON.parse(stdout)).toEqual(['halves.gif', 'moving.gif', 'u65e5_u672c.gif', 'notes.txt']);
  await expectPictures(folder, { 'halves.gif': 'halves', 'moving.gif': 'moving', 'u65e5_u672c.gif': '日本' });
});

it('is a tar.gz that tar unpacks', async () => {
  const file = await save('mastodon', 'mastodon.tar.gz');
  const folder = await emptyFolder('mastodon');
  const { stdout } = await run('tar', ['-xvzf', file, '-C', folder]);
  expect(stdout.trimEnd().split('\n')).toEqual(['halves.gif', 'moving.gif', 'u65e5_u672c.gif', 'notes.txt']);
  await expectPictures(folder, { 'halves.gif': 'halves', 'moving.gif': 'moving', 'u65e5_u672c.gif': '日本' });
});

it('is YAML by which another service on this machine fetches the pictures, and this one does not', async () => {
  const pack = await readFile(await save('emojipacks', 'emoji.yaml'));
  const importedBy = async (url: string) => {
    const order = await fetch(`${url}/custom-emoji/imports?on_conflict=rename`, { method: 'POST', body: pack });
    expect(order.status).toBe(202);
    const { task_id } = (await order.json()) as { task_id: string };
    await finished(url, task_id);
    const items = await fetch(`${url}/custom-emoji/imports/${task_id}/items`);
    const { data } = (await items.json()) as { data: { name: string; outcome: string; error: object | null }[] };
    return data;
  };

  const empty = await emptyState();
  const other = await startPrepared(empty);
  try {
    expect((await importedBy(other.url)).map(({ outcome }) => outcome)).toEqual(['done', 'done', 'done']);
    const list = await fetch(`${other.url}/custom-emoji/emojis?image_data=false&order=name`);
    const { data } = (await list.json()) as { data: { name: string }[] };
    expect(data.map(({ name }) => name)).toEqual(['halves', 'moving', '日本']);
    for (const [name, picture] of Object.entries(emojis)) {
      expect(decodeGif(await fetchEmoji(other.url, name)), name).toEqual(decodeGif(picture));
    }
  } finally {
    await other.stop();
    await rm(empty, { recursive: true, force: true });
  }

  const { host } = new URL(server.url);
  const message = expect.stringContaining(`"${host}" is this service itself`);
  const refused = { outcome: 'failed', error: expect.objectContaining({ code: 'url_not_allowed', message }) };
  expect(await importedBy(server.url)).toMatchObject([refused, refused, refused]);
});
