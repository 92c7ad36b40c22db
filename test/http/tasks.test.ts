import { reset } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { recordTask } from '../../src/adapters/d1-task-history.ts';
import { migrate } from '../support/database.ts';
import { request, requestJson } from '../support/service.ts';
import { newOrder, taskIn } from '../support/tasks.ts';

const FAILURE = { code: 'corrupt_picture', message: 'PNG: broken', remedy: 'Save it again.' };
const T0 = Date.UTC(2026, 10, 25, 12);

const failed = taskIn('FAILURE', T0, {
  attempts: 2,
  startedAt: T0 + 500,
  finishedAt: T0 + 750,
  failure: FAILURE,
  history: [
    { state: 'PENDING', at: T0, reason: null },
    { state: 'FAILURE', at: T0 + 750, reason: 'PNG: broken' },
  ],
});
const pending = taskIn('PENDING', T0 + 1_000);
const started = taskIn('STARTED', T0 + 2_000, { startedAt: T0 + 2_100, attempts: 1 });

const facts = {
  kind: 'create',
  emoji_name: 'tada',
  attempts: 2,
  received_at: '2026-11-25T12:00:00.000Z',
  started_at: '2026-11-25T12:00:00.500Z',
  finished_at: '2026-11-25T12:00:00.750Z',
  duration_ms: 250,
  error: FAILURE,
};

beforeEach(async () => {
  await migrate();
  for (const task of [failed, pending, started]) await recordTask(env.DB, task);
});
afterEach(reset);

interface Page {
  data: { id: string; state: string }[];
  next_cursor: string | null;
}

async function listed(query: string): Promise<string[]> {
  return (await requestJson<Page>(`/task-queue/tasks?${query}`)).data.map(({ state }) => state);
}

describe('GET /task-queue/status', () => {
  it('tells the status, and why it failed', async () => {
    expect(await requestJson(`/task-queue/status?task_id=${failed.id}`)).toEqual({
      id: failed.id,
      status: 'FAILURE',
      ...facts,
    });
    expect(await requestJson(`/task-queue/status?task_id=${pending.id}`)).toMatchObject({
      status: 'PENDING',
      started_at: null,
      finished_at: null,
      duration_ms: null,
      error: null,
    });
  });

  it.each([crypto.randomUUID(), 'nonsense'])('answers 404 for a task that was never there: %s', async (id) => {
    const response = await request(`/task-queue/status?task_id=${id}`);
    expect(response.status).toBe(404);
    expect(await response.json()).toMatchObject({ code: 'task_not_found', detail: expect.stringContaining(id) });
  });

  it('asks for the id when there is none', async () => {
    expect((await request('/task-queue/status')).status).toBe(422);
  });

  it('knows a task that its owner has not copied to the history yet', async () => {
    const order = newOrder();
    await env.DB.exec('ALTER TABLE tasks RENAME TO away');
    await env.TASKS.getByName(order.id).submit(order);
    await env.DB.exec('ALTER TABLE away RENAME TO tasks');
    expect(await requestJson(`/task-queue/status?task_id=${order.id}`)).toMatchObject({ id: order.id });
  });
});

describe('GET /task-queue/tasks', () => {
  it('lists all, newest first', async () => {
    expect(await listed('')).toEqual(['STARTED', 'PENDING', 'FAILURE']);
    const { data } = await requestJson<Page>('/task-queue/tasks?state=FAILURE');
    expect(data).toEqual([{ id: failed.id, state: 'FAILURE', ...facts }]);
  });

  it('filters by one or several states', async () => {
    expect(await listed('state=PENDING')).toEqual(['PENDING']);
    expect(await listed('state=PENDING&state=failure')).toEqual(['PENDING', 'FAILURE']);
    expect(await listed('state=STARTED,FAILURE')).toEqual(['STARTED', 'FAILURE']);
    expect(await listed('state=REVOKED')).toEqual([]);
    expect(await listed('state=&cursor=')).toEqual(['STARTED', 'PENDING', 'FAILURE']);
    const response = await request('/task-queue/tasks?state=DONE');
    expect(response.status).toBe(422);
    expect(await response.json()).toMatchObject({
      code: 'invalid_request',
      detail: expect.stringContaining('REVOKED'),
    });
  });

  it('goes on where the page before ended', async () => {
    const first = await requestJson<Page>('/task-queue/tasks?limit=2');
    expect(first.data.map(({ id }) => id)).toEqual([started.id, pending.id]);
    const second = await requestJson<Page>(`/task-queue/tasks?limit=2&cursor=${first.next_cursor}`);
    expect(second).toMatchObject({ data: [{ id: failed.id }], next_cursor: null });
  });
});

describe('GET /task-queue/tasks/{id}', () => {
  it('tells the history', async () => {
    expect(await requestJson(`/task-queue/tasks/${failed.id}`)).toEqual({
      id: failed.id,
      state: 'FAILURE',
      ...facts,
      history: [
        { state: 'PENDING', at: '2026-11-25T12:00:00.000Z', reason: null },
        { state: 'FAILURE', at: '2026-11-25T12:00:00.750Z', reason: 'PNG: broken' },
      ],
    });
  });

  it('answers 404 for a task that was never there', async () => {
    expect((await request(`/task-queue/tasks/${crypto.randomUUID()}`)).status).toBe(404);
  });
});
