import { describe, expect, it } from 'vitest';
import {
  beforeItsEnd,
  cancel,
  claim,
  dueSince,
  expire,
  fail,
  isForgettable,
  KEEP_MS,
  LEASE_MS,
  MAX_ATTEMPTS,
  MAX_WAIT_MS,
  MOST_CHANGES,
  nextDue,
  postpone,
  proceed,
  queuedMs,
  recordOf,
  restart,
  retry,
  send,
  sendFailed,
  submit,
  succeed,
  type Task,
  undeliverable,
} from '../../src/domain/task.ts';
import { FAILURE, IMAGE, must, newOrder, RESULT, SOURCE } from '../support/tasks.ts';

const T0 = 1_000_000;
const ORDER = newOrder({ id: 't', receivedAt: T0 });

const pending = submit(ORDER);
const waiting = must(send(pending, T0));
const started = must(claim(waiting, 'token', T0 + 10));
const retrying = must(retry(started, 'token', 'R2 is away', T0 + 20));
const failed = must(fail(started, 'token', FAILURE, T0 + 30));
const done = must(succeed(started, 'token', RESULT, T0 + 40));
const cancelled = must(cancel(started, T0 + 35));
const ALL = [pending, started, retrying, failed, done, cancelled];

describe('the way of a task', () => {
  it('goes from PENDING by STARTED to SUCCESS', () => {
    expect(pending).toMatchObject({ state: 'PENDING', attempts: 0, receivedAt: T0, startedAt: null });
    expect(started).toMatchObject({ state: 'STARTED', attempts: 1, startedAt: T0 + 10, finishedAt: null });
    expect(started.lease).toEqual({ token: 'token', expiresAt: T0 + 10 + LEASE_MS });
    expect(done).toMatchObject({
      state: 'SUCCESS',
      image: IMAGE,
      source: SOURCE,
      finishedAt: T0 + 40,
      lease: null,
      failure: null,
    });
    expect(done.history.map(({ state, at }) => [state, at])).toEqual([
      ['PENDING', T0],
      ['STARTED', T0 + 10],
      ['SUCCESS', T0 + 40],
    ]);
  });

  it('is remembered for its last changes only, however often a person has it tried again', () => {
    let task = failed;
    for (let at = T0 + 100; at < T0 + 100_100; at += 100) {
      const again = must(restart(task, 1, at));
      task = must(fail(must(claim(again, 'token', at + 20)), 'token', FAILURE, at + 50));
      expect(queuedMs(task.history)).toBe(20);
    }
    expect(task.history).toHaveLength(MOST_CHANGES);
    expect(task.history.at(-1)).toEqual({ state: 'FAILURE', at: T0 + 100_050, reason: FAILURE.message });
    // Of which there are three each time.
    expect(task.sequence).toBe(3 + 3 * 1_000);
    expect(beforeItsEnd(task)).toMatchObject({ state: 'STARTED', sequence: task.sequence - 1 });
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
    ['succeed', (task: Task, token: string) => succeed(task, token, RESULT, T0)],
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
    expect(succeed(expired, 'token', RESULT, T0 + LEASE_MS)).toBeNull();
    for (const task of [failed, done]) expect(expire(task, T0 + 10 * LEASE_MS)).toBeNull();
  });
});

describe('a passing fault', () => {
  it('waits four times as long each time', () => {
    let task: Task = pending;
    const waits: number[] = [];
    for (let attempt = 1; attempt < MAX_ATTEMPTS; attempt++) {
      const now = must(task.sendAt);
      task = must(retry(must(claim(must(send(task, now)), 'token', now)), 'token', 'fault', now));
      waits.push(must(task.sendAt) - now);
    }
    expect(waits).toEqual([2_000, 8_000, 32_000, 128_000]);
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

describe('work that is done part by part', () => {
  const half = must(proceed(started, 'token', { delayMs: 5_000, outcome: { done: 1 } }, T0 + 50));

  it('stays STARTED, tells what it has come to, and has all attempts for the rest', () => {
    expect(half).toMatchObject({
      state: 'STARTED',
      outcome: { done: 1 },
      attempts: 0,
      lease: null,
      startedAt: T0 + 10,
    });
    expect(half.sequence).toBe(started.sequence + 1);
    expect(half.history).toEqual(started.history);
    expect(send(half, T0 + 5_049)).toBeNull();
    const rest = must(claim(must(send(half, T0 + 5_050)), 'other', T0 + 5_060));
    expect(rest).toMatchObject({ state: 'STARTED', attempts: 1, startedAt: T0 + 10, sendAt: null });
    expect(rest.lease).toEqual({ token: 'other', expiresAt: T0 + 5_060 + LEASE_MS });
    const end = must(succeed(rest, 'other', { outcome: { done: 2 } }, T0 + 6_000));
    expect(end).toMatchObject({ state: 'SUCCESS', outcome: { done: 2 }, image: null, finishedAt: T0 + 6_000 });
  });

  it('is put off by its holder only, and taken up by one, when it is due', () => {
    expect(proceed(started, 'other', { delayMs: 0, outcome: {} }, T0 + 50)).toBeNull();
    // The message of the part before comes again.
    expect(claim(half, 'other', T0 + 60)).toBeNull();
    expect(succeed(half, 'token', { outcome: {} }, T0 + 60)).toBeNull();
    const rest = must(claim(must(send(half, T0 + 5_050)), 'other', T0 + 5_060));
    expect(claim(rest, 'third', T0 + 5_070)).toBeNull();
  });

  it('is cancelled, and fails, as any other', () => {
    expect(cancel(half, T0 + 60)).toMatchObject({ state: 'REVOKED', proceededAt: null, sendAt: null });
    const sent = must(send(half, T0 + 5_050));
    expect(undeliverable(sent, waiting, T0 + 5_060)).toBeNull();
    expect(undeliverable(sent, sent, T0 + 5_060)).toMatchObject({ state: 'FAILURE' });
    expect(expire(sent, T0 + 50 + MAX_WAIT_MS - 1)).toBeNull();
    expect(expire(sent, T0 + 50 + MAX_WAIT_MS)?.failure?.code).toBe('not_delivered');
  });
});

it('that somebody else has put off waits as long as he said, and loses no attempt by it', () => {
  let task = started;
  for (let times = 0; times < 3 * MAX_ATTEMPTS; times++) {
    const now = T0 + times * 100_000;
    const put = must(postpone(task, must(task.lease).token, 60_000, 'Discord is busy', now));
    expect(put).toMatchObject({ state: 'RETRY', attempts: 0, sendAt: now + 60_000 });
    expect(put.history.at(-1)?.reason).toBe('Discord is busy');
    expect(claim(put, 'early', now + 1)).toBeNull();
    task = must(claim(must(send(put, now + 60_000)), `token ${times}`, now + 60_001));
    expect(task.attempts).toBe(1);
  }
  expect(postpone(task, 'other', 1, '', T0)).toBeNull();
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
    const sent = { ...waiting, sequence: pending.sequence };
    expect(sendFailed(waiting, sent, T0)).toEqual({ ...pending, sendAt: T0 + 5_000 });
    expect(sendFailed(started, sent, T0)).toBeNull();
    expect(sendFailed({ ...waiting, sequence: sent.sequence + 2 }, sent, T0)).toBeNull();
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

  it('of before a person had the task tried again does not matter', () => {
    const again = must(send(must(restart(failed, 1, T0 + 50)), T0 + 50));
    // As many messages were sent since the task began to wait: only the sequence tells them apart.
    expect(again.sends).toBe(waiting.sends);
    expect(undeliverable(again, waiting, T0 + 60)).toBeNull();
    expect(undeliverable(again, again, T0 + 60)?.state).toBe('FAILURE');
  });

  it('that nobody claims within a day is the last: the task fails', () => {
    expect(expire(waiting, T0 + MAX_WAIT_MS - 1)).toBeNull();
    const late = must(expire(waiting, T0 + MAX_WAIT_MS));
    expect(late).toMatchObject({ state: 'FAILURE', failure: { code: 'not_delivered' } });
    // The wait of a RETRY begins with it.
    expect(expire(retrying, T0 + 20 + MAX_WAIT_MS - 1)).toBeNull();
  });
});

describe('a person', () => {
  it('cancels what is not finished, and nobody else finishes it then', () => {
    for (const task of [pending, waiting, started, retrying]) {
      const revoked = must(cancel(task, T0 + 60));
      expect(revoked).toMatchObject({
        state: 'REVOKED',
        finishedAt: T0 + 60,
        lease: null,
        sendAt: null,
        failure: null,
        sequence: task.sequence + 1,
      });
      expect(revoked.history).toEqual([
        ...task.history,
        { state: 'REVOKED', at: T0 + 60, reason: 'cancelled by a person' },
      ]);
      expect(succeed(revoked, 'token', RESULT, T0 + 70)).toBeNull();
      expect(claim(revoked, 'other', T0 + 70)).toBeNull();
    }
    for (const task of [failed, done, cancelled]) expect(cancel(task, T0 + 60)).toBeNull();
  });

  it('has a task tried again that failed or was cancelled, with all attempts', () => {
    for (const task of [{ ...failed, attempts: MAX_ATTEMPTS }, cancelled]) {
      const again = must(restart(recordOf(task), 7, T0 + 60));
      expect(again).toMatchObject({
        id: 't',
        state: 'PENDING',
        version: 7,
        attempts: 0,
        receivedAt: T0,
        startedAt: null,
        finishedAt: null,
        failure: null,
        image: null,
        source: null,
        lease: null,
        sendAt: T0 + 60,
        sends: 0,
        sequence: task.sequence + 1,
      });
      expect(again.history.slice(0, -1)).toEqual(task.history);
      expect(again.history.at(-1)).toEqual({ state: 'PENDING', at: T0 + 60, reason: 'tried again by a person' });
      expect(must(claim(again, 'new', T0 + 61))).toMatchObject({ state: 'STARTED', attempts: 1 });
      // Its wait begins anew.
      expect(expire(again, T0 + 60 + MAX_WAIT_MS - 1)).toBeNull();
    }
  });

  it('cannot have a task tried again in any other state', () => {
    for (const task of [pending, started, retrying, done]) expect(restart(task, 2, T0 + 60)).toBeNull();
  });
});

it('names since when a renderer may take it, in its back-off from when on', () => {
  expect(dueSince(pending)).toBe(T0);
  expect(dueSince(waiting)).toBe(T0);
  // As the first message after the back-off, which lets it be claimed.
  expect(dueSince(retrying)).toBe(retrying.sendAt);
  expect(dueSince(must(restart(failed, 2, T0 + 60)))).toBe(T0 + 60);
  for (const task of [started, failed, done, cancelled]) expect(dueSince(task)).toBeNull();
});

it('tells how long it waited for its first start, since it was new or tried again', () => {
  expect(queuedMs(pending.history)).toBeNull();
  for (const task of [started, retrying, failed, done, cancelled]) expect(queuedMs(task.history)).toBe(10);
  const second = must(claim(must(send(retrying, T0 + 20 + 2_000)), 'two', T0 + 5_000));
  expect(queuedMs(second.history)).toBe(10);
  const again = must(restart(failed, 2, T0 + 60));
  expect(queuedMs(again.history)).toBeNull();
  expect(queuedMs(must(claim(again, 'two', T0 + 67)).history)).toBe(7);
  expect(queuedMs(must(cancel(pending, T0 + 5)).history)).toBeNull();
  // Of a history that does not have its start.
  expect(queuedMs([{ state: 'SUCCESS', at: T0, reason: null }])).toBeNull();
});

it('names when the task needs its owner next', () => {
  expect(nextDue(pending)).toBe(T0);
  expect(nextDue(waiting)).toBe(T0 + 30_000);
  expect(nextDue(started)).toBe(T0 + 10 + LEASE_MS);
  expect(nextDue(retrying)).toBe(T0 + 20 + 2_000);
  // To forget it.
  expect(nextDue(failed)).toBe(T0 + 30 + KEEP_MS);
  expect(nextDue(done)).toBe(T0 + 40 + KEEP_MS);
  expect(nextDue(cancelled)).toBe(T0 + 35 + KEEP_MS);
});

it('may be forgotten an hour after its end, and never before', () => {
  expect(KEEP_MS).toBe(3_600_000);
  for (const task of [failed, done, cancelled]) {
    expect(isForgettable(task, nextDue(task) - 1)).toBe(false);
    expect(isForgettable(task, nextDue(task))).toBe(true);
  }
  for (const task of [pending, started, retrying]) expect(isForgettable(task, T0 + 1e12)).toBe(false);
});

it('can be told as it was before its end', () => {
  expect(beforeItsEnd(done)).toMatchObject({
    state: 'STARTED',
    sequence: started.sequence,
    history: started.history,
    finishedAt: null,
    failure: null,
    image: null,
    source: null,
  });
  expect(beforeItsEnd(failed)).toMatchObject({ state: 'STARTED', finishedAt: null, failure: null });
  expect(beforeItsEnd(must(cancel(retrying, T0 + 60)))).toMatchObject({
    state: 'RETRY',
    sequence: retrying.sequence,
    history: retrying.history,
  });
});

it('is recorded without what only its owner needs', () => {
  for (const task of ALL) {
    expect(Object.keys(recordOf(task))).toEqual(
      Object.keys(task).filter((key) => !/^(lease|sendAt|sends|proceededAt)$/.test(key)),
    );
  }
});
