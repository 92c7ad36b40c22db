import type { Attempt } from '../../domain/notices.ts';
import { FAILING_MS, PUT_OFF_MS, restAfter, waitAfter } from '../../domain/notices.ts';
import { serverUrl } from '../../domain/public-url.ts';
import { CHAT_MESSAGES } from './chat-messages.ts';
import { mailMessage } from './mail-message.ts';
import { payloadOf, pictureUrl } from './payload.ts';
import type { ClaimedDelivery, NoticePorts } from './ports.ts';
import { webhookHeaders } from './sign-webhook.ts';
import { openSecrets, targetContext } from './subscribe.ts';
import { wordsOf } from './words.ts';

/** How an attempt went. */
type Outcome = Pick<Attempt, 'status' | 'fault' | 'answer'> & { retryAfterMs: number | null };

const SENT: Outcome = { status: null, fault: null, answer: null, retryAfterMs: null };

const GONE = 410;

/**
 * Makes the attempt of a delivery that is due, if it is. Can be called at any time, and for the same one at once.
 *
 * @returns when to call this again; null when there is nothing left to do
 */
export async function deliverNotice(ports: NoticePorts, id: string): Promise<{ askAgainAt: number } | null> {
  const { deliveries, noticeQueue } = ports;
  const at = Date.now();
  const claimed = await deliveries.claim(id, at);
  if (claimed === null) return null;
  if ('askAgainAt' in claimed) {
    await wakeNext(claimed.wake);
    return claimed;
  }
  const { delivery } = claimed;
  const voided = voidedBy(ports, claimed);
  if (voided !== null) {
    const refused: Attempt = { at, ms: 0, status: null, fault: voided, answer: null };
    await wakeNext(await deliveries.finish(delivery, refused, 'failed', at));
    return null;
  }
  const outcome = await attempt(ports, claimed, at);
  const { status, fault, answer } = outcome;
  const now = Date.now();
  const tried: Attempt = { at, ms: now - at, status, fault, answer };
  // Not what went wrong: a target may say anything, and the list of attempts has it.
  ports.log.info('notice tried', {
    taskId: delivery.facts.task?.id,
    delivery: id,
    subscription: claimed.subscription.id,
    what: delivery.event,
    delivered: fault === null,
    status,
    ms: tried.ms,
    attempt: delivery.tries,
  });
  if (fault === null) {
    await wakeNext(await deliveries.finish(delivery, tried, 'delivered', now));
    await noteArrival(ports, claimed, now);
    return null;
  }
  const wait = status === GONE ? null : waitAfter(delivery.tries, outcome.retryAfterMs, Math.random());
  if (wait !== null) {
    await deliveries.finish(delivery, tried, 'waiting', now + wait);
    await noteFailure(ports, claimed, outcome, now);
    return { askAgainAt: now + wait };
  }
  await wakeNext(await deliveries.finish(delivery, tried, 'failed', now));
  await noteFailure(ports, claimed, outcome, now, true);
  return null;

  async function wakeNext(next: string | null): Promise<void> {
    if (next !== null) await noticeQueue.wake([next]);
  }
}

/** Why nobody is to be told any more, whatever he was to be told when he still might. */
function voidedBy({ mayBeTold }: NoticePorts, { subscription, isTokenValid }: ClaimedDelivery): string | null {
  if (!isTokenValid)
    return 'it was not sent: the token that it was asked for with is void, and no other of its name is valid';
  if (!mayBeTold(subscription)) return 'it was not sent: who asked for it may not use this service any more';
  return null;
}

async function noteArrival({ subscriptions }: NoticePorts, { subscription }: ClaimedDelivery, now: number) {
  if (subscription.failingSince !== null) await subscriptions.change(subscription.id, { failingSince: null }, now);
}

/** @param isLast whether the delivery is given up */
async function noteFailure(
  ports: NoticePorts,
  { subscription }: ClaimedDelivery,
  { status, fault, retryAfterMs }: Outcome,
  now: number,
  isLast = false,
): Promise<void> {
  const { subscriptions, deliveries, log } = ports;
  const { id, failingSince, taskId } = subscription;
  if (status === GONE) {
    await subscriptions.change(id, { state: 'gone', reason: 'It answered that it is gone (410).' }, now);
    return;
  }
  if (failingSince === null) await subscriptions.change(id, { failingSince: now }, now);
  // Each attempt waits for as long as it may: a thousand of them would have all others wait.
  const isSilent = failingSince !== null && status === null;
  const restMs = isSilent ? Math.round(PUT_OFF_MS * (1 + Math.random())) : restAfter(retryAfterMs);
  if (restMs > 0 && taskId === null) await deliveries.putOff(id, now, now + restMs);
  if (!isLast || taskId !== null || failingSince === null || failingSince > now - FAILING_MS) return;
  const since = new Date(failingSince).toISOString();
  const reason = `Nothing has got there since ${since}; the last attempt ended with: ${fault}.`;
  // Of several that are given up at once, one tells.
  if (!(await subscriptions.pause(id, failingSince, reason, now))) return;
  log.info('notices paused', { subscription: id, reason });
  await tellOwner(ports, subscription, reason);
}

/** By e-mail, where he is known by an address; everybody else sees it in the list. */
async function tellOwner(
  { mailer, log }: NoticePorts,
  { id, owner, shown, service }: ClaimedDelivery['subscription'],
  reason: string,
): Promise<void> {
  if (owner === null || !owner.includes('@') || mailer.refusal(owner) !== null) return;
  const words = {
    headline: `Your notices to ${shown} are paused`,
    copy: null,
    who: null,
    failure: { reason, remedy: 'What happens meanwhile is kept, and sent when you have them go on.' },
    link: { url: `${service}/notices`, label: 'All notices' },
  };
  try {
    await mailer.send(mailMessage(words, owner, null));
  } catch (error) {
    log.error('owner not told', error, { subscription: id });
  }
}

async function attempt(ports: NoticePorts, claimed: ClaimedDelivery, at: number): Promise<Outcome> {
  const { subscription } = claimed;
  const target = await ports.secrets.open(subscription.target, targetContext(subscription.id));
  if (target === null) {
    return failed('its address cannot be read any more: another TOKEN_KEY or ADMIN_TOKEN was set. Subscribe anew');
  }
  try {
    return await (subscription.kind === 'email' ? mail : post)(ports, claimed, target, at);
  } catch (error) {
    return failed(error instanceof Error ? error.message : String(error));
  }
}

function failed(fault: string): Outcome {
  return { ...SENT, fault };
}

async function mail(
  { mailer, images }: NoticePorts,
  { delivery: { facts }, subscription: { service } }: ClaimedDelivery,
  address: string,
): Promise<Outcome> {
  const refusal = mailer.refusal(address);
  if (refusal !== null) return failed(refusal);
  const file = facts.emoji && (await images.get(facts.emoji.hash, 'gif'));
  const picture = file && new Uint8Array(await new Response(file.body).arrayBuffer());
  await mailer.send(mailMessage(wordsOf(facts, service), address, picture));
  return SENT;
}

async function post(ports: NoticePorts, claimed: ClaimedDelivery, target: string, at: number): Promise<Outcome> {
  const { delivery, subscription } = claimed;
  const { kind, service } = subscription;
  // By the rules of now: those of when it was made may have been others.
  const url = serverUrl(target, new URL(service), ports.isLocal);
  const isChat = kind !== 'webhook' && kind !== 'email';
  const body = JSON.stringify(isChat ? await messageOf(ports, claimed, kind) : payloadOf(delivery.facts, service));
  const headers =
    kind === 'webhook' ? await webhookHeaders(delivery.id, at, body, await secretsOf(ports, claimed, at)) : {};
  const answer = await ports.poster.post(url, { ...headers, 'User-Agent': `custom-emoji (+${service})` }, body);
  if ('fault' in answer) return failed(answer.fault);
  const { status, excerpt, retryAfterMs } = answer;
  const isFine = status >= 200 && status < 300;
  return { status, fault: isFine ? null : `it answered ${status}`, answer: excerpt, retryAfterMs };
}

/** A platform that cannot fetch the picture would refuse the message. */
async function messageOf(
  { isPublic, images }: NoticePorts,
  { delivery: { facts }, subscription: { service } }: ClaimedDelivery,
  kind: keyof typeof CHAT_MESSAGES,
): Promise<object> {
  const { emoji, event } = facts;
  const isShown = emoji !== null && event !== 'emoji.deleted' && isPublic && service.startsWith('https:');
  const picture = isShown && (await images.size(emoji.hash, 'gif')) !== null ? pictureUrl(service, emoji.hash) : null;
  return CHAT_MESSAGES[kind](wordsOf(facts, service), picture);
}

async function secretsOf({ secrets }: NoticePorts, { subscription }: ClaimedDelivery, at: number): Promise<string[]> {
  const opened = await openSecrets(secrets, subscription, at);
  if (subscription.secret !== null && opened.length === 0) {
    throw new Error('its secret cannot be read any more: another TOKEN_KEY or ADMIN_TOKEN was set. Subscribe anew');
  }
  return opened;
}
