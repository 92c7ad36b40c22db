import type { EmojiImage, SourceFacts } from './emoji.ts';
import { attemptsUsedUp, type Failure, notDelivered, workerLost } from './failure.ts';
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
  /** Why, for a fault, a failure, and what a person did. */
  reason: string | null;
}

/**
 * `create`: the first picture of a new emoji. `replace`: another picture for one that is there. `render`: its picture
 * made anew from the upload that is kept. `import`: the emoji of a pack are ordered, each as a task of its own. `publish`: an
 * emoji is sent to another platform.
 */
export const TASK_KINDS = ['create', 'replace', 'render', 'import', 'publish'] as const;
export type TaskKind = (typeof TASK_KINDS)[number];

/** Whether such a task makes a picture, which is what renderers do. */
export function isRendering(kind: TaskKind): boolean {
  return kind !== 'import' && kind !== 'publish';
}

type Scalar = string | number | boolean | null;
type Flat = Scalar | Scalar[];

/** JSON of two levels, of which only those know more who made it. */
export type JsonObject = Record<string, Flat | Record<string, Flat>>;

/** What is to be done. */
export interface TaskOrder {
  id: string;
  kind: TaskKind;
  /** The import that it came of. */
  parentId: string | null;
  /** Empty, and so is its name, for an import: that has many. */
  emojiId: string;
  emojiName: string;
  /** Of the emoji's pictures, in the order of their uploads: a later one is never replaced by an earlier one. */
  version: number;
  /** Milliseconds since 1970, when the upload was accepted. */
  receivedAt: number;
  /** Where the uploaded picture is kept. */
  sourceKey: string;
  /** SHA-256 of it, 64 hexadecimal digits; null of one that came before it was noted. */
  sourceHash: string | null;
  /** Who ordered it, as the request said. */
  actor: string | null;
  rendering: Rendering;
  /** What else is to be known of it, by kind; null of a rendering. */
  details: JsonObject | null;
}

/** A task and all that happened to it. Times are milliseconds since 1970. */
export interface Task extends TaskOrder {
  state: TaskState;
  /** How often a renderer has claimed it. */
  attempts: number;
  /** Start of the latest attempt. */
  startedAt: number | null;
  finishedAt: number | null;
  failure: Failure | null;
  image: EmojiImage | null;
  /** What the renderer found the upload to be; null until it succeeded. */
  source: SourceFacts | null;
  /** What came of one that is no rendering, so far. */
  outcome: JsonObject | null;
  /** When part of the work was done and the rest was put off, until that is taken up. */
  proceededAt: number | null;
  lease: Lease | null;
  /** When the next message to the renderers is due, while the task waits for one. */
  sendAt: number | null;
  /** Messages sent since the task began to wait. */
  sends: number;
  /** Rises with each change of state: of two copies, the higher one is the newer. */
  sequence: number;
  /** Its last changes, oldest first. */
  history: TaskChange[];
}

/** A task without what only its owner needs. */
export type TaskRecord = Omit<Task, 'lease' | 'sendAt' | 'sends' | 'proceededAt'>;

export function recordOf({ lease, sendAt, sends, proceededAt, ...record }: Task): TaskRecord {
  return record;
}

/** What a task was ordered as. */
export function orderOf({
  id,
  kind,
  parentId,
  emojiId,
  emojiName,
  version,
  receivedAt,
  sourceKey,
  sourceHash,
  actor,
  rendering,
  details,
}: TaskOrder): TaskOrder {
  return {
    id,
    kind,
    parentId,
    emojiId,
    emojiName,
    version,
    receivedAt,
    sourceKey,
    sourceHash,
    actor,
    rendering,
    details,
  };
}

/** Attempts before a passing fault becomes a failure. */
export const MAX_ATTEMPTS = 5;

/** A history has no more: a person may have a task tried again any number of times, and each try adds three or more. */
export const MOST_CHANGES = 100;

const SECOND = 1_000;
const HOUR = 3_600 * SECOND;

/** How long one attempt may take. Cloudflare stops it at 30 s of CPU time by default; the rest is waiting. */
export const LEASE_MS = 120 * SECOND;

/** How long its owner keeps a finished task, for those who follow it; after that the history has the only copy. */
export const KEEP_MS = HOUR;

/** How long a task may wait for a renderer. A queue keeps a message for 24 hours on the free plan. */
export const MAX_WAIT_MS = 24 * HOUR;

/** An order that took longer to get to its owner may be half swept away by then. */
export const SUBMIT_WITHIN_MS = 300 * SECOND;

const SEND_AGAIN_MS = 5 * SECOND;

/** A message that nobody claimed is sent again after this; a queue that is only slow gets ever fewer of them. */
const resendDelay = (sends: number): number => Math.min(30 * SECOND * 2 ** sends, HOUR);

/** Wait before the next attempt: 2 s, 8 s, 32 s, 128 s. Together they outlast storage that is away for some minutes. */
const backOff = (attempts: number): number => Math.min((SECOND / 2) * 4 ** attempts, 300 * SECOND);

export function isFinished(state: TaskState): boolean {
  return state === 'SUCCESS' || state === 'FAILURE' || state === 'REVOKED';
}

/** States from which a person can cancel a task, and have it tried again. */
export const CANCELLABLE: TaskState[] = TASK_STATES.filter((state) => !isFinished(state));
export const RETRYABLE: TaskState[] = ['FAILURE', 'REVOKED'];

/** Since when a renderer may take the task; in its back-off, from when on. Null when it does not wait for one. */
export function dueSince({ kind, state, attempts, receivedAt, history }: TaskRecord): number | null {
  if (!isRendering(kind)) return null;
  const since = history.at(-1)?.at ?? receivedAt;
  if (state === 'PENDING') return since;
  return state === 'RETRY' ? since + backOff(attempts) : null;
}

/** Milliseconds from when a task last was new, or tried again by a person, to its first start; null before that. */
export function queuedMs(history: TaskChange[]): number | null {
  const since = history.findLastIndex(({ state }) => state === 'PENDING');
  const waiting = history[since];
  const started = history.slice(since).find(({ state }) => state === 'STARTED');
  return waiting && started ? Math.max(0, started.at - waiting.at) : null;
}

/** What a task is while it waits for its first attempt: a message to the renderers is due at once. */
const fresh = (now: number) => ({
  state: 'PENDING' as const,
  attempts: 0,
  startedAt: null,
  finishedAt: null,
  failure: null,
  image: null,
  source: null,
  outcome: null,
  proceededAt: null,
  lease: null,
  sendAt: now,
  sends: 0,
});

export function submit(order: TaskOrder): Task {
  const { receivedAt } = order;
  return {
    ...order,
    ...fresh(receivedAt),
    sequence: 1,
    history: [{ state: 'PENDING', at: receivedAt, reason: null }],
  };
}

/**
 * A person wants a task that failed or was cancelled to be tried again, with all attempts.
 *
 * @param version as for a new order: it counts as the latest upload
 * @returns `null` when the task is in another state
 */
export function restart(task: TaskRecord, version: number, now: number): Task | null {
  if (!RETRYABLE.includes(task.state)) return null;
  const change: TaskChange = { state: 'PENDING', at: now, reason: 'tried again by a person' };
  return {
    ...task,
    ...fresh(now),
    version,
    sequence: task.sequence + 1,
    history: historyWith(task, change),
  };
}

/** A person does not want it any more. @returns `null` when the task is finished */
export function cancel(task: Task, now: number): Task | null {
  return isFinished(task.state) ? null : move(task, 'REVOKED', now, 'cancelled by a person');
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

/**
 * The message could not be sent after all: it is due again soon. Only its answer may be lost, and a renderer may have
 * had the task meanwhile.
 *
 * @param sent the task as `send` left it
 * @returns `null` when the task has moved on: what is due then is not this message
 */
export function sendFailed(task: Task, sent: Pick<Task, 'sequence' | 'sends'>, now: number): Task | null {
  if (task.sendAt === null || task.sequence !== sent.sequence || task.sends !== sent.sends) return null;
  return { ...task, sendAt: now + SEND_AGAIN_MS, sends: task.sends - 1 };
}

/**
 * Hands the task to a renderer.
 *
 * @param token names the lease; must be new each time
 * @returns `null` when there is nothing to do: it is finished, another renderer has it, or its back-off is not over
 */
export function claim(task: Task, token: string, now: number): Task | null {
  // The message that ends a back-off is the first one sent in RETRY: an earlier one is a late duplicate.
  const isDue = task.state === 'PENDING' || (isWaiting(task) && task.sends > 0);
  if (!isDue) return null;
  const started =
    task.state === 'STARTED' ? { ...task, sendAt: null } : { ...move(task, 'STARTED', now, null), startedAt: now };
  return {
    ...started,
    attempts: task.attempts + 1,
    proceededAt: null,
    lease: { token, expiresAt: now + LEASE_MS },
  };
}

/** @returns `null` when `token` does not hold the lease any more */
export function succeed(task: Task, token: string, result: TaskResult, now: number): Task | null {
  return holds(task, token) ? { ...move(task, 'SUCCESS', now, null), ...result } : null;
}

/** What came of a rendering, and of any other task. */
export type TaskResult = { image: EmojiImage; source: SourceFacts } | { outcome: JsonObject };

/**
 * Part of the work is done, and the rest is put off. That part is not done again: there are all attempts for the rest.
 *
 * @param outcome so far
 * @returns `null` when `token` does not hold the lease any more
 */
export function proceed(
  task: Task,
  token: string,
  { delayMs, outcome }: { delayMs: number; outcome: JsonObject },
  now: number,
): Task | null {
  if (!holds(task, token)) return null;
  return {
    ...task,
    outcome,
    attempts: 0,
    lease: null,
    proceededAt: now,
    sendAt: now + delayMs,
    sends: 0,
    sequence: task.sequence + 1,
  };
}

/**
 * It could not be done now, and nobody is to blame: another attempt when somebody else has said, which does not count.
 *
 * @param reason as for `retry`
 * @returns `null` when `token` does not hold the lease any more
 */
export function postpone(task: Task, token: string, delayMs: number, reason: string, now: number): Task | null {
  if (!holds(task, token)) return null;
  return { ...move(task, 'RETRY', now, reason), attempts: task.attempts - 1, sendAt: now + delayMs, sends: 0 };
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
  return holds(task, token) ? tryAgain(task, fault, attemptsUsedUp(task.kind, task.attempts, fault), now) : null;
}

/**
 * Takes back a lease that ran out (its renderer died, or is too slow), and ends a wait that has been too long.
 *
 * @returns `null` when neither is so
 */
export function expire(task: Task, now: number): Task | null {
  if (isWaiting(task)) {
    const waitingSince = task.proceededAt ?? task.history.at(-1)?.at ?? task.receivedAt;
    return now - waitingSince < MAX_WAIT_MS ? null : failed(task, notDelivered(task.kind), now);
  }
  if (task.lease === null || task.lease.expiresAt > now) return null;
  const who = isRendering(task.kind) ? 'the renderer' : 'who works on it';
  const fault = `no answer from ${who} within ${LEASE_MS / SECOND} s`;
  return tryAgain(task, fault, workerLost(task.kind, task.attempts), now);
}

/**
 * The queue gave up on a message about the task.
 *
 * @param message what the task was when it was sent
 * @returns `null` when that does not matter: a renderer has or had the task all the same, or a later message is out
 */
export function undeliverable(task: Task, message: Pick<Task, 'sequence' | 'sends'>, now: number): Task | null {
  const latest = task.sequence === message.sequence && task.sends === message.sends;
  return isWaiting(task) && latest ? failed(task, notDelivered(task.kind), now) : null;
}

/** When the task next needs its owner: to send a message, to take back a lease, or to be forgotten. */
export function nextDue(task: Task): number {
  return task.sendAt ?? task.lease?.expiresAt ?? (task.finishedAt ?? 0) + KEEP_MS;
}

/** Whether the owner may forget the task, once the history has it. */
export function isForgettable(task: Task, now: number): boolean {
  return task.finishedAt !== null && task.finishedAt + KEEP_MS <= now;
}

/** The task as it was before it ended: what is told of it until the history has the end, and the emoji is seen. */
export function beforeItsEnd(task: Task): Task {
  const history = task.history.slice(0, -1);
  const { state } = history.at(-1) ?? task;
  const sequence = task.sequence - 1;
  return { ...task, state, history, sequence, finishedAt: null, failure: null, image: null, source: null };
}

function isWaiting(task: Task): boolean {
  return task.state === 'PENDING' || task.state === 'RETRY' || task.proceededAt !== null;
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
    proceededAt: null,
    lease: null,
    sendAt: null,
    sequence: task.sequence + 1,
    history: historyWith(task, { state, at: now, reason }),
  };
}

function historyWith({ history }: TaskRecord, change: TaskChange): TaskChange[] {
  return [...history, change].slice(-MOST_CHANGES);
}
