import { reset } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CACHE } from '../../src/http/cache.ts';
import { migrate } from '../support/database.ts';
import { addEmoji, dropEmoji } from '../support/emojis.ts';
import { expectProblem } from '../support/problems.ts';
import { fixture, request, requestJson } from '../support/service.ts';

interface Listed {
  name: string;
  image_data?: string | null;
}

interface Page {
  data: Listed[];
  next_cursor: string | null;
}

const namesOf = ({ data }: Page) => data.map(({ name }) => name);
const search = async (query: string) =>
  namesOf(await requestJson<Page>(`/custom-emoji/emojis?image_data=false&${query}`));

beforeEach(migrate);
afterEach(reset);

describe('GET /custom-emoji/emojis', () => {
  it('lists by name, in pages, with the pictures', async () => {
    const gif = fixture('moving-square.gif');
    await env.PICTURES.put('images/ab.gif', gif);
    for (const name of ['c', 'a', 'ñ', 'b']) await addEmoji({ name, hash: 'ab', bytes: gif.byteLength });
    const first = await requestJson<Page>('/custom-emoji/emojis?limit=3');
    expect(namesOf(first)).toEqual(['a', 'b', 'c']);
    const second = await requestJson<Page>(`/custom-emoji/emojis?limit=3&cursor=${first.next_cursor}`);
    expect(namesOf(second)).toEqual(['ñ']);
    expect(second.next_cursor).toBeNull();
    expect(Uint8Array.fromBase64(second.data[0]?.image_data ?? '')).toEqual(gif);
  });

  it('tells all of an emoji, and where its pictures are', async () => {
    await addEmoji({
      name: 'ñ',
      aliases: ['n+1'],
      former: ['m'],
      tags: ['letter'],
      owner: 'Ann',
      category: 'Signs',
      hash: 'ab',
      bytes: 99,
      frames: 2,
      renditions: { png: { hash: 'cd', bytes: 1 }, gif64: { hash: 'ef', bytes: 2 } },
      createdAt: Date.UTC(2026, 0, 2),
      updatedAt: Date.UTC(2026, 0, 3),
    });
    const { data } = await requestJson<Page>('/custom-emoji/emojis?image_data=false');
    expect(data).toEqual([
      {
        name: 'ñ',
        aliases: ['n+1'],
        tags: ['letter'],
        category: 'Signs',
        owner: 'Ann',
        url: '/custom-emoji/emojis/%C3%B1',
        png_url: '/custom-emoji/emojis/%C3%B1.png',
        gif64_url: '/custom-emoji/emojis/%C3%B1@64.gif',
        gif128_url: null,
        hash: 'ab',
        bytes: 99,
        frames: 2,
        animated: true,
        created_at: '2026-01-02T00:00:00.000Z',
        updated_at: '2026-01-03T00:00:00.000Z',
        etag: '"emoji-ñ.1"',
      },
    ]);
  });

  it('ends a page early where the pictures come to too much, and shows a missing one as null', async () => {
    for (const name of ['a', 'b', 'c']) await addEmoji({ name, bytes: 5_000_000 });
    const first = await requestJson<Page>('/custom-emoji/emojis');
    expect(first.data).toMatchObject([{ name: 'a', image_data: null }]);
    const second = await requestJson<Page>(`/custom-emoji/emojis?cursor=${first.next_cursor}`);
    expect(namesOf(second)).toEqual(['b']);
    expect((await requestJson<Page>('/custom-emoji/emojis?image_data=false')).data).toHaveLength(3);
  });

  it('is empty at first', async () => {
    expect(await requestJson<Page>('/custom-emoji/emojis')).toEqual({ data: [], next_cursor: null });
  });

  it('filters, sorts and searches', async () => {
    await addEmoji({ name: 'parrot', tags: ['bird'], owner: 'Ann', frames: 9 });
    await addEmoji({ name: 'owl', tags: ['bird'], owner: 'Bob' });
    await addEmoji({ name: 'sparkles', aliases: ['shine'], owner: 'Ann' });
    expect(await search('sort=newest')).toEqual(['sparkles', 'owl', 'parrot']);
    expect(await search('sort=name')).toEqual(['owl', 'parrot', 'sparkles']);
    expect(await search('tag=bird&sort=newest')).toEqual(['owl', 'parrot']);
    expect(await search('tag=:BIRD:')).toEqual(['owl', 'parrot']);
    expect(await search('owner=Ann')).toEqual(['parrot', 'sparkles']);
    expect(await search('animated=true')).toEqual(['parrot']);
    expect(await search('animated=false&owner=Ann')).toEqual(['sparkles']);
    expect(await search('tag=bird&animated=false&owner=Ann')).toEqual([]);
    expect(await search('q=PAR')).toEqual(['parrot', 'sparkles']);
    expect(await search('q=:bir')).toEqual(['owl', 'parrot']);
    expect(await search('q=par&tag=bird')).toEqual(['parrot']);
    expect(await search('q=sh')).toEqual(['sparkles']);
    // Nothing is asked for yet: all of them.
    for (const none of ['q=', 'q=:']) expect(await search(none)).toEqual(['owl', 'parrot', 'sparkles']);
  });

  it.each(['a%20b', '%22', '%00', 'par%22', 'a%0Ab', 'x'.repeat(65), '*'])(
    'finds nothing by %s, which no name has in it',
    async (text) => {
      await addEmoji({ name: 'parrot', aliases: ['a', 'b'] });
      for (const query of [`q=${text}`, `tag=${text}`]) {
        expect(await requestJson<Page>(`/custom-emoji/emojis?${query}`)).toEqual({ data: [], next_cursor: null });
      }
    },
  );

  it('goes on from one part of a search to the next', async () => {
    for (const name of ['x_par', 'par_1', 'y_par', 'par_2']) await addEmoji({ name });
    const found: string[] = [];
    for (let cursor: string | null = ''; cursor !== null; ) {
      const page: Page = await requestJson<Page>(
        `/custom-emoji/emojis?q=par&limit=1&image_data=false&cursor=${cursor}`,
      );
      found.push(...namesOf(page));
      cursor = page.next_cursor;
    }
    expect(found).toEqual(['par_1', 'par_2', 'y_par', 'x_par']);
  });

  it('answers 304 until something of it changes', async () => {
    const get = (have: string, query = '') =>
      request(`/custom-emoji/emojis${query}`, { headers: { 'If-None-Match': have } });
    await addEmoji({ name: 'a' });
    const first = await request('/custom-emoji/emojis');
    const etag = first.headers.get('ETag') ?? '';
    expect(etag).toMatch(/^"e\d+"$/);
    expect(first.headers.get('Cache-Control')).toBe(CACHE.revalidated);
    for (const query of ['', '?sort=newest', '?q=a']) {
      const same = await get(`"x", W/${etag}`, query);
      expect(same.status).toBe(304);
      expect(same.headers.get('ETag')).toBe(etag);
      expect(same.headers.get('Cache-Control')).toBe(CACHE.revalidated);
      expect(await same.text()).toBe('');
    }
    await addEmoji({ name: 'b' });
    const next = await get(etag);
    expect(next.status).toBe(200);
    expect(next.headers.get('ETag')).not.toBe(etag);
    expect(namesOf(await next.json<Page>())).toEqual(['a', 'b']);
    await dropEmoji('b');
    expect((await get(next.headers.get('ETag') ?? '')).status).toBe(200);
  });

  it.each([
    ['limit=0', 'limit'],
    ['limit=101', 'limit'],
    ['limit=x', 'limit'],
    ['image_data=maybe', 'image_data'],
    ['animated=1', 'animated'],
    ['sort=oldest', 'sort'],
    ['q=par&sort=name', 'what q finds has an order of its own'],
  ])('refuses ?%s', async (query, detail) => {
    await expectProblem(await request(`/custom-emoji/emojis?${query}`), 422, 'invalid_request', detail);
  });

  const cursor = (...position: unknown[]) => btoa(JSON.stringify(position)).replace(/=+$/, '');
  it.each([
    '?cursor=abc',
    '?cursor=%25%25%25',
    '?cursor=W10',
    `?cursor=${cursor('a')}`,
    `?cursor=${cursor('name', 1)}`,
    `?cursor=${cursor('tag', 'a')}`,
    // Of another list.
    `?cursor=${cursor('newest', 1)}`,
    `?sort=newest&cursor=${cursor('name', 'a')}`,
    `?q=par&cursor=${cursor('name', 'a')}`,
    `?q=par&cursor=${cursor('tag', 'a', 'b')}`,
  ])('refuses the cursor of %s, which it never gave', async (query) => {
    await expectProblem(await request(`/custom-emoji/emojis${query}`), 422, 'invalid_cursor', 'is not a cursor');
  });
});

describe('POST /custom-emoji/emojis:batchGet', () => {
  const post = (body: string, type = 'application/json') =>
    request('/custom-emoji/emojis:batchGet', { method: 'POST', headers: { 'Content-Type': type }, body });
  const look = (...names: string[]) => post(JSON.stringify({ names }));

  it('answers with what there is by the names that were asked for, and tells what is missing', async () => {
    await addEmoji({ name: 'parrot', aliases: ['bird'], former: ['polly'], tags: ['party'], hash: 'ab' });
    await addEmoji({ name: 'owl' });
    const response = await look('polly', ':Bird:', 'owl', 'nobody', 'a b', 'owl', '__proto__');
    expect(response.status).toBe(200);
    expect(response.headers.get('Cache-Control')).toBe(CACHE.none);
    const { found, missing } = await response.json<{ found: Record<string, Listed>; missing: string[] }>();
    expect(Object.entries(found).map(([asked, { name }]) => [asked, name])).toEqual([
      ['polly', 'parrot'],
      [':Bird:', 'parrot'],
      ['owl', 'owl'],
    ]);
    expect(missing).toEqual(['nobody', 'a b', '__proto__']);
    const { data } = await requestJson<Page>('/custom-emoji/emojis?image_data=false');
    expect(found.polly).toEqual(data[1]);
  });

  it('takes 100 names', async () => {
    for (const name of ['n0', 'n99']) await addEmoji({ name });
    const names = Array.from({ length: 100 }, (_, n) => `n${n}`);
    const { found, missing } = await (await look(...names)).json<{ found: object; missing: string[] }>();
    expect(Object.keys(found)).toEqual(['n0', 'n99']);
    expect(missing).toEqual(names.slice(1, 99));
  });

  it('refuses what is no list of 1 to 100 names', async () => {
    await expectProblem(await look(), 422, 'invalid_request', 'names');
    await expectProblem(await look(...Array.from({ length: 101 }, (_, n) => `n${n}`)), 422, 'invalid_request', '100');
    await expectProblem(await look('x'.repeat(257)), 422, 'invalid_request', '256');
    await expectProblem(await post('{"names":"a"}'), 422, 'invalid_request', 'send JSON');
    await expectProblem(await post('{"names":["a"]}', 'text/plain'), 415, 'unsupported_media_type', '"text/plain"');
    await expectProblem(await post('{"names":["a"'), 400, 'malformed_json', 'is not JSON');
  });

  it('is no address of an emoji', async () => {
    await expectProblem(await request('/custom-emoji/emojis:batchGet'), 404, 'emoji_not_found');
    const response = await request('/custom-emoji/emojis:batchGet', { method: 'DELETE' });
    expect(response.status).toBe(405);
  });

  it('is described, and so is the list', async () => {
    const { paths } = await requestJson<{
      paths: Record<string, Record<string, { parameters: { name: string }[]; responses: object }>>;
    }>('/openapi.json');
    const batchGet = paths['/custom-emoji/emojis:batchGet']?.post;
    expect(Object.keys(batchGet?.responses ?? {})).toEqual([
      '200',
      '400',
      '401',
      '403',
      '413',
      '415',
      '422',
      '429',
      '500',
      '503',
    ]);
    const list = paths['/custom-emoji/emojis']?.get;
    expect(Object.keys(list?.responses ?? {})).toEqual(['200', '304', '401', '403', '422', '429', '500', '503']);
    expect(list?.parameters.map(({ name }) => name)).toEqual([
      'limit',
      'cursor',
      'q',
      'tag',
      'owner',
      'animated',
      'sort',
      'image_data',
      'If-None-Match',
    ]);
  });
});
