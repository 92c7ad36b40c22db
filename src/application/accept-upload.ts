import type { Principal } from '../domain/access.ts';
import { exceededBy, overQuota, type Quotas } from '../domain/quota.ts';
import { Refusal } from '../domain/refusal.ts';
import type { Rendering } from '../domain/rendering.ts';
import { isFinished, type TaskOrder, type TaskRecord } from '../domain/task.ts';
import type { OneOff } from './notices/subscribe.ts';
import type {
  Charge,
  EdgeCache,
  EmojiCatalogue,
  IdempotencyKeys,
  Logger,
  SourceStore,
  TaskHistory,
  TaskOwners,
  Usage,
} from './ports.ts';

export interface UploadPorts {
  catalogue: EmojiCatalogue;
  sources: SourceStore;
  taskOwners: TaskOwners;
  taskHistory: TaskHistory;
  idempotencyKeys: IdempotencyKeys;
  usage: Usage;
  edge: EdgeCache;
  log: Logger;
}

/** How an emoji is to be made. */
export interface RenderRequest {
  rendering: Rendering;
  by: Principal;
  /** The import that orders it. */
  parentId?: string | null;
  /** Of the task, and of the emoji where it makes one; new ones where they are left out. */
  ids?: { taskId: string; emojiId: string };
  /** For a request that may be sent twice, with the fingerprint of all of it: where that needs its picture, it is read. */
  idempotency: { key: string; fingerprint(): Promise<string> } | null;
  /** Who else is to be told of the end of its task: asked for when its picture has been read. @throws Refusal */
  notify?: () => OneOff | null;
  /** Resolved when something may be changed. Whether the request can be accepted is looked up before. */
  cleared?: Promise<unknown> | undefined;
  /** Called with what is accepted, while its owner gets it. Must not fail. */
  meanwhile?: (accepted: Accepted) => Promise<void>;
}

/** A picture, and how it is to be made into an emoji. */
export interface Upload extends RenderRequest {
  /** Each chunk is good until the next one is asked for. */
  picture: AsyncIterable<Uint8Array>;
  /** SHA-256 of the picture, 64 hexadecimal digits: known once it has been read. */
  hash(): string;
}

export interface Accepted {
  taskId: string;
  emojiId: string;
  /** Canonical. */
  name: string;
  /** SHA-256 of the upload; null of one that came before it was noted. */
  sourceHash: string | null;
  /** It was, by an earlier request with the same key. */
  isReplay?: true;
}

export type NewTask = Pick<TaskOrder, 'id' | 'parentId' | 'rendering' | 'details' | 'actor' | 'receivedAt'>;

/** What is to become of it. */
export interface Purpose<Kept> {
  /** What it adds to what he has who asks, at least. */
  adds: Quotas;
  /** Spares reading an upload in vain; `enlist` is what decides. @throws Refusal */
  check(): Promise<void>;
  /** @returns the order @throws Refusal */
  enlist(task: NewTask & Kept, charge: Charge): Promise<TaskOrder>;
  /** Undoes `enlist`, also when that has thrown. */
  delist(taskId: string): Promise<void>;
}

export type KeptUpload = Pick<TaskOrder, 'sourceKey' | 'sourceHash'>;

/** The picture of a request. */
interface Picture<Kept> {
  /** @throws Refusal when there is none */
  keep(taskId: string): Promise<{ kept: Kept; bytes: number }>;
  /** Undoes `keep`, also when that has thrown. */
  drop(taskId: string): Promise<void>;
}

const SOURCES = 'sources/';
/** Where the upload of a task is kept. */
export const sourceKeyOf = (taskId: string) => `${SOURCES}${taskId}`;

/** The task that an upload came with. */
export function uploadTaskOf(sourceKey: string): string {
  return sourceKey.slice(SOURCES.length);
}

/** How long the answer to an idempotent request is given again. */
export const KEEP_KEYS_MS = 24 * 3_600_000;

/** After this a request that neither was accepted nor refused is taken to be dead. */
export const IN_PROGRESS_MS = 15 * 60_000;

/**
 * Keeps an upload and gives the task that renders it to its owner.
 *
 * @throws Refusal when it is refused; then, as after any error, nothing of it is kept. What cannot be undone at once
 * is found by the sweep
 */
export function acceptUpload(ports: UploadPorts, upload: Upload, purpose: Purpose<KeptUpload>): Promise<Accepted> {
  const { sources } = ports;
  return accept(ports, upload, purpose, {
    async keep(taskId) {
      const sourceKey = sourceKeyOf(taskId);
      const bytes = await sources.put(sourceKey, upload.picture);
      if (bytes === 0) throw new Refusal('empty_file', 'The picture is empty (0 bytes). Choose a file with a picture.');
      return { kept: { sourceKey, sourceHash: upload.hash() }, bytes };
    },
    drop: (taskId) => sources.delete(sourceKeyOf(taskId)),
  });
}

/** The same for a request that has no picture of its own. */
export function acceptRendering(
  ports: UploadPorts,
  request: RenderRequest,
  purpose: Purpose<object>,
): Promise<Accepted> {
  return accept(ports, request, purpose, { keep: async () => ({ kept: {}, bytes: 0 }), drop: async () => {} });
}

async function accept<Kept>(
  ports: UploadPorts,
  { rendering, by, parentId = null, ids, idempotency: asked, notify, cleared, meanwhile }: RenderRequest,
  purpose: Purpose<Kept>,
  picture: Picture<Kept>,
): Promise<Accepted> {
  const { taskOwners, idempotencyKeys, log } = ports;
  const taskId = ids?.taskId ?? crypto.randomUUID();
  // The keys of one are nothing to another.
  const idempotency = asked && { ...asked, stored: `${by.name ?? ''}\n${asked.key}` };
  const undo: (() => Promise<void>)[] = [];
  try {
    if (idempotency) {
      await cleared;
      undo.push(() => idempotencyKeys.abandon(idempotency.stored, taskId));
      const before = await acceptedBefore(ports, idempotency, taskId);
      if (before) {
        await meanwhile?.(before);
        return before;
      }
    }
    await allOf(cleared, purpose.check(), checkQuotas(ports.usage, by, purpose.adds));

    undo.push(() => picture.drop(taskId));
    const { kept, bytes } = await picture.keep(taskId);
    // Its age counts from here: an order that comes too late for the kept picture is too late for its owner.
    const receivedAt = Date.now();
    if (idempotency) {
      const { key, stored, fingerprint } = idempotency;
      // It took so long that another one was let through.
      if (!(await idempotencyKeys.note(stored, taskId, await fingerprint(), receivedAt))) throw keyInUse(key);
    }

    const told = notify?.();
    if (told) {
      undo.push(() => told.drop(taskId));
      await told.subscribe(taskId);
    }
    undo.push(() => purpose.delist(taskId));
    const order = await purpose.enlist(
      { id: taskId, parentId, rendering, details: null, actor: by.name, receivedAt, ...kept },
      { bytes, quotas: by.quotas },
    );
    const accepted = acceptedAs(order);
    await Promise.all([submit(taskOwners, order), meanwhile?.(accepted)]);
    log.info('task accepted', {
      taskId,
      parentId,
      kind: order.kind,
      emojiName: order.emojiName,
      sourceKey: order.sourceKey,
    });
    return accepted;
  } catch (error) {
    // Undoing what may have been accepted would lose it: the sweep finds out.
    if (error instanceof UnknownOutcome) throw error.cause;
    for (const outcome of await Promise.allSettled(undo.map((step) => step()))) {
      if (outcome.status === 'rejected') log.error('upload not undone', outcome.reason, { taskId });
    }
    throw error;
  }
}

/** Waits for all that is done at once. @throws what the first of those that fail does, and not the fastest */
async function allOf(...doings: (Promise<unknown> | undefined)[]): Promise<void> {
  for (const outcome of await Promise.allSettled(doings)) if (outcome.status === 'rejected') throw outcome.reason;
}

/** @throws Refusal `quota_exceeded`, `too_many_tasks` */
async function checkQuotas(usage: Usage, { name, quotas }: Principal, adds: Quotas): Promise<void> {
  if (name === null || quotas === null) return;
  const has = await usage.of(name);
  const of = exceededBy(adds, has, quotas);
  if (of !== null) throw overQuota(of, name, adds, has, quotas);
}

/** Nobody can tell now whether the owner has the task. */
class UnknownOutcome extends Error {}

async function submit(taskOwners: TaskOwners, order: TaskOrder): Promise<void> {
  try {
    await taskOwners.submit(order);
  } catch (error) {
    // It may have the task all the same, where only its answer was lost.
    const task = await taskOwners.read(order.id).catch(() => {
      throw new UnknownOutcome('the owner of the task cannot be reached', { cause: error });
    });
    if (task === null) throw error;
  }
}

/**
 * The acceptance of an earlier request with the same key, by the rules of the IETF draft "The Idempotency-Key HTTP
 * Header Field": the same request has the same answer, another one is refused.
 *
 * @returns null when this request is the first, or all before it were refused
 */
async function acceptedBefore(
  ports: UploadPorts,
  { key, stored, fingerprint }: NonNullable<RenderRequest['idempotency']> & { stored: string },
  taskId: string,
): Promise<Accepted | null> {
  const { idempotencyKeys } = ports;
  const now = Date.now();
  const earlier = await idempotencyKeys.begin(stored, taskId, now);
  if (earlier === null) return null;
  // What it was is noted before it is accepted.
  const task = earlier.fingerprint === null ? null : await findAccepted(ports, earlier.taskId);
  if (task === null) {
    const isDead = earlier.createdAt + IN_PROGRESS_MS <= now;
    if (isDead && (await idempotencyKeys.takeOver(stored, earlier, taskId, now))) return null;
    throw keyInUse(key);
  }
  if (earlier.fingerprint !== (await fingerprint())) {
    throw new Refusal(
      'idempotency_key_reused',
      `The Idempotency-Key "${key}" was used for another request within 24 hours. Give each request a key of its own.`,
    );
  }
  return { ...acceptedAs(task), isReplay: true };
}

function acceptedAs({ id: taskId, emojiId, emojiName: name, sourceHash }: TaskOrder): Accepted {
  return { taskId, emojiId, name, sourceHash };
}

function keyInUse(key: string): Refusal {
  return new Refusal(
    'idempotency_key_in_use',
    `A request with the Idempotency-Key "${key}" is being carried out. Send this one again when that one is answered.`,
  );
}

/** Whether a task was accepted, its owner knows; one that ended long ago is in the history only. */
export async function findAccepted(
  { taskOwners, taskHistory }: UploadPorts,
  taskId: string,
): Promise<TaskRecord | null> {
  const owned = await taskOwners.read(taskId);
  if (owned) return owned;
  const copy = await taskHistory.find(taskId);
  return copy && isFinished(copy.state) ? copy : null;
}
