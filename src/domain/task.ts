import type { EmojiImage } from './emoji.ts';
import { attemptsUsedUp, FAILURES, type Failure, rendererLost } from './failure.ts';
import type { Rendering } from './rendering.ts';

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
  rendering: Rendering;
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

const SECOND = 1_000;
const HOUR = 3_600 * SECOND;

/** How long one attempt may take. Cloudflare stops it at 30 s of CPU time by default; the rest is waiting. */
export const LEASE_MS = 120 * SECOND;

/** How long a task may wait for a renderer. A queue keeps a message for 24 hours on the free plan. */
export const MAX_WAIT_MS = 24 * HOUR;

const SEND_AGAIN_MS = 5 * SECOND;

/** A message that nobody claimed is sent again after this; a queue that is only slow gets ever fewer of them. */
const resendDelay = (sends: number): number => Math.min(30 * SECOND * 2 ** sends, HOUR);

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

/** The message could not be sent after all: it is due again soon. @returns `null` when the task has moved on */
export function sendFailed(task: Task, now: number): Task | null {
  return task.sendAt === null ? null : { ...task, sendAt: now + SEND_AGAIN_MS, sends: task.sends - 1 };
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

/**
 * A passing fault: another attempt later, as long as there is one left.
 *
 * @param fault what did not work, in a few words that anybody may read
 * @returns `null` when `token` does not hold the lease any more
 */
export function retry(task: Task, token: string, fault: string, now: number): Task | null {
  return holds(task, token) ? tryAgain(task, fault, attemptsUsedUp(task.attempts, fault), now) : null;
}

/**
 * Takes back a lease that ran out (its renderer died, or is too slow), and ends a wait that has been too long.
 *
 * @returns `null` when neither is so
 */
export function expire(task: Task, now: number): Task | null {
  if (isWaiting(task)) {
    const waitingSince = task.history.at(-1)?.at ?? task.receivedAt;
    return now - waitingSince < MAX_WAIT_MS ? null : failed(task, FAILURES.notDelivered, now);
  }
  if (task.lease === null || task.lease.expiresAt > now) return null;
  const fault = `no answer from the renderer within ${LEASE_MS / SECOND} s`;
  return tryAgain(task, fault, rendererLost(task.attempts), now);
}

/**
 * The queue gave up on a message about the task.
 *
 * @param message what the task was when it was sent
 * @returns `null` when that does not matter: a renderer has or had the task all the same, or a later message is out
 */
export function undeliverable(task: Task, message: Pick<Task, 'attempts' | 'sends'>, now: number): Task | null {
  const latest = task.attempts === message.attempts && task.sends === message.sends;
  return isWaiting(task) && latest ? failed(task, FAILURES.notDelivered, now) : null;
}

/** When the task next needs its owner: to send a message, or to take back a lease. `null` when it is finished. */
export function nextDue(task: Task): number | null {
  return task.sendAt ?? task.lease?.expiresAt ?? null;
}

function isWaiting(task: Task): boolean {
  return task.state === 'PENDING' || task.state === 'RETRY';
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
