import type { EmojiDetails } from '../domain/emoji.ts';
import type { Failure } from '../domain/failure.ts';
import { PLATFORMS } from '../domain/platforms/table.ts';
import { busyForLong, emojiGone, nameReserved, secretUnreadable, targetGone } from '../domain/publishing/failures.ts';
import { type NextStep, nextStep, type Publication } from '../domain/publishing/publication.ts';
import type { Target } from '../domain/publishing/target.ts';
import { Refusal } from '../domain/refusal.ts';
import type { JsonObject } from '../domain/task.ts';
import { type Fitted, findFitted } from './find-fitted.ts';
import type { PublicationDetails } from './order-publication.ts';
import type {
  Claim,
  EmojiCatalogue,
  EmojiLife,
  FitQueue,
  FittedStore,
  ImageStore,
  Logger,
  Secrets,
  SourceStore,
  TaskOwners,
} from './ports.ts';
import {
  NameInUse,
  PlatformBusy,
  type PlatformClient,
  type PlatformClients,
  type PlatformEmoji,
  PlatformFault,
  PlatformRefusal,
  type Publications,
  type PublishedPicture,
  type Targets,
} from './publishing-ports.ts';
import { sha256 } from './sha256.ts';
import { secretOf } from './targets.ts';

export interface PublishPorts {
  catalogue: EmojiCatalogue;
  life: EmojiLife;
  sources: SourceStore;
  images: ImageStore;
  fitted: FittedStore;
  fitQueue: FitQueue;
  targets: Targets;
  publications: Publications;
  clients: PlatformClients;
  secrets: Secrets;
  taskOwners: TaskOwners;
  log: Logger;
}

/** How long a picture that is being made is waited for, and then looked for again. */
const WAIT_FOR_PICTURE_MS = 5_000;
const LOOK_FOR_PICTURE_MS = 3_000;
/** From then on its being made counts as a fault. */
const PICTURE_LATE_MS = 10 * 60_000;

/** A task waits no longer than a day for anything. */
const LONGEST_PAUSE_MS = 12 * 3_600_000;
/** Then the platform is asked again, whatever it has said: nobody could end a pause of years. */
const LONGEST_TARGET_PAUSE_MS = 24 * 3_600_000;
/** What asks for a pause each time is asked ever less often. */
const MOST_FLOOR_MS = 300_000;

/** How an attempt ends. */
type End =
  | { end: 'done'; outcome: JsonObject }
  | { end: 'fail'; failure: Failure }
  | { end: 'retry'; fault: string }
  | { end: 'postpone'; ms: number; reason: string }
  | { end: 'proceed'; ms: number; outcome: JsonObject };

/**
 * Sends the emoji of a claimed task to its target. May run any number of times for one task: nothing is made twice.
 *
 * @throws when the task's owner cannot be told: then the message must come again
 */
export async function publishEmoji(ports: PublishPorts, claim: Claim): Promise<void> {
  const { taskOwners, log } = ports;
  const { id, token, attempt } = claim;
  const facts = { taskId: id, attempt };
  const end = await attemptToPublish(ports, claim).catch((error) => endOf(ports, claim, error));
  const tell = (): Promise<boolean> => {
    switch (end.end) {
      case 'done':
        return taskOwners.succeed(id, token, { outcome: end.outcome }, []);
      case 'fail':
        return taskOwners.fail(id, token, end.failure, []);
      case 'retry':
        return taskOwners.retry(id, token, end.fault, []);
      case 'postpone':
        return taskOwners.postpone(id, token, end.ms, end.reason, []);
      case 'proceed':
        return taskOwners.proceed(id, token, { delayMs: end.ms, outcome: end.outcome }, []);
    }
  };
  log.info('publication', { ...facts, ...end, kept: await tell() });
}

const detailsOf = ({ details }: Claim): PublicationDetails => details as unknown as PublicationDetails;

async function endOf({ targets, log }: PublishPorts, claim: Claim, error: unknown): Promise<End> {
  if (error instanceof PlatformRefusal) return { end: 'fail', failure: error.failure };
  if (error instanceof PlatformBusy) {
    const now = Date.now();
    const { targetId } = detailsOf(claim);
    const pause = Math.min(error.retryAfterMs, LONGEST_TARGET_PAUSE_MS);
    await targets.pause(targetId, now + pause);
    if (pause > LONGEST_PAUSE_MS) {
      return { end: 'fail', failure: busyForLong(error.title, Math.ceil(pause / 3_600_000)) };
    }
    const floor = Math.min((now - claim.receivedAt) / 10, MOST_FLOOR_MS);
    return { end: 'postpone', ms: Math.max(error.retryAfterMs, floor), reason: error.message };
  }
  if (error instanceof PlatformFault) return { end: 'retry', fault: error.message };
  if (error instanceof Refusal) {
    // No picture fits, and the sentence says what to do about that.
    return { end: 'fail', failure: { code: error.code, message: error.message, remedy: 'Then publish it again.' } };
  }
  log.error('attempt failed', error, { taskId: claim.id, attempt: claim.attempt });
  // What the fault says is for the operator: it may name what is nobody's business.
  return { end: 'retry', fault: 'a fault of this service' };
}

async function attemptToPublish(ports: PublishPorts, claim: Claim): Promise<End> {
  const { targets, secrets, clients } = ports;
  const details = detailsOf(claim);
  const target = await targets.findById(details.targetId);
  if (target === null) return { end: 'fail', failure: targetGone() };
  const { title } = PLATFORMS[target.platform];
  const pause = target.pausedUntil - Date.now();
  if (pause > LONGEST_PAUSE_MS) {
    return { end: 'fail', failure: busyForLong(title, Math.ceil(pause / 3_600_000)) };
  }
  if (pause > 0) return { end: 'postpone', ms: pause, reason: `${title} has asked for a pause` };
  const secret = await secretOf(secrets, target);
  if (secret === null) return { end: 'fail', failure: secretUnreadable(target.name) };
  const emoji = await emojiOf(ports, claim.emojiId);
  if (emoji === null) return { end: 'fail', failure: emojiGone() };
  const fitted = await findFitted(ports, emoji, target.platform, WAIT_FOR_PICTURE_MS);
  if (fitted.outcome === 'ordered') return waitForPicture(claim);
  const client = clients.of(target, secret, details.service);
  return bringAbout(ports, claim, target, client, fitted);
}

async function emojiOf({ catalogue, life }: PublishPorts, id: string): Promise<EmojiDetails | null> {
  const emoji = await catalogue.findById(id);
  const found = emoji && (await life.find(emoji.name));
  // It may have been renamed between the two, and somebody else have its name.
  return found?.id === id ? found : null;
}

function waitForPicture({ outcome }: Claim): End {
  const now = Date.now();
  const since = typeof outcome?.waiting_since === 'number' ? outcome.waiting_since : now;
  if (now - since > PICTURE_LATE_MS) return { end: 'retry', fault: 'the picture that fits is still being made' };
  return { end: 'proceed', ms: LOOK_FOR_PICTURE_MS, outcome: { waiting_since: since } };
}

/** Looks at what the platform has, and does what is to be done about it. */
async function bringAbout(
  ports: PublishPorts,
  claim: Claim,
  target: Target,
  client: PlatformClient,
  fitted: Exclude<Fitted, { outcome: 'ordered' }>,
): Promise<End> {
  const { publications } = ports;
  const { name, replace } = detailsOf(claim);
  const { title } = PLATFORMS[target.platform];
  const hash = fitted.outcome === 'made' ? fitted.file.facts.hash : fitted.picture.hash;
  const known = await publications.find(target.id, name);
  const there = await client.find(name);
  const found = await withOwners(client, known, there);
  const next = nextStep(title, { emojiId: claim.emojiId, name, hash, replace }, known, found, Date.now());

  const begun = { targetId: target.id, name, emojiId: claim.emojiId, taskId: claim.id };
  const ended = (change: string, platformId: string | null): End => {
    const outcome = { change, target: target.name, platform: target.platform, name, platform_id: platformId, hash };
    return { end: 'done', outcome };
  };
  const done = async (change: string, platformId: string | null): Promise<End> => {
    await publications.settle({ ...begun, published: { at: Date.now(), hash, platformId }, sent: null });
    return ended(change, platformId);
  };

  if (next.step === 'done') return done('none', next.id);
  if (next.step === 'wait') {
    return { end: 'postpone', ms: next.ms, reason: `what was sent to ${title} before may yet be carried out` };
  }
  const same = await sameAs(client, there, hash);
  if (same !== null) {
    // It stays whose it is: with the same picture nobody gets hold of what another emoji, or somebody else, has there.
    const isOurs = known === null || known.emojiId === claim.emojiId;
    const isMine = isOurs && same.creatorId === (await client.whoami()).id;
    return isMine ? done('none', same.id) : ended('none', same.id);
  }
  if (next.step === 'fail') return { end: 'fail', failure: next.failure };

  const picture = await pictureOf(ports, fitted, detailsOf(claim));
  const replaced = next.step === 'replace' ? next.id : null;
  const published = known?.emojiId === claim.emojiId ? known.published : null;
  const sending = { ...begun, published, sent: { at: Date.now(), hash, replacedId: replaced } };
  if (!(await publications.begin(known, sending))) {
    return { end: 'postpone', ms: 1_000, reason: 'something else is being published under that name' };
  }
  try {
    const id = await send(client, name, next, picture);
    return done(replaced === null ? 'added' : 'replaced', id);
  } catch (error) {
    if (error instanceof NameInUse) return inUse(client, title, name);
    // Of anything else nobody knows whether it was done.
    if (error instanceof PlatformBusy || error instanceof PlatformRefusal) await publications.abandon(sending, known);
    throw error;
  }
}

/** Whose emoji they are is asked for only where it matters. */
async function withOwners(client: PlatformClient, known: Publication | null, there: PlatformEmoji[]) {
  const isNeeded = there.length > 0 && known !== null && (known.sent !== null || known.published?.platformId === null);
  const me = isNeeded ? (await client.whoami()).id : null;
  return there.map(({ id, creatorId }) => ({ id, isMine: me !== null && creatorId === me }));
}

/** An emoji that shows the very file that is to be published, whoever made it. */
async function sameAs(client: PlatformClient, there: PlatformEmoji[], hash: string): Promise<PlatformEmoji | null> {
  const [one] = there;
  if (one === undefined || there.length > 1) return null;
  const shown = await client.pictureOf(one);
  return shown !== null && (await sha256(shown)) === hash ? one : null;
}

async function pictureOf(
  { images, fitted: store }: PublishPorts,
  fitted: Exclude<Fitted, { outcome: 'ordered' }>,
  { service }: PublicationDetails,
): Promise<PublishedPicture> {
  const isMade = fitted.outcome === 'made';
  const { hash, type } = isMade ? fitted.file.facts : fitted.picture;
  const opened = await (isMade ? store.open(fitted.key) : images.get(hash, type));
  if (opened === null) throw new Error(`the picture ${hash} is not in storage`);
  const file = new Uint8Array(await new Response(opened.body).arrayBuffer());
  const path = isMade ? `/custom-emoji/fitted/${fitted.key}.${type}` : `/custom-emoji/images/${hash}.${type}`;
  return { file, type, url: service + path };
}

async function send(
  client: PlatformClient,
  name: string,
  next: Extract<NextStep, { step: 'add' | 'replace' }>,
  picture: PublishedPicture,
): Promise<string | null> {
  if (next.step === 'replace') await client.remove(name, { id: next.id, creatorId: null });
  return client.add(name, picture);
}

/** It was not there a moment ago: what is there now, the next attempt sees; if there is nothing, it is one of its own. */
async function inUse(client: PlatformClient, title: string, name: string): Promise<End> {
  const there = await client.find(name);
  if (there.length === 0) return { end: 'fail', failure: nameReserved(title, name) };
  return { end: 'retry', fault: `${title} has got an emoji of that name this very moment` };
}
