import { evictDurableObject, reset, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { d1EmojiCatalogue } from '../../src/adapters/d1-emoji-catalogue.ts';
import { d1TaskHistory } from '../../src/adapters/d1-task-history.ts';
import type { TaskObject } from '../../src/adapters/task-object.ts';
import { taskOwners } from '../../src/adapters/task-owners.ts';
import { describeTask, findTask } from '../../src/application/find-task.ts';
import { isFinished, KEEP_MS, LEASE_MS, MAX_ATTEMPTS, type Task, type TaskOrder } from '../../src/domain/task.ts';
import type { LogEntry } from '../../src/domain/task-log.ts';
import { counters, migrate } from '../support/database.ts';
import { OPERATOR } from '../support/principals.ts';
import { FAILURE, IMAGE, must, newOrder, RESULT, SOURCE, versionAfter } from '../support/tasks.ts';

const catalogue = d1EmojiCatalogue(env.DB);
const history = d1TaskHistory(env.DB);

let order: TaskOrder;
let object: DurableObjectStub<TaskObject>;

const recorded = async () => (await history.find(order.id))?.state;
const alarmAt = () => runInDurableObject(object, (_, { storage }) => storage.getAlarm());
const stored = () => runInDurableObject(object, (_, { storage }) => storage.kv.get<Task>('task'));

/** Sets back the clock of the task: as if `milliseconds` had gone by since what it last noted. */
async function letPass(milliseconds: number): Promise<void> {
  await runInDurableObject(object, (_, { storage }) => {
    const task = must(storage.kv.get<Task>('task'));
    const { lease, sendAt, finishedAt } = task;
    storage.kv.put('task', {
      ...task,
      sendAt: sendAt && sendAt - milliseconds,
      finishedAt: finishedAt && finishedAt - milliseconds,
      lease: lease && { ...lease, expiresAt: lease.expiresAt - milliseconds },
    });
  });
}

/** As an upload does: the name first, then the task. */
async function accept(): Promise<void> {
  await catalogue.take(order);
  await object.submit(order);
}

async function claimed(): Promise<string> {
  return must(await object.claim()).token;
}

/** The end of the task, an hour ago: its owner forgets it. */
async function letItForget(): Promise<void> {
  await letPass(KEEP_MS);
  await runDurableObjectAlarm(object);
  expect(await object.read()).toBeNull();
}

// A promise of an RPC is a stub, which `expect` would call methods on: those below are wrapped.
const takeAwayD1 = () => env.DB.exec('ALTER TABLE tasks RENAME TO away');
const bringBackD1 = () => env.DB.exec('ALTER TABLE away RENAME TO tasks');

beforeEach(async () => {
  await migrate();
  order = newOrder();
  object = env.TASKS.getByName(order.id);
});
afterEach(reset);

describe('a task object', () => {
  it('submits once, however often it is told', async () => {
    await accept();
    const token = await claimed();
    await object.submit(order);
    expect(await object.read()).toMatchObject({ state: 'STARTED', attempts: 1 });
    expect(await object.succeed(token, RESULT)).toBe(true);
  });

  it('refuses an order that took too long to get here: it may be half swept away', async () => {
    order = { ...order, receivedAt: Date.now() - 5 * 60_000 - 1 };
    await expect((async () => object.submit(order))()).rejects.toThrow('too old');
    expect(await object.read()).toBeNull();
    // One that it has can be told to it at any time.
    const known = { ...order, receivedAt: Date.now() - 4 * 60_000 };
    await object.submit(known);
    await object.submit(order);
    expect((await object.read())?.receivedAt).toBe(known.receivedAt);
  });

  it('is nothing until a task is submitted', async () => {
    expect(await object.read()).toBeNull();
    expect(await object.wait(0)).toBeNull();
    expect(await object.settle()).toBeNull();
    expect(await object.claim()).toBeNull();
    expect(await object.cancel()).toBeNull();
    expect(await object.undeliverable({ sequence: 1, sends: 1 })).toBe(false);
    await runDurableObjectAlarm(object);
    expect(await object.read()).toBeNull();
    // Asking has left nothing behind.
    expect(await runInDurableObject(object, (_, { storage }) => [...storage.kv.list()])).toEqual([]);
  });

  it('copies each state to the history', async () => {
    await accept();
    expect(await recorded()).toBe('PENDING');
    const token = await claimed();
    await expect.poll(recorded).toBe('STARTED');
    await object.retry(token, 'R2 is away');
    expect(await recorded()).toBe('RETRY');
    await letPass(2_000);
    await runDurableObjectAlarm(object);
    expect(await object.fail(await claimed(), FAILURE)).toBe(true);
    expect(await recorded()).toBe('FAILURE');
    const states = (await history.find(order.id))?.history.map(({ state }) => state);
    expect(states).toEqual(['PENDING', 'STARTED', 'RETRY', 'STARTED', 'FAILURE']);
  });

  it('writes the first copy of a replacement itself: the catalogue has none', async () => {
    order = { ...order, kind: 'replace' };
    await object.submit(order);
    expect(await recorded()).toBe('PENDING');
  });

  it('gives the task to one renderer at a time, and listens to no other', async () => {
    await accept();
    const claims = await Promise.all([object.claim(), object.claim()]);
    expect(claims.filter((claim) => claim !== null)).toHaveLength(1);
    expect(await object.succeed('a token of before', RESULT)).toBe(false);
    expect((await object.read())?.state).toBe('STARTED');
  });

  it('keeps its task when it is evicted between any two steps', async () => {
    await accept();
    await evictDurableObject(object);
    const token = await claimed();
    await evictDurableObject(object);
    expect(await object.succeed(token, RESULT)).toBe(true);
    await evictDurableObject(object);
    expect(await object.read()).toMatchObject({ state: 'SUCCESS', image: IMAGE, source: SOURCE });
    expect(await object.claim()).toBeNull();
  });

  it('has an alarm by the next message, the end of the lease, or when the task is to be forgotten', async () => {
    await accept();
    expect(await alarmAt()).toBeLessThanOrEqual((await stored())?.sendAt ?? 0);
    await runDurableObjectAlarm(object);
    expect(await alarmAt()).toBe((await stored())?.sendAt);
    const token = await claimed();
    await runDurableObjectAlarm(object);
    expect(await alarmAt()).toBe((await stored())?.lease?.expiresAt);
    await object.succeed(token, RESULT);
    await runDurableObjectAlarm(object);
    expect(await alarmAt()).toBe(((await stored())?.finishedAt ?? 0) + KEEP_MS);
  });

  it('takes back a lease that ran out, and gives the task up when that happens each time', async () => {
    await accept();
    for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt++) {
      const token = await claimed();
      await letPass(LEASE_MS);
      await runDurableObjectAlarm(object);
      expect(await object.succeed(token, RESULT)).toBe(false);
      const last = attempt === MAX_ATTEMPTS;
      expect((await object.read())?.state).toBe(last ? 'FAILURE' : 'RETRY');
      if (last) break;
      await letPass(300_000);
      await runDurableObjectAlarm(object);
    }
    expect((await object.read())?.failure).toMatchObject({ code: 'renderer_lost' });
    expect(await recorded()).toBe('FAILURE');
    expect(await catalogue.isTaken('tada')).toBe(false);
  });

  it('sends another message when nobody claims the task', async () => {
    await accept();
    expect((await stored())?.sends).toBe(1);
    await letPass(30_000);
    await runDurableObjectAlarm(object);
    expect((await stored())?.sends).toBe(2);
    // Not before its time.
    await runDurableObjectAlarm(object);
    expect((await stored())?.sends).toBe(2);
  });

  it('accepts a task while D1 is away, has it rendered, and copies it when D1 is back', async () => {
    await catalogue.take(order);
    await takeAwayD1();
    await object.submit(order);
    expect(await object.read()).toMatchObject({ state: 'PENDING' });
    expect((await stored())?.sends).toBe(1);
    expect(await alarmAt()).toBeGreaterThan(Date.now());
    await object.succeed(await claimed(), RESULT);
    // The end is not told before the emoji can be fetched.
    expect(await object.read()).toMatchObject({ state: 'STARTED', image: null, finishedAt: null });
    await expect((async () => object.settle())()).rejects.toThrow('the history could not be written');
    await bringBackD1();
    await runDurableObjectAlarm(object);
    expect(await recorded()).toBe('SUCCESS');
    expect(await object.read()).toMatchObject({ state: 'SUCCESS', image: IMAGE });
    expect((await catalogue.find('tada'))?.image).toEqual(IMAGE);
  });

  it('asks less and less often while D1 stays away', async () => {
    order = { ...order, kind: 'replace' };
    await takeAwayD1();
    await object.submit(order);
    const waits: number[] = [];
    for (let run = 0; run < 9; run++) {
      await runDurableObjectAlarm(object);
      waits.push(((await alarmAt()) ?? 0) - Date.now());
    }
    const expected = [20, 40, 80, 160, 300, 300, 300, 300, 300];
    for (const [run, wait] of waits.entries()) {
      expect(wait).toBeLessThanOrEqual((expected[run] ?? 0) * 1_000);
      // Longer than the wait before can be.
      expect(wait).toBeGreaterThan(((expected[run] ?? 0) / 2) * 1_000);
    }
  });

  it('sends the message again when the queue did not take it', async () => {
    const working = env.RENDER_QUEUE;
    await runInDurableObject(object, (instance) => {
      const broken = { send: () => Promise.reject(new Error('the queue is away')) };
      Object.defineProperty(instance, 'env', { value: { ...env, RENDER_QUEUE: broken }, configurable: true });
    });
    await accept();
    expect(await stored()).toMatchObject({ state: 'PENDING', sends: 0 });
    expect(await recorded()).toBe('PENDING');
    await runInDurableObject(object, (instance) => {
      Object.defineProperty(instance, 'env', { value: { ...env, RENDER_QUEUE: working }, configurable: true });
    });
    await letPass(5_000);
    await runDurableObjectAlarm(object);
    expect(await stored()).toMatchObject({ state: 'PENDING', sends: 1 });
  });

  it('fails a task that the queue gave up on, unless a renderer has it; every dead letter is counted', async () => {
    await accept();
    const token = await claimed();
    expect(await object.undeliverable({ sequence: 1, sends: 1 })).toBe(false);
    await object.retry(token, 'a fault while storing the emoji');
    await letPass(2_000);
    await runDurableObjectAlarm(object);
    expect(await object.undeliverable({ sequence: 1, sends: 1 })).toBe(false);
    expect(await object.undeliverable({ sequence: 3, sends: 1 })).toBe(true);
    expect(await object.read()).toMatchObject({ state: 'FAILURE', failure: { code: 'not_delivered' } });
    expect(await counters()).toMatchObject({ custom_emoji_dead_letters_total: 3 });
  });

  it('tells how far a renderer is, as long as it is at it', async () => {
    await accept();
    const token = await claimed();
    expect((await object.read())?.progress).toBeNull();
    await object.progress('a token of before', { done: 9, of: 10 });
    expect((await object.read())?.progress).toBeNull();
    await object.progress(token, { done: 3, of: 10 });
    expect((await object.read())?.progress).toEqual({ done: 3, of: 10 });
    await object.retry(token, 'R2 is away');
    expect((await object.read())?.progress).toBeNull();
    await letPass(2_000);
    await runDurableObjectAlarm(object);
    await claimed();
    // The next attempt begins at its beginning.
    expect(await object.read()).toMatchObject({ state: 'STARTED', progress: null });
  });

  it('can be waited for until its end', async () => {
    await accept();
    const token = await claimed();
    // Longer than this test may take.
    const waiting = [object.wait(600_000), object.wait(600_000)];
    await object.succeed(token, RESULT);
    for (const end of await Promise.all(waiting)) expect(end).toMatchObject({ state: 'SUCCESS', image: IMAGE });
    expect(await object.wait(600_000)).toMatchObject({ state: 'SUCCESS' });
  });

  it('tells the state of now when the wait is over before', async () => {
    await accept();
    expect(await object.wait(1)).toMatchObject({ state: 'PENDING' });
  });

  it('can be waited for again when a person has had it tried again', async () => {
    await accept();
    await object.fail(await claimed(), FAILURE);
    await catalogue.takeAgain(order, Date.now());
    await object.restart(must(await history.find(order.id)), 1, Date.now());
    const waiting = object.wait(600_000);
    await object.succeed(await claimed(), RESULT);
    expect(await waiting).toMatchObject({ state: 'SUCCESS' });
  });
});

describe('a task that is no rendering', () => {
  const DETAILS = { dry_run: false, by: { name: 'ada', scopes: ['emoji:write'] } };
  const OUTCOME = { imported: 3, failed: 1 };

  it('goes to who works on it, part by part, and the history has what it comes to', async () => {
    const parentId = crypto.randomUUID();
    order = newOrder({ kind: 'import', emojiId: '', emojiName: '', parentId, details: DETAILS });
    await object.submit(order);
    expect(await history.find(order.id)).toMatchObject({ kind: 'import', parentId, details: DETAILS, outcome: null });
    const claim = must(await object.claim());
    expect(claim).toMatchObject({ ...order, attempt: 1, outcome: null });
    expect(await object.proceed(claim.token, { delayMs: 0, outcome: OUTCOME })).toBe(true);
    expect(await object.proceed(claim.token, { delayMs: 0, outcome: {} })).toBe(false);
    expect(await object.read()).toMatchObject({ state: 'STARTED', outcome: OUTCOME, lease: null });
    expect((await history.find(order.id))?.outcome).toEqual(OUTCOME);
    const rest = must(await object.claim());
    expect(rest).toMatchObject({ attempt: 1, outcome: OUTCOME });
    expect(await object.postpone(rest.token, 1_000, 'somebody is busy')).toBe(true);
    expect(await object.read()).toMatchObject({ state: 'RETRY', attempts: 0 });
    await letPass(1_000);
    await runDurableObjectAlarm(object);
    const last = must(await object.claim());
    expect(await object.succeed(last.token, { outcome: { imported: 4 } })).toBe(true);
    expect(await history.find(order.id)).toMatchObject({ state: 'SUCCESS', outcome: { imported: 4 }, image: null });
    expect(must(await object.read()).log.map(({ event }) => event)).toEqual([
      ...['accepted', 'message_sent', 'claimed', 'part_done', 'message_sent', 'claimed'],
      ...['message_sent', 'claimed', 'succeeded'],
    ]);
    // What renderers do is counted by itself.
    expect(Object.keys(await counters()).filter((name) => /seconds/.test(name))).toEqual([]);
  });
});

describe('the log of a task', () => {
  const logged = async () => must(await object.read()).log.map(({ event, details }) => ({ event, ...details }));
  const step = (event: LogEntry['event'], details: LogEntry['details'] = {}): LogEntry => ({
    at: Date.now(),
    event,
    details,
  });
  const READ = step('upload_read', { bytes: 1_000, ms: 4 });

  it('tells what happened step by step, with what the renderer tells of its attempts', async () => {
    await accept();
    const first = await claimed();
    await object.retry(first, 'a fault while storing the emoji', [READ, step('fault', { step: 'storing the emoji' })]);
    await letPass(2_000);
    await runDurableObjectAlarm(object);
    await object.fail(await claimed(), FAILURE, [READ]);
    await catalogue.takeAgain(order, Date.now());
    await object.restart(must(await history.find(order.id)), 1, Date.now());
    await object.cancel();
    expect(await logged()).toEqual([
      { event: 'accepted', kind: 'create' },
      { event: 'message_sent', sends: 1 },
      { event: 'claimed', attempt: 1 },
      { event: 'upload_read', bytes: 1_000, ms: 4 },
      { event: 'fault', step: 'storing the emoji' },
      { event: 'message_sent', sends: 1 },
      { event: 'claimed', attempt: 2 },
      { event: 'upload_read', bytes: 1_000, ms: 4 },
      { event: 'failed', code: 'corrupt_picture' },
      { event: 'tried_again' },
      { event: 'message_sent', sends: 1 },
      { event: 'cancelled' },
    ]);
    const times = must(await object.read()).log.map(({ at }) => at);
    expect(times).toEqual([...times].sort((a, b) => a - b));
  });

  it('has the steps of an attempt that is under way, and of one whose renderer was lost, once', async () => {
    await accept();
    const token = await claimed();
    for (const done of [1, 2]) await object.progress(token, { done, of: 10 }, [READ]);
    await object.progress('a token of before', { done: 9, of: 10 }, [READ, READ]);
    const start = [
      { event: 'accepted', kind: 'create' },
      { event: 'message_sent', sends: 1 },
    ];
    const attempt = [
      { event: 'claimed', attempt: 1 },
      { event: 'upload_read', bytes: 1_000, ms: 4 },
    ];
    expect(await logged()).toEqual([...start, ...attempt]);
    await letPass(LEASE_MS);
    await runDurableObjectAlarm(object);
    expect(await logged()).toEqual([...start, ...attempt, { event: 'lease_taken_back', attempt: 1 }]);
    // What comes late is not listened to.
    expect(await object.succeed(token, RESULT, [READ])).toBe(false);
    expect(await logged()).toHaveLength(5);
  });

  it('survives eviction, and goes when the task is forgotten', async () => {
    await accept();
    const token = await claimed();
    await evictDurableObject(object);
    await object.succeed(token, RESULT, [READ]);
    await evictDurableObject(object);
    const events = (await logged()).map(({ event }) => event);
    expect(events).toEqual(['accepted', 'message_sent', 'claimed', 'upload_read', 'succeeded']);
    await letItForget();
    const ports = { taskHistory: history, taskOwners: taskOwners(env.TASKS) };
    expect(await describeTask(ports, order.id, OPERATOR, Date.now())).toMatchObject({ state: 'SUCCESS', log: [] });
  });

  it('does not tell the end before the history has it', async () => {
    await accept();
    const token = await claimed();
    await takeAwayD1();
    await object.succeed(token, RESULT, [READ]);
    expect((await logged()).at(-1)).toMatchObject({ event: 'upload_read' });
    await bringBackD1();
    await runDurableObjectAlarm(object);
    expect((await logged()).at(-1)).toEqual({ event: 'succeeded' });
  });

  it('tells of a message that the queue did not take', async () => {
    await runInDurableObject(object, (instance) => {
      const broken = { send: () => Promise.reject(new Error('the queue is away')) };
      Object.defineProperty(instance, 'env', { value: { ...env, RENDER_QUEUE: broken }, configurable: true });
    });
    await accept();
    expect((await logged()).slice(1)).toEqual([{ event: 'message_sent', sends: 1 }, { event: 'message_not_sent' }]);
  });

  it('is begun for a task that was stored before there was one', async () => {
    await accept();
    await runInDurableObject(object, (_, { storage }) => {
      const { log, ...task } = must(storage.kv.get<Task & { log: LogEntry[] }>('task'));
      storage.kv.put('task', task);
      expect(log).toHaveLength(2);
    });
    await evictDurableObject(object);
    expect(await object.read()).toMatchObject({ state: 'PENDING', log: [], lease: null });
    // By a renderer of before too, which tells no steps.
    expect(await object.succeed(await claimed(), RESULT)).toBe(true);
    expect(await logged()).toEqual([{ event: 'claimed', attempt: 1 }, { event: 'succeeded' }]);
  });

  it('is no reason for a task to fail when it is broken', async () => {
    await accept();
    await runInDurableObject(object, (_, { storage }) => {
      storage.kv.put('task', { ...must(storage.kv.get<Task>('task')), log: 7 });
    });
    expect(await object.read()).toMatchObject({ state: 'PENDING', log: [] });
    const token = await claimed();
    expect(await object.read()).toMatchObject({ state: 'STARTED', log: [] });
    expect(await object.succeed(token, RESULT, [READ])).toBe(true);
    expect((await logged()).map(({ event }) => event)).toEqual(['upload_read', 'succeeded']);
  });
});

it('tells until when a renderer may take, but never the token, and when the next message is due', async () => {
  await accept();
  const { sendAt } = must(await stored());
  expect(await object.read()).toMatchObject({ lease: null, sendAt });
  const token = await claimed();
  const task = must(await object.read());
  const { lease } = must(await stored());
  expect(task).toMatchObject({ sendAt: null });
  expect(task.lease).toEqual({ attempt: 1, expiresAt: lease?.expiresAt });
  await object.retry(token, 'R2 is away');
  expect(await object.read()).toMatchObject({ lease: null, sendAt: (await stored())?.sendAt });
});

describe('a person who cancels a task', () => {
  it.each(['PENDING', 'STARTED', 'RETRY'])('ends it in %s: it is never shown, and its name is free', async (state) => {
    await accept();
    const token = state === 'PENDING' ? 'none' : await claimed();
    if (state === 'RETRY') await object.retry(token, 'R2 is away');
    expect(await object.cancel()).toMatchObject({ state: 'REVOKED' });
    expect(await recorded()).toBe('REVOKED');
    expect(await object.succeed(token, RESULT)).toBe(false);
    expect(await object.claim()).toBeNull();
    expect(await catalogue.isTaken('tada')).toBe(false);
  });

  it('is refused when it has ended', async () => {
    await accept();
    await object.succeed(await claimed(), RESULT);
    expect(await object.cancel()).toBeNull();
    expect(await recorded()).toBe('SUCCESS');
  });
});

describe('a task that has ended', () => {
  it('is kept for an hour, then forgotten, and the history answers', async () => {
    await accept();
    await object.succeed(await claimed(), RESULT);
    await letPass(KEEP_MS - 60_000);
    await runDurableObjectAlarm(object);
    expect(await object.read()).toMatchObject({ state: 'SUCCESS' });
    await letItForget();
    expect(await alarmAt()).toBeNull();
    expect(await runInDurableObject(object, (_, { storage }) => [...storage.kv.list()])).toEqual([]);
    const ports = { taskHistory: history, taskOwners: taskOwners(env.TASKS) };
    expect(await findTask(ports, order.id, OPERATOR)).toMatchObject({ state: 'SUCCESS', image: IMAGE });
  });

  it('is never forgotten before the history has its end', async () => {
    await accept();
    const token = await claimed();
    await takeAwayD1();
    await object.succeed(token, RESULT);
    await letPass(2 * KEEP_MS);
    await runDurableObjectAlarm(object);
    expect(isFinished(must(await stored()).state)).toBe(true);
    await bringBackD1();
    await runDurableObjectAlarm(object);
    expect(await recorded()).toBe('SUCCESS');
  });

  it('is not claimed, failed or cancelled by what comes late, after it has been forgotten', async () => {
    await accept();
    await object.succeed(await claimed(), RESULT);
    await letItForget();
    expect(await object.claim()).toBeNull();
    expect(await object.undeliverable({ sequence: 1, sends: 1 })).toBe(false);
    expect(await object.cancel()).toBeNull();
    expect(await recorded()).toBe('SUCCESS');
  });

  it('is tried again from its copy, after it has been forgotten', async () => {
    await accept();
    await object.fail(await claimed(), FAILURE);
    await letItForget();
    await catalogue.takeAgain(order, Date.now());
    expect(await object.restart(must(await history.find(order.id)), 1, Date.now())).toMatchObject({
      state: 'PENDING',
      attempts: 0,
      sequence: 4,
    });
    expect(await recorded()).toBe('PENDING');
    expect((await stored())?.sends).toBe(1);
    await object.succeed(await claimed(), RESULT);
    expect(await recorded()).toBe('SUCCESS');
    expect((await catalogue.find('tada'))?.image).toEqual(IMAGE);
  });

  it('is not tried again when that was asked for too long ago: the name may have been freed since', async () => {
    await accept();
    await object.fail(await claimed(), FAILURE);
    const copy = must(await history.find(order.id));
    await expect((async () => object.restart(copy, 1, Date.now() - 5 * 60_000 - 1))()).rejects.toThrow('too old');
    expect(await recorded()).toBe('FAILURE');
  });

  it('is not tried again when it was tried and ended meanwhile: that has let go of the name', async () => {
    await accept();
    const first = must(await object.cancel());
    // Two people want it tried again; the second one is slow.
    await catalogue.takeAgain(order, Date.now());
    await object.restart(first, 1, Date.now());
    const second = must(await object.cancel());
    expect(await catalogue.isTaken('tada')).toBe(false);
    expect(await object.restart(first, 1, Date.now())).toBeNull();
    expect(await recorded()).toBe('REVOKED');
    await catalogue.takeAgain(order, Date.now());
    expect(await object.restart(second, 1, Date.now())).toMatchObject({ state: 'PENDING' });
  });

  it('does not count a message that failed against a later wait', async () => {
    await accept();
    const token = await claimed();
    await object.retry(token, 'R2 is away');
    await letPass(2_000);
    // The message gets through, and its renderer is done, before the queue answers with an error.
    await runInDurableObject(object, (instance) => {
      const broken = {
        async send() {
          const { token } = must(await instance.claim());
          void instance.retry(token, 'R2 is still away');
          throw new Error('the connection broke');
        },
      };
      Object.defineProperty(instance, 'env', { value: { ...env, RENDER_QUEUE: broken }, configurable: true });
    });
    await runDurableObjectAlarm(object);
    expect(await stored()).toMatchObject({ state: 'RETRY', attempts: 2, sends: 0 });
  });

  it('is tried again from what its owner knows, not from a copy of before', async () => {
    await accept();
    const copy = must(await history.find(order.id));
    await object.succeed(await claimed(), RESULT);
    expect(await object.restart({ ...copy, state: 'FAILURE' }, 1, Date.now())).toBeNull();
    expect(await recorded()).toBe('SUCCESS');
  });
});

it('lets the later of two replacements win, in whatever order they end', async () => {
  for (const first of [0, 1]) {
    const create = newOrder({ emojiName: `name-${first}` });
    await catalogue.take(create);
    const owners = [];
    for (const _ of [0, 1]) {
      const version = must(await versionAfter(catalogue, create.emojiId));
      const replace = newOrder({ kind: 'replace', emojiId: create.emojiId, emojiName: create.emojiName, version });
      const owner = env.TASKS.getByName(replace.id);
      await owner.submit(replace);
      owners.push({ owner, version, token: must(await owner.claim()).token });
    }
    for (const index of [first, 1 - first]) {
      const { owner, version, token } = must(owners[index]);
      expect(await owner.succeed(token, { image: { ...IMAGE, hash: `version ${version}` }, source: SOURCE })).toBe(
        true,
      );
    }
    expect((await catalogue.find(create.emojiName))?.image.hash).toBe('version 3');
  }
});
