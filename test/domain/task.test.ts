import { describe, expect, it } from 'vitest';
import {
  claim,
  expire,
  fail,
  LEASE_MS,
  MAX_ATTEMPTS,
  MAX_WAIT_MS,
  nextDue,
  retry,
  send,
  sendFailed,
  submit,
  succeed,
  type Task,
  undeliverable,
} from '../../src/domain/task.ts';
import { newOrder } from '../support/tasks.ts';

const ORDER = newOrder({ id: 't' });
const IMAGE = { hash: 'ab', bytes: 10, frames: 1 };
const FAILURE = { code: 'corrupt_picture', message: 'PNG: broken', remedy: 'Save it again.' };
const T0 = 1_000_000;

function must<T>(value: T | null): T {
  if (value === null) throw new Error('the move was refused');
  return value;
}

const pending = submit(ORDER, T0);
const waiting = must(send(pending, T0));
const started = must(claim(waiting, 'token', T0 + 10));
const retrying = must(retry(started, 'token', 'R2 is away', T0 + 20));
const failed = must(fail(started, 'token', FAILURE, T0 + 30));
const done = must(succeed(started, 'token', IMAGE, T0 + 40));

describe('the way of a task', () => {
  it('goes from PENDING by STARTED to SUCCESS', () => {
    expect(pending).toMatchObject({ state: 'PENDING', attempts: 0, receivedAt: T0, startedAt: null });
    expect(started).toMatchObject({ state: 'STARTED', attempts: 1, startedAt: T0 + 10, finishedAt: null });
    expect(started.lease).toEqual({ token: 'token', expiresAt: T0 + 10 + LEASE_MS });
    expect(done).toMatchObject({ state: 'SUCCESS', image: IMAGE, finishedAt: T0 + 40, lease: null, failure: null });
    expect(done.history.map(({ state, at }) => [state, at])).toEqual([
      ['PENDING', T0],
      ['STARTED', T0 + 10],
      ['SUCCESS', T0 + 40],
    ]);
  });

  it('keeps the reason of a failure', () => {
    expect(failed).toMatchObject({ state: 'FAILURE', failure: FAILURE, finishedAt: T0 + 30 });
    expect(failed.history.at(-1)).toEqual({ state: 'FAILURE', at: T0 + 30, reason: 'PNG: broken' });
  });

  it('rises in sequence with each change', () => {
    expect([pending, started, retrying].map(({ sequence }) => sequence)).toEqual([1, 2, 3]);
    expect(waiting.sequence).toBe(pending.sequence);
  });
});

describe('a lease', () => {
  it('is given once', () => {
    expect(claim(started, 'other', T0 + 20)).toBeNull();
  });

  it.each([
    ['succeed', (task: Task, token: string) => succeed(task, token, IMAGE, T0)],
    ['fail', (task: Task, token: string) => fail(task, token, FAILURE, T0)],
    ['retry', (task: Task, token: string) => retry(task, token, 'fault', T0)],
  ])('is needed to %s', (_, finish) => {
    expect(finish(started, 'other')).toBeNull();
    for (const task of [pending, retrying, failed, done]) expect(finish(task, 'token')).toBeNull();
  });

  it('is taken back only when it has run out', () => {
    expect(expire(started, T0 + 10 + LEASE_MS - 1)).toBeNull();
    const expired = must(expire(started, T0 + 10 + LEASE_MS));
    expect(expired).toMatchObject({ state: 'RETRY', lease: null });
    expect(succeed(expired, 'token', IMAGE, T0 + LEASE_MS)).toBeNull();
    for (const task of [failed, done]) expect(expire(task, T0 + 10 * LEASE_MS)).toBeNull();
  });
});

describe('a passing fault', () => {
  it('waits twice as long each time, at most 5 minutes', () => {
    let task: Task = pending;
    const waits: number[] = [];
    for (let attempt = 1; attempt < MAX_ATTEMPTS; attempt++) {
      const now = must(task.sendAt);
      task = must(retry(must(claim(must(send(task, now)), 'token', now)), 'token', 'fault', now));
      waits.push(must(task.sendAt) - now);
    }
    expect(waits).toEqual([2_000, 4_000, 8_000, 16_000]);
  });

  it('is a failure when the attempts are used up, and says what the last one ended with', () => {
    const last = { ...started, attempts: MAX_ATTEMPTS };
    const task = must(retry(last, 'token', 'R2 is away', T0 + 50));
    expect(task).toMatchObject({ state: 'FAILURE', failure: { code: 'attempts_used_up' } });
    expect(task.failure?.message).toContain('5 attempts');
    expect(task.failure?.message).toContain('R2 is away');
  });

  it('of a renderer that dies each time is a failure too', () => {
    const last = { ...started, attempts: MAX_ATTEMPTS };
    expect(must(expire(last, T0 + 2 * LEASE_MS))).toMatchObject({
      state: 'FAILURE',
      failure: { code: 'renderer_lost' },
    });
  });

  it('cannot be cut short by a late duplicate of the first message', () => {
    expect(claim(retrying, 'token', T0 + 30)).toBeNull();
    const resent = must(send(retrying, must(retrying.sendAt)));
    expect(must(claim(resent, 'token', T0 + 3_000))).toMatchObject({ state: 'STARTED', attempts: 2 });
  });
});

describe('a message to the renderers', () => {
  it('is due at once, and again when nobody claims the task, ever more seldom', () => {
    let task = pending;
    const gaps: number[] = [];
    for (let sends = 0; sends < 9; sends++) {
      const now = must(task.sendAt);
      task = must(send(task, now));
      gaps.push((must(task.sendAt) - now) / 1_000);
    }
    expect(pending.sendAt).toBe(T0);
    expect(gaps).toEqual([30, 60, 120, 240, 480, 960, 1_920, 3_600, 3_600]);
  });

  it('is not due early, nor for a task that waits for nobody', () => {
    expect(send(waiting, T0 + 1)).toBeNull();
    for (const task of [started, failed, done]) expect(send(task, T0 + 1e9)).toBeNull();
  });

  it('that could not be sent is due soon, unless the task has moved on', () => {
    expect(sendFailed(waiting, T0)).toEqual({ ...pending, sendAt: T0 + 5_000 });
    expect(sendFailed(started, T0)).toBeNull();
  });

  it('that the queue gave up on fails a waiting task, and no other', () => {
    for (const task of [waiting, must(send(retrying, T0 + 5_000))]) {
      expect(must(undeliverable(task, task, T0))).toMatchObject({
        state: 'FAILURE',
        failure: { code: 'not_delivered' },
      });
    }
    for (const task of [started, failed, done]) expect(undeliverable(task, task, T0)).toBeNull();
  });

  it('that the queue gave up on does not matter when a later one is out', () => {
    const later = must(send(waiting, T0 + 30_000));
    expect(undeliverable(later, waiting, T0)).toBeNull();
    expect(undeliverable(retrying, waiting, T0)).toBeNull();
  });

  it('that nobody claims within a day is the last: the task fails', () => {
    expect(expire(waiting, T0 + MAX_WAIT_MS - 1)).toBeNull();
    const late = must(expire(waiting, T0 + MAX_WAIT_MS));
    expect(late).toMatchObject({ state: 'FAILURE', failure: { code: 'not_delivered' } });
    // The wait of a RETRY begins with it.
    expect(expire(retrying, T0 + 20 + MAX_WAIT_MS - 1)).toBeNull();
  });
});

it('names when the task needs its owner next', () => {
  expect(nextDue(pending)).toBe(T0);
  expect(nextDue(started)).toBe(T0 + 10 + LEASE_MS);
  expect(nextDue(retrying)).toBe(T0 + 20 + 2_000);
  expect(nextDue(failed)).toBeNull();
  expect(nextDue(done)).toBeNull();
});
