import type { EmojiImage } from './emoji.ts';
import { attemptsUsedUp, FAILURES, type Failure, rendererLost } from './failure.ts';

/** Celery's names, so that clients of a Celery application keep working. */
export const TASK_STATES = ['PENDING', 'STARTED', 'RETRY', 'SUCCESS', 'FAILURE', 'REVOKED'] as const;
export type TaskState = (typeof TASK_STATES)[number];

/** The right to render, and to say how it went, for one attempt. */
export interface Lease {
  token: string;
  /** Milliseconds since 1970. */
  expiresAt: number;
}

export interface TaskChange {
  state: TaskState;
  /** Milliseconds since 1970. */
  at: number;
  /** Why, for a fault or a failure. */
  reason: string | null;
}

/** What is to be done. */
export interface TaskOrder {
  id: string;
  kind: 'create';
  emojiId: string;
  emojiName: string;
  /** Where the uploaded picture is kept. */
  sourceKey: string;
}

/** A task and all that happened to it. Times are milliseconds since 1970. */
export interface Task extends TaskOrder {
  state: TaskState;
  /** How often a renderer has claimed it. */
  attempts: number;
  receivedAt: number;
  /** Start of the latest attempt. */
  startedAt: number | null;
  finishedAt: number | null;
  failure: Failure | null;
  image: EmojiImage | null;
  lease: Lease | null;
  /** When the next message to the renderers is due, while the task waits for one. */
  sendAt: number | null;
  /** Messages sent since the task began to wait. */
  sends: number;
  /** Rises with each change of state: of two copies, the higher one is the newer. */
  sequence: number;
  history: TaskChange[];
}

/** Attempts before a passing fault becomes a failure. */
export const MAX_ATTEMPTS = 5;

/** How long one attempt may take. A renderer is stopped at 30 s of CPU time by default; the rest is for storage. */
export const LEASE_MS = 120_000;

const SECOND = 1_000;

const SEND_AGAIN_MS = 5 * SECOND;

/** A message that nobody claimed is sent again after this; a queue that is only slow gets ever fewer of them. */
const resendDelay = (sends: number): number => Math.min(30 * SECOND * 2 ** sends, 3_600 * SECOND);

/** Wait before the next attempt: 2 s, 4 s, 8 s … at most 5 minutes. */
const backOff = (attempts: number): number => Math.min(SECOND * 2 ** attempts, 300 * SECOND);

export function isFinished(state: TaskState): boolean {
  return state === 'SUCCESS' || state === 'FAILURE' || state === 'REVOKED';
}

/** A new task, with a message to the renderers due at once. */
export function submit(order: TaskOrder, now: number): Task {
  return {
    ...order,
    state: 'PENDING',
    attempts: 0,
    receivedAt: now,
    startedAt: null,
    finishedAt: null,
    failure: null,
    image: null,
    lease: null,
    sendAt: now,
    sends: 0,
    sequence: 1,
    history: [{ state: 'PENDING', at: now, reason: null }],
  };
}

/**
 * Notes that a message about the task goes out now; the next one is due later, in case nobody claims it.
 *
 * @returns `null` when none is due
 */
export function send(task: Task, now: number): Task | null {
  if (task.sendAt === null || task.sendAt > now) return null;
  return { ...task, sendAt: now + resendDelay(task.sends), sends: task.sends + 1 };
}

/** The message could not be sent after all: another is due after the shortest wait. */
export function sendFailed(task: Task, now: number): Task {
  return task.sendAt === null ? task : { ...task, sendAt: now + SEND_AGAIN_MS };
}

/**
 * Hands the task to a renderer.
 *
 * @param token names the lease; must be new each time
 * @returns `null` when there is nothing to do: it is finished, another renderer has it, or its back-off is not over
 */
export function claim(task: Task, token: string, now: number): Task | null {
  // The message that ends a back-off is the first one sent in RETRY: an earlier one is a late duplicate.
  const ready = task.state === 'PENDING' || (task.state === 'RETRY' && task.sends > 0);
  if (!ready) return null;
  const started = move(task, 'STARTED', now, null);
  return {
    ...started,
    attempts: task.attempts + 1,
    startedAt: now,
    lease: { token, expiresAt: now + LEASE_MS },
  };
}

/** @returns `null` when `token` does not hold the lease any more */
export function succeed(task: Task, token: string, image: EmojiImage, now: number): Task | null {
  return holds(task, token) ? { ...move(task, 'SUCCESS', now, null), image, failure: null } : null;
}

/** The picture can never work. @returns `null` when `token` does not hold the lease any more */
export function fail(task: Task, token: string, failure: Failure, now: number): Task | null {
  return holds(task, token) ? failed(task, failure, now) : null;
}

/** A passing fault: another attempt later, as long as there is one left. @returns `null` as `fail` does */
export function retry(task: Task, token: string, fault: string, now: number): Task | null {
  return holds(task, token) ? tryAgain(task, fault, attemptsUsedUp(task.attempts, fault), now) : null;
}

/** Takes back a lease that ran out: its renderer died, or is too slow. @returns `null` when none has */
export function expire(task: Task, now: number): Task | null {
  if (task.state !== 'STARTED' || task.lease === null || task.lease.expiresAt > now) return null;
  const fault = `no answer from the renderer within ${LEASE_MS / SECOND} s`;
  return tryAgain(task, fault, rendererLost(task.attempts), now);
}

/** The queue gave up on the task's message. @returns `null` when that does not matter: a renderer had it all the same */
export function undeliverable(task: Task, now: number): Task | null {
  const waiting = task.state === 'PENDING' || task.state === 'RETRY';
  return waiting ? failed(task, FAILURES.notDelivered, now) : null;
}

/** When the task next needs its owner: to send a message, or to take back a lease. `null` when it is finished. */
export function nextDue(task: Task): number | null {
  return task.sendAt ?? task.lease?.expiresAt ?? null;
}

function holds(task: Task, token: string): boolean {
  return task.state === 'STARTED' && task.lease?.token === token;
}

function tryAgain(task: Task, fault: string, lastFailure: Failure, now: number): Task {
  if (task.attempts >= MAX_ATTEMPTS) return failed(task, lastFailure, now);
  return { ...move(task, 'RETRY', now, fault), sendAt: now + backOff(task.attempts), sends: 0 };
}

function failed(task: Task, failure: Failure, now: number): Task {
  return { ...move(task, 'FAILURE', now, failure.message), failure };
}

function move(task: Task, state: TaskState, now: number, reason: string | null): Task {
  return {
    ...task,
    state,
    finishedAt: isFinished(state) ? now : null,
    lease: null,
    sendAt: null,
    sequence: task.sequence + 1,
    history: [...task.history, { state, at: now, reason }],
  };
}
