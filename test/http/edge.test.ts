import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import worker from '../../src/index.ts';
import { counting } from '../support/counting.ts';
import { migrate } from '../support/database.ts';
import { accepted, finished, fixture, request, resetAtRest, upload } from '../support/service.ts';

/** Statements of D1 are made and bound before they are run, and a session stands before them. */
const BEFORE_THE_CALL = ['prepare', 'bind', 'withSession'];
/** What a session tells of itself is no call. */
const NO_CALLS = ['getBookmark'];

let used = 0;
/** The cache outlives a test: names do not. */
const fresh = (name: string): string => `${name}_${++used}`;

/** A request to the Worker whose calls to D1 and R2 are counted. */
async function counted(path: string, init: RequestInit & { context?: object } = {}) {
  const db = counting(env.DB, BEFORE_THE_CALL);
  const bucket = counting(env.PICTURES);
  const context = createExecutionContext();
  const bindings = { ...env, DB: db.binding, PICTURES: bucket.binding };
  const incoming = new Request(`https://localhost${path}`, init);
  const response = await worker.fetch(incoming, bindings, Object.assign(context, init.context));
  const body = await response.bytes();
  await waitOnExecutionContext(context);
  for (const name of NO_CALLS) delete db.calls[name];
  return { response, body, d1: db.calls, r2: bucket.calls };
}

async function made(name: string, picture = 'moving-square.gif'): Promise<string> {
  const { task_id } = await accepted(await upload(name, fixture(picture)));
  expect((await finished(task_id)).status).toBe('SUCCESS');
  return name;
}

const sum = (calls: Record<string, number>) => Object.values(calls).reduce((all, n) => all + n, 0);

beforeEach(migrate);
afterEach(resetAtRest);

describe('the edge', () => {
  it('costs one read of D1 and one of R2 at a miss, and none at a hit, for every form of a picture', async () => {
    const name = await made(fresh('hit'));
    for (const form of ['', '.png', '@64.gif', '@128.gif']) {
      const path = `/custom-emoji/emojis/${name}${form}`;
      const miss = await counted(path);
      expect([miss.response.status, sum(miss.d1), sum(miss.r2)], path).toEqual([200, 1, 1]);
      expect(miss.response.headers.get('CF-Cache-Status'), path).not.toBe('HIT');
      const hit = await counted(path);
      expect([hit.response.status, sum(hit.d1), sum(hit.r2)], path).toEqual([200, 0, 0]);
      expect(hit.response.headers.get('CF-Cache-Status'), path).toBe('HIT');
      expect(hit.body, path).toEqual(miss.body);
      for (const header of [
        'ETag',
        'Cache-Control',
        'Content-Type',
        'Content-Security-Policy',
        'X-Content-Type-Options',
      ]) {
        expect(hit.response.headers.get(header), `${path} ${header}`).toBe(miss.response.headers.get(header));
      }
    }
  });

  it('keeps one answer for all ways to write an address', async () => {
    const name = await made(fresh('ways'));
    await counted(`/custom-emoji/emojis/${name}`);
    for (const path of [`emojis/${name}.gif`, name, `${name.toUpperCase()}.gif`, `emojis/:${name}:?nobody=asks`]) {
      const { response, d1, r2 } = await counted(`/custom-emoji/${path}`);
      expect([response.headers.get('CF-Cache-Status'), sum(d1), sum(r2)], path).toEqual(['HIT', 0, 0]);
    }
  });

  it('answers HEAD and what is known already from what it keeps', async () => {
    const path = `/custom-emoji/emojis/${await made(fresh('head'))}`;
    const { response, body } = await counted(path);
    const etag = response.headers.get('ETag') ?? '';
    const head = await counted(path, { method: 'HEAD' });
    expect([head.response.status, head.body.length, sum(head.d1)]).toEqual([200, 0, 0]);
    expect(head.response.headers.get('Content-Length')).toBe(String(body.length));
    const known = await counted(path, { headers: { 'If-None-Match': etag } });
    expect([known.response.status, known.body.length, sum(known.d1)]).toEqual([304, 0, 0]);
    expect(known.response.headers.get('ETag')).toBe(etag);
  });

  it('keeps a picture under its hash, without D1', async () => {
    const name = await made(fresh('hash'));
    const { etag } = Object.fromEntries((await request(`/custom-emoji/emojis/${name}`)).headers);
    const path = `/custom-emoji/images/${etag?.replaceAll('"', '')}.gif`;
    const miss = await counted(path);
    expect([miss.response.status, sum(miss.d1), sum(miss.r2)]).toEqual([200, 0, 1]);
    expect(miss.response.headers.get('Cache-Control')).toBe('public, max-age=31536000, immutable');
    const hit = await counted(path);
    expect([hit.response.headers.get('CF-Cache-Status'), sum(hit.d1), sum(hit.r2)]).toEqual(['HIT', 0, 0]);
  });

  it('shows by a hash nothing else that is kept', async () => {
    const name = await made(fresh('path'));
    await counted(`/custom-emoji/emojis/${name}`);
    const { id } = (await env.DB.prepare('SELECT id FROM emojis').first<{ id: string }>()) ?? { id: '' };
    for (const inside of [`emojis/${name}/gif`, `tags/emoji-${id}`]) {
      const { response } = await counted(`/custom-emoji/images/..%2F${encodeURIComponent(inside)}`);
      expect([response.status, response.headers.get('CF-Cache-Status')], inside).toEqual([404, null]);
    }
  });

  it('keeps nothing that is not there', async () => {
    const name = fresh('late');
    expect((await counted(`/custom-emoji/emojis/${name}`)).response.status).toBe(404);
    await made(name);
    expect((await counted(`/custom-emoji/emojis/${name}`)).response.status).toBe(200);
  });

  it('shows another picture of an emoji as soon as it is there, in every form', async () => {
    const name = await made(fresh('new'));
    const forms = ['', '.png', '@64.gif'].map((form) => `/custom-emoji/emojis/${name}${form}`);
    const before = await Promise.all(forms.map(async (path) => (await counted(path)).response.headers.get('ETag')));
    const replacing = await request(`/custom-emoji/emojis/${name}/image`, {
      method: 'PUT',
      headers: { 'Content-Type': 'image/webp' },
      body: fixture('quadrants.webp'),
    });
    const { task_id } = await accepted(replacing);
    expect((await finished(task_id)).status).toBe('SUCCESS');
    await vi.waitFor(async () => {
      const now = await Promise.all(forms.map(async (path) => (await counted(path)).response.headers.get('ETag')));
      for (const [i, etag] of now.entries()) expect(etag).not.toBe(before[i]);
    });
  });

  it('shows a new name, what is deleted and what is restored at once', async () => {
    const [name, other] = [await made(fresh('life')), fresh('life')];
    const path = `/custom-emoji/emojis/${name}`;
    const whatever = { 'If-Match': '*' };
    const statusNow = async () => (await counted(path)).response.status;
    for (let times = 0; times < 2; times++) expect(await statusNow()).toBe(200);
    const json = { ...whatever, 'Content-Type': 'application/json' };
    const renaming = await request(path, { method: 'PATCH', headers: json, body: JSON.stringify({ name: other }) });
    expect(renaming.status, await renaming.text()).toBe(200);
    // What one has in the address is not for others.
    for (const query of ['?token=secret', '']) {
      const { response } = await counted(`${path}${query}`, { redirect: 'manual' });
      expect([response.status, response.headers.get('Location')]).toEqual([301, `/custom-emoji/emojis/${other}`]);
      expect(response.headers.get('Cache-Control')).toBe('public, max-age=60');
    }
    const present = `/custom-emoji/emojis/${other}`;
    expect((await counted(present)).response.status).toBe(200);
    expect((await request(present, { method: 'DELETE' })).status).toBe(200);
    expect((await counted(present)).response.status).toBe(404);
    expect(await statusNow()).toBe(404);
    expect((await request(`${present}/restore`, { method: 'POST' })).status).toBe(200);
    expect((await counted(present)).response.status).toBe(200);
  });

  it('leads by a former name nowhere, as soon as somebody takes it, in whatever way', async () => {
    const json = { 'If-Match': '*', 'Content-Type': 'application/json' };
    const post = async (path: string) => expect((await request(path, { method: 'POST' })).status, path).toBe(200);
    const patch = async (name: string, body: object) => {
      const path = `/custom-emoji/emojis/${name}`;
      const answer = await request(path, { method: 'PATCH', headers: json, body: JSON.stringify(body) });
      expect(answer.status, await answer.text()).toBe(200);
    };
    /** What is done before another emoji has the name, and what takes it from that one then. */
    const ways: Record<string, (name: string) => Promise<() => Promise<unknown>>> = {
      upload: async (name) => () => made(name),
      restore: async (name) => {
        await request(`/custom-emoji/emojis/${await made(name)}`, { method: 'DELETE' });
        return () => post(`/custom-emoji/emojis/${name}/restore`);
      },
      retry: async (name) => {
        const { task_id } = await accepted(await upload(name, Uint8Array.of(1)));
        expect((await finished(task_id)).status).toBe('FAILURE');
        return () => post(`/task-queue/tasks/${task_id}/retry`);
      },
      rename: async (name) => {
        const other = await made(fresh('other'));
        return () => patch(other, { name });
      },
      alias: async (name) => {
        const other = await made(fresh('other'));
        return () => patch(other, { aliases: [name] });
      },
    };
    for (const [way, prepare] of Object.entries(ways)) {
      const [name, present] = [fresh('former'), fresh('present')];
      const take = await prepare(name);
      await patch(await made(name), { name: present });
      const path = `/custom-emoji/emojis/${name}`;
      await counted(path, { redirect: 'manual' });
      const { response, d1 } = await counted(path, { redirect: 'manual' });
      expect([response.status, sum(d1), response.headers.get('Location')], way).toEqual([
        301,
        0,
        `/custom-emoji/emojis/${present}`,
      ]);
      await take();
      expect((await counted(path, { redirect: 'manual' })).response.status, way).toBe(way === 'retry' ? 404 : 200);
    }
  });

  it('leaves it to Workers Cache where that stands in front, and purges it by tag', async () => {
    const name = await made(fresh('front'));
    const { id } = (await env.DB.prepare('SELECT emoji_id AS id FROM emoji_names WHERE name = ?')
      .bind(name)
      .first<{ id: string }>()) ?? { id: '' };
    const purged: CachePurgeOptions[] = [];
    const cache = {
      purge: async (options: CachePurgeOptions) => {
        purged.push(options);
        return { success: true, zoneTag: '', errors: [] };
      },
    };
    const path = `/custom-emoji/emojis/${name}`;
    for (let times = 0; times < 2; times++) {
      const { response, d1, r2 } = await counted(path, { context: { cache } });
      expect(response.headers.get('Cache-Tag')).toBe(`emoji-${id}`);
      expect([sum(d1), sum(r2)]).toEqual([1, 1]);
    }
    expect(purged).toEqual([]);
    await counted(path, { method: 'DELETE', context: { cache } });
    expect(purged).toEqual([{ tags: [`emoji-${id}`] }]);
  });
});
