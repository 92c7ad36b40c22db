import { createScheduledController, reset, runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { allPorts } from '../../src/adapters/ports.ts';
import { GRACE_MS, sweep } from '../../src/application/sweep.ts';
import type { TaskOrder } from '../../src/domain/task.ts';
import worker from '../../src/index.ts';
import { countedStates, counters, migrate } from '../support/database.ts';
import { must, newOrder, RESULT, versionAfter } from '../support/tasks.ts';

const DAY = 86_400_000;
const ports = allPorts(env);
const { catalogue, images, taskHistory, housekeeping } = ports;

/** What the cron does, as if `milliseconds` had gone by. */
async function sweptAfter(milliseconds: number): Promise<void> {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + milliseconds });
  try {
    await worker.scheduled(createScheduledController({ cron: '*/15 * * * *' }), env);
  } finally {
    vi.useRealTimers();
  }
}

const keysIn = async (prefix: string) => (await env.PICTURES.list({ prefix })).objects.map(({ key }) => key);
const rowsIn = (table: string) => env.DB.prepare(`SELECT COUNT(*) AS n FROM ${table}`).first<number>('n');

/** An upload up to the moment before its task is handed over. */
async function taken(change: Partial<TaskOrder> = {}): Promise<TaskOrder> {
  const order = newOrder(change);
  await env.PICTURES.put(order.sourceKey, 'picture');
  await catalogue.take(order);
  return order;
}

/** An emoji that can be fetched, with its picture in storage. */
async function ready(emojiName: string, hash: string): Promise<TaskOrder> {
  const order = await taken({ emojiName });
  const owner = env.TASKS.getByName(order.id);
  await owner.submit(order);
  await images.put(hash, 'gif', new Uint8Array(1), order.id);
  await owner.succeed(must(await owner.claim()).token, { ...RESULT, image: { ...RESULT.image, hash } });
  return order;
}

beforeEach(migrate);
afterEach(reset);

describe('the sweep, as the cron runs it', () => {
  it('leaves nothing of an upload that was never accepted, and lets others be', async () => {
    const kept = await ready('kept', 'kept');
    await taken({ emojiName: 'half' });
    await env.PICTURES.put('sources/orphan', 'picture');
    await env.PICTURES.put('images/unused.gif', 'picture');
    // Younger than the grace: it may be under way.
    await sweptAfter(GRACE_MS - 60_000);
    expect([await catalogue.isTaken('half'), (await keysIn('')).length]).toEqual([true, 5]);
    await sweptAfter(GRACE_MS + 60_000);
    expect(await catalogue.isTaken('half')).toBe(false);
    expect(await keysIn('')).toEqual(['images/kept.gif', kept.sourceKey]);
    expect(await rowsIn('tasks')).toBe(1);
    expect(await counters()).toMatchObject(await countedStates());
    expect((await catalogue.find('kept'))?.image.hash).toBe('kept');
  });

  it('ends no accepted task, however long it waits: its owner has it', async () => {
    const order = await taken();
    await env.TASKS.getByName(order.id).submit(order);
    await sweptAfter(GRACE_MS + 60_000);
    expect((await env.TASKS.getByName(order.id).read())?.state).toBe('PENDING');
    expect([await catalogue.isTaken('tada'), await keysIn('')]).toEqual([true, [order.sourceKey]]);
  });

  it('brings the history up to date when it is behind', async () => {
    const order = await taken();
    const owner = env.TASKS.getByName(order.id);
    await owner.submit(order);
    await env.DB.exec('ALTER TABLE tasks RENAME TO away');
    await owner.succeed(must(await owner.claim()).token, RESULT);
    await env.DB.exec('ALTER TABLE away RENAME TO tasks');
    // Should even its alarm be lost.
    await runInDurableObject(owner, (_, { storage }) => storage.deleteAlarm());
    expect((await taskHistory.find(order.id))?.state).toBe('PENDING');
    await sweptAfter(GRACE_MS + 60_000);
    expect((await taskHistory.find(order.id))?.state).toBe('SUCCESS');
    expect(await catalogue.find('tada')).not.toBeNull();
  });

  it('forgets tasks after 30 days, with the uploads that no emoji was made from', async () => {
    const kept = await ready('kept', 'kept');
    const cancelled = await taken({ emojiName: 'gone' });
    await env.TASKS.getByName(cancelled.id).submit(cancelled);
    await env.TASKS.getByName(cancelled.id).cancel();
    await sweptAfter(30 * DAY - 60_000);
    expect(await rowsIn('tasks')).toBe(2);
    await sweptAfter(30 * DAY + 60_000);
    expect(await rowsIn('tasks')).toBe(0);
    expect(await keysIn('')).toEqual(['images/kept.gif', kept.sourceKey]);
    expect((await catalogue.find('kept'))?.image.hash).toBe('kept');
  });

  it('deletes the picture that was replaced, and its upload once its task is forgotten', async () => {
    const first = await ready('tada', 'first');
    const version = must(await versionAfter(catalogue, first.emojiId));
    const order = newOrder({ kind: 'replace', emojiId: first.emojiId, version });
    await env.PICTURES.put(order.sourceKey, 'picture');
    const owner = env.TASKS.getByName(order.id);
    await owner.submit(order);
    await images.put('second', 'gif', new Uint8Array(1), order.id);
    await owner.succeed(must(await owner.claim()).token, { ...RESULT, image: { ...RESULT.image, hash: 'second' } });
    await sweptAfter(GRACE_MS + 60_000);
    expect(await keysIn('images/')).toEqual(['images/second.gif']);
    expect(await keysIn('sources/')).toHaveLength(2);
    await sweptAfter(30 * DAY + 60_000);
    expect(await keysIn('sources/')).toEqual([order.sourceKey]);
  });

  it('does nothing the second time', async () => {
    await taken();
    await env.PICTURES.put('sources/orphan', 'picture');
    const later = Date.now() + GRACE_MS + 60_000;
    const first = await sweep(ports, later, 30 * DAY);
    expect(first).toMatchObject({ unaccepted: 1, sourcesDeleted: 1, faults: [] });
    const second = await sweep(ports, later, 30 * DAY);
    expect(Object.values(second)).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, []]);
    expect(await housekeeping.cursor('tasks')).toBeNull();
  });

  it('is what a retention that makes no sense stops, before anything is deleted', async () => {
    await taken();
    for (const days of ['', '0', 'x', '-1']) {
      const broken = { ...env, TASK_RETENTION_DAYS: days } as unknown as Env;
      await expect(worker.scheduled(createScheduledController(), broken)).rejects.toThrow('TASK_RETENTION_DAYS');
    }
    expect(await rowsIn('tasks')).toBe(1);
  });
});
