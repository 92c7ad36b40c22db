import { mayChangeEmoji, type Principal } from '../../domain/access.ts';
import { parseTag } from '../../domain/emoji-name.ts';
import {
  BOTH_SECRETS_MS,
  type NoticeEvent,
  type NoticeFacts,
  type Subscription,
  TASK_NOTICES,
  type TargetKind,
} from '../../domain/notices.ts';
import { Refusal } from '../../domain/refusal.ts';
import type { Secrets } from '../ports.ts';
import type { NoticePorts, SealedTarget, SubscriptionChange } from './ports.ts';
import { newWebhookSecret } from './sign-webhook.ts';
import { checkTarget, kindOf } from './targets.ts';

export type SubscribePorts = Pick<
  NoticePorts,
  'subscriptions' | 'deliveries' | 'noticeQueue' | 'secrets' | 'mailer' | 'isLocal' | 'log'
>;

/** What somebody wants to be told, and where. */
export interface Wanted {
  kind: TargetKind;
  /** A URL or an e-mail address, as a person wrote it. */
  target: string;
  events: NoticeEvent[];
  ofOwner: string | null;
  /** As a person wrote it. */
  ofTag: string | null;
}

/** That one owner may have; and whoever looks after the emoji of all. */
const MOST_SUBSCRIPTIONS = 20;
const MOST_OF_ADMIN = 1_000;

/** What addresses and secrets are sealed for. */
export const targetContext = (id: string): string => `notice target ${id}`;
export const secretContext = (id: string): string => `notice secret ${id}`;

/**
 * Has somebody told of what happens from now on.
 *
 * @param service origin of this service, as he knows it
 * @returns with the secret that webhooks are signed with, which is shown this once; null of other kinds
 * @throws Refusal `url_not_allowed`, `target_not_allowed`, `email_not_possible`, `invalid_tag`, `too_many_subscriptions`
 */
export async function subscribe(
  ports: SubscribePorts,
  by: Principal,
  wanted: Wanted,
  service: string,
  now: number,
): Promise<{ subscription: Subscription; secret: string | null }> {
  const target = checkTarget(ports, wanted.kind, wanted.target, service);
  const secret = wanted.kind === 'webhook' ? newWebhookSecret() : null;
  const subscription = newSubscription(
    by,
    { ...wanted, ofTag: readTag(wanted.ofTag), shown: target.shown, service },
    now,
  );
  const most = by.scopes.has('emoji:admin') ? MOST_OF_ADMIN : MOST_SUBSCRIPTIONS;
  if (!(await add(ports, subscription, target.sent, secret, most))) {
    throw new Refusal(
      'too_many_subscriptions',
      `You have ${most} subscriptions, and may have no more. Delete one, or add events to one.`,
    );
  }
  return { subscription, secret };
}

/** A notice about one task, when it is at its end. */
export interface OneOff {
  /** To be done before the task can end. */
  subscribe(taskId: string): Promise<void>;
  drop(taskId: string): Promise<void>;
}

/**
 * What an upload may ask for. A webhook is not signed, since nobody has agreed on a secret.
 *
 * @param written a URL or an e-mail address; what kind of webhook it is, its URL tells
 * @throws Refusal as `subscribe`
 */
export function oneOff(ports: SubscribePorts, by: Principal, written: string, service: string): OneOff {
  const kind = kindOf(written);
  const { sent, shown } = checkTarget(ports, kind, written, service);
  return {
    async subscribe(taskId) {
      const wanted = { kind, events: TASK_NOTICES, ofOwner: null, ofTag: null, shown, service };
      // The upload is carried out, whatever becomes of who sent it.
      const anyway = { taskId, tokenId: null, ofPerson: false, allTasks: true };
      const subscription = { ...newSubscription(by, wanted, Date.now()), ...anyway };
      await add(ports, subscription, sent, null, 1);
    },
    drop: (taskId) => ports.subscriptions.removeOfTask(taskId),
  };
}

function newSubscription(
  { kind, name, tokenId, scopes }: Principal,
  wanted: Pick<Subscription, 'kind' | 'events' | 'ofOwner' | 'ofTag' | 'shown' | 'service'>,
  createdAt: number,
): Subscription {
  return {
    ...wanted,
    id: crypto.randomUUID(),
    owner: name,
    tokenId,
    ofPerson: kind === 'person',
    taskId: null,
    allTasks: scopes.has('task:read'),
    state: 'active',
    reason: null,
    failingSince: null,
    secretBeforeUntil: null,
    createdAt,
  };
}

async function add(
  { subscriptions, secrets }: SubscribePorts,
  subscription: Subscription,
  target: string,
  secret: string | null,
  most: number,
): Promise<boolean> {
  const { id } = subscription;
  const sealed = {
    target: await secrets.seal(target, targetContext(id)),
    secret: secret && (await secrets.seal(secret, secretContext(id))),
    secretBefore: null,
  };
  return subscriptions.add(subscription, sealed, most);
}

function readTag(written: string | null): string | null {
  if (written === null) return null;
  const parsed = parseTag(written);
  if (!parsed.ok) throw new Refusal('invalid_tag', parsed.message);
  return parsed.name;
}

/** @throws Refusal `subscription_not_found`, also for one of somebody else */
export async function findSubscription({ subscriptions }: SubscribePorts, id: string, by: Principal) {
  const found = await subscriptions.find(id);
  if (found === null || !mayChangeEmoji(by, found)) throw notFound(id);
  return found;
}

function notFound(id: string): Refusal {
  return new Refusal('subscription_not_found', `You have no subscription with the id "${id}".`);
}

/** What a person may change of a subscription: a part that is left out stays as it is. */
export interface SubscriptionPatch {
  events?: NoticeEvent[] | undefined;
  ofOwner?: string | null | undefined;
  /** As a person wrote it. */
  ofTag?: string | null | undefined;
  /** `false` also has one go on that was paused by itself, or gone; then what has waited is sent. */
  paused?: boolean | undefined;
}

/** @throws Refusal `subscription_not_found`, `invalid_tag` */
export async function changeSubscription(
  ports: SubscribePorts,
  id: string,
  { events, ofOwner, ofTag, paused }: SubscriptionPatch,
  by: Principal,
  now: number,
): Promise<Subscription> {
  const { subscriptions, deliveries, noticeQueue } = ports;
  const before = await findSubscription(ports, id, by);
  const change: SubscriptionChange = {
    ...(events && { events }),
    ...(ofOwner !== undefined && { ofOwner }),
    ...(ofTag !== undefined && { ofTag: readTag(ofTag) }),
    ...(paused === true && { state: 'paused' as const, reason: 'It was paused by a person.' }),
    ...(paused === false &&
      before.state !== 'active' && { state: 'active' as const, reason: null, failingSince: null }),
  };
  const changed = await subscriptions.change(id, change, now);
  if (changed === null) throw notFound(id);
  // What is more than that the sweep finds.
  if (change.state === 'active') await noticeQueue.wake(await deliveries.dueOf(id, now, MOST_WOKEN));
  return changed;
}

const MOST_WOKEN = 500;

/** @throws Refusal `subscription_not_found` */
export async function unsubscribe(ports: SubscribePorts, id: string, by: Principal): Promise<void> {
  await findSubscription(ports, id, by);
  await ports.subscriptions.remove(id);
}

/** Beside the secret that is new. */
const MOST_BEFORE = 2;

/** What webhooks are signed with by now, the newest first; none that cannot be read any more. */
export async function openSecrets(
  secrets: Secrets,
  {
    id,
    secret,
    secretBefore,
    secretBeforeUntil,
  }: Pick<Subscription, 'id' | 'secretBeforeUntil'> & Pick<SealedTarget, 'secret' | 'secretBefore'>,
  now: number,
): Promise<string[]> {
  const sealed = [secret, secretBeforeUntil !== null && secretBeforeUntil > now ? secretBefore : null];
  const opened = await Promise.all(sealed.map((text) => text && secrets.open(text, secretContext(id))));
  return opened.flatMap((text) => (text ? text.split(' ') : []));
}

/**
 * A new secret to sign webhooks with. For a day they are signed with those before, too.
 *
 * @returns the new one, which is shown this once
 * @throws Refusal `subscription_not_found`, `subscription_not_signed`
 */
export async function rotateSecret(
  ports: SubscribePorts,
  id: string,
  by: Principal,
  now: number,
): Promise<{ subscription: Subscription; secret: string }> {
  const { secrets } = ports;
  const found = await findSubscription(ports, id, by);
  const { kind } = found;
  if (kind !== 'webhook') {
    throw new Refusal(
      'subscription_not_signed',
      `It is of the kind ${kind}, which is not signed: the secret is its address. Make a new one there, and subscribe anew.`,
    );
  }
  const secret = newWebhookSecret();
  const before = (await openSecrets(secrets, found, now)).slice(0, MOST_BEFORE).join(' ');
  const change = {
    secret: await secrets.seal(secret, secretContext(id)),
    // Those before it, too: the answer that had the last one may have been lost, and the receiver not know it.
    secretBefore: before === '' ? null : await secrets.seal(before, secretContext(id)),
    secretBeforeUntil: now + BOTH_SECRETS_MS,
  };
  const subscription = await ports.subscriptions.change(id, change, now);
  if (subscription === null) throw notFound(id);
  return { subscription, secret };
}

/**
 * Sends a notice that says it is a test.
 *
 * @returns the id of its delivery
 * @throws Refusal `subscription_not_found`, `subscription_not_active`
 */
export async function testSubscription(ports: SubscribePorts, id: string, by: Principal, now: number): Promise<string> {
  const subscription = await findSubscription(ports, id, by);
  refuseUnlessActive(subscription);
  const facts: NoticeFacts = {
    event: 'notice.test',
    at: now,
    actor: by.name,
    emoji: null,
    previousName: null,
    task: null,
  };
  const deliveryId = `msg_${crypto.randomUUID()}`;
  await ports.deliveries.add(subscription, deliveryId, facts, now);
  await ports.noticeQueue.wake([deliveryId]);
  return deliveryId;
}

/** @throws Refusal `subscription_not_active` */
export function refuseUnlessActive({ state, reason }: Pick<Subscription, 'state' | 'reason'>): void {
  if (state === 'active') return;
  throw new Refusal(
    'subscription_not_active',
    `The subscription is ${state}. ${reason ?? ''} Resume it first; by the API that is {"paused":false}.`,
  );
}
