import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { unzipSync } from 'fflate';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { badWire, type Ended, linesOf, start } from './cli-program.ts';
import { fetchEmoji, finished, fixture, upload } from './client.ts';
import { emptyState, startPrepared, watchServer } from './prepared.ts';
import { freePort, type Server } from './server.ts';

let state: string;
let server: Server;
/** Of the test that runs. */
let folder: string;
let folders = 0;
const emojis: Record<string, Uint8Array> = {};

beforeAll(async () => {
  state = await emptyState();
  server = await startPrepared(state);
  for (const [name, file] of Object.entries({
    halves: 'halves.png',
    moving: 'moving-square.gif',
    日本: 'quadrants.webp',
  })) {
    await finished(server.url, await upload(server.url, name, await fixture(file)));
    emojis[name] = await fetchEmoji(server.url, name);
  }
});

afterAll(async () => {
  await server?.stop();
  await rm(state, { recursive: true, force: true });
});

watchServer(() => server);

beforeEach(async () => {
  folder = path.join(state, `test ${++folders}`);
  await mkdir(folder);
});

const emoji = (...args: string[]): Promise<Ended> => start(args, { EMOJI_URL: server.url }).ended;
const at = (file: string): string => path.join(folder, file);
const bytesOf = async (file: string) => Uint8Array.from(await readFile(file));

describe('wrong use', () => {
  it.each([
    [],
    ['nothing'],
    ['add'],
    ['add', 'a.gif', '--wait'],
    ['add', 'a.gif', 'b.gif', '--name', 'one'],
    ['add', '-'],
    // A shell puts this in place of `*.gif`: it is neither a request for help nor done.
    ['add', '-dash.gif', 'a.gif'],
    ['add', 'a.gif', '--on-conflict', 'ask'],
    ['add', 'a.gif', '--fit', 'tight'],
    ['add', 'a.gif', '--no-wait', '--tag', 'party'],
    ['get', 'one', 'two'],
    ['list', '--url', 'ftp://example.org'],
    ['list', '--url', 'https://user:password@example.org'],
    ['list', '--token-file', '/nowhere'],
  ])('%j is told, and nothing is done', async (...args) => {
    const { code, stdout, stderr } = await emoji(...args);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(/^emoji: .+\. "emoji --help" tells more\.\n$/);
  });

  it('is told so that it can be put right', async () => {
    expect((await emoji('add', '-dash.gif')).stderr).toContain('write "./-dash.gif".');
    expect((await emoji('add', 'a.gif', '--name', '-1')).stderr).toContain("use '--name=-XYZ'.");
    expect((await emoji('list', 'one', 'two')).stderr).toContain('"list" takes 0 to 1 of what it is for; there are 2.');
  });

  it('has no token on the command line, and does not repeat it', async () => {
    const { code, stderr } = await emoji('list', '--token', 'cemoji_secret');
    expect(code).toBe(2);
    expect(stderr).toContain('EMOJI_TOKEN');
    expect(stderr).not.toContain('cemoji_secret');
  });

  it('--help tells all of it', async () => {
    const { code, stdout, stderr } = await emoji('add', '--help');
    expect([code, stderr]).toEqual([0, '']);
    for (const text of ['--on-conflict', 'EMOJI_TOKEN', '130  interrupted']) expect(stdout).toContain(text);
  });
});

it('says that the service cannot be reached', async () => {
  const { code, stderr } = await emoji('list', '--url', `http://127.0.0.1:${await freePort()}`);
  expect(code).toBe(3);
  expect(stderr).toContain('does not answer: ECONNREFUSED');
});

describe('list', () => {
  it('tells of all emoji, to people and to programs', async () => {
    const { code, stdout } = await emoji('list');
    expect(code).toBe(0);
    expect(stdout.split('\n').map((line) => line.split('  ')[0])).toEqual([':halves:', ':moving:', ':日本:', '']);
    const objects = linesOf(await emoji('list', '--json'));
    expect(objects).toMatchObject([{ name: 'halves' }, { name: 'moving', frames: 3 }, { name: '日本' }]);
  });

  it('finds those that are asked for', async () => {
    expect(linesOf(await emoji('list', 'mov', '--json'))).toMatchObject([{ name: 'moving' }]);
    expect(linesOf(await emoji('list', '--animated', '--json'))).toMatchObject([{ name: 'moving' }]);
    expect(linesOf(await emoji('list', '--no-animated', '--json'))).toHaveLength(2);
    expect(await emoji('list', '--tag', 'nothing')).toMatchObject({ code: 0, stdout: '' });
  });
});

describe('get', () => {
  it('saves a picture', async () => {
    expect((await emoji('get', '日本', '-o', at('a.gif'))).code).toBe(0);
    expect(await bytesOf(at('a.gif'))).toEqual(emojis.日本);
  });

  it('says that there is none, and leaves nothing behind', async () => {
    const { code, stderr } = await emoji('get', 'nothing', '-o', at('a.gif'));
    expect([code, stderr]).toEqual([1, 'emoji: There is no emoji called "nothing".\n']);
    expect(await readdir(folder)).toEqual([]);
  });

  it('is not saved as a folder', async () => {
    const { code, stderr } = await emoji('get', '日本', '-o', folder);
    expect([code, stderr]).toEqual([1, `emoji: "${folder}" is a folder. Name the file that it is to be saved as.\n`]);
    expect(await readdir(folder)).toEqual([]);
  });
});

describe('pull', () => {
  async function expectPack(file: string): Promise<void> {
    const files = unzipSync(await bytesOf(file));
    for (const [name, picture] of Object.entries(emojis)) expect(files[`pictures/${name}.gif`], name).toEqual(picture);
    expect(await readdir(folder)).toEqual([path.basename(file)]);
  }

  it('saves all emoji as a pack', async () => {
    const ended = await emoji('pull', at('all.zip'), '--json');
    expect(ended.code).toBe(0);
    await expectPack(at('all.zip'));
    const { length } = await readFile(at('all.zip'));
    expect(linesOf(ended)).toEqual([
      { file: at('all.zip'), bytes: length, outcome: 'saved', error: null, format: 'custom-emoji' },
    ]);
  });

  it('saves some for a platform, to standard output', async () => {
    const { code, stdout } = await emoji('pull', '-', '--format', 'emojipacks', '--animated');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^title: custom-emoji\nemojis:\n {2}- name: "moving"\n {4}src: "http.+\.gif"\n$/);
    expect((await emoji('pull', '-', '--format', 'fax')).code).toBe(1);
  });

  it('begins again where it breaks off', async () => {
    const wire = await badWire(server.url, { after: 1_000, times: 2 });
    try {
      const { code } = await start(['pull', at('all.zip')], { EMOJI_URL: wire.url }).ended;
      expect([code, wire.cut()]).toEqual([0, 2]);
      await expectPack(at('all.zip'));
    } finally {
      wire.close();
    }
  });

  it('does not pass off a part as the whole on standard output', async () => {
    const wire = await badWire(server.url, { after: 1_000, times: 1 });
    try {
      const { code, stderr } = await start(['pull', '-'], { EMOJI_URL: wire.url }).ended;
      expect(code).toBe(1);
      expect(stderr).toMatch(/^emoji: It broke off after \d+ bytes/m);
    } finally {
      wire.close();
    }
  });

  it('leaves the file of before as it is, and nothing else, where it is interrupted', async () => {
    await writeFile(at('all.zip'), 'of before');
    const wire = await badWire(server.url, { after: 1_000, times: 1, stalls: true });
    try {
      const running = start(['pull', at('all.zip')], { EMOJI_URL: wire.url });
      await expect.poll(async () => (await readdir(folder)).length).toBe(2);
      await expect.poll(() => wire.cut()).toBe(1);
      running.kill('SIGINT');
      expect((await running.ended).code).toBe(130);
      expect(await readdir(folder)).toEqual(['all.zip']);
      expect(await readFile(at('all.zip'), 'utf8')).toBe('of before');
    } finally {
      wire.close();
    }
  });
});

it('renames and deletes', async () => {
  await finished(server.url, await upload(server.url, 'first', await fixture('halves.png')));
  expect(linesOf(await emoji('rename', 'first', 'second', '--json'))).toEqual([
    { name: 'second', former_name: 'first', outcome: 'renamed', error: null },
  ]);
  expect(await emoji('rename', 'first', 'third')).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('It is called "second" now'),
  });
  const removed = await emoji('rm', 'second', 'nothing', '--json');
  expect(removed.code).toBe(1);
  expect(linesOf(removed)).toEqual(
    expect.arrayContaining([
      { name: 'second', outcome: 'deleted', restore_until: expect.stringMatching(/^\d{4}-/), error: null },
      expect.objectContaining({ name: 'nothing', error: expect.objectContaining({ code: 'emoji_not_found' }) }),
    ]),
  );
  await expect(fetchEmoji(server.url, 'second')).rejects.toThrow('404');
});

it('takes an emoji for deleted when only the answer was lost', async () => {
  await finished(server.url, await upload(server.url, 'lost', await fixture('halves.png')));
  const wire = await badWire(server.url, { after: 20, times: 1 });
  try {
    const ended = await start(['rm', 'lost', '--json'], { EMOJI_URL: wire.url }).ended;
    expect(linesOf(ended)).toEqual([{ name: 'lost', outcome: 'deleted', restore_until: null, error: null }]);
    expect([ended.code, wire.cut()]).toEqual([0, 1]);
  } finally {
    wire.close();
  }
});

describe('of a service that asks who you are', () => {
  const ADMIN_TOKEN = 'an-admin-token-of-32-characters!';
  let ownState: string;
  let closed: Server;

  beforeAll(async () => {
    ownState = await emptyState();
    closed = await startPrepared(ownState, { vars: { ADMIN_TOKEN, READ_ACCESS: 'private', QUOTA_TASKS: '2' } });
  });

  afterAll(async () => {
    await closed?.stop();
    await rm(ownState, { recursive: true, force: true });
  });

  const as = (token: string, ...args: string[]) => start(args, { EMOJI_URL: closed.url, EMOJI_TOKEN: token }).ended;

  async function newToken(name: string, ...scopes: string[]): Promise<string> {
    const response = await fetch(`${closed.url}/access/tokens`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${ADMIN_TOKEN}`, 'Content-Type': 'application/json' },
      body: JSON.stringify({ name, scopes }),
    });
    return ((await response.json()) as { token: string }).token;
  }

  async function pictures(count: number): Promise<void> {
    const svg = await fixture('quadrants.svg');
    for (let i = 0; i < count; i++) await writeFile(at(`p${folders}_${i}.svg`), `${svg}<!-- ${i} -->`);
  }

  it('nothing is done without a token that may do it', async () => {
    await pictures(3);
    const reader = await newToken('reader', 'emoji:read');
    for (const token of ['', 'cemoji_wrong', reader]) {
      const ended = await as(token, 'add', folder);
      expect([ended.code, ended.stdout]).toEqual([4, '']);
      expect(ended.stderr).toMatch(/^emoji: .*(scope|token)/m);
      if (token) expect(ended.stderr).not.toContain(token);
    }
    expect((await as(reader, 'list')).code).toBe(0);
    const other = await newToken('other', 'emoji:read', 'emoji:write');
    expect((await as(ADMIN_TOKEN, 'add', folder)).code).toBe(0);
    expect((await as(other, 'rm', `p${folders}_0`)).code).toBe(4);
  });

  it('more than may wait at once is sent when there is room, as the service asks', async () => {
    await pictures(4);
    const bot = await newToken('bot', 'emoji:write');
    const ended = await as(bot, 'add', folder, '--tag', 'many');
    expect(ended).toMatchObject({ code: 0, stderr: expect.stringContaining('4 created') });
    // None of them asks again before its time: each is refused at most once.
    const refusals = closed.output().match(/POST \/custom-emoji\/emojis 429/g) ?? [];
    expect(refusals.length).toBeGreaterThan(0);
    expect(refusals.length).toBeLessThanOrEqual(4);
  });

  it('a token in a file is seen by nobody else', async () => {
    await pictures(8);
    await writeFile(at('token'), `${ADMIN_TOKEN}\n`);
    const args = ['add', folder, '--token-file', at('token'), '--actor', 'ada@example.org', '--json'];
    const running = start(args, { EMOJI_URL: closed.url });
    await expect.poll(() => running.stdout()).toContain('created');
    const commandLine = await readFile(`/proc/${running.pid}/cmdline`, 'utf8').catch(() => '');
    expect(commandLine).not.toContain(ADMIN_TOKEN);
    const { code, stdout, stderr } = await running.ended;
    expect(code).toBe(0);
    expect(stdout + stderr).not.toContain(ADMIN_TOKEN);
    const listed = await as(ADMIN_TOKEN, 'list', '--owner', 'ada@example.org', '--json');
    expect(linesOf(listed)).toHaveLength(8);
  });
});
