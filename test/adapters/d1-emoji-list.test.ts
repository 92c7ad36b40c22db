import { reset } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { d1EmojiList, queriesOf, TAGS_OF_ALL } from '../../src/adapters/d1-emoji-list.ts';
import type { EmojiPosition, EmojiQuery, ListPart } from '../../src/application/ports.ts';
import { migrate, plansOf, queryPlan } from '../support/database.ts';
import { addEmoji, dropEmoji, type EmojiRow } from '../support/emojis.ts';

const list = d1EmojiList(env.DB);
const ALL: EmojiQuery = { text: null, tag: null, owner: null, animated: null, order: 'name' };

/** Every way to combine a filter with an order. */
const FILTERS = [null, 'bird'].flatMap((tag) =>
  [null, 'ann'].flatMap((owner) =>
    [null, true, false].flatMap((animated) =>
      (['name', 'newest'] as const).map((order) => ({ tag, owner, animated, order })),
    ),
  ),
);

/** The names on all pages; `between` is done after each page. */
async function listed(query: Partial<EmojiQuery>, limit = 100, between = async () => {}): Promise<string[]> {
  const names: string[] = [];
  for (let after: EmojiPosition | null = null; ; ) {
    const page = await list.page({ ...ALL, ...query }, after, limit);
    expect(page.found.length).toBeLessThanOrEqual(limit);
    names.push(...page.found.map(({ emoji }) => emoji.name));
    if (page.next === null) return names;
    expect(page.next).not.toEqual(after);
    after = page.next;
    await between();
  }
}

/** Code point order, as UTF-8 has it. */
const byCodePoint = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b));

type Sample = Pick<EmojiRow, 'name' | 'aliases' | 'former' | 'tags' | 'owner' | 'frames'>;

/** What the list has to be, computed over again. The samples are in the order that they were added in. */
function expected(samples: Sample[], { text, tag, owner, animated, order }: EmojiQuery): string[] {
  const shown = samples.filter(
    (emoji) =>
      (tag === null || emoji.tags.includes(tag)) &&
      (owner === null || emoji.owner === owner) &&
      (animated === null || animated === emoji.frames > 1),
  );
  const names = shown.map(({ name }) => name);
  if (text === null) return order === 'name' ? names.sort(byCodePoint) : names.reverse();
  const first = (words: string[]) => words.filter((word) => word.startsWith(text)).sort(byCodePoint)[0];
  const prefixed = shown.flatMap((emoji) => {
    const by = first([emoji.name, ...emoji.aliases]);
    return by === undefined ? [] : [{ name: emoji.name, by }];
  });
  const start = prefixed.sort((a, b) => byCodePoint(a.by, b.by)).map(({ name }) => name);
  const others = shown.filter(({ name }) => !start.includes(name));
  if (Array.from(text).length >= 3) {
    const inside = others.filter(({ name, aliases, tags }) =>
      [name, ...aliases, ...tags].some((w) => w.includes(text)),
    );
    return [...start, ...inside.map(({ name }) => name).reverse()];
  }
  const tagged = others.flatMap(({ name, tags }) => {
    const by = first(tags);
    return by === undefined ? [] : [{ name, by }];
  });
  const inOrder = tagged.sort((a, b) => byCodePoint(a.by, b.by) || byCodePoint(a.name, b.name));
  return [...start, ...inOrder.map(({ name }) => name)];
}

const SAMPLES: Sample[] = [
  ['parrot', ['bird', 'party']],
  ['ñandu', ['bird']],
  ['owl', ['bird', 'birdie', 'night'], ['hoot', 'parliament']],
  ['日本', []],
  ['a-b', ['parade']],
  ['a', [], ['spare'], ['partridge']],
  ['b', ['bird', 'partisan', 'party']],
  ['𐐨', ['bird'], ['space_par', 'paris', 'par']],
  ['z+1', ['pa']],
  ['party_parrot', ['party'], ['pp']],
  ['sparrow', ['bird'], [], ['parsley']],
  ['par_par', []],
].map(([name, tags, aliases = [], former = []], number) => ({
  name: String(name),
  tags: tags as string[],
  aliases: aliases as string[],
  former: former as string[],
  owner: [null, 'ann', 'bob'][number % 3] ?? null,
  frames: number % 2 === 0 ? 1 : 5,
}));

beforeEach(migrate);
afterEach(reset);

describe('the list', () => {
  beforeEach(async () => {
    for (const sample of SAMPLES) await addEmoji(sample);
    // Neither has a name to be listed under: its picture is not ready.
    await env.DB.batch([
      env.DB.prepare("INSERT INTO emojis (id, created_at, owner) VALUES ('waiting', 1, 'ann')"),
      env.DB.prepare("INSERT INTO emoji_names (name, emoji_id) VALUES ('parent', 'waiting')"),
    ]);
  });

  it('is by name in code point order, or the newest first', async () => {
    const names = ['a', 'a-b', 'b', 'owl', 'par_par', 'parrot', 'party_parrot', 'sparrow', 'z+1', 'ñandu', '日本', '𐐨'];
    expect(await listed({})).toEqual(names);
    const [newest, ...older] = await listed({ order: 'newest' });
    expect([newest, older.at(-1)]).toEqual(['par_par', 'parrot']);
  });

  it.each(FILTERS)('is whole in pages of any size, with %j', async (filter) => {
    const whole = expected(SAMPLES, { ...ALL, ...filter });
    expect(whole).not.toEqual([]);
    for (const limit of [1, 2, 5, whole.length, 100]) expect(await listed(filter, limit), `${limit}`).toEqual(whole);
  });

  it.each(['p', 'pa', 'par', 'part', 'bird', 'bi', 'rro', 'r', '日', '𐐨', '+1', '-b', 'arliamen', 'zzz', 'partri'])(
    'of what %j finds is whole, in any pages and with any filter',
    async (text) => {
      for (const filter of FILTERS.filter(({ order }) => order === 'name')) {
        const whole = expected(SAMPLES, { ...ALL, ...filter, text });
        for (const limit of [1, 2, 100]) {
          expect(await listed({ ...filter, text }, limit), JSON.stringify({ filter, limit })).toEqual(whole);
        }
      }
    },
  );

  it('shows first what a name or alias starts with, then what has it inside', async () => {
    expect(await listed({ text: 'par' })).toEqual([
      // par, par_par, parliament, parrot, party_parrot
      '𐐨',
      'par_par',
      'owl',
      'parrot',
      'party_parrot',
      // sparrow, the tag partisan, the alias spare, the tag parade
      'sparrow',
      'b',
      'a',
      'a-b',
    ]);
  });

  it('takes nothing for a pattern', async () => {
    for (const text of ['%%%', '___', '***', 'par*', '"par"', 'par OR owl', "' OR 1=1"]) {
      expect(await listed({ text }), text).toEqual([]);
    }
  });

  it('tells all of an emoji', async () => {
    const renditions = { png: { hash: 'x', bytes: 1 } };
    await addEmoji({
      name: 'all',
      aliases: ['z', 'y'],
      former: ['x'],
      tags: ['two', 'one'],
      owner: 'ann',
      category: 'Food',
      description: 'Of all.',
      hash: 'ab',
      bytes: 99,
      frames: 7,
      renditions,
      createdAt: 5,
      updatedAt: 6,
    });
    const { found } = await list.page({ ...ALL, order: 'newest' }, null, 1);
    expect(found[0]?.emoji).toEqual({
      id: 'emoji-all',
      revision: 1,
      name: 'all',
      aliases: ['y', 'z'],
      tags: ['two', 'one'],
      category: 'Food',
      description: 'Of all.',
      owner: 'ann',
      image: { hash: 'ab', bytes: 99, frames: 7 },
      renditions: ['png'],
      createdAt: 5,
      updatedAt: 6,
    });
  });

  it('has a version that rises with each change', async () => {
    const before = await list.version();
    await addEmoji({ name: 'new' });
    expect(await list.version()).toBe(before + 1);
    await dropEmoji('new');
    expect(await list.version()).toBe(before + 2);
  });

  it('tells with a page the version that it had before the first part was read', async () => {
    await addEmoji({ name: 'quetzal' });
    const query = { ...ALL, text: 'quetz' };
    const version = await list.version();
    // Two parts, between which somebody adds an emoji.
    let batches = 0;
    const batch = async (statements: D1PreparedStatement[]) => {
      const results = await env.DB.batch(statements);
      if (++batches === 1) await addEmoji({ name: 'quoll' });
      return results;
    };
    const between = d1EmojiList({ prepare: env.DB.prepare.bind(env.DB), batch: batch as typeof env.DB.batch });
    const { version: told, ...page } = await between.pageWithVersion(query, null, 10);
    expect([told, await list.version(), batches]).toEqual([version, version + 1, 2]);
    expect(page).toEqual(await list.page(query, null, 10));
    expect(page.found.map(({ emoji }) => emoji.name)).toEqual(['quetzal']);
  });
});

describe('while emoji come and go', () => {
  /** The same numbers each time (mulberry32). */
  function numbers(seed: number): (below: number) => number {
    let state = seed;
    return (below) => {
      state = (state + 0x6d2b79f5) | 0;
      let t = Math.imul(state ^ (state >>> 15), 1 | state);
      t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
      return ((t ^ (t >>> 14)) >>> 0) % below;
    };
  }

  it.each<[string, Partial<EmojiQuery>]>([
    ['by name', {}],
    ['newest first', { order: 'newest' }],
    ['of a tag', { tag: 'bird' }],
    ['of a tag, newest first', { tag: 'bird', order: 'newest' }],
    ['of an owner', { owner: 'ann' }],
    ['of those that move, and a tag', { animated: true, tag: 'bird', order: 'newest' }],
    ['of a search', { text: 'par' }],
    ['of a search by two characters', { text: 'pa' }],
  ])('the list %s has each that stays once, and none twice', async (_, query) => {
    const draw = numbers(7);
    const change = { aliases: [], tags: ['bird', 'parade'], owner: 'ann', frames: 3 };
    const nameOf = (kind: string, n: number) => `${['par', 'x_par', 'q', 'zz'][draw(4)]}_${draw(1_000)}_${kind}${n}`;
    const staying = Array.from({ length: 20 }, (_, n) => nameOf('stays', n));
    const going = Array.from({ length: 20 }, (_, n) => nameOf('goes', n));
    for (const n of staying.keys()) {
      await addEmoji({ ...change, name: staying[n] ?? '' });
      await addEmoji({ ...change, name: going[n] ?? '' });
    }
    let come = 0;
    const found = await listed(query, 3, async () => {
      await addEmoji({ ...change, name: nameOf('comes', come++) });
      const gone = going.splice(draw(going.length || 1), 1)[0];
      if (gone !== undefined) await dropEmoji(gone);
    });
    expect(come).toBeGreaterThan(5);
    expect(new Set(found).size).toBe(found.length);
    expect(found.filter((name) => name.includes('stays')).sort()).toEqual(staying.toSorted());
  });

  it('goes on where the page before ended, though its last emoji is gone', async () => {
    for (const name of ['a', 'b', 'c']) await addEmoji({ name });
    const { next } = await list.page(ALL, null, 2);
    await dropEmoji('b');
    const { found } = await list.page(ALL, next, 2);
    expect(found.map(({ emoji }) => emoji.name)).toEqual(['c']);
  });
});

describe('of many emoji', () => {
  const AMOUNT = 3_000;

  /** Their names have `par` at the start, and `arr` inside; every 500th one moves. */
  beforeEach(async () => {
    await env.DB.prepare(
      `WITH RECURSIVE n (i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < ${AMOUNT})
       INSERT INTO emojis (id, created_at, number, name, owner, image_hash, image_bytes, image_frames)
       SELECT 'e' || i, 1, i, printf('parrot_%04d', i), 'ann', 'ab', 1, iif(i % 500 = 0, 2, 1) FROM n`,
    ).run();
    await env.DB.batch([
      env.DB.prepare('INSERT INTO emoji_names (name, emoji_id) SELECT name, id FROM emojis'),
      env.DB.prepare("INSERT INTO emoji_tags SELECT 'bird', name, number, id FROM emojis"),
      env.DB.prepare('INSERT INTO emoji_search (rowid, text) SELECT number, name FROM emojis'),
    ]);
  });

  it('no more than a fixed number is read at once, however few of them can be shown', async () => {
    const moving = [500, 1_000, 1_500, 2_000, 2_500, 3_000].map((n) => `parrot_${String(n).padStart(4, '0')}`);
    const pages = async (query: Partial<EmojiQuery>) => {
      const sizes: number[] = [];
      let after: EmojiPosition | null = null;
      do {
        const page = await list.page({ ...ALL, ...query }, after, 10);
        sizes.push(page.found.length);
        after = page.next;
      } while (after !== null);
      return sizes;
    };
    expect(await listed({ tag: 'bird', animated: true })).toEqual(moving);
    expect(await pages({ tag: 'bird', animated: true })).toEqual([1, 1, 1, 1, 1, 1, 0]);
    expect(await listed({ tag: 'bird', animated: true, order: 'newest' })).toEqual(moving.toReversed());
    expect(await listed({ text: 'par', animated: true })).toEqual(moving);
    // First by name, then those that have it inside: all of them have been shown by then.
    expect(await pages({ text: 'par', animated: true })).toEqual([1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0]);
  });

  it.each<[string, Partial<EmojiQuery>, EmojiPosition]>([
    ['by name', {}, { part: 'name', key: ['parrot_2500'] }],
    ['newest first', { order: 'newest' }, { part: 'newest', key: [500] }],
    ['of a tag', { tag: 'bird' }, { part: 'name', key: ['parrot_2500'] }],
    ['of an owner, newest first', { owner: 'ann', order: 'newest' }, { part: 'newest', key: [500] }],
    ['of those that are still', { animated: false }, { part: 'name', key: ['parrot_2500'] }],
    ['of a search, at the start', { text: 'par' }, { part: 'prefix', key: ['parrot_2400'] }],
    ['of a search, inside', { text: 'arr' }, { part: 'text', key: [600] }],
    ['of a search in tags', { text: 'bi' }, { part: 'tag', key: ['bird', 'parrot_2400'] }],
  ])('the list %s costs the same deep in as at the start', async (_, query, { part, key }) => {
    const rowsRead = async (after: EmojiPosition['key']) => {
      let rows = 0;
      for (const { sql, values } of queriesOf({ ...ALL, ...query }, part, after, 50)) {
        rows += (
          await env.DB.prepare(sql)
            .bind(...values)
            .all()
        ).meta.rows_read;
      }
      return rows;
    };
    const start = await rowsRead([]);
    expect(start).toBeGreaterThan(50);
    expect(Math.abs((await rowsRead(key)) - start)).toBeLessThanOrEqual(5);
  });
});

describe('tags', () => {
  it('are told once each, in code point order, as far as one wants, and no more when their emoji go', async () => {
    expect(await list.tags(10)).toEqual([]);
    const tags = [['bird', 'party'], ['bird'], ['bird', '日本', 'é'], [], ['a_z', 'a-z', 'az']];
    for (const [i, of] of tags.entries()) await addEmoji({ name: `tagged_${i}`, tags: of });
    const all = [...new Set(tags.flat())].sort(byCodePoint);
    expect(await list.tags(10)).toEqual(all);
    expect(await list.tags(2)).toEqual(all.slice(0, 2));
    await dropEmoji('tagged_2');
    expect(await list.tags(10)).toEqual(all.filter((tag) => tag !== '日本' && tag !== 'é'));
  });

  it('cost as many rows as there are tags, not emoji', async () => {
    for (let i = 0; i < 60; i++) await addEmoji({ name: `crowd_${i}`, tags: ['bird', 'party'] });
    const { meta } = await env.DB.prepare(TAGS_OF_ALL).bind(100).all();
    expect(meta.rows_read).toBeLessThan(20);
  });
});

describe('many names', () => {
  it('are found as primary ones, aliases and former ones, in one query', async () => {
    await addEmoji({ name: 'parrot', aliases: ['bird'], former: ['polly'] });
    await addEmoji({ name: 'owl' });
    await env.DB.prepare("INSERT INTO emojis (id, created_at) VALUES ('waiting', 1)").run();
    await env.DB.prepare("INSERT INTO emoji_names (name, emoji_id) VALUES ('soon', 'waiting')").run();
    const many = Array.from({ length: 200 }, (_, n) => `none${n}`);
    const found = await list.lookUp(['polly', 'bird', 'soon', 'owl', 'parrot', ...many]);
    expect([...found].map(([asked, { name }]) => [asked, name]).sort()).toEqual([
      ['bird', 'parrot'],
      ['owl', 'owl'],
      ['parrot', 'parrot'],
      ['polly', 'parrot'],
    ]);
    expect(await list.lookUp([])).toEqual(new Map());
  });
});

describe('every query', () => {
  const AFTER: Record<ListPart, (string | number)[]> = {
    name: ['a'],
    prefix: ['a'],
    newest: [5],
    text: [5],
    tag: ['a', 'b'],
  };
  const WALKS =
    /^SEARCH (emojis|emoji_names|emoji_tags) (EXISTS )?USING (INTEGER PRIMARY KEY|PRIMARY KEY|(COVERING )?INDEX \w+) \(/;
  /** What the index of the search finds, what a query inside another one gives, two walks as one: no tables. */
  const NO_TABLES =
    /^(SCAN emoji_search VIRTUAL TABLE INDEX \S*M0|SCAN candidate$|SCAN asked VIRTUAL TABLE|CO-ROUTINE candidate|MERGE \(UNION ALL\)|LEFT$|RIGHT$|CORRELATED SCALAR SUBQUERY)/;

  it.each([null, 'pa', 'par'].flatMap((text) => FILTERS.map((filter): EmojiQuery => ({ text, ...filter }))))(
    'walks indexes and sorts nothing: %j',
    async (query) => {
      for (const part of list.parts(query)) {
        for (const after of [[], AFTER[part]]) {
          for (const { sql, values } of queriesOf(query, part, after, 10)) {
            for (const step of (await queryPlan(sql, ...values)).split('\n')) {
              expect(WALKS.test(step) || NO_TABLES.test(step), step).toBe(true);
            }
          }
        }
      }
    },
  );

  it.each<[string, EmojiQuery]>([
    ['emojis_by_motion (<expr>=? AND name>?)', ALL],
    ['emojis_by_motion_and_number (<expr>=? AND number<?)', { ...ALL, order: 'newest' }],
    ['emoji_tags USING PRIMARY KEY (tag=? AND name>?)', { ...ALL, tag: 'bird', owner: 'ann', animated: true }],
    ['emoji_tags_by_number (tag=? AND number<?)', { ...ALL, tag: 'bird', order: 'newest' }],
    ['emojis_by_owner (owner=? AND name>?)', { ...ALL, owner: 'ann', animated: true }],
    ['emojis_by_owner_and_number (owner=? AND number<?)', { ...ALL, owner: 'ann', order: 'newest' }],
    ['emojis_by_motion (<expr>=? AND name>?)', { ...ALL, animated: false }],
    ['emojis_by_motion_and_number (<expr>=? AND number<?)', { ...ALL, animated: true, order: 'newest' }],
  ])('is led by the most selective one: %s', async (index, query) => {
    const [page] = queriesOf(query, query.order, [], 10);
    expect(await queryPlan(page?.sql ?? '', ...(page?.values ?? []))).toContain(index);
  });

  it('of many names, or the version, reads by primary keys', async () => {
    const plans = await plansOf(async (db) => {
      await d1EmojiList(db).version();
      await d1EmojiList(db).lookUp(['a', 'b']);
    });
    expect(plans).toHaveLength(2);
    for (const step of plans.join('\n').split('\n')) {
      expect(/^SEARCH counters USING PRIMARY KEY/.test(step) || WALKS.test(step) || NO_TABLES.test(step), step).toBe(
        true,
      );
    }
  });
});
