import type { Attempt, Delivery, DeliveryState, NoticeFacts, Subscription } from '../../domain/notices.ts';
import type { ImageStore, Logger, Secrets } from '../ports.ts';

/** What only whoever sends needs of a subscription: sealed. */
export interface SealedTarget {
  target: string;
  secret: string | null;
  secretBefore: string | null;
}

/** The place of a subscription in the list. */
export type SubscriptionPosition = Pick<Subscription, 'createdAt' | 'id'>;

/** What of a subscription can be changed: a part that is left out stays as it is. */
export type SubscriptionChange = Partial<
  Pick<Subscription, 'events' | 'ofOwner' | 'ofTag' | 'state' | 'reason' | 'failingSince' | 'secretBeforeUntil'> &
    Pick<SealedTarget, 'secret' | 'secretBefore'>
>;

export interface Subscriptions {
  /** @param most that its owner may have. @returns false when he has as many */
  add(subscription: Subscription, sealed: SealedTarget, most: number): Promise<boolean>;
  find(id: string): Promise<(Subscription & SealedTarget) | null>;
  /** The last first, without those for one task. @param owner whose; undefined for all */
  list(
    owner: string | null | undefined,
    page: { after: SubscriptionPosition | null; limit: number },
  ): Promise<Subscription[]>;
  /**
   * Its deliveries wait while it is paused, and fail once it is gone. One that is active again tells what has waited.
   *
   * @returns null where it is not there any more
   */
  change(id: string, change: SubscriptionChange, now: number): Promise<Subscription | null>;
  /**
   * Pauses one, with its deliveries, to which nothing has got since a time.
   *
   * @returns whether this call did: it may be paused already, or something has got there meanwhile
   */
  pause(id: string, failingSince: number, reason: string, now: number): Promise<boolean>;
  /** With all its deliveries. */
  remove(id: string): Promise<void>;
  /** That of a task, if any. */
  removeOfTask(taskId: string): Promise<void>;
}

/** An attempt that is to be made now, and to whom. */
export interface ClaimedDelivery {
  delivery: Delivery;
  subscription: Subscription & SealedTarget;
  /** False once the token is void that the subscription was made with, and no other of its name is valid. */
  isTokenValid: boolean;
}

export interface ListedDelivery extends Delivery {
  /** What may be shown of the address that it is for. */
  shown: string;
}

export interface DeliveryFilter {
  /** Whose; undefined for all. */
  owner: string | null | undefined;
  subscriptionId: string | null;
  state: DeliveryState | null;
}

export interface Deliveries {
  /** Has something told to one subscription. */
  add(subscription: Subscription, id: string, facts: NoticeFacts, now: number): Promise<void>;
  find(id: string): Promise<(Delivery & { owner: string | null }) | null>;
  /** The last first. */
  list(filter: DeliveryFilter, page: { before: number | null; limit: number }): Promise<ListedDelivery[]>;
  /**
   * Takes a delivery that is due for an attempt, for as long as `ATTEMPT_LEASE_MS`. One of the same emoji to the same
   * target that has to be told before is waited for, no longer than `HOLD_MS` from its first attempt, and
   * for `ATTEMPT_LEASE_MS` more where the last one was cut off.
   *
   * @returns when to ask again, of one that is not due, and which is due that it waits for; null when there is nothing to do
   */
  claim(id: string, now: number): Promise<ClaimedDelivery | { askAgainAt: number; wake: string | null } | null>;
  /**
   * Notes how an attempt went.
   *
   * @param next when the next one is due, while it is waiting
   * @returns the id of the delivery that waited for this one to be at its end, if it is and there is one
   */
  finish(
    claimed: Delivery,
    attempt: Attempt,
    state: Exclude<DeliveryState, 'paused'>,
    next: number,
  ): Promise<string | null>;
  /** Has all of a subscription that is due by now wait until then. */
  putOff(subscriptionId: string, now: number, until: number): Promise<void>;
  /** Has it told again, with all attempts, however it ended. */
  resend(id: string, now: number): Promise<void>;
  /** Those that are due, the longest first. */
  due(now: number, limit: number): Promise<string[]>;
  /** Those of a subscription. */
  dueOf(subscriptionId: string, now: number, limit: number): Promise<string[]>;
  /** Drops the oldest ones from before a time, and subscriptions to tasks that are as old. @returns how many */
  forget(before: number, limit: number): Promise<number>;
}

/** Has deliveries looked at soon: what it loses the sweep finds. */
export interface NoticeQueue {
  /** Never throws. */
  wake(ids: string[]): Promise<void>;
}

/** What another server answered. */
export interface Answer {
  status: number;
  /** Its first bytes as text. */
  excerpt: string;
  /** What it asks for by `Retry-After`, in milliseconds; negative where that is over. */
  retryAfterMs: number | null;
}

/** Sends to other servers, and follows no redirects. */
export interface Poster {
  /** @returns the answer, or why there is none */
  post(url: URL, headers: Record<string, string>, body: string): Promise<Answer | { fault: string }>;
}

export interface Mail {
  to: string;
  subject: string;
  text: string;
  html: string;
  /** Shown in the HTML as `cid:emoji`. */
  picture: Uint8Array | null;
}

export interface Mailer {
  /** @returns why this service does not write to an address, as a sentence to whoever asks for it; null where it does */
  refusal(address: string): string | null;
  send(mail: Mail): Promise<void>;
}

export interface NoticePorts {
  subscriptions: Subscriptions;
  deliveries: Deliveries;
  noticeQueue: NoticeQueue;
  poster: Poster;
  mailer: Mailer;
  secrets: Secrets;
  images: ImageStore;
  /** Whether who made a subscription may still see what there is, as far as that is not known by a token. */
  mayBeTold(subscription: Pick<Subscription, 'owner' | 'ofPerson'>): boolean;
  /** Whether other programs on this machine may be told, as `parseServerUrl` has it. */
  isLocal: boolean;
  /** Whether pictures are to be had by everybody. */
  isPublic: boolean;
  log: Logger;
}
