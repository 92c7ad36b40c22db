import { createExecutionContext } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import worker from '../../src/index.ts';
import { migrate } from '../support/database.ts';
import { accepted, finished, fixture, request, requestJson, resetAtRest, upload } from '../support/service.ts';

const SAFE = {
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'; sandbox",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
};

const headersOf = ({ headers }: Response) => Object.fromEntries(headers);

beforeEach(migrate);
afterEach(resetAtRest);

describe('every answer', () => {
  it('can do nothing as a page, whatever it answers', async () => {
    const { task_id } = await accepted(await upload('tada', fixture('halves.png')));
    await finished(task_id);
    const emoji = '/custom-emoji/emojis/tada';
    // Not from the picture itself: what the edge keeps of it may come after the purge of the name.
    const { hash } = await requestJson<{ hash: string }>(`${emoji}/info`);
    const json = { 'If-Match': '*', 'Content-Type': 'application/json' };
    const renaming = await request(emoji, { method: 'PATCH', headers: json, body: '{"name":"hooray"}' });
    expect(renaming.status).toBe(200);
    const answers: [string, RequestInit, number][] = [
      ['/healthz', {}, 200],
      ['/healthz', { method: 'HEAD' }, 200],
      ['/openapi.json', {}, 200],
      ['/nowhere', {}, 404],
      ['/healthz', { method: 'DELETE' }, 405],
      ['/healthz', { method: 'OPTIONS' }, 405],
      [
        '/healthz',
        { method: 'OPTIONS', headers: { Origin: 'https://a.example', 'Access-Control-Request-Method': 'PUT' } },
        204,
      ],
      [emoji, {}, 301],
      [`${emoji}/info`, {}, 301],
      ['/custom-emoji/hooray', {}, 200],
      ['/custom-emoji/hooray', { headers: { 'If-None-Match': `"${hash}"` } }, 304],
      [`/custom-emoji/images/${hash}.gif`, {}, 200],
      ['/custom-emoji/emojis/hooray/original', {}, 200],
      ['/custom-emoji/emojis/hooray/original', { headers: { 'If-None-Match': '*' } }, 304],
      ['/custom-emoji/emojis/nobody', {}, 404],
      ['/custom-emoji/emojis?limit=0', {}, 422],
      ['/custom-emoji/emojis:batchGet', { method: 'POST', headers: json, body: '{' }, 400],
      [`/task-queue/tasks/${task_id}/events`, {}, 200],
      ['/task-queue/events', {}, 200],
    ];
    for (const [path, init, status] of answers) {
      const response = await request(path, { redirect: 'manual', ...init });
      await response.body?.cancel();
      const what = `${init.method ?? 'GET'} ${path}`;
      expect(response.status, what).toBe(status);
      expect(headersOf(response), what).toMatchObject({ ...SAFE, 'strict-transport-security': 'max-age=31536000' });
    }
  });

  it('is the same when something of ours breaks', async () => {
    vi.spyOn(console, 'error').mockImplementation(() => {});
    const broken = { ...env, DB: {} as D1Database };
    const response = await worker.fetch(new Request('https://emoji.example/healthz'), broken, createExecutionContext());
    expect(response.status).toBe(500);
    expect(headersOf(response)).toMatchObject(SAFE);
    vi.restoreAllMocks();
  });

  it('asks for HTTPS over HTTPS only', async () => {
    const response = await worker.fetch(new Request('http://emoji.example/healthz'), env, createExecutionContext());
    expect(headersOf(response)).toMatchObject(SAFE);
    expect(response.headers.has('Strict-Transport-Security')).toBe(false);
  });
});
