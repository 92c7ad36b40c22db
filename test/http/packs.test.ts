import { createExecutionContext, reset } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { unzipSync } from 'fflate';
import { unpackTar } from 'modern-tar';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import worker from '../../src/index.ts';
import { migrate } from '../support/database.ts';
import { addEmoji, type EmojiRow } from '../support/emojis.ts';
import { expectProblem } from '../support/problems.ts';
import { ORIGIN, request } from '../support/service.ts';

type Files = Record<string, Uint8Array>;

/** The pictures that were stored, by the emoji. Nobody looks into them here. */
let pictures: Files;

/** Adds an emoji with a picture of its own. */
async function add(name: string, given: Partial<EmojiRow> & { bytes?: number } = {}): Promise<void> {
  const picture = new Uint8Array(given.bytes ?? 500);
  // As many at once as it gives.
  for (let at = 0; at < picture.length; at += 65_536) crypto.getRandomValues(picture.subarray(at, at + 65_536));
  const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', picture)).toHex();
  await env.PICTURES.put(`images/${hash}.gif`, picture);
  await addEmoji({ name, ...given, hash, bytes: picture.byteLength, updatedAt: Date.UTC(2026, 10, 29) });
  pictures[name] = picture;
}

const fetchPack = (format: string, query = '') => request(`/custom-emoji/packs/${format}${query}`);

async function unzip(format: string, query = ''): Promise<Files> {
  const response = await fetchPack(format, query);
  expect(response.status).toBe(200);
  return unzipSync(await response.bytes());
}

const textOf = (files: Files, path: string): string => new TextDecoder().decode(files[path]);
const jsonOf = <T>(files: Files, path: string): T => JSON.parse(textOf(files, path)) as T;
const namesOf = (files: Files): string[] => Object.keys(files).sort();
const hashOf = async (picture: Uint8Array) => new Uint8Array(await crypto.subtle.digest('SHA-256', picture)).toHex();

beforeEach(async () => {
  await migrate();
  pictures = {};
  await add('tada', {
    aliases: ['hooray', 'wave', 'yay+'],
    tags: ['party'],
    category: 'Fun',
    description: 'Says "yes",\nand é: 🎉',
    owner: 'ann',
    frames: 40,
  });
  await add('a-b');
  await add('a_b', { bytes: 300_000 });
  await add('ñandú', { aliases: ['ema'], tags: ['bird'] });
  await add('on');
  await addEmoji({ name: 'lost', tags: ['bird'] });
});
afterEach(reset);

describe('GET /custom-emoji/packs/custom-emoji', () => {
  it('has all that is to be known of all emoji, and their pictures', async () => {
    const files = await unzip('custom-emoji');
    expect(namesOf(files)).toEqual([
      'manifest.json',
      'notes.txt',
      'pictures/a-b.gif',
      'pictures/a_b.gif',
      'pictures/on.gif',
      'pictures/tada.gif',
      'pictures/ñandú.gif',
    ]);
    for (const [name, picture] of Object.entries(pictures)) expect(files[`pictures/${name}.gif`]).toEqual(picture);
    const { emojis, ...head } = jsonOf<{ emojis: { name: string }[] }>(files, 'manifest.json');
    expect(head).toEqual({
      format: 'custom-emoji',
      version: 1,
      exported_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
      exported_from: ORIGIN,
    });
    expect(emojis.map(({ name }) => name)).toEqual(['a-b', 'a_b', 'on', 'tada', 'ñandú']);
    expect(emojis[3]).toEqual({
      name: 'tada',
      aliases: ['hooray', 'wave', 'yay+'],
      tags: ['party'],
      category: 'Fun',
      description: 'Says "yes",\nand é: 🎉',
      file: 'pictures/tada.gif',
      sha256: await hashOf(pictures.tada as Uint8Array),
      bytes: 500,
    });
  });

  it('tells which picture is missing in storage, and leaves it out', async () => {
    const files = await unzip('custom-emoji');
    expect(textOf(files, 'notes.txt')).toBe('lost: left out. Its picture is missing in storage.\n');
  });

  it('has those that meet all filters', async () => {
    const packed = async (query: string) => namesOf(await unzip('custom-emoji', query));
    expect(await packed('?tag=Party')).toEqual(['manifest.json', 'pictures/tada.gif']);
    expect(await packed('?owner=ann&animated=true')).toEqual(['manifest.json', 'pictures/tada.gif']);
    expect(await packed('?animated=false&tag=bird')).toEqual(['manifest.json', 'notes.txt', 'pictures/ñandú.gif']);
    // The second can be no tag.
    for (const query of ['?owner=bob', '?tag=%21']) {
      const files = await unzip('custom-emoji', query);
      expect(jsonOf(files, 'manifest.json')).toMatchObject({ emojis: [] });
      expect(textOf(files, 'notes.txt')).toBe('No emoji are in here.\n');
    }
  });

  it('has more emoji than a page of the list, each once', async () => {
    const names = Array.from({ length: 250 }, (_, index) => `many-${1000 + index}`);
    for (const name of names) await add(name, { tags: ['many'], bytes: 20 });
    const files = await unzip('custom-emoji', '?tag=many');
    const { emojis } = jsonOf<{ emojis: { name: string }[] }>(files, 'manifest.json');
    expect(emojis.map(({ name }) => name)).toEqual(names);
    for (const name of names) expect(files[`pictures/${name}.gif`], name).toEqual(pictures[name]);
  });
});

describe('GET /custom-emoji/packs/{format}', () => {
  it('has pictures called as Slack takes them, and tells of those that are too large or too long', async () => {
    const files = await unzip('slack');
    expect(namesOf(files)).toEqual(['a-b.gif', 'a_b.gif', 'notes.txt', 'on_2.gif', 'tada_2.gif', 'ñandú.gif']);
    expect(files['ñandú.gif']).toEqual(pictures.ñandú);
    expect(textOf(files, 'notes.txt').split('\n')).toEqual([
      'a_b: 300000 bytes, of which Slack takes 127999.',
      'lost: left out. Its picture is missing in storage.',
      // Slack has emoji of these names.
      'on: called on_2, which Slack takes.',
      'tada: called tada_2, which Slack takes.',
      '',
    ]);
  });

  it('has pictures called as Discord takes them: what is taken as it is keeps its name', async () => {
    const files = await unzip('discord');
    expect(namesOf(files)).toEqual(['a_b.gif', 'a_b_2.gif', 'nandu.gif', 'notes.txt', 'on.gif', 'tada.gif']);
    expect(files['a_b.gif']).toEqual(pictures.a_b);
    expect(files['a_b_2.gif']).toEqual(pictures['a-b']);
    expect(textOf(files, 'notes.txt')).toContain('a-b: called a_b_2, which Discord takes.\n');
  });

  it('tells names apart that were fitted alike, within what a platform takes', async () => {
    const long = 'x'.repeat(15);
    // Fitted, both have 32 characters, as many as Discord takes.
    for (const name of [`${long}-é${long}`, `${long}-è${long}`]) await add(name, { tags: ['long'] });
    expect(namesOf(await unzip('discord', '?tag=long'))).toEqual([
      'notes.txt',
      `${long}_e${long.slice(2)}_2.gif`,
      `${long}_e${long}.gif`,
    ]);
  });

  it('is a tar for tootctl', async () => {
    const response = await fetchPack('mastodon');
    expect(response.headers.get('Content-Type')).toBe('application/gzip');
    const body = response.body?.pipeThrough(new DecompressionStream('gzip')) as ReadableStream<Uint8Array>;
    const entries = await unpackTar(body, { strict: true });
    const found = Object.fromEntries(entries.map(({ header, data }) => [header.name, data]));
    expect(namesOf(found as Files)).toEqual(['a_b.gif', 'a_b_2.gif', 'nandu.gif', 'notes.txt', 'on.gif', 'tada.gif']);
    expect(found['a_b.gif']).toEqual(pictures.a_b);
    expect(found['tada.gif']).toEqual(pictures.tada);
    expect(entries.every(({ header }) => header.type === 'file')).toBe(true);
  });

  it('has the meta.json of Misskey, whose importer checks names so', async () => {
    const files = await unzip('misskey');
    const meta = jsonOf<{
      metaVersion: number;
      host: string;
      emojis: { fileName: string; downloaded: boolean; emoji: { name: string } }[];
    }>(files, 'meta.json');
    expect(meta).toMatchObject({ metaVersion: 2, host: 'localhost' });
    expect(meta.emojis.map(({ emoji }) => emoji.name)).toEqual(['a_b_2', 'a_b', 'on', 'tada', 'nandu']);
    for (const { fileName, downloaded, emoji } of meta.emojis) {
      expect(downloaded).toBe(true);
      expect(fileName).toMatch(/^[a-zA-Z0-9_]+?([a-zA-Z0-9.]+)?$/);
      expect(emoji.name).toMatch(/^[a-zA-Z0-9_]+$/);
      expect(files[fileName]).toBeDefined();
    }
    expect(meta.emojis[3]?.emoji).toMatchObject({
      category: 'Fun',
      aliases: ['hooray', 'wave', 'yay+', 'party'],
      license: null,
      isSensitive: false,
      localOnly: false,
    });
  });

  it('has the content of an image pack of Matrix', async () => {
    const files = await unzip('matrix');
    const { images, pack } = jsonOf<{ images: Record<string, { url: string }>; pack: object }>(files, 'pack.json');
    expect(pack).toEqual({ display_name: 'custom-emoji', usage: ['emoticon'], attribution: ORIGIN });
    expect(Object.keys(images)).toEqual(['a-b', 'a_b', 'on', 'tada', 'ñandú']);
    expect(images.tada).toEqual({
      url: 'images/tada.gif',
      body: 'Says "yes",\nand é: 🎉',
      info: { mimetype: 'image/gif', size: 500 },
    });
    for (const { url } of Object.values(images)) expect(files[url]).toBeDefined();
  });

  it('has the emoji.txt of Pleroma, by which it is read from a folder of emoji', async () => {
    const files = await unzip('pleroma');
    // As https://docs.akkoma.dev/stable/configuration/custom_emoji/ has it.
    const lines = textOf(files, 'custom-emoji/emoji.txt').split('\n');
    expect(lines.pop()).toBe('');
    expect(lines).toEqual([
      'a-b, /emoji/custom-emoji/a-b.gif',
      'a_b, /emoji/custom-emoji/a_b.gif',
      'on, /emoji/custom-emoji/on.gif',
      'tada, /emoji/custom-emoji/tada.gif, party',
      'nandu, /emoji/custom-emoji/nandu.gif, bird',
    ]);
    for (const line of lines) {
      const [, path = ''] = line.split(', ');
      expect(files[path.replace('/emoji/', '')]).toBeDefined();
    }
    // What lies beside the folders of packs, the server complains about.
    expect(namesOf(files).filter((name) => !name.startsWith('custom-emoji/'))).toEqual([]);
    expect(textOf(files, 'custom-emoji/notes.txt')).toContain('ñandú: called nandu');
  });

  it('has the lines of a bulk import of Mattermost, the version first', async () => {
    const files = await unzip('mattermost');
    const lines = textOf(files, 'import.jsonl')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines[0]).toEqual({ type: 'version', version: 1 });
    expect(lines.slice(1).map(({ emoji }) => emoji.name)).toEqual(['a-b', 'a_b', 'on_2', 'tada_2', 'nandu']);
    for (const line of lines.slice(1)) {
      expect(line).toEqual({
        type: 'emoji',
        emoji: { name: expect.stringMatching(/^[a-z0-9+_-]{1,64}$/), image: expect.any(String) },
      });
      expect(files[`data/${line.emoji.image}`]).toBeDefined();
    }
    expect(textOf(files, 'notes.txt')).toContain('tada: 40 frames, of which Mattermost takes 32.\n');
  });

  it('is YAML for emojipacks, read so by YAML 1.1 and 1.2', async () => {
    const response = await fetchPack('emojipacks');
    expect(response.headers.get('Content-Type')).toBe('application/yaml');
    const text = new TextDecoder().decode(await response.bytes());
    for (const version of ['1.1', '1.2'] as const) {
      const { title, emojis } = parse(text, { version });
      expect(title).toBe('custom-emoji');
      expect(emojis.map(({ name }: { name: string }) => name)).toEqual([
        'a-b',
        'a_b',
        'lost',
        'on_2',
        'tada_2',
        'ñandú',
      ]);
      expect(emojis[4]).toEqual({
        name: 'tada_2',
        // Slack takes no "+", and has a wave itself.
        aliases: ['hooray'],
        src: `${ORIGIN}/custom-emoji/images/${await hashOf(pictures.tada as Uint8Array)}.gif`,
      });
    }
    const { src } = parse(text).emojis[4];
    expect(await (await request(new URL(src).pathname)).bytes()).toEqual(pictures.tada);
    const none = await (await fetchPack('emojipacks', '?tag=none')).bytes();
    expect(parse(new TextDecoder().decode(none))).toEqual({
      title: 'custom-emoji',
      emojis: [],
    });
  });

  it.each([
    ['custom-emoji', 'custom-emoji.zip', 'application/zip'],
    ['slack', 'custom-emoji-slack.zip', 'application/zip'],
    ['mastodon', 'custom-emoji-mastodon.tar.gz', 'application/gzip'],
    ['emojipacks', 'custom-emoji-emojipacks.yaml', 'application/yaml'],
  ])('is saved as a file, and kept by nobody: %s', async (format, file, type) => {
    const head = await request(`/custom-emoji/packs/${format}`, { method: 'HEAD' });
    const get = await fetchPack(format);
    for (const { status, headers } of [head, get]) {
      expect(status).toBe(200);
      expect(headers.get('Content-Disposition')).toBe(`attachment; filename="${file}"; filename*=UTF-8''${file}`);
      expect(headers.get('Content-Type')).toBe(type);
      expect(headers.get('Cache-Control')).toBe('no-store');
    }
    expect((await head.bytes()).byteLength).toBe(0);
    expect((await get.bytes()).byteLength).toBeGreaterThan(0);
  });

  it.each(['slack', 'mastodon'])(
    'is broken off where storage fails, so that nobody takes a part for the whole: %s',
    async (format) => {
      const { get } = env.PICTURES;
      let reads = 0;
      const failing = Object.assign(Object.create(env.PICTURES), {
        get: (key: string) => {
          if (++reads > 2) throw new Error('storage is away');
          return get.call(env.PICTURES, key);
        },
      }) as R2Bucket;
      const response = await worker.fetch(
        new Request(`${ORIGIN}/custom-emoji/packs/${format}`),
        { ...env, PICTURES: failing },
        createExecutionContext(),
      );
      expect(response.status).toBe(200);
      await expect(response.bytes()).rejects.toThrow('storage is away');
      expect(reads).toBe(3);
    },
  );

  it('is refused in a format that there is not, with those that there are', async () => {
    await expectProblem(await fetchPack('teams'), 422, 'invalid_request', /"mattermost"/);
  });
});
