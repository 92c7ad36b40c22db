import fc from 'fast-check';
import { expect, it } from 'vitest';
import * as moves from '../../src/domain/task.ts';
import { FAILURE, newOrder, RESULT } from '../support/tasks.ts';

/** What may follow what, from the diagram of the states; only a person leaves a terminal state. */
const LEGAL: Record<moves.TaskState, moves.TaskState[]> = {
  PENDING: ['STARTED', 'FAILURE', 'REVOKED'],
  STARTED: ['SUCCESS', 'FAILURE', 'RETRY', 'REVOKED'],
  RETRY: ['STARTED', 'FAILURE', 'REVOKED'],
  SUCCESS: [],
  FAILURE: ['PENDING'],
  REVOKED: ['PENDING'],
};

/** The moves that a message, a renderer, an alarm or a person may make at any time, in any order and twice. */
const MOVES = ['send', 'sendFailed', 'claim', 'succeed', 'fail', 'retry', 'expire', 'undeliverable', 'cancel'] as const;

interface Step {
  move: (typeof MOVES)[number] | 'restart';
  /** Milliseconds since the step before. */
  after: number;
  /** Which of the tokens, or messages, that were ever given out: counted back from the latest. */
  back: number;
}

const step: fc.Arbitrary<Step> = fc.record({
  move: fc.oneof({ weight: 12, arbitrary: fc.constantFrom(...MOVES) }, fc.constant('restart' as const)),
  after: fc.oneof(
    fc.integer({ min: 0, max: 5_000 }),
    // On either side of what the task waits for.
    fc.constantFrom(0, 1, 29_999, 30_000, moves.LEASE_MS - 1, moves.LEASE_MS, moves.KEEP_MS, moves.MAX_WAIT_MS),
  ),
  back: fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, fc.nat(4)),
});

/** The world around a task: it knows every token and message that was ever given out. */
class World {
  now = 1_000_000;
  task = moves.submit(newOrder({ id: 't', receivedAt: this.now }));
  tokens: string[] = ['a token that nobody was given'];
  messages: Pick<moves.Task, 'sequence' | 'sends'>[] = [{ sequence: 0, sends: 0 }];

  #at<T>(list: T[], back: number): T {
    return list[Math.max(0, list.length - 1 - back)] as T;
  }

  do({ move, after, back }: Step): void {
    this.now += after;
    const { task, now } = this;
    const token = this.#at(this.tokens, back);
    const message = this.#at(this.messages, back);
    const isHolder = task.lease?.token === token;
    const fresh = `token-${this.tokens.length}`;
    const result = {
      send: () => moves.send(task, now),
      sendFailed: () => moves.sendFailed(task, message, now),
      claim: () => moves.claim(task, fresh, now),
      succeed: () => moves.succeed(task, token, RESULT, now),
      fail: () => moves.fail(task, token, FAILURE, now),
      retry: () => moves.retry(task, token, 'R2 is away', now),
      expire: () => moves.expire(task, now),
      undeliverable: () => moves.undeliverable(task, message, now),
      cancel: () => moves.cancel(task, now),
      restart: () => moves.restart(moves.recordOf(task), task.version + 1, now),
    }[move]();
    if (result === null) return;
    if (['succeed', 'fail', 'retry'].includes(move)) expect(isHolder, `${move} with a token of before`).toBe(true);
    if (move === 'claim') this.tokens.push(fresh);
    if (move === 'send') this.messages.push(result);
    check(task, result, move, now);
    this.task = result;
  }
}

function check(before: moves.Task, task: moves.Task, move: Step['move'], now: number): void {
  const isMoved = task.state !== before.state || task.history.length > before.history.length;
  if (isMoved) {
    expect(LEGAL[before.state]).toContain(task.state);
    if (moves.isFinished(before.state)) expect(move).toBe('restart');
    expect(task.sequence).toBe(before.sequence + 1);
    expect(task.history).toEqual([
      ...before.history,
      { state: task.state, at: now, reason: expect.toBeOneOf([null, expect.any(String)]) },
    ]);
  } else {
    expect([task.sequence, task.history]).toEqual([before.sequence, before.history]);
  }
  const isWaiting = task.state === 'PENDING' || task.state === 'RETRY';
  expect(task.lease !== null).toBe(task.state === 'STARTED');
  expect(task.sendAt !== null).toBe(isWaiting);
  expect(task.finishedAt !== null).toBe(moves.isFinished(task.state));
  expect(task.failure !== null).toBe(task.state === 'FAILURE');
  expect(task.image !== null).toBe(task.state === 'SUCCESS');
  expect(task.attempts).toBeLessThanOrEqual(moves.MAX_ATTEMPTS);
  expect(task.sends).toBeGreaterThanOrEqual(0);
  // What it waits for is never before it began to wait.
  expect(moves.nextDue(task)).toBeGreaterThanOrEqual(task.history.at(-1)?.at ?? 0);
  const since = task.history.findLastIndex(({ state }) => state === 'PENDING');
  expect(task.attempts).toBe(task.history.slice(since).filter(({ state }) => state === 'STARTED').length);
}

/** Nobody answers any more: only the alarm rings, each time when the task says. */
function alarmsToTheEnd(world: World): void {
  for (let alarms = 0; !moves.isFinished(world.task.state); alarms++) {
    expect(alarms, 'alarms without an end').toBeLessThan(200);
    const due = moves.nextDue(world.task);
    const after = Math.max(0, due - world.now);
    const before = world.task;
    world.do({ move: 'expire', after, back: 0 });
    world.do({ move: 'send', after: 0, back: 0 });
    expect(world.task, 'an alarm with nothing to do, which would ring for ever').not.toBe(before);
  }
  expect(moves.isForgettable(world.task, moves.nextDue(world.task))).toBe(true);
}

it('keeps its rules whatever happens to a task, in whatever order, and comes to its end', () => {
  const reached = new Set<moves.TaskState>();
  let restarts = 0;
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60, size: 'max' }), (steps) => {
      const world = new World();
      for (const one of steps) {
        world.do(one);
        reached.add(world.task.state);
      }
      restarts += world.task.history.filter(({ state }) => state === 'PENDING').length - 1;
      alarmsToTheEnd(world);
    }),
    { numRuns: 1_000 },
  );
  // The sequences went everywhere; otherwise the rules would hold of nothing.
  expect([...reached].sort()).toEqual([...moves.TASK_STATES].sort());
  expect(restarts).toBeGreaterThan(100);
});
