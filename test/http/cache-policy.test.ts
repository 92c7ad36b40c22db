import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { migrate } from '../support/database.ts';
import { accepted, finished, fixture, request, requestJson, resetAtRest, upload } from '../support/service.ts';
import { zipBytes } from '../support/zip-bytes.ts';

const PICTURE = 'public, max-age=60, stale-while-revalidate=60';
const NEVER = 'no-store';
const CHANGED = 'no-store, no-transform';

interface Expected {
  path: string;
  init?: RequestInit;
  status: number;
  policy: string;
}

beforeEach(migrate);
afterEach(resetAtRest);

it('is said by every route: what may be kept, and nothing else', async () => {
  const { task_id } = await accepted(await upload('tada', fixture('halves.png')));
  await finished(task_id);
  const pack = { method: 'POST', body: zipBytes([{ name: 'parrot.png', content: fixture('halves.png') }]) };
  const { task_id: dryRun } = await accepted(await request('/custom-emoji/imports?dry_run=true', pack));
  await finished(dryRun);
  const etag = (await request('/custom-emoji/emojis/tada')).headers.get('ETag')?.replaceAll('"', '');
  const emoji = '/custom-emoji/emojis/tada';
  const fitted = '0'.repeat(64);
  const facts = JSON.stringify({ type: 'gif', hash: fitted, size: 128, colours: 2, lossy: 0, frames: 1, of: 1 });
  await env.PICTURES.put(`fitted/${fitted}`, 'GIF89a', { customMetadata: { facts } });
  const json = (method: string, body: unknown, headers = {}) => ({
    method,
    headers: { 'Content-Type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
  const picture = { headers: { 'Content-Type': 'image/png' }, body: fixture('halves.png') };
  const task = `/task-queue/tasks/${task_id}`;
  // In an order in which each finds what it needs.
  const expected: Record<string, Expected> = {
    'get /access/session': { path: '/access/session', status: 200, policy: NEVER },
    'post /access/session': {
      path: '/access/session',
      init: json('POST', { token: 'x' }),
      status: 503,
      policy: NEVER,
    },
    'delete /access/session': { path: '/access/session', init: { method: 'DELETE' }, status: 204, policy: NEVER },
    'get /access/tokens': { path: '/access/tokens', status: 503, policy: NEVER },
    'post /access/tokens': {
      path: '/access/tokens',
      init: json('POST', { name: 'bot', scopes: ['emoji:read'] }),
      status: 503,
      policy: NEVER,
    },
    'delete /access/tokens/{id}': { path: '/access/tokens/x', init: { method: 'DELETE' }, status: 503, policy: NEVER },
    'get /access/audit': { path: '/access/audit', status: 200, policy: NEVER },
    'get /healthz': { path: '/healthz', status: 200, policy: NEVER },
    'get /metrics': { path: '/metrics', status: 200, policy: NEVER },
    'get /custom-emoji/emojis/{name}': { path: emoji, status: 200, policy: PICTURE },
    'get /custom-emoji/{name}': { path: '/custom-emoji/tada@64.gif', status: 200, policy: PICTURE },
    'get /custom-emoji/images/{file}': {
      path: `/custom-emoji/images/${etag}.gif`,
      status: 200,
      policy: 'public, max-age=31536000, immutable',
    },
    'get /custom-emoji/fitted/{file}': {
      path: `/custom-emoji/fitted/${fitted}.gif`,
      status: 200,
      policy: 'public, max-age=31536000, immutable',
    },
    'post /custom-emoji/targets': {
      path: '/custom-emoji/targets',
      init: json('POST', { name: 'ours', platform: 'slack', secret: 'xoxp-1' }),
      status: 201,
      policy: NEVER,
    },
    'get /custom-emoji/targets': { path: '/custom-emoji/targets', status: 200, policy: NEVER },
    'get /custom-emoji/targets/{target}': { path: '/custom-emoji/targets/ours', status: 200, policy: NEVER },
    'patch /custom-emoji/targets/{target}': {
      path: '/custom-emoji/targets/ours',
      init: json('PATCH', { secret: 'xoxp-2' }),
      status: 200,
      policy: NEVER,
    },
    'post /custom-emoji/targets/{target}/check': {
      path: '/custom-emoji/targets/ours/check',
      init: { method: 'POST' },
      status: 200,
      policy: NEVER,
    },
    'post /custom-emoji/emojis/{name}/publications': {
      path: `${emoji}/publications`,
      init: json('POST', { target: 'ours' }),
      status: 409,
      policy: NEVER,
    },
    'post /custom-emoji/publications': {
      path: '/custom-emoji/publications',
      init: json('POST', { target: 'ours', names: ['tada'] }),
      status: 202,
      policy: NEVER,
    },
    'get /custom-emoji/emojis/{name}/publications': { path: `${emoji}/publications`, status: 200, policy: NEVER },
    'delete /custom-emoji/targets/{target}': {
      path: '/custom-emoji/targets/ours',
      init: { method: 'DELETE' },
      status: 204,
      policy: NEVER,
    },
    'get /custom-emoji/emojis': { path: '/custom-emoji/emojis', status: 200, policy: 'private, no-cache' },
    'get /custom-emoji/emojis:tags': { path: '/custom-emoji/emojis:tags', status: 200, policy: NEVER },
    'post /custom-emoji/emojis:batchGet': {
      path: '/custom-emoji/emojis:batchGet',
      init: json('POST', { names: ['tada'] }),
      status: 200,
      policy: NEVER,
    },
    'post /custom-emoji/imports': {
      path: '/custom-emoji/imports?dry_run=true',
      init: pack,
      status: 202,
      policy: NEVER,
    },
    'get /custom-emoji/imports/{id}': { path: `/custom-emoji/imports/${dryRun}`, status: 200, policy: NEVER },
    'get /custom-emoji/imports/{id}/items': {
      path: `/custom-emoji/imports/${dryRun}/items`,
      status: 200,
      policy: NEVER,
    },
    'post /custom-emoji/imports/{id}/run': {
      path: `/custom-emoji/imports/${dryRun}/run`,
      init: { method: 'POST' },
      status: 202,
      policy: NEVER,
    },
    'get /custom-emoji/packs/{format}': { path: '/custom-emoji/packs/slack', status: 200, policy: NEVER },
    'get /custom-emoji/emojis/{name}/original': { path: `${emoji}/original`, status: 200, policy: 'private, no-cache' },
    'get /custom-emoji/emojis/{name}/info': {
      path: `${emoji}/info`,
      status: 200,
      policy: 'private, no-cache, no-transform',
    },
    'get /custom-emoji/emojis/{name}/history': { path: `${emoji}/history`, status: 200, policy: NEVER },
    'get /custom-emoji/emojis/{name}/platforms': { path: `${emoji}/platforms`, status: 200, policy: NEVER },
    'get /custom-emoji/emojis/{name}/for/{platform}': { path: `${emoji}/for/slack`, status: 200, policy: PICTURE },
    'patch /custom-emoji/emojis/{name}': {
      path: emoji,
      init: json('PATCH', { tags: ['a'] }, { 'If-Match': '*' }),
      status: 200,
      policy: CHANGED,
    },
    'post /custom-emoji/emojis': {
      path: '/custom-emoji/emojis?name=other',
      init: { method: 'POST', ...picture },
      status: 202,
      policy: NEVER,
    },
    'post /custom-emoji/emojis/{name}/render': {
      path: `${emoji}/render?fit=cover`,
      init: { method: 'POST' },
      status: 202,
      policy: NEVER,
    },
    'put /custom-emoji/emojis/{name}/image': {
      path: `${emoji}/image`,
      init: { method: 'PUT', ...picture },
      status: 202,
      policy: NEVER,
    },
    'delete /custom-emoji/emojis/{name}': { path: emoji, init: { method: 'DELETE' }, status: 200, policy: CHANGED },
    'get /custom-emoji/bin': { path: '/custom-emoji/bin', status: 200, policy: NEVER },
    'post /custom-emoji/emojis/{name}/restore': {
      path: `${emoji}/restore`,
      init: { method: 'POST' },
      status: 200,
      policy: CHANGED,
    },
    'get /task-queue/status': { path: `/task-queue/status?task_id=${task_id}`, status: 200, policy: NEVER },
    'get /task-queue/tasks': { path: '/task-queue/tasks', status: 200, policy: NEVER },
    'get /task-queue/tasks/{id}': { path: task, status: 200, policy: NEVER },
    'get /task-queue/tasks/{id}/events': { path: `${task}/events`, status: 200, policy: NEVER },
    'post /task-queue/tasks/{id}/retry': {
      path: `${task}/retry`,
      init: { method: 'POST' },
      status: 409,
      policy: NEVER,
    },
    'post /task-queue/tasks/{id}/cancel': {
      path: `${task}/cancel`,
      init: { method: 'POST' },
      status: 409,
      policy: NEVER,
    },
    'post /task-queue/tasks/retry': {
      path: '/task-queue/tasks/retry',
      init: { method: 'POST' },
      status: 200,
      policy: NEVER,
    },
    'post /task-queue/tasks/cancel': {
      path: '/task-queue/tasks/cancel',
      init: { method: 'POST' },
      status: 200,
      policy: NEVER,
    },
    'get /task-queue/counts': { path: '/task-queue/counts', status: 200, policy: NEVER },
    'get /task-queue/stats': { path: '/task-queue/stats', status: 200, policy: NEVER },
    'get /task-queue/consumer': { path: '/task-queue/consumer', status: 200, policy: NEVER },
    'get /task-queue/events': { path: '/task-queue/events', status: 200, policy: NEVER },
    'post /notices/subscriptions': {
      path: '/notices/subscriptions',
      init: json('POST', { kind: 'email', target: 'nobody' }),
      status: 422,
      policy: NEVER,
    },
    'get /notices/subscriptions': { path: '/notices/subscriptions', status: 200, policy: NEVER },
    'get /notices/subscriptions/{id}': { path: '/notices/subscriptions/x', status: 404, policy: NEVER },
    'patch /notices/subscriptions/{id}': {
      path: '/notices/subscriptions/x',
      init: json('PATCH', { paused: true }),
      status: 404,
      policy: NEVER,
    },
    'delete /notices/subscriptions/{id}': {
      path: '/notices/subscriptions/x',
      init: { method: 'DELETE' },
      status: 404,
      policy: NEVER,
    },
    'post /notices/subscriptions/{id}/test': {
      path: '/notices/subscriptions/x/test',
      init: { method: 'POST' },
      status: 404,
      policy: NEVER,
    },
    'post /notices/subscriptions/{id}/secret/rotate': {
      path: '/notices/subscriptions/x/secret/rotate',
      init: { method: 'POST' },
      status: 404,
      policy: NEVER,
    },
    'get /notices/deliveries': { path: '/notices/deliveries', status: 200, policy: NEVER },
    'post /notices/deliveries/{id}/resend': {
      path: '/notices/deliveries/x/resend',
      init: { method: 'POST' },
      status: 404,
      policy: NEVER,
    },
    'post /task-queue/sweep': { path: '/task-queue/sweep', init: { method: 'POST' }, status: 200, policy: NEVER },
  };
  const { paths } = await requestJson<{ paths: Record<string, object> }>('/openapi.json');
  const routes = Object.entries(paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method} ${path}`),
  );
  expect(Object.keys(expected).sort()).toEqual(routes.sort());
  for (const [route, { path, init, status, policy }] of Object.entries(expected)) {
    const response = await request(path, init);
    expect([response.status, response.headers.get('Cache-Control')], route).toEqual([status, policy]);
    // A stream that nobody reads would go on.
    await response.body?.cancel();
  }
});

it.each([
  ['/nothing/here', 404],
  ['/custom-emoji/emojis/nobody', 404],
  ['/custom-emoji/emojis/nobody.png', 404],
  ['/custom-emoji/emojis/nobody.exe', 404],
  [`/custom-emoji/images/${'0'.repeat(64)}.gif`, 404],
  ['/custom-emoji/emojis?limit=0', 422],
])('of an error is that nobody keeps it: %s', async (path, status) => {
  const response = await request(path);
  expect([response.status, response.headers.get('Cache-Control')]).toEqual([status, NEVER]);
});
