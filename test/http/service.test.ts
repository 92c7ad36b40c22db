import { reset } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { d1EmojiCatalogue } from '../../src/adapters/d1-emoji-catalogue.ts';
import { recordTask } from '../../src/adapters/d1-task-record.ts';
import { migrate } from '../support/database.ts';
import { readExposition } from '../support/prometheus.ts';
import { accepted, finished, fixture, request, requestJson, upload } from '../support/service.ts';
import { newOrder, taskIn } from '../support/tasks.ts';

interface OpenApi {
  openapi: string;
  paths: Record<string, Record<string, { responses: Record<string, { content?: Record<string, unknown> }> }>>;
}

beforeEach(migrate);
afterEach(reset);

describe('every response', () => {
  it.each([
    ['GET', '/healthz'],
    ['GET', '/openapi.json'],
    ['GET', '/custom-emoji/emojis'],
    ['GET', '/task-queue/tasks'],
    ['GET', '/task-queue/counts'],
    ['GET', '/task-queue/stats'],
    ['GET', '/task-queue/consumer'],
    ['GET', '/metrics'],
    ['POST', '/task-queue/sweep'],
    ['GET', '/nowhere'],
    ['DELETE', '/healthz'],
    ['POST', '/custom-emoji/emojis'],
    ['PATCH', '/custom-emoji/emojis/nobody'],
    ['DELETE', '/custom-emoji/emojis/nobody'],
    ['POST', '/custom-emoji/emojis/nobody/restore'],
    ['GET', '/custom-emoji/emojis/nobody/info'],
    ['GET', '/custom-emoji/emojis/nobody/history'],
    ['GET', '/custom-emoji/emojis/nobody/platforms'],
    ['GET', '/custom-emoji/bin'],
    ['GET', '/custom-emoji/packs/slack'],
  ])('has a cache policy and is not to be sniffed: %s %s', async (method, path) => {
    const { headers } = await request(path, { method });
    expect(headers.get('Cache-Control')).toMatch(/^(no-store|private, no-cache|public, max-age=300)$/);
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

  it('is the same when what a later release has added to them is missing', async () => {
    await env.DB.exec('DROP INDEX ended_tasks_by_state');
    await env.DB.exec('DROP INDEX waiting_tasks');
    await env.DB.exec('ALTER TABLE tasks DROP COLUMN due_at');
    for (const path of ['/task-queue/consumer', '/task-queue/tasks?sort=finished&state=FAILURE']) {
      const response = await request(path);
      expect(response.status, path).toBe(503);
      expect(await response.json()).toMatchObject({ code: 'database_not_migrated' });
    }
    expect((await upload('tada', fixture('halves.png'))).status).toBe(503);
  });

  it('is a 500 that names the log line, and says nothing of the fault', async () => {
    await env.DB.prepare(
      "INSERT INTO emojis (id, name, created_at, image_hash, image_bytes, image_frames) VALUES ('e', 'lost', 1, 'secret-hash', 1, 1)",
    ).run();
    await env.DB.prepare("INSERT INTO emoji_names (name, emoji_id) VALUES ('lost', 'e')").run();
    const response = await request('/custom-emoji/emojis/lost');
    expect(response.status).toBe(500);
    expect(response.headers.get('Cache-Control')).toBe('no-store');
    const body = await response.text();
    expect(JSON.parse(body)).toMatchObject({ code: 'internal_error', id: expect.stringMatching(/^[0-9a-f-]{36}$/) });
    expect(body).not.toContain('secret-hash');
  });
});

describe('GET /metrics', () => {
  it('has the type of the text format', async () => {
    const { headers } = await request('/metrics');
    expect(headers.get('Content-Type')).toBe('text/plain; version=0.0.4; charset=utf-8');
  });

  it('tells what has happened, and rises with it', async () => {
    const read = async () => Object.fromEntries(readExposition(await (await request('/metrics')).text()).samples);
    expect(new Set(Object.values(await read()))).toEqual(new Set([0]));
    const picture = fixture('halves.png');
    for (const name of ['a', 'b']) await finished((await accepted(await upload(name, picture))).task_id);
    const broken = await accepted(await upload('broken', picture.subarray(0, 30)));
    const { error } = await finished(broken.task_id);
    const { byteLength } = await (await request('/custom-emoji/a')).bytes();
    const metrics = await read();
    expect(metrics).toMatchObject({
      'custom_emoji_tasks{state="SUCCESS"}': 2,
      'custom_emoji_tasks{state="FAILURE"}': 1,
      'custom_emoji_tasks{state="PENDING"}': 0,
      'custom_emoji_tasks_accepted_total{kind="create"}': 3,
      'custom_emoji_tasks_finished_total{state="SUCCESS"}': 2,
      'custom_emoji_tasks_finished_total{state="FAILURE"}': 1,
      [`custom_emoji_task_failures_total{code="${error?.code}"}`]: 1,
      custom_emoji_task_attempts_total: 3,
      custom_emoji_task_queue_seconds_count: 3,
      custom_emoji_task_render_seconds_count: 3,
      'custom_emoji_source_bytes_total{format="png"}': 2 * picture.byteLength,
      'custom_emoji_image_bytes_total{format="gif"}': 2 * byteLength,
    });
    await request('/metrics');
    expect(await read()).toEqual(metrics);
  });
});

describe('POST /task-queue/sweep', () => {
  const nothing = {
    unaccepted: 0,
    settled: 0,
    names_freed: 0,
    orders_forgotten: 0,
    emojis_dropped: 0,
    tasks_forgotten: 0,
    sources_deleted: 0,
    images_deleted: 0,
    keys_forgotten: 0,
    notices_woken: 0,
    notices_forgotten: 0,
    faults: [],
  };
  const sweep = () => requestJson('/task-queue/sweep', { method: 'POST' });

  it('tells what it did', async () => {
    const received = Date.now() - 16 * 60_000;
    await d1EmojiCatalogue(env.DB).take(newOrder({ receivedAt: received }));
    await recordTask(env.DB, taskIn('FAILURE', Date.now() - 31 * 86_400_000));
    await env.DB.prepare("INSERT INTO idempotency_keys VALUES ('k', 't', NULL, ?)")
      .bind(Date.now() - 25 * 3_600_000)
      .run();
    // The upload of the forgotten task is deleted too, whether or not it is still there.
    const swept = { ...nothing, unaccepted: 1, tasks_forgotten: 1, sources_deleted: 1, keys_forgotten: 1 };
    expect(await sweep()).toEqual(swept);
    expect(await sweep()).toEqual(nothing);
  });

  it('tells that the database is away', async () => {
    await env.DB.exec('ALTER TABLE idempotency_keys RENAME TO away');
    expect(await sweep()).toEqual({ ...nothing, faults: ['keys'] });
    await env.DB.exec('ALTER TABLE away RENAME TO idempotency_keys');
  });
});

it('describes every route, with its errors', async () => {
  const { openapi, paths } = await requestJson<OpenApi>('/openapi.json');
  expect(openapi).toBe('3.1.0');
  expect(
    Object.entries(paths).flatMap(([path, methods]) => Object.keys(methods).map((method) => `${method} ${path}`)),
  ).toEqual([
    'get /access/session',
    'post /access/session',
    'delete /access/session',
    'get /access/tokens',
    'post /access/tokens',
    'delete /access/tokens/{id}',
    'get /access/audit',
    'get /healthz',
    'get /metrics',
    'post /task-queue/sweep',
    'post /custom-emoji/targets',
    'get /custom-emoji/targets',
    'get /custom-emoji/targets/{target}',
    'patch /custom-emoji/targets/{target}',
    'delete /custom-emoji/targets/{target}',
    'post /custom-emoji/targets/{target}/check',
    'post /custom-emoji/emojis/{name}/publications',
    'get /custom-emoji/emojis/{name}/publications',
    'post /custom-emoji/publications',
    'post /custom-emoji/emojis',
    'get /custom-emoji/emojis',
    'put /custom-emoji/emojis/{name}/image',
    'post /custom-emoji/emojis/{name}/render',
    'get /custom-emoji/emojis:tags',
    'post /custom-emoji/emojis:batchGet',
    'patch /custom-emoji/emojis/{name}',
    'delete /custom-emoji/emojis/{name}',
    'get /custom-emoji/emojis/{name}',
    'post /custom-emoji/emojis/{name}/restore',
    'get /custom-emoji/bin',
    'get /custom-emoji/packs/{format}',
    'get /custom-emoji/emojis/{name}/info',
    'get /custom-emoji/emojis/{name}/history',
    'get /custom-emoji/emojis/{name}/platforms',
    'get /custom-emoji/emojis/{name}/for/{platform}',
    'get /custom-emoji/fitted/{file}',
    'get /custom-emoji/emojis/{name}/original',
    'get /custom-emoji/images/{file}',
    'get /custom-emoji/{name}',
    'post /custom-emoji/imports',
    'post /custom-emoji/imports/{id}/run',
    'get /custom-emoji/imports/{id}',
    'get /custom-emoji/imports/{id}/items',
    'get /task-queue/status',
    'get /task-queue/counts',
    'get /task-queue/stats',
    'get /task-queue/consumer',
    'get /task-queue/events',
    'get /task-queue/tasks',
    'post /task-queue/tasks/cancel',
    'post /task-queue/tasks/retry',
    'get /task-queue/tasks/{id}',
    'post /task-queue/tasks/{id}/cancel',
    'post /task-queue/tasks/{id}/retry',
    'get /task-queue/tasks/{id}/events',
    'get /notices/subscriptions',
    'post /notices/subscriptions',
    'get /notices/subscriptions/{id}',
    'patch /notices/subscriptions/{id}',
    'delete /notices/subscriptions/{id}',
    'post /notices/subscriptions/{id}/test',
    'post /notices/subscriptions/{id}/secret/rotate',
    'get /notices/deliveries',
    'post /notices/deliveries/{id}/resend',
  ]);
  for (const [path, methods] of Object.entries(paths)) {
    for (const { responses } of Object.values(methods)) {
      expect(responses[500]?.content, path).toHaveProperty('application/problem+json');
    }
  }
});
