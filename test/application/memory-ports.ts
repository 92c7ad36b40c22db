import { createHash } from 'node:crypto';
import { KEEP_KEYS_MS, type Upload } from '../../src/application/accept-upload.ts';
import type {
  EarlierRequest,
  EdgeCache,
  EmojiCatalogue,
  FollowedTask,
  Housekeeping,
  IdempotencyKeys,
  ImageStore,
  Logger,
  Receipt,
  SourceStore,
  StoredObjects,
  TaskHistory,
  TaskOwners,
  Usage,
} from '../../src/application/ports.ts';
import type { SweepPorts } from '../../src/application/sweep.ts';
import type { Emoji, EmojiImage } from '../../src/domain/emoji.ts';
import { DEFAULT_RENDERING } from '../../src/domain/rendering.ts';
import * as moves from '../../src/domain/task.ts';
import type { LogEntry } from '../../src/domain/task-log.ts';
import { OPERATOR } from '../support/principals.ts';

interface MemoryEmoji extends Omit<Emoji, 'image'> {
  image: EmojiImage | null;
  version: number;
  latestVersion: number;
}

/** What an emoji has before its first picture. */
const UNSEEN = {
  image: null,
  sourceKey: null,
  sourceHash: null,
  source: null,
  version: 0,
  latestVersion: 1,
  revision: 1,
};

/** Ports that keep everything in memory, for use cases on their own. */
export function memoryPorts() {
  const emojis = new Map<string, MemoryEmoji>();
  const sources = new Map<string, Uint8Array>();
  const images = new Map<string, Uint8Array>();
  const fitted = new Map<string, Uint8Array>();
  /** When what lies in storage was written, where that is not now; and by which task. */
  const writtenAt = new Map<string, number>();
  const imageTasks = new Map<string, string>();
  /** What the owners know. */
  const tasks = new Map<string, moves.Task>();
  /** What renderers have told of their attempts, by task. */
  const steps = new Map<string, LogEntry[]>();
  /** What the history knows. */
  const copies = new Map<string, moves.TaskRecord>();
  /** Pictures that were ordered, as the events of their emoji tell. */
  const orders: (Pick<moves.TaskOrder, 'id' | 'kind' | 'emojiId' | 'version'> & { at: number })[] = [];
  const keys = new Map<string, EarlierRequest>();
  /** What everybody has of what there are quotas for. */
  const used = { emojis: 0, bytes: 0, tasks: 0 };
  /** Tasks that were counted, and are none. */
  const lostOrders: string[] = [];
  const forgottenUploads: string[] = [];
  const cursors = new Map<string, string>();
  const purged: string[] = [];
  const forgottenPeriods: { step: number; before: number }[] = [];
  const logged: string[] = [];

  const opened = (file: Uint8Array | undefined) =>
    file ? { bytes: file.byteLength, body: new Blob([new Uint8Array(file)]).stream() } : null;

  const named = (name: string) => [...emojis.values()].find((emoji) => emoji.name === name);

  function record(task: moves.TaskRecord): void {
    if ((copies.get(task.id)?.sequence ?? 0) >= task.sequence) return;
    copies.set(task.id, task);
    const emoji = emojis.get(task.emojiId);
    if (emoji === undefined) return;
    const { image, version, sourceKey, sourceHash, source } = task;
    if (image && emoji.version < version) {
      Object.assign(emoji, { image, version, sourceKey, sourceHash, source, revision: emoji.revision + 1 });
    }
    if ((task.state === 'FAILURE' || task.state === 'REVOKED') && emoji.image === null) emojis.delete(emoji.id);
  }

  function move(id: string, decide: (task: moves.Task) => moves.Task | null): moves.Task | null {
    const task = tasks.get(id);
    const moved = task ? decide(task) : null;
    if (moved) {
      tasks.set(id, moved);
      record(moves.recordOf(moved));
    }
    return moved;
  }

  function told(task: moves.Task): FollowedTask {
    const { lease, sendAt, attempts } = task;
    return {
      ...moves.recordOf(task),
      progress: null,
      lease: lease && { attempt: attempts, expiresAt: lease.expiresAt },
      sendAt,
      log: steps.get(task.id) ?? [],
    };
  }

  function moveAfter(id: string, told: LogEntry[], decide: (task: moves.Task) => moves.Task | null): boolean {
    steps.set(id, [...told]);
    return move(id, decide) !== null;
  }

  const newer = (a: Receipt, b: Receipt) => b.receivedAt - a.receivedAt || (a.id === b.id ? 0 : a.id < b.id ? 1 : -1);

  const catalogue: EmojiCatalogue = {
    async take(order) {
      if (named(order.emojiName)) return null;
      const { emojiId: id, emojiName: name, receivedAt: createdAt, actor: owner } = order;
      emojis.set(id, { ...UNSEEN, id, name, owner, createdAt });
      record(moves.recordOf(moves.submit(order)));
      return [];
    },
    async release({ id, emojiId }) {
      if (emojis.get(emojiId)?.image === null) emojis.delete(emojiId);
      if (copies.get(id)?.sequence === 1) copies.delete(id);
    },
    async takeAgain({ emojiId: id, emojiName: name, actor: owner }, now) {
      const holder = named(name);
      if (holder) return holder.id === id ? [] : null;
      emojis.set(id, { ...UNSEEN, id, name, owner, createdAt: now });
      return [];
    },
    async nextVersion({ id, kind, emojiId }, at, seen) {
      const emoji = emojis.get(emojiId);
      if (emoji === undefined) return null;
      if (seen !== null && seen !== emoji.revision) return 'changed';
      emoji.revision++;
      orders.push({ id, kind, emojiId, version: ++emoji.latestVersion, at });
      return emoji.latestVersion;
    },
    async count() {},
    async withdraw({ id }) {
      const ordered = orders.findIndex((order) => order.id === id);
      if (ordered >= 0) orders.splice(ordered, 1);
    },
    async pendingUpload(emojiId, since) {
      const shown = emojis.get(emojiId)?.version ?? 0;
      const pending = orders.find((order) => {
        if (order.emojiId !== emojiId || order.kind === 'render' || order.version <= shown) return false;
        const copy = copies.get(order.id);
        return copy && copy.version >= order.version ? copy.finishedAt === null : order.at > since;
      });
      return pending?.id ?? null;
    },
    async isTaken(name) {
      return named(name) !== undefined;
    },
    async find(name) {
      const emoji = named(name);
      return emoji?.image ? { ...emoji, image: emoji.image, askedBy: 'primary' } : null;
    },
    async findById(id) {
      const emoji = emojis.get(id);
      return emoji?.image ? { ...emoji, image: emoji.image } : null;
    },
  };

  const sourceStore: SourceStore = {
    async put(key, chunks) {
      const parts: Uint8Array[] = [];
      for await (const chunk of chunks) parts.push(chunk);
      const whole = Buffer.concat(parts);
      if (whole.byteLength > 0) sources.set(key, whole);
      return whole.byteLength;
    },
    async get(key) {
      return sources.get(key) ?? null;
    },
    async open(key) {
      return opened(sources.get(key));
    },
    async size(key) {
      return sources.get(key)?.byteLength ?? null;
    },
    async delete(...keys) {
      for (const key of keys) sources.delete(key);
    },
  };

  const imageStore: ImageStore = {
    async put(hash, type, file, taskId) {
      images.set(`images/${hash}.${type}`, file);
      imageTasks.set(`images/${hash}.${type}`, taskId);
    },
    async get(hash, type) {
      return opened(images.get(`images/${hash}.${type}`));
    },
    async size(hash, type) {
      return images.get(`images/${hash}.${type}`)?.byteLength ?? null;
    },
  };

  const taskOwners: TaskOwners = {
    async submit(order) {
      if (tasks.has(order.id)) return;
      const task = moves.submit(order);
      tasks.set(order.id, task);
      record(moves.recordOf(task));
    },
    async read(id) {
      const task = tasks.get(id);
      return task ? told(task) : null;
    },
    wait: (id) => taskOwners.read(id),
    async settle(id) {
      const task = tasks.get(id);
      if (task) record(moves.recordOf(task));
      return task ? moves.recordOf(task) : null;
    },
    async claim(id) {
      const token = crypto.randomUUID();
      const task = move(id, (task) => moves.claim(task, token, Date.now()));
      if (task === null) return null;
      return { ...moves.orderOf(task), token, attempt: task.attempts, outcome: task.outcome };
    },
    async progress() {},
    succeed: async (id, token, result, steps) =>
      moveAfter(id, steps, (task) => moves.succeed(task, token, result, Date.now())),
    fail: async (id, token, failure, steps) =>
      moveAfter(id, steps, (task) => moves.fail(task, token, failure, Date.now())),
    retry: async (id, token, fault, steps) =>
      moveAfter(id, steps, (task) => moves.retry(task, token, fault, Date.now())),
    proceed: async (id, token, so, steps) => moveAfter(id, steps, (task) => moves.proceed(task, token, so, Date.now())),
    postpone: async (id, token, delayMs, reason, steps) =>
      moveAfter(id, steps, (task) => moves.postpone(task, token, delayMs, reason, Date.now())),
    undeliverable: async (id, message) => move(id, (task) => moves.undeliverable(task, message, Date.now())) !== null,
    async cancel(id) {
      const task = move(id, (task) => moves.cancel(task, Date.now()));
      return task && told(task);
    },
    async restart(copy, version) {
      const ended = tasks.get(copy.id) ?? copy;
      const task = ended.sequence === copy.sequence ? moves.restart(ended, version, Date.now()) : null;
      if (task === null) return null;
      tasks.set(task.id, task);
      record(moves.recordOf(task));
      return told(task);
    },
  };

  const taskHistory: TaskHistory = {
    async find(id) {
      return copies.get(id) ?? null;
    },
    async findWithDuplicates(id) {
      const copy = copies.get(id);
      return copy ? { ...copy, duplicates: [] } : null;
    },
    // No use case that is tested with these ports asks for another order.
    async list({ states }, { after, limit }) {
      return [...copies.values()]
        .filter(({ state }) => states.length === 0 || states.includes(state))
        .sort(newer)
        .filter((task) => after === null || newer({ receivedAt: after.at, id: after.id }, task) < 0)
        .slice(0, limit);
    },
    count: async (filter, most) =>
      (await taskHistory.list(filter, { order: 'newest', after: null, limit: most })).length,
    async changes() {
      return { tasks: [], last: 0 };
    },
    async counters() {
      return new Map();
    },
    periods: async () => [],
    queue: async () => ({ lastStartedAt: null, due: [], waiting: 0, started: 0 }),
  };

  const idempotencyKeys: IdempotencyKeys = {
    async begin(key, taskId, now) {
      const earlier = keys.get(key);
      if (earlier && earlier.createdAt > now - KEEP_KEYS_MS) return { ...earlier };
      keys.set(key, { taskId, fingerprint: null, createdAt: now });
      return null;
    },
    async takeOver(key, earlier, taskId, now) {
      if (keys.get(key)?.taskId !== earlier.taskId) return false;
      keys.set(key, { taskId, fingerprint: null, createdAt: now });
      return true;
    },
    async note(key, taskId, fingerprint, now) {
      if (keys.get(key)?.taskId !== taskId) return false;
      keys.set(key, { taskId, fingerprint, createdAt: now });
      return true;
    },
    async abandon(key, taskId) {
      if (keys.get(key)?.taskId === taskId) keys.delete(key);
    },
  };

  const isWaitedFor = (emojiId: string) =>
    [...copies.values()].some((task) => task.emojiId === emojiId && task.finishedAt === null);

  const housekeeping: Housekeeping = {
    async cursor(step) {
      return cursors.get(step) ?? null;
    },
    async keepCursor(step, cursor) {
      if (cursor === null) cursors.delete(step);
      else cursors.set(step, cursor);
    },
    async unfinished(before, after, limit) {
      return [...copies.values()]
        .filter(({ finishedAt, receivedAt }) => finishedAt === null && receivedAt < before)
        .sort((a, b) => newer(b, a))
        .filter((task) => after === null || newer(task, after) < 0)
        .slice(0, limit);
    },
    async tasksWithoutPicture(before, limit) {
      return [...copies.values()]
        .filter(({ emojiId }) => !isWaitedFor(emojiId))
        .map(({ id, emojiId }) => ({ id, emoji: emojis.get(emojiId) }))
        .flatMap(({ id, emoji }) => (emoji && emoji.image === null ? [{ id, since: emoji.createdAt }] : []))
        .filter(({ since }) => since < before)
        .sort((a, b) => a.since - b.since)
        .slice(0, limit);
    },
    async freeNames(before) {
      const idle = [...emojis.values()].filter(
        ({ id, image, createdAt }) => image === null && createdAt < before && !isWaitedFor(id),
      );
      for (const { id } of idle) emojis.delete(id);
      return idle.length;
    },
    async forgetTasks(before, limit) {
      const old = [...copies.values()]
        .filter(({ finishedAt }) => finishedAt !== null && finishedAt < before)
        .slice(0, limit);
      for (const { id } of old) copies.delete(id);
      return { tasks: old.length, sourceKeys: old.map(({ sourceKey }) => sourceKey) };
    },
    // No use case that is tested with these ports deletes an emoji.
    dropDeleted: async () => 0,
    async forgetKeys(before) {
      const old = [...keys].filter(([, { createdAt }]) => createdAt < before);
      for (const [key] of old) keys.delete(key);
      return old.length;
    },
    forgetUploads: async (keys) => void forgottenUploads.push(...keys),
    lostOrders: async (_, limit) => lostOrders.slice(0, limit),
    async forgetOrders(taskIds) {
      const gone = lostOrders.filter((id) => taskIds.includes(id));
      for (const id of gone) lostOrders.splice(lostOrders.indexOf(id), 1);
      return gone.length;
    },
    forgetPeriods: async (step, before) => void forgottenPeriods.push({ step, before }),
    unownedSources: async (keys) => keys.filter((key) => !copies.has(key.slice('sources/'.length))),
    unusedImages: async (hashes) =>
      hashes.filter(
        (hash) =>
          ![...emojis.values()].some(({ image }) =>
            [image, ...Object.values(image?.renditions ?? {})].some((picture) => picture?.hash === hash),
          ),
      ),
  };

  const storedObjects: StoredObjects = {
    async list(prefix) {
      const kept = {
        'sources/': () => [...sources.keys()].map((key) => ({ key, taskId: key.slice(prefix.length) })),
        'images/': () => [...images.keys()].map((key) => ({ key, taskId: imageTasks.get(key) ?? key })),
        'fitted/': () => [...fitted.keys()].map((key) => ({ key, taskId: key })),
      };
      const found = kept[prefix]();
      const objects = found.map((object) => ({ ...object, writtenAt: writtenAt.get(object.key) ?? Date.now() }));
      return { objects, cursor: null };
    },
    async delete({ key }) {
      sources.delete(key);
      images.delete(key);
      fitted.delete(key);
      return true;
    },
  };

  const usage: Usage = { of: async () => used };

  const edge: EdgeCache = {
    purge: async (emojiId) => void purged.push(emojiId),
  };

  const noticesDue: string[] = [];
  /** When each was made. */
  const noticesAt: number[] = [];
  const woken: string[] = [];
  const deliveries: SweepPorts['deliveries'] = {
    due: async () => noticesDue,
    forget: async (before) => noticesAt.filter((at) => at < before).length,
  };
  const noticeQueue: SweepPorts['noticeQueue'] = {
    wake: async (ids) => void woken.push(...ids),
  };

  const log: Logger = {
    info: (event) => void logged.push(event),
    error: (event) => void logged.push(event),
  };

  return {
    ports: {
      catalogue,
      sources: sourceStore,
      images: imageStore,
      taskOwners,
      taskHistory,
      idempotencyKeys,
      usage,
      housekeeping,
      storedObjects,
      edge,
      deliveries,
      noticeQueue,
      log,
    },
    emojis,
    named,
    sources,
    images,
    fitted,
    writtenAt,
    tasks,
    steps,
    copies,
    orders,
    keys,
    used,
    lostOrders,
    forgottenUploads,
    cursors,
    purged,
    forgottenPeriods,
    noticesDue,
    noticesAt,
    woken,
    logged,
  };
}

/** The bytes of an upload as they come in. */
export async function* picture(...chunks: string[]): AsyncGenerator<Uint8Array> {
  for (const chunk of chunks) yield new TextEncoder().encode(chunk);
}

/** An upload of a text, as the HTTP side hands it over. */
export function uploadOf(...chunks: string[]): Upload {
  return {
    picture: picture(...chunks),
    hash: () => createHash('sha256').update(chunks.join('')).digest('hex'),
    rendering: DEFAULT_RENDERING,
    by: OPERATOR,
    idempotency: null,
  };
}
