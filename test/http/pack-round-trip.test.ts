import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { ADMIN_TOKEN, deployed } from '../support/closed.ts';
import { migrate } from '../support/database.ts';
import { type DecodedGif, decodeGif, pixelAt } from '../support/gif.ts';
import { importPack, infoOf, names, pictureOf } from '../support/imports.ts';
import { accepted, finished, fixture, request, resetAtRest, upload } from '../support/service.ts';

const FIRST = 'https://emoji.example.net';

/** The service that packs come from. It is emptied then, and is the one that they are brought to. */
const first = deployed({ origin: FIRST });

/** An emoji of each kind: `tada` is transparent, has three frames and is played twice; `still` is transparent. */
const PICTURES = {
  tada: 'moving-square.gif',
  still: 'halves.png',
  web: 'moving-square.webp',
  ñandú: 'quadrants.svg',
  on: 'moving-square.gif',
};

interface Words {
  aliases: string[];
  tags: string[];
  category: string | null;
  description: string;
}

const NOTHING: Words = { aliases: [], tags: [], category: null, description: '' };

const SAID: Record<string, Words> = {
  tada: { aliases: ['hooray', 'yay+'], tags: ['party'], category: ' Fun', description: 'Says "yes",\nand é: 🎉' },
  ñandú: { aliases: ['ema'], tags: ['bird', 'tall'], category: 'Birds', description: 'It runs.' },
};

/** What each format has a place for, by docs/packs.md. The others have names and pictures only. */
const KEPT: Record<string, (words: Words) => Partial<Words>> = {
  'custom-emoji': (words) => words,
  misskey: ({ aliases, tags, category }) => ({ tags: [...aliases, ...tags], category }),
  pleroma: ({ tags }) => ({ tags }),
  matrix: ({ description }) => ({ description }),
  // Names in Slack, too, which takes no "+".
  emojipacks: ({ aliases }) => ({ aliases: aliases.filter((alias) => alias !== 'yay+') }),
};

/** Platforms that have emoji of their own called `on` and `tada`. */
const HAVE_THEIRS = ['slack', 'mattermost', 'emojipacks'];

/** Platforms that take letters without accents only. */
const PLAIN = ['discord', 'mastodon', 'misskey', 'pleroma', 'mattermost'];

/** What an emoji is called in a pack. */
function nameIn(format: string, name: string): string {
  if (HAVE_THEIRS.includes(format) && (name === 'on' || name === 'tada')) return `${name}_2`;
  return name === 'ñandú' && PLAIN.includes(format) ? 'nandu' : name;
}

const before: Record<string, DecodedGif> = {};

/** Takes a pack from the service, which has nothing more after that. */
async function leaveWith(format: string, query = ''): Promise<Uint8Array> {
  const path = `/custom-emoji/packs/${format}${query}`;
  const pack = await (format === 'emojipacks' ? keepOnline(path) : (await request(path)).bytes());
  await resetAtRest();
  await migrate();
  expect(await names()).toEqual([]);
  return pack;
}

/** Takes a list, and has the internet go on to answer as the service did at the URLs in it. */
async function keepOnline(path: string): Promise<Uint8Array> {
  const list = await (await first.send(path, { token: ADMIN_TOKEN })).bytes();
  const { emojis } = parse(new TextDecoder().decode(list)) as { emojis: { src: string }[] };
  for (const { src } of emojis) {
    const { origin, pathname } = new URL(src);
    expect(origin).toBe(FIRST);
    const answer = await first.send(pathname);
    expect(answer.status).toBe(200);
    const headers = { 'Content-Type': answer.headers.get('Content-Type') ?? '' };
    expect((await fetch(src, { method: 'PUT', headers, body: await answer.bytes() })).status).toBe(204);
  }
  return list;
}

beforeEach(async () => {
  await migrate();
  for (const [name, file] of Object.entries(PICTURES)) {
    await finished((await accepted(await upload(name, fixture(file)))).task_id);
    before[name] = decodeGif(await pictureOf(name));
  }
  for (const [name, words] of Object.entries(SAID)) {
    const headers = { 'If-Match': '*', 'Content-Type': 'application/json' };
    const change = { method: 'PATCH', headers, body: JSON.stringify(words) };
    expect((await request(`/custom-emoji/emojis/${encodeURIComponent(name)}`, change)).status).toBe(200);
  }
});
afterEach(resetAtRest);

describe('a pack that is brought to an empty service', () => {
  it.each(['custom-emoji', 'slack', 'discord', 'mastodon', 'misskey', 'matrix', 'pleroma', 'mattermost', 'emojipacks'])(
    'has the same emoji there: %s',
    async (format) => {
      expect(before.tada?.frames.map(({ delay }) => delay)).toEqual([50, 120, 200]);
      expect(before.tada?.plays).toBe(2);
      expect(before.still && pixelAt(before.still, 0, 50, 30)).toBe('clear');

      const { it } = await importPack(await leaveWith(format));
      expect(it).toMatchObject({
        state: 'SUCCESS',
        counts: { succeeded: 5, failed: 0, skipped: 0 },
      });
      const readAs = { slack: 'pictures', discord: 'pictures', mastodon: 'pictures', pleroma: 'emoji.txt' };
      expect(it.format).toBe((readAs as Record<string, string>)[format] ?? format);
      const called = (name: string) => nameIn(format, name);
      expect(await names()).toEqual(Object.keys(PICTURES).map(called).sort());
      for (const [name, picture] of Object.entries(before)) {
        expect(decodeGif(await pictureOf(called(name))), name).toEqual(picture);
        const { aliases, tags, category, description } = await infoOf(called(name));
        const kept = KEPT[format]?.(SAID[name] ?? NOTHING);
        expect({ aliases, tags, category, description }, name).toEqual({ ...NOTHING, ...kept });
      }
    },
  );

  it.each(['custom-emoji', 'emojipacks'])('has those there that were asked for: %s', async (format) => {
    const { it } = await importPack(await leaveWith(format, '?tag=party&animated=true'));
    expect(it).toMatchObject({ state: 'SUCCESS', counts: { total: 1, succeeded: 1 } });
    const name = nameIn(format, 'tada');
    expect(await names()).toEqual([name]);
    expect(decodeGif(await pictureOf(name))).toEqual(before.tada);
  });
});
