import {
  createExecutionContext,
  createMessageBatch,
  createScheduledController,
  reset,
  runDurableObjectAlarm,
  runInDurableObject,
  waitOnExecutionContext,
} from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import worker from '../../src/index.ts';
import { ADMIN_TOKEN, deployed } from '../support/closed.ts';
import { migrate } from '../support/database.ts';
import { addEmoji } from '../support/emojis.ts';
import { meter, type Operations } from '../support/metered.ts';
import { fixture, ORIGIN } from '../support/service.ts';

const DAY = 86_400_000;
/** What `docs/scale.md` and its bill are made of. `npx vitest run --project workerd test/adapters/operations.test.ts -u` writes it. */
const COUNTED = '../scale/operations.json';
/** Of an upload, the rows that D1 writes to each table. */
const ROWS = '../scale/rows.json';

/** A service as it is deployed, whose caller has a token that may add emoji. */
const { env: bindings, take, messages, written } = meter({ OPEN_TO_LOOPBACK: undefined, ADMIN_TOKEN });
let authorization: string;

/**
 * It is noon of tomorrow, and stays so: how long something took is counted in steps, each of which is another row. What
 * has to ring in a minute rings when a test says so.
 */
const NOON = Math.ceil(Date.now() / DAY) * DAY + DAY / 2;

/** When renderings are noted that take so long: a test says when that is. */
let startIsDue = Promise.withResolvers<void>();

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ['Date'], now: NOON });
  await migrate();
  const { token } = await deployed().newToken('chat', ['emoji:write']);
  authorization = `Bearer ${token}`;
  startIsDue = Promise.withResolvers();
  vi.spyOn(scheduler, 'wait').mockImplementation(() => startIsDue.promise);
  // In rising order: whether a row stands last in an index costs a row more or less.
  let ids = 0;
  vi.spyOn(crypto, 'randomUUID').mockImplementation(
    () => `00000000-0000-4000-8000-${String(++ids).padStart(12, '0')}` as const,
  );
  take();
});
afterEach(async () => {
  startIsDue.resolve();
  vi.restoreAllMocks();
  vi.useRealTimers();
  await reset();
});

/** Workers Cache, which tells of no hits here: those do not wake the Worker. */
const IN_FRONT = { cache: { purge: async () => ({ success: true, zoneTag: '', errors: [] }) } };

/** The answer to a request, and what it cost. */
async function asked(path: string, init: RequestInit = {}, inFront: object = IN_FRONT) {
  const context = Object.assign(createExecutionContext(), inFront);
  const response = await worker.fetch(new Request(ORIGIN + path, init), bindings, context);
  const body = await response.bytes();
  await waitOnExecutionContext(context);
  return { response: new Response(body.length > 0 ? body : null, response), cost: { ...take(), requests: 1 } };
}

async function uploaded(name: string, picture = 'moving-square.gif') {
  const { response, cost } = await asked(`/custom-emoji/emojis?name=${name}`, {
    method: 'POST',
    headers: { Authorization: authorization, 'Content-Type': 'image/gif' },
    body: fixture(picture),
  });
  expect(response.status).toBe(202);
  return { taskId: (await response.json<{ task_id: string }>()).task_id, cost };
}

/** Gives the renderer the message that was sent. */
async function rendered(): Promise<Operations> {
  const sent = messages();
  expect(sent).toHaveLength(1);
  const batch = createMessageBatch(
    'custom-emoji-render',
    sent.map((body) => ({ id: crypto.randomUUID(), timestamp: new Date(), attempts: 1, body })),
  );
  await worker.queue(batch, bindings, Object.assign(createExecutionContext(), IN_FRONT));
  return take();
}

/** Lets time go by until the owner of the task has forgotten it. */
async function forgotten(taskId: string): Promise<Operations> {
  const owner = env.TASKS.getByName(taskId);
  const alarmOf = () => runInDurableObject(owner, (_, { storage }) => storage.getAlarm());
  let alarms = 0;
  for (let due = await alarmOf(); due !== null; due = await alarmOf()) {
    vi.setSystemTime(due);
    await runDurableObjectAlarm(owner);
    alarms++;
  }
  vi.setSystemTime(NOON);
  const cost = take();
  return { ...cost, objectRequests: cost.objectRequests + alarms };
}

async function sweptAfter(milliseconds: number): Promise<Operations> {
  vi.setSystemTime(NOON + milliseconds);
  await worker.scheduled(createScheduledController({ cron: '*/15 * * * *' }), bindings);
  vi.setSystemTime(NOON);
  return take();
}

/** What is done once in an isolate or a database is no part of what it costs. */
async function warmUp(): Promise<void> {
  const { taskId } = await uploaded('first');
  await rendered();
  await forgotten(taskId);
}

const minus = (all: Operations, part: Operations): Operations =>
  Object.fromEntries(Object.entries(all).map(([key, n]) => [key, n - part[key as keyof Operations]])) as never;

/** What each thing cost that was done in a test; the last one compares. */
const costs: Record<string, Operations> = {};

it('counts an upload to its end', async () => {
  await warmUp();
  written();
  const { taskId, cost } = await uploaded('party_parrot');
  const statusNow = async (status: string) => {
    const asking = await asked(`/task-queue/status?task_id=${taskId}`, { headers: { Authorization: authorization } });
    expect(await asking.response.json()).toMatchObject({ status });
    return asking.cost;
  };
  costs.upload = cost;
  costs.statusBefore = await statusNow('PENDING');
  costs.rendering = await rendered();
  costs.status = await statusNow('SUCCESS');
  costs.forgetting = await forgotten(taskId);
  const rows = Object.entries(written()).sort(([, a], [, b]) => b - a);
  await expect(`${JSON.stringify(Object.fromEntries(rows), null, 2)}\n`).toMatchFileSnapshot(ROWS);
});

it('counts what a rendering costs more that takes longer than 100 ms', async () => {
  await warmUp();
  await uploaded('party_parrot');
  startIsDue.resolve();
  costs.slowRendering = await rendered();
  expect(costs.slowRendering.d1Calls).toBeGreaterThan(costs.rendering?.d1Calls ?? 0);
});

it('counts pictures that are fetched', async () => {
  await warmUp();
  const path = '/custom-emoji/emojis/first';
  const miss = await asked(path);
  const etag = miss.response.headers.get('ETag') ?? '';
  const revalidation = await asked(path, { headers: { 'If-None-Match': etag } });
  const missing = await asked('/custom-emoji/emojis/nobody');
  expect([miss, revalidation, missing].map(({ response }) => response.status)).toEqual([200, 304, 404]);
  const withoutWorkersCache = [await asked(path, {}, {}), await asked(path, {}, {})];
  expect(withoutWorkersCache.map(({ response }) => response.headers.get('CF-Cache-Status'))).toEqual([null, 'HIT']);
  Object.assign(costs, { miss: miss.cost, revalidation: revalidation.cost, missing: missing.cost });
  costs.hit = withoutWorkersCache[1]?.cost as Operations;
});

it('counts pages of a list', async () => {
  for (let n = 0; n < 150; n++) await addEmoji({ name: `emoji_${n}`, hash: 'one' });
  await env.PICTURES.put('images/one.gif', fixture('moving-square.gif'));
  const page = await asked('/custom-emoji/emojis?limit=100&image_data=false');
  expect((await page.response.json<{ data: unknown[] }>()).data).toHaveLength(100);
  const known = { headers: { 'If-None-Match': page.response.headers.get('ETag') ?? '' } };
  const samePage = await asked('/custom-emoji/emojis?limit=100&image_data=false', known);
  expect(samePage.response.status).toBe(304);
  const withPictures = await asked('/custom-emoji/emojis?limit=100');
  Object.assign(costs, { page: page.cost, samePage: samePage.cost, pageWithPictures: withPictures.cost });
});

it('counts sweeps: with nothing to do, over what is stored, and what a task adds that is forgotten', async () => {
  costs.sweep = await sweptAfter(0);
  const { taskId } = await uploaded('party_parrot');
  await rendered();
  await forgotten(taskId);
  take();
  // What is counted by the minute is forgotten by this one.
  await sweptAfter(29 * DAY);
  const before = await sweptAfter(29 * DAY);
  costs.forgettingForever = minus(await sweptAfter(31 * DAY), before);
  await env.DB.prepare(
    `INSERT INTO emojis (id, number, name, image_hash, image_bytes, image_frames, renditions, source_key,
       created_at, updated_at, version)
     WITH RECURSIVE n (i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 1000)
     SELECT 'e' || i, 1000 + i, 'n' || i, 'h' || i, 1, 1, '{}', 'sources/' || i, 1, 1, 1 FROM n`,
  ).run();
  for (let n = 1; n <= 1_000; n++) {
    await Promise.all([env.PICTURES.put(`sources/${n}`, 'x'), env.PICTURES.put(`images/h${n}.gif`, 'x')]);
  }
  costs.sweepOfThousand = await sweptAfter(0);
  expect((await env.PICTURES.list({ prefix: 'sources/' })).objects).toHaveLength(1_000);
}, 120_000);

it('costs what is written down', async () => {
  await expect(`${JSON.stringify(costs, null, 2)}\n`).toMatchFileSnapshot(COUNTED);
});
