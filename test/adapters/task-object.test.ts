import { evictDurableObject, reset, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { d1EmojiCatalogue } from '../../src/adapters/d1-emoji-catalogue.ts';
import { d1TaskHistory } from '../../src/adapters/d1-task-history.ts';
import type { TaskObject } from '../../src/adapters/task-object.ts';
import { LEASE_MS, MAX_ATTEMPTS, type Task, type TaskOrder } from '../../src/domain/task.ts';
import { migrate } from '../support/database.ts';
import { newOrder } from '../support/tasks.ts';

const IMAGE = { hash: 'ab', bytes: 12, frames: 3 };
const FAILURE = { code: 'corrupt_picture', message: 'PNG: broken', remedy: 'Save it again.' };

let order: TaskOrder;
let object: DurableObjectStub<TaskObject>;

const recorded = async () => (await d1TaskHistory(env.DB).find(order.id))?.state;
const alarmAt = () => runInDurableObject(object, (_, { storage }) => storage.getAlarm());

/** Sets back the clock of the task: as if `milliseconds` had gone by since what it last noted. */
async function letPass(milliseconds: number): Promise<void> {
  await runInDurableObject(object, (_, { storage }) => {
    const task = storage.kv.get<Task>('task');
    if (task === undefined) throw new Error('there is no task');
    const { lease, sendAt } = task;
    storage.kv.put('task', {
      ...task,
      sendAt: sendAt && sendAt - milliseconds,
      lease: lease && { ...lease, expiresAt: lease.expiresAt - milliseconds },
    });
  });
}

async function claimed(): Promise<string> {
  const claim = await object.claim();
  if (claim === null) throw new Error('the claim was refused');
  return claim.token;
}

beforeEach(async () => {
  await migrate();
  order = newOrder();
  object = env.TASKS.getByName(order.id);
});
afterEach(reset);

describe('a task object', () => {
  it('submits once, however often it is told', async () => {
    await object.submit(order);
    const token = await claimed();
    await object.submit(order);
    expect(await object.read()).toMatchObject({ state: 'STARTED', attempts: 1 });
    expect(await object.succeed(token, IMAGE)).toBe(true);
  });

  it('is nothing until a task is submitted', async () => {
    expect(await object.read()).toBeNull();
    expect(await object.claim()).toBeNull();
    expect(await object.undeliverable({ attempts: 0, sends: 1 })).toBe(false);
    await runDurableObjectAlarm(object);
    expect(await object.read()).toBeNull();
  });

  it('copies each state to the history', async () => {
    await object.submit(order);
    expect(await recorded()).toBe('PENDING');
    const token = await claimed();
    await expect.poll(recorded).toBe('STARTED');
    await object.retry(token, 'R2 is away');
    expect(await recorded()).toBe('RETRY');
    await letPass(2_000);
    await runDurableObjectAlarm(object);
    expect(await object.fail(await claimed(), FAILURE)).toBe(true);
    expect(await recorded()).toBe('FAILURE');
    const history = (await d1TaskHistory(env.DB).find(order.id))?.history.map(({ state }) => state);
    expect(history).toEqual(['PENDING', 'STARTED', 'RETRY', 'STARTED', 'FAILURE']);
  });

  it('gives the task to one renderer at a time, and listens to no other', async () => {
    await object.submit(order);
    const claims = await Promise.all([object.claim(), object.claim()]);
    expect(claims.filter((claim) => claim !== null)).toHaveLength(1);
    expect(await object.succeed('a token of before', IMAGE)).toBe(false);
    expect((await object.read())?.state).toBe('STARTED');
  });

  it('keeps its task when it is evicted between any two steps', async () => {
    await object.submit(order);
    await evictDurableObject(object);
    const token = await claimed();
    await evictDurableObject(object);
    expect(await object.succeed(token, IMAGE)).toBe(true);
    await evictDurableObject(object);
    expect(await object.read()).toMatchObject({ state: 'SUCCESS', image: IMAGE });
    expect(await object.claim()).toBeNull();
  });

  it('has an alarm by the next message or the end of the lease, and none when the task is finished', async () => {
    await object.submit(order);
    expect(await alarmAt()).toBeLessThanOrEqual((await object.read())?.sendAt ?? 0);
    await runDurableObjectAlarm(object);
    expect(await alarmAt()).toBe((await object.read())?.sendAt);
    const token = await claimed();
    await runDurableObjectAlarm(object);
    expect(await alarmAt()).toBe((await object.read())?.lease?.expiresAt);
    await object.succeed(token, IMAGE);
    expect(await alarmAt()).toBeNull();
  });

  it('takes back a lease that ran out, and gives the task up when that happens each time', async () => {
    await object.submit(order);
    for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt++) {
      const token = await claimed();
      await letPass(LEASE_MS);
      await runDurableObjectAlarm(object);
      expect(await object.succeed(token, IMAGE)).toBe(false);
      const last = attempt === MAX_ATTEMPTS;
      expect((await object.read())?.state).toBe(last ? 'FAILURE' : 'RETRY');
      await letPass(300_000);
      await runDurableObjectAlarm(object);
    }
    expect((await object.read())?.failure).toMatchObject({ code: 'renderer_lost' });
    expect(await recorded()).toBe('FAILURE');
  });

  it('sends another message when nobody claims the task', async () => {
    await object.submit(order);
    expect((await object.read())?.sends).toBe(1);
    await letPass(30_000);
    await runDurableObjectAlarm(object);
    expect((await object.read())?.sends).toBe(2);
    // Not before its time.
    await runDurableObjectAlarm(object);
    expect((await object.read())?.sends).toBe(2);
  });

  it('accepts a task while D1 is away, has it rendered, and copies it when D1 is back', async () => {
    await env.DB.exec('ALTER TABLE tasks RENAME TO away');
    await object.submit(order);
    expect(await object.read()).toMatchObject({ state: 'PENDING', sends: 1 });
    expect(await alarmAt()).toBeGreaterThan(Date.now());
    const token = await claimed();
    await object.succeed(token, IMAGE);
    await env.DB.exec('ALTER TABLE away RENAME TO tasks');
    expect(await recorded()).toBeUndefined();
    await d1EmojiCatalogue(env.DB).take({ id: order.emojiId, name: 'tada', createdAt: 1 });
    await runDurableObjectAlarm(object);
    expect(await recorded()).toBe('SUCCESS');
    expect((await d1EmojiCatalogue(env.DB).find('tada'))?.image).toEqual(IMAGE);
    expect(await alarmAt()).toBeNull();
  });

  it('asks less and less often while D1 stays away', async () => {
    await env.DB.exec('ALTER TABLE tasks RENAME TO away');
    await object.submit(order);
    const waits: number[] = [];
    for (let run = 0; run < 9; run++) {
      await runDurableObjectAlarm(object);
      waits.push(Math.round(((await alarmAt()) ?? 0) - Date.now()) / 1_000);
    }
    const expected = [20, 40, 80, 160, 300, 300, 300, 300, 300];
    for (const [run, wait] of waits.entries()) expect(Math.abs(wait - (expected[run] ?? 0))).toBeLessThan(5);
  });

  it('sends the message again when the queue did not take it', async () => {
    const working = env.RENDER_QUEUE;
    await runInDurableObject(object, (instance) => {
      const broken = { send: () => Promise.reject(new Error('the queue is away')) };
      Object.defineProperty(instance, 'env', { value: { ...env, RENDER_QUEUE: broken }, configurable: true });
    });
    await object.submit(order);
    expect(await object.read()).toMatchObject({ state: 'PENDING', sends: 0 });
    expect(await recorded()).toBe('PENDING');
    await runInDurableObject(object, (instance) => {
      Object.defineProperty(instance, 'env', { value: { ...env, RENDER_QUEUE: working }, configurable: true });
    });
    await letPass(5_000);
    await runDurableObjectAlarm(object);
    expect(await object.read()).toMatchObject({ state: 'PENDING', sends: 1 });
  });

  it('fails a task that the queue gave up on, unless a renderer has it', async () => {
    await object.submit(order);
    const token = await claimed();
    expect(await object.undeliverable({ attempts: 1, sends: 1 })).toBe(false);
    await object.retry(token, 'a fault while storing the emoji');
    await letPass(2_000);
    await runDurableObjectAlarm(object);
    expect(await object.undeliverable({ attempts: 1, sends: 1 })).toBe(true);
    expect(await object.read()).toMatchObject({ state: 'FAILURE', failure: { code: 'not_delivered' } });
  });
});
