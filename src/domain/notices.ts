import type { TaskRecord } from './task.ts';

/** What somebody can be told of. */
export const NOTICE_EVENTS = [
  'emoji.created',
  'emoji.replaced',
  'emoji.renamed',
  'emoji.deleted',
  'emoji.restored',
  'task.succeeded',
  'task.failed',
] as const;

/** `notice.test` is sent when a person asks for it. */
export type NoticeEvent = (typeof NOTICE_EVENTS)[number] | 'notice.test';

/** Those at the end of a task. */
export const TASK_NOTICES: NoticeEvent[] = ['task.succeeded', 'task.failed'];

/** `webhook`: by the Standard Webhooks specification. The three after it: an incoming webhook of that platform. */
export const TARGET_KINDS = ['webhook', 'slack', 'discord', 'mattermost', 'email'] as const;
export type TargetKind = (typeof TARGET_KINDS)[number];

/** `paused`: it kept failing, or a person wants it so. `gone`: the target has said that it is (410). */
export const SUBSCRIPTION_STATES = ['active', 'paused', 'gone'] as const;

/** Times are milliseconds since 1970. */
export interface Subscription {
  id: string;
  /** Who made it; null for a service that does not know who asks. */
  owner: string | null;
  /** The token that it was made with. */
  tokenId: string | null;
  /** Whether a person made it who had signed in: `owner` is his address. */
  ofPerson: boolean;
  /** The one task that it is for; null for all. */
  taskId: string | null;
  kind: TargetKind;
  /** What may be shown of the address. */
  shown: string;
  /** Origin of this service, as whoever made it knows it. */
  service: string;
  events: NoticeEvent[];
  /** Of whose emoji, and tasks; null for all. */
  ofOwner: string | null;
  /** A tag that the emoji must have. */
  ofTag: string | null;
  /** Whether it may be told of tasks that others have ordered. */
  allTasks: boolean;
  state: (typeof SUBSCRIPTION_STATES)[number];
  /** Why it is not active. */
  reason: string | null;
  /** Since when nothing has got there; null when the last notice has. */
  failingSince: number | null;
  /** Until when webhooks are signed with the secret before, too. */
  secretBeforeUntil: number | null;
  createdAt: number;
}

/** What happened, as it was then. */
export interface NoticeFacts {
  event: NoticeEvent;
  /** Milliseconds since 1970. */
  at: number;
  /** Who did it, or ordered it. */
  actor: string | null;
  /** Null where there is none: its first picture failed, say. */
  emoji: {
    id: string;
    name: string;
    owner: string | null;
    tags: string[];
    /** SHA-256 of its GIF. */
    hash: string;
    frames: number;
  } | null;
  /** Of one that was renamed. */
  previousName: string | null;
  /** That ended. */
  task: Pick<TaskRecord, 'id' | 'kind' | 'parentId' | 'state' | 'emojiName' | 'failure' | 'outcome'> | null;
}

/** One try to tell somebody. */
export interface Attempt {
  /** Milliseconds since 1970. */
  at: number;
  /** Milliseconds; null of one that was cut off, or is under way. */
  ms: number | null;
  /** Of the answer; null where there was none. */
  status: number | null;
  /** What went wrong. */
  fault: string | null;
  /** The first bytes of the answer. */
  answer: string | null;
}

export const DELIVERY_STATES = ['waiting', 'delivered', 'failed', 'paused'] as const;
export type DeliveryState = (typeof DELIVERY_STATES)[number];

export interface Delivery {
  /** Rises with time. */
  number: number;
  /** The `webhook-id`: the same at each attempt. */
  id: string;
  subscriptionId: string;
  emojiId: string;
  event: NoticeEvent;
  facts: NoticeFacts;
  state: DeliveryState;
  /** When the next attempt is due, of one that waits. */
  dueAt: number;
  /** Attempts since it was sent, or sent again by a person. */
  tries: number;
  attempts: Attempt[];
  createdAt: number;
}

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** Waits before the second attempt and those after it, as Standard Webhooks has them, of some 24 hours together. */
const WAITS = [5 * SECOND, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 5 * HOUR, 8 * HOUR, 8 * HOUR];

/** Attempts before a notice is given up. */
export const MAX_TRIES = WAITS.length + 1;

/** The longest wait that a target may ask for by `Retry-After`. */
export const MAX_RETRY_AFTER_MS = 12 * HOUR;

/** What an attempt may take, from the connection to the last byte of the answer that is read. */
export const ATTEMPT_MS = 15 * SECOND;

/** After this an attempt is taken to be lost, with who made it. */
export const ATTEMPT_LEASE_MS = MINUTE;

/** So long a notice waits, from its first attempt on, for one before it of the same emoji to the same target. */
export const HOLD_MS = MINUTE;

/** A target to which nothing has got for so long is paused when a notice is given up. */
export const FAILING_MS = 20 * HOUR;

/** So long, and up to as long again, all that is due waits for a target that still does not answer: others have their turn. */
export const PUT_OFF_MS = MINUTE;

/** How long webhooks are signed with earlier secrets, too, after a new one was made. */
export const BOTH_SECRETS_MS = 24 * HOUR;

/** No more attempts of a delivery are kept. */
export const MOST_ATTEMPTS = 30;

/**
 * When an attempt follows another that failed.
 *
 * @param tries attempts so far
 * @param retryAfterMs what the target asked for
 * @param random 0 to 1: many that failed at once do not come back at once
 * @returns milliseconds; null when there is no other attempt
 */
export function waitAfter(tries: number, retryAfterMs: number | null, random: number): number | null {
  const wait = WAITS[tries - 1];
  if (wait === undefined) return null;
  return Math.max(Math.round(wait * (0.9 + 0.2 * random)), restAfter(retryAfterMs));
}

/** How long a target is left alone by what it asked for, in milliseconds. */
export function restAfter(retryAfterMs: number | null): number {
  return Math.min(retryAfterMs ?? 0, MAX_RETRY_AFTER_MS);
}
