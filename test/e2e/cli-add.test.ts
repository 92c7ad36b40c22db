import { createHash } from 'node:crypto';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { badWire, type Ended, linesOf, type Running, start } from './cli-program.ts';
import { fetchEmoji, fixture } from './client.ts';
import { emptyState, startPrepared, watchServer } from './prepared.ts';
import type { Server } from './server.ts';

let state: string;
let server: Server;
/** Of the test that runs, with the pictures it sends. */
let folder: string;
let folders = 0;

beforeAll(async () => {
  state = await emptyState();
  server = await startPrepared(state);
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

const emoji = (...args: string[]): Promise<Ended> => started(...args).ended;
const started = (...args: string[]): Running => start(args, { EMOJI_URL: server.url });
const at = (file: string): string => path.join(folder, file);

/** A picture that is like no other. */
const picture = (colour: number): string =>
  `<svg xmlns="http://www.w3.org/2000/svg" width="64" height="64"><rect width="64" height="64" fill="#${colour
    .toString(16)
    .padStart(6, '0')}"/></svg>`;

let pictures = 0;
/** Puts so many new pictures into the folder, `prefix_0.svg` and so on. @returns the names of their emoji */
async function paint(prefix: string, count: number): Promise<string[]> {
  const names = Array.from({ length: count }, (_, i) => `${prefix}_${i}`);
  for (const name of names) await writeFile(at(`${name}.svg`), picture(++pictures * 1_234));
  return names;
}

async function tasks(kind: string, prefix: string): Promise<string[]> {
  const { data } = (await (await fetch(`${server.url}/task-queue/tasks?kind=${kind}&limit=100`)).json()) as {
    data: { emoji_name: string }[];
  };
  return data.map(({ emoji_name }) => emoji_name).filter((name) => name.startsWith(prefix));
}

const infoOf = async (name: string) =>
  (await (await fetch(`${server.url}/custom-emoji/emojis/${encodeURIComponent(name)}/info`)).json()) as Record<
    string,
    unknown
  >;

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

const sourceOf = async (name: string) => ((await infoOf(name)).source as { hash: string } | undefined)?.hash;

describe('add', () => {
  it('makes emoji of all that can be made into one, and says why of what cannot', async () => {
    await mkdir(at('more'));
    for (const file of ['moving-square.gif', 'orientation-6.jpg', 'quadrants.avif', 'quadrants.svg']) {
      await writeFile(at(file), await fixture(file));
    }
    await writeFile(at('more/Half & Half (1).PNG'), await fixture('halves.png'));
    await writeFile(at('broken.png'), (await fixture('halves.png')).subarray(0, 30));
    await writeFile(at('empty.gif'), '');
    await writeFile(at('.hidden.gif'), '');
    await writeFile(at('read me.txt'), 'no picture');
    const ended = await emoji('add', folder, at('missing.gif'), '--json');
    const told = Object.fromEntries(
      linesOf(ended).map(({ file, ...item }) => [path.relative(folder, `${file}`), item]),
    );
    const made = (name: string) => ({
      name,
      outcome: 'created',
      task_id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      duplicates: [],
      url: `${server.url}/custom-emoji/emojis/${name}`,
      error: null,
    });
    const failed = (name: string, code: string) => ({
      name,
      outcome: 'failed',
      task_id: null,
      duplicates: [],
      url: null,
      error: { code, message: expect.stringMatching(/\w/), remedy: expect.any(String) },
    });
    expect(told).toEqual({
      'moving-square.gif': made('moving-square'),
      'orientation-6.jpg': made('orientation-6'),
      'quadrants.avif': made('quadrants'),
      // Another picture of the same name.
      'quadrants.svg': failed('quadrants', 'name_taken'),
      'more/Half & Half (1).PNG': made('half_half_1'),
      'broken.png': failed('broken', 'corrupt_picture'),
      'empty.gif': failed('empty', 'empty_file'),
      'missing.gif': failed('missing', 'no_such_file'),
    });
    expect(ended.code).toBe(1);
    expect(ended.stderr).toMatch(/4 created/);
    expect((await fetchEmoji(server.url, 'half_half_1')).length).toBeGreaterThan(0);
  });

  it('tells people in lines, and failures on standard error', async () => {
    await paint('lines', 2);
    await writeFile(at('lines_broken.png'), 'no picture');
    const { code, stdout, stderr } = await emoji('add', at('lines_*'));
    expect(code).toBe(1);
    expect(stdout.split('\n').sort()).toEqual([
      '',
      ...[0, 1].map((i) => `created   :lines_${i}:  ${at(`lines_${i}.svg`)}`),
    ]);
    expect(stderr).toMatch(/^failed {4}.*lines_broken\.png: .+\n2 created, 1 failed\n$/);
    const quiet = await emoji('add', at('lines_*.svg'), '--quiet');
    expect(quiet).toEqual({ code: 0, stdout: '', stderr: '' });
  });

  it('lets no file name steer the terminal', async () => {
    await writeFile(at('red \x1b[31m\x07.svg'), picture(3));
    await writeFile(at('broken \x1b[2J.png'), 'no picture');
    const { stdout, stderr } = await emoji('add', folder);
    expect(stdout).toContain('red ?[31m?.svg');
    expect(stderr).toContain('broken ?[2J.png');
  });

  it('expands patterns that the shell has left alone', async () => {
    const [first = '', second = ''] = await paint('glob', 3);
    await mkdir(at('deep/er'), { recursive: true });
    await writeFile(at('deep/er/glob_deep.svg'), picture(7));
    const ended = await emoji('add', at('glob_[01].{svg,png}'), at('**/*_d??p.svg'), '--json');
    expect(ended.code).toBe(0);
    expect(
      linesOf(ended)
        .map(({ name }) => name)
        .sort(),
    ).toEqual([first, second, 'glob_deep']);
  });

  it('does nothing twice: what is there counts as done', async () => {
    const names = await paint('twice', 6);
    expect((await emoji('add', folder)).code).toBe(0);
    const again = await emoji('add', folder, '--json');
    expect(again.code).toBe(0);
    expect(
      linesOf(again)
        .map(({ name, outcome }) => [name, outcome])
        .sort(),
    ).toEqual(names.map((name) => [name, 'unchanged']));
    expect((await tasks('create', 'twice')).sort()).toEqual(names);
  });

  it.each([
    ['fail', 1, 'failed'],
    ['skip', 0, 'skipped'],
    ['rename', 0, 'created'],
    ['replace', 0, 'replaced'],
  ])('of another picture under a name that is in use, with --on-conflict %s', async (policy, code, outcome) => {
    const name = `clash-${policy}`;
    const file = at(`${name}.svg`);
    const hashes: string[] = [];
    for (const colour of [1, 2]) {
      await writeFile(file, picture(colour));
      hashes.push(sha256(picture(colour)));
      if (colour === 1) await emoji('add', file);
    }
    const ended = await emoji('add', file, '--on-conflict', policy, '--json');
    expect([ended.code, linesOf(ended)[0]?.outcome]).toEqual([code, outcome]);
    const [before, now] = hashes;
    expect(await sourceOf(name)).toBe(policy === 'replace' ? now : before);
    expect(await sourceOf(`${name}_2`)).toBe(policy === 'rename' ? now : undefined);
    // The same again finds what was done.
    const again = await emoji('add', file, '--on-conflict', policy, '--json');
    expect(linesOf(again)[0]).toMatchObject({
      outcome: ['created', 'replaced'].includes(outcome) ? 'unchanged' : outcome,
      name: policy === 'rename' ? `${name}_2` : name,
    });
  });

  it('brings back what was replaced or deleted meanwhile, though it has sent the same before', async () => {
    const file = at('back.svg');
    const replace = async (colour: number) => {
      await writeFile(file, picture(colour));
      const [item] = linesOf(await emoji('add', file, '--on-conflict', 'replace', '--json'));
      expect(await sourceOf('back')).toBe(sha256(picture(colour)));
      return item?.outcome;
    };
    expect([await replace(1), await replace(2), await replace(1), await replace(2)]).toEqual([
      'created',
      ...Array(3).fill('replaced'),
    ]);
    expect((await emoji('rm', 'back')).code).toBe(0);
    expect(await replace(2)).toBe('created');
    expect((await emoji('rename', 'back', 'forth')).code).toBe(0);
    expect(await replace(2)).toBe('created');
  });

  it('gives an emoji its words, and keeps those it has', async () => {
    const [name = ''] = await paint('words', 1);
    const file = at(`${name}.svg`);
    const add = async (...args: string[]) => linesOf(await emoji('add', file, '--json', ...args))[0]?.outcome;
    expect(await add('--tag', 'Party', '--tag', 'bird', '--alias', ':wordy:', '--category', 'Fun & games')).toBe(
      'created',
    );
    expect(await add('--tag', 'bird', '--alias', 'wordy')).toBe('unchanged');
    expect(await add('--tag', 'new')).toBe('updated');
    expect(await infoOf(name)).toMatchObject({
      tags: ['party', 'bird', 'new'],
      aliases: ['wordy'],
      category: 'Fun & games',
    });
  });

  it('renders as it is told, and anew where that is another way', async () => {
    await writeFile(at('wide.png'), await fixture('halves.png'));
    await emoji('add', at('wide.png'), '--fit', 'cover');
    expect(await infoOf('wide')).toMatchObject({ rendering: { fit: 'cover' } });
    const ended = await emoji('add', at('wide.png'), '--fit', 'stretch', '--on-conflict', 'replace', '--json');
    expect(linesOf(ended)).toMatchObject([{ outcome: 'replaced' }]);
    expect(await infoOf('wide')).toMatchObject({ rendering: { fit: 'stretch' } });
  });

  it('takes a picture on standard input', async () => {
    const env = { EMOJI_URL: server.url };
    const ended = await start(['add', '-', '--name', ':From Nowhere:', '--json'], env, await fixture('halves.png'))
      .ended;
    expect(linesOf(ended)).toMatchObject([{ outcome: 'failed', error: { code: 'name_bad_character' } }]);
    const right = await start(['add', '-', '--name', 'NoWhere', '--json'], env, await fixture('halves.png')).ended;
    expect(linesOf(right)).toMatchObject([{ file: '-', name: 'nowhere', outcome: 'created' }]);
  });

  it('does not wait if it is told so; its task can be asked about', async () => {
    await paint('later', 1);
    const [item] = linesOf(await emoji('add', folder, '--no-wait', '--json'));
    expect(item).toMatchObject({ name: 'later_0', outcome: 'sent', error: null });
    const { code, stdout } = await emoji('status', `${item?.task_id}`, '--wait');
    expect([code, stdout]).toEqual([0, 'SUCCESS  :later_0:\n']);
  });

  it('says of a file that is too large how large it may be', async () => {
    await writeFile(at('large.png'), new Uint8Array(60_000_000));
    const ended = await emoji('add', at('large.png'), '--json');
    expect(ended.code).toBe(1);
    expect(linesOf(ended)).toMatchObject([{ error: { code: 'file_too_large' } }]);
  });
});

describe('add that does not come to its end', () => {
  it.each([
    ['SIGKILL', null],
    ['SIGINT', 130],
    ['SIGTERM', 130],
  ] as const)('by %s goes on where it was, and sends nothing twice', async (signal, code) => {
    const prefix = signal.toLowerCase();
    const names = await paint(prefix, 30);
    const running = started('add', folder);
    await expect.poll(() => running.stdout().split('\n').length).toBeGreaterThan(5);
    running.kill(signal);
    const first = await running.ended;
    expect(first.code).toBe(code);
    const told = first.stdout.split('\n').length - 1;
    expect(told).toBeLessThan(30);
    if (code !== null) expect(first.stderr).toMatch(/interrupted\. \d+ of 30 are done: run the same command again/);

    const second = await emoji('add', folder, '--json');
    expect(second.code).toBe(0);
    const outcomes = linesOf(second).map(({ outcome }) => outcome);
    expect(outcomes.filter((outcome) => outcome === 'unchanged').length).toBeGreaterThanOrEqual(told);
    expect(outcomes).toContain('created');
    expect((await tasks('create', prefix)).sort()).toEqual(names.sort());
  });

  it('by a connection that breaks off is tried again', async () => {
    const names = await paint('wire', 10);
    const wire = await badWire(server.url, { after: 100, times: 6 });
    try {
      const ended = await start(['add', folder, '--json'], { EMOJI_URL: wire.url }).ended;
      expect(ended).toMatchObject({ code: 0, stderr: expect.not.stringContaining('does not answer') });
      expect(linesOf(ended).map(({ outcome }) => outcome)).not.toContain('failed');
      expect(wire.cut()).toBe(6);
      expect((await tasks('create', 'wire')).sort()).toEqual(names.sort());
    } finally {
      wire.close();
    }
  });
});
