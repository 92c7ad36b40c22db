import { reset } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { migrate } from '../support/database.ts';
import { request, requestJson } from '../support/service.ts';

interface OpenApi {
  openapi: string;
  paths: Record<string, Record<string, { responses: Record<string, { content?: Record<string, unknown> }> }>>;
}

beforeEach(migrate);
afterEach(reset);

describe('every response', () => {
  it.each([
    ['GET', '/'],
    ['GET', '/healthz'],
    ['GET', '/openapi.json'],
    ['GET', '/custom-emoji/emojis'],
    ['GET', '/task-queue/tasks'],
    ['GET', '/nowhere'],
    ['DELETE', '/healthz'],
    ['POST', '/custom-emoji/emojis'],
  ])('has a cache policy and is not to be sniffed: %s %s', async (method, path) => {
    const { headers } = await request(path, { method });
    expect(headers.get('Cache-Control')).toMatch(/^(no-store|public, max-age=300)$/);
    expect(headers.get('X-Content-Type-Options')).toBe('nosniff');
  });
});

describe('what is not there', () => {
  it('is a 404 that says where to look', async () => {
    const response = await request('/nowhere');
    expect(response.status).toBe(404);
    expect(await response.json()).toMatchObject({ code: 'route_not_found', detail: expect.stringContaining('/docs') });
  });

  it('is a 405 that says what is possible, for a method', async () => {
    const response = await request('/custom-emoji/emojis', { method: 'PUT' });
    expect(response.status).toBe(405);
    expect(response.headers.get('Allow')?.split(', ').sort()).toEqual(['GET', 'HEAD', 'POST']);
    expect(await response.json()).toMatchObject({ code: 'method_not_allowed' });
  });
});

describe('a fault of ours', () => {
  it('is a 503 that says what to run, when the tables are missing', async () => {
    await env.DB.exec('DROP TABLE emoji_names');
    const response = await request('/healthz');
    expect(response.status).toBe(503);
    expect(await response.json()).toMatchObject({
      code: 'database_not_migrated',
      detail: expect.stringContaining('npx wrangler d1 migrations apply DB --local'),
    });
  });

  it('is a 500 that names the log line, and says nothing of the fault', async () => {
    await env.DB.prepare("INSERT INTO emojis VALUES ('e', 1, 'secret-hash', 1, 1)").run();
    await env.DB.prepare("INSERT INTO emoji_names VALUES ('lost', 'e')").run();
    const response = await request('/custom-emoji/emojis/lost');
    expect(response.status).toBe(500);
    expect(response.headers.get('Cache-Control')).toBe('no-store');
    const body = await response.text();
    expect(JSON.parse(body)).toMatchObject({ code: 'internal_error', id: expect.stringMatching(/^[0-9a-f-]{36}$/) });
    expect(body).not.toContain('secret-hash');
  });
});

it('says where things are', async () => {
  const { links } = await requestJson<{ links: Record<string, string> }>('/');
  for (const link of Object.values(links).filter((path) => path !== '/docs')) {
    expect((await request(link)).status, link).toBe(200);
  }
});

it('describes every route, with its errors', async () => {
  const { openapi, paths } = await requestJson<OpenApi>('/openapi.json');
  expect(openapi).toBe('3.1.0');
  expect(
    Object.entries(paths).flatMap(([path, methods]) => Object.keys(methods).map((method) => `${method} ${path}`)),
  ).toEqual([
    'get /',
    'get /healthz',
    'post /custom-emoji/emojis',
    'get /custom-emoji/emojis',
    'get /custom-emoji/emojis/{name}',
    'get /custom-emoji/{name}',
    'get /task-queue/status',
    'get /task-queue/tasks',
    'get /task-queue/tasks/{id}',
  ]);
  for (const [path, methods] of Object.entries(paths).filter(([path]) => path !== '/')) {
    for (const { responses } of Object.values(methods)) {
      expect(responses[500]?.content, path).toHaveProperty('application/problem+json');
    }
  }
});
