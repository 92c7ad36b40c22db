import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ADMIN_TOKEN, deployed, outcomeOf } from '../support/closed.ts';
import { migrate } from '../support/database.ts';
import { expectProblem } from '../support/problems.ts';
import { accepted, finished, fixture, request, requestJson, resetAtRest, upload } from '../support/service.ts';

// Of the servers in `test/support/internet.ts`.
const PICTURE = 'https://www.example.com/picture';

const JSON_TYPE = { 'Content-Type': 'application/json' };

function post(name: string, body: unknown, headers: Record<string, string> = {}): Promise<Response> {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return request(`/custom-emoji/emojis?name=${name}`, {
    method: 'POST',
    headers: { ...JSON_TYPE, ...headers },
    body: text,
  });
}

async function everything(): Promise<Record<string, number>> {
  const rows = (table: string) => env.DB.prepare(`SELECT COUNT(*) AS n FROM ${table}`).first<number>('n');
  return {
    emojis: (await rows('emojis')) ?? -1,
    tasks: (await rows('tasks')) ?? -1,
    objects: (await env.PICTURES.list()).objects.length,
  };
}

beforeEach(migrate);
afterEach(resetAtRest);

describe('an upload by URL', () => {
  it('is as if the picture had been uploaded', async () => {
    const byUrl = await accepted(await post('by_url', { url: PICTURE }));
    expect(await finished(byUrl.task_id)).toMatchObject({ status: 'SUCCESS', error: null });
    expect(await (await request('/custom-emoji/emojis/by_url/original')).bytes()).toEqual(fixture('halves.png'));
    const second = await upload('by_hand', fixture('halves.png'));
    expect(await second.clone().json()).toMatchObject({ duplicates: ['by_url'] });
    await finished((await accepted(second)).task_id);
    const hashes = await Promise.all(
      ['by_url', 'by_hand'].map(
        async (name) => (await requestJson<{ hash: string }>(`/custom-emoji/emojis/${name}/info`)).hash,
      ),
    );
    expect(hashes[0]).toBe(hashes[1]);
  });

  it('replaces a picture, as asked by the query', async () => {
    await finished((await accepted(await upload('a', fixture('moving-square.gif')))).task_id);
    const replaced = await request('/custom-emoji/emojis/a/image?size=64', {
      method: 'PUT',
      headers: { 'Content-Type': 'application/json; charset=utf-8' },
      body: JSON.stringify({ url: 'https://www.example.com/redirect?to=https://pictures.example.org/gzip' }),
    });
    await finished((await accepted(replaced)).task_id);
    expect(await requestJson('/custom-emoji/emojis/a/info')).toMatchObject({ source: { format: 'png' }, version: 2 });
  });

  it('is the same request under the same Idempotency-Key by its URL, and is not fetched again', async () => {
    const key = { 'Idempotency-Key': 'k' };
    const first = await accepted(await post('a', { url: 'https://www.example.com/once' }, key));
    expect(await accepted(await post('a', { url: ' https://WWW.example.com/once#part' }, key))).toEqual(first);
    await expectProblem(
      await post('a', { url: 'https://www.example.com/picture' }, key),
      422,
      'idempotency_key_reused',
    );
    await finished(first.task_id);
  });

  it('leaves its Idempotency-Key free when it is refused', async () => {
    const key = { 'Idempotency-Key': 'k' };
    await expectProblem(await post('a', { url: 'https://www.example.com/status/503' }, key), 422, 'url_failed');
    await finished((await accepted(await post('a', { url: PICTURE }, key))).task_id);
  });

  it('fails as a task where something else than a picture comes', async () => {
    const { task_id } = await accepted(await post('a', { url: 'https://www.example.com/text' }));
    expect(await finished(task_id)).toMatchObject({ status: 'FAILURE' });
  });

  it.each([
    ['http://www.example.com/picture', 'url_not_allowed', /^The URL starts with "http:"/],
    ['https://[::ffff:127.0.0.1]/picture', 'url_not_allowed', /IP address \[::ffff:7f00:1\]/],
    ['https://localhost/picture', 'url_not_allowed', /"localhost"/],
    ['https://emoji.example/custom-emoji/a', 'url_not_allowed', /"emoji.example"/],
    ['https://www.example.com/redirect?to=https://10.0.0.1/', 'url_not_allowed', /redirects.*10\.0\.0\.1/],
    ['https://www.example.com/hops/6', 'url_failed', /more than 5 redirects/],
    ['https://www.example.com/status/404', 'url_failed', /answered 404/],
    ['https://www.example.com/html', 'url_failed', /a page/],
    ['https://www.example.com/reset', 'url_failed', /cannot be reached/],
    ['https://www.example.com/short', 'url_failed', /broke off after 1,000 bytes/],
    ['https://www.example.com/empty', 'empty_file', /0 bytes/],
  ])('of %s is refused, and nothing is kept', async (url, code, detail) => {
    await expectProblem(await post('a', { url }), 422, code, detail);
    expect(await everything()).toEqual({ emojis: 0, tasks: 0, objects: 0 });
  });

  it('of another program on the same machine is for a service that is open to that, and for who asks it by that name', async () => {
    const url = 'http://127.0.0.1:9000/picture';
    const at = (origin: string, settings: object, token?: string) =>
      outcomeOf(deployed({ origin, settings }).sendJson('/custom-emoji/emojis?name=a', token, { url }));
    const open = { ADMIN_TOKEN: undefined, OPEN_TO_LOOPBACK: 'true' };
    expect(await at('https://emoji.example.net', {}, ADMIN_TOKEN)).toEqual([422, 'url_not_allowed']);
    expect(await at('http://localhost:8787', {}, ADMIN_TOKEN)).toEqual([422, 'url_not_allowed']);
    expect(await at('http://localhost:8787', { OPEN_TO_LOOPBACK: 'true' }, ADMIN_TOKEN)).toEqual([
      422,
      'url_not_allowed',
    ]);
    expect(await at('http://localhost.example.net:8787', open)).toEqual([503, 'not_set_up']);
    expect(await at('http://localhost:9000', open)).toEqual([422, 'url_not_allowed']);
    expect(await everything()).toEqual({ emojis: 0, tasks: 0, objects: 0 });
    expect(await at('http://localhost:8787', open)).toEqual([202, undefined]);
    await vi.waitFor(async () =>
      expect(await (await request('/custom-emoji/emojis/a/original')).bytes()).toEqual(fixture('halves.png')),
    );
  });

  it.each(['large', 'endless', 'bomb'])('of 50 MB and more is refused, and nothing is kept: %s', async (path) => {
    await expectProblem(await post('a', { url: `https://www.example.com/${path}` }), 413, 'file_too_large');
    expect(await everything()).toEqual({ emojis: 0, tasks: 0, objects: 0 });
  });

  it('is given up after 20 seconds', async () => {
    const start = Date.now();
    const detail = /in 20 seconds, 1,000 bytes and no end came from "www.example.com"/;
    await expectProblem(await post('a', { url: 'https://www.example.com/stall' }), 422, 'url_failed', detail);
    expect(Date.now() - start).toBeLessThan(22_000);
    expect(await everything()).toEqual({ emojis: 0, tasks: 0, objects: 0 });
  });

  it('does not fetch for a name that is in use', async () => {
    await finished((await accepted(await post('a', { url: PICTURE }))).task_id);
    const start = Date.now();
    await expectProblem(await post('a', { url: 'https://www.example.com/silent' }), 409, 'name_taken');
    expect(Date.now() - start).toBeLessThan(5_000);
  });

  it.each([
    ['', 400, 'malformed_json'],
    ['{"url":', 400, 'malformed_json'],
    ['null', 422, 'invalid_request'],
    ['[]', 422, 'invalid_request'],
    ['{}', 422, 'invalid_request'],
    ['{"url":1}', 422, 'invalid_request'],
    [`{"url":"${PICTURE}","headers":{}}`, 422, 'invalid_request'],
    ['{"url":""}', 422, 'url_not_allowed'],
    [`{"url":"https://www.example.com/${'a'.repeat(2_048)}"}`, 422, 'url_not_allowed'],
    [`{"url":"${'a'.repeat(65_536)}"}`, 413, 'body_too_large'],
  ])('does not go by %.60s', async (body, status, code) => {
    await expectProblem(await post('a', body), status, code);
  });
});
