import type {
  DeletedEmoji,
  Emoji,
  EmojiDetails,
  EmojiEvent,
  EmojiImage,
  EmojiRevision,
  NameKind,
  PictureType,
  Renditions,
  SourceFacts,
} from '../domain/emoji.ts';
import type { Failure } from '../domain/failure.ts';
import type { Budget, FitFacts, FitOrder } from '../domain/platforms/budget.ts';
import type { Quotas } from '../domain/quota.ts';
import type { Rendering } from '../domain/rendering.ts';
import type { JsonObject, Task, TaskOrder, TaskRecord, TaskResult, TaskState } from '../domain/task.ts';
import type { LogEntry } from '../domain/task-log.ts';
import type { CountedPeriod } from './task-stats.ts';

/** An emoji, and what the name is to it that it was asked for by. */
export type Named<E extends Emoji> = E & { askedBy: NameKind };

/** What an order is counted as, and by which quotas it may be refused. */
export interface Charge {
  /** For whom; who orders it where that is left out. */
  owner?: string | null;
  /** Of the upload that it comes with. */
  bytes?: number;
  /** Of a task that is tried again, at its end. */
  sequence?: number;
  /** None where they are null or left out. */
  quotas?: Quotas | null;
  /** For how many tasks there has to be room, itself among them; 1 where that is left out. */
  tasks?: number;
}

/** What owners have, counted as it changes. */
export interface Usage {
  of(owner: string): Promise<Quotas>;
}

/**
 * Who has a name, and which picture it shows. What is ordered is counted for its owner in the transaction that orders
 * it: many at once do not get past a quota.
 */
export interface EmojiCatalogue {
  /**
   * Takes the name for an emoji that has no picture yet, and notes the task that is to make it.
   *
   * @returns the ids of emoji that were found by it before; null when another emoji has the name
   * @throws Refusal `quota_exceeded`, `too_many_tasks`
   */
  take(order: TaskOrder, charge?: Charge): Promise<string[] | null>;
  /** Undoes `take`, as long as the emoji never had a picture and the task's owner never changed it. */
  release(order: Pick<TaskOrder, 'id' | 'emojiId' | 'actor'>): Promise<void>;
  /**
   * Takes the name again for the emoji of a task that has ended. Nothing is changed where the emoji has it.
   *
   * @returns as `take`
   * @throws as `take`
   */
  takeAgain(
    task: Pick<TaskOrder, 'id' | 'emojiId' | 'emojiName' | 'actor'>,
    now: number,
    charge?: Charge,
  ): Promise<string[] | null>;
  /**
   * The version of a picture that is meant to replace all before. That it was ordered is noted.
   *
   * @param seen the revision of the emoji that the order goes by; null for whatever it is
   * @returns null when there is no such emoji; `changed` when it has another revision
   * @throws as `take`
   */
  nextVersion(
    order: Pick<TaskOrder, 'id' | 'kind' | 'emojiId' | 'actor'>,
    at: number,
    seen: number | null,
    charge?: Charge,
  ): Promise<number | null | 'changed'>;
  /**
   * Counts what is ordered with no emoji of its own.
   *
   * @throws Refusal as `take`
   */
  count(order: Pick<TaskOrder, 'id' | 'emojiId' | 'actor'>, at: number, charge?: Charge): Promise<void>;
  /** Takes back what was ordered, of a task that has no owner. The version of a picture is nobody's then. */
  withdraw(order: Pick<TaskOrder, 'id' | 'emojiId' | 'actor'>): Promise<void>;
  /**
   * The task of an upload that was ordered later than the picture that is shown, and may yet replace it.
   *
   * @param since milliseconds since 1970: what was ordered before, and is no task, never becomes one
   */
  pendingUpload(emojiId: string, since: number): Promise<string | null>;
  /** A name that an emoji had before is not. */
  isTaken(name: string): Promise<boolean>;
  /** @returns null when nothing has or had the name, or its picture is not ready */
  find(name: string): Promise<Named<Emoji> | null>;
  /** The same, whatever it is called by now. */
  findById(id: string): Promise<Emoji | null>;
}

/** Who changes an emoji, and when. */
export interface Doing {
  actor: string | null;
  /** Milliseconds since 1970. */
  at: number;
}

/** Why nothing was changed: the emoji is not as it was seen any more, or others have the names that it was to have. */
export type Conflict = 'changed' | { taken: string[] };

/** An emoji after a change. */
export interface ChangedEmoji extends EmojiDetails {
  /** The ids of others that were found by one of its names before. */
  namesTakenFrom: string[];
}

/** What an emoji is to be: a part that is left out stays as it is. */
export interface EmojiChange {
  /** All of its names, with its primary one. Former ones are given where nobody else has them. */
  names?: { primary: string; aliases: string[]; former: string[] };
  tags?: string[];
  category?: string | null;
  description?: string;
}

/**
 * What is done to an emoji once it can be fetched. A change goes by the emoji as it was seen: when others have changed
 * it since, nothing is done.
 */
export interface EmojiLife {
  /** As that of the catalogue, with all that is known. */
  find(name: string): Promise<Named<EmojiDetails> | null>;
  /** @returns the emoji as it is then */
  change(
    seen: EmojiRevision,
    change: EmojiChange,
    events: Pick<EmojiEvent, 'action' | 'details'>[],
    doing: Doing,
  ): Promise<ChangedEmoji | Conflict>;
  /** Takes it out of sight, and frees its names. @returns the revision then */
  delete(seen: EmojiRevision, doing: Doing): Promise<DeletedEmoji | 'changed'>;
  /**
   * The one of a name that was deleted last, or the one of an id that had the name.
   *
   * @param since milliseconds since 1970: those that were deleted before do not count
   */
  findDeleted(name: string, id: string | null, since: number): Promise<DeletedEmoji | null>;
  /**
   * Brings it back under a name, with those of its other names that are free.
   *
   * @param quotas of its owner; null for none
   * @throws Refusal `quota_exceeded`
   */
  restore(seen: DeletedEmoji, name: string, doing: Doing, quotas?: Quotas | null): Promise<ChangedEmoji | Conflict>;
  /** Those that were deleted since a time, the last one first. @param owner whose; null for all */
  deleted(
    since: number,
    owner: string | null,
    page: { after: DeletedPosition | null; limit: number },
  ): Promise<DeletedEmoji[]>;
  /** What was done to it, the last first, from before an event on. */
  events(emojiId: string, page: { before: number | null; limit: number }): Promise<EmojiEvent[]>;
}

/** The place of a deleted emoji in the list. */
export type DeletedPosition = Pick<DeletedEmoji, 'deletedAt' | 'number'>;

/** Pictures that other servers have. */
export interface PictureFetcher {
  /**
   * The bytes of a picture as they come, decoded: nothing is asked for before they are read. Each chunk is good until the
   * next one is asked for.
   *
   * @param url that `parseServerUrl` allows
   * @param service a URL of this service, which nothing is fetched from
   * @throws Refusal while they are read: `url_not_allowed` for where a redirect leads to, `url_failed`, `file_too_large`
   */
  fetch(url: URL, service: URL): AsyncIterable<Uint8Array>;
}

/** The uploaded pictures, as they came. */
export interface SourceStore {
  /** @param chunks each may change once the next one is asked for. @returns the number of bytes */
  put(key: string, chunks: AsyncIterable<Uint8Array>): Promise<number>;
  get(key: string): Promise<Uint8Array | null>;
  /** The same as it comes out of storage. */
  open(key: string): Promise<OpenFile | null>;
  /** @returns the size of the file */
  size(key: string): Promise<number | null>;
  delete(...keys: string[]): Promise<void>;
}

/** A file that is read from storage. */
export interface OpenFile {
  /** Size of the whole. */
  bytes: number;
  body: ReadableStream<Uint8Array>;
}

/** The rendered pictures, under the hash of their bytes. */
export interface ImageStore {
  /** @param taskId of the task that made it */
  put(hash: string, type: PictureType, file: Uint8Array, taskId: string): Promise<void>;
  get(hash: string, type: PictureType): Promise<OpenFile | null>;
  /** @returns the size of the file */
  size(hash: string, type: PictureType): Promise<number | null>;
}

/** What is known of a picture that was to fit a budget. */
export type FittedFile = { bytes: number; facts: FitFacts } | { failure: Failure };

/** Pictures that were made to fit a budget, by what they were made of: they can be made again at any time. */
export interface FittedStore {
  /** @returns null for one that is not made yet, or not any more */
  find(key: string): Promise<FittedFile | null>;
  open(key: string): Promise<OpenFile | null>;
  /**
   * Notes that it is ordered.
   *
   * @param before milliseconds since 1970: an order from before is taken to be lost
   * @returns false when it is ordered already. Of two at once both may be told to go on, which does no harm
   */
  begin(key: string, before: number): Promise<boolean>;
  put(key: string, file: Uint8Array, facts: FitFacts): Promise<void>;
  /** Notes that it can never be made. */
  fail(key: string, failure: Failure): Promise<void>;
}

/** Brings orders to the renderers, at least once each. */
export interface FitQueue {
  send(order: FitOrder): Promise<void>;
}

/** Which emoji that can be seen look alike. Each gives at most `limit` names of others than `emojiId`, the oldest first. */
export interface Duplicates {
  /** Made from the same upload. */
  ofSource(hash: string, emojiId: string, limit: number): Promise<string[]>;
  /** That show the same picture. */
  ofImage(hash: string, emojiId: string, limit: number): Promise<string[]>;
}

/** Answers that are kept near those who ask. */
export interface EdgeCache {
  /** Drops all that is kept of an emoji. */
  purge(emojiId: string): Promise<void>;
}

/** A task as it can be listed. */
export type TaskSummary = Pick<
  Task,
  | 'id'
  | 'kind'
  | 'parentId'
  | 'emojiId'
  | 'emojiName'
  | 'actor'
  | 'state'
  | 'attempts'
  | 'receivedAt'
  | 'startedAt'
  | 'finishedAt'
  | 'failure'
  | 'history'
>;

/** `newest` and `oldest` by when they were received; `finished` has those that have ended, the last one first. */
export const TASK_ORDERS = ['newest', 'oldest', 'finished'] as const;
export type TaskOrdering = (typeof TASK_ORDERS)[number];

/** The place of a task in a list: the time that the list is ordered by, and its id. */
export interface TaskPosition {
  /** Milliseconds since 1970. */
  at: number;
  id: string;
}

/** Which of the tasks in a list: so many after a place, or from the first on. */
export interface TaskPage {
  order: TaskOrdering;
  after: TaskPosition | null;
  limit: number;
}

/** What waits for renderers, and whether they take it. Times are milliseconds since 1970. */
export interface QueueState {
  /** When a task was last started, as far as it has been noted. */
  lastStartedAt: number | null;
  /** Those that a renderer may take now, and since when: the ones that wait the longest, these first. */
  due: { id: string; since: number }[];
  waiting: number;
  started: number;
}

/** Which tasks: those that all of it is true of. */
export interface TaskFilter {
  /** In one of these; in any when there are none. */
  states: TaskState[];
  kind: Task['kind'] | null;
  parentId: string | null;
  emojiName: string | null;
  /** Milliseconds since 1970, when it was received; `from` is included, `to` is not. */
  from: number | null;
  to: number | null;
  /** Part of why it is in its state, ASCII letters in either case; or the code of its failure. */
  reason: string | null;
}

/** Past and current tasks. */
export interface TaskHistory {
  find(id: string): Promise<TaskRecord | null>;
  /** The same, with what `Duplicates` has of its picture. */
  findWithDuplicates(id: string, limit: number): Promise<(TaskRecord & { duplicates: string[] }) | null>;
  list(filter: TaskFilter, page: TaskPage): Promise<TaskSummary[]>;
  /** How many there are, counted no further than `most`. */
  count(filter: TaskFilter, most: number): Promise<number>;
  /**
   * What was written after change number `after`, oldest first; each task once, as it is now.
   *
   * @param after null for nothing but the number to go on from
   */
  changes(after: number | null, limit: number): Promise<{ tasks: TaskSummary[]; last: number }>;
  /** The numbers that are kept, by the names of `task-metrics.ts`. */
  counters(): Promise<Map<string, number>>;
  /** What was added to them in each step of so many milliseconds, from a time on; nothing of steps with nothing. */
  periods(step: number, from: number): Promise<CountedPeriod[]>;
  /**
   * @param now milliseconds since 1970: what waits for its back-off may not be taken before it is over
   * @param limit of those that are due
   */
  queue(now: number, limit: number): Promise<QueueState>;
}

/** What a renderer is to do, and the token that lets it say how it went. */
export interface Claim extends TaskOrder {
  token: string;
  attempt: number;
  /** What came of it so far. */
  outcome: JsonObject | null;
}

/** Frames of an animation that are rendered, or emoji of a pack that are done with. */
export interface Progress {
  done: number;
  of: number;
}

/** A task as its owner tells of it. */
export type FollowedTask = TaskRecord & {
  progress: Progress | null;
  /** Who renders it may take until then. Milliseconds since 1970. */
  lease: { attempt: number; expiresAt: number } | null;
  /** When the next message to the renderers is due, while it waits for one. */
  sendAt: number | null;
  /** What happened to it step by step, oldest first. */
  log: LogEntry[];
};

/** The owners of tasks: each move is decided and kept there. */
export interface TaskOwners {
  /** From the answer on the task is carried to its end, whatever happens. */
  submit(order: TaskOrder): Promise<void>;
  /** @returns null for a task that was never submitted, or ended long ago */
  read(id: string): Promise<FollowedTask | null>;
  /** The same as soon as the task is finished, or `milliseconds` are over. */
  wait(id: string, milliseconds: number): Promise<FollowedTask | null>;
  /** The same once the history has the task as its owner does; throws when that cannot be. */
  settle(id: string): Promise<TaskRecord | null>;
  /** @returns null when there is nothing to do */
  claim(id: string): Promise<Claim | null>;
  /**
   * Tells those who follow the task how far it is.
   *
   * @param steps all of this attempt so far, here and below: for the log
   */
  progress(id: string, token: string, progress: Progress, steps: LogEntry[]): Promise<void>;
  /** Each of these is refused, with false, when the token does not hold the task any more. */
  succeed(id: string, token: string, result: TaskResult, steps: LogEntry[]): Promise<boolean>;
  fail(id: string, token: string, failure: Failure, steps: LogEntry[]): Promise<boolean>;
  retry(id: string, token: string, fault: string, steps: LogEntry[]): Promise<boolean>;
  proceed(id: string, token: string, so: { delayMs: number; outcome: JsonObject }, steps: LogEntry[]): Promise<boolean>;
  postpone(id: string, token: string, delayMs: number, reason: string, steps: LogEntry[]): Promise<boolean>;
  /** The queue gave up on a message about the task. @returns false when that did not matter */
  undeliverable(id: string, message: Pick<Task, 'sequence' | 'sends'>): Promise<boolean>;
  /** @returns the task as it is now; null when it was in no state to be cancelled */
  cancel(id: string): Promise<FollowedTask | null>;
  /**
   * @param record as the history has it: it is refused when the task has moved on since
   * @param version as for a new order
   * @param askedAt when the name was taken again: it is refused when that is too long ago, as a new order is
   * @returns the task as it is now; null when it was in no state to be tried again
   */
  restart(record: TaskRecord, version: number, askedAt: number): Promise<FollowedTask | null>;
}

/** Requests that may be sent twice, by their keys. */
export interface IdempotencyKeys {
  /**
   * Notes that a request under the key is being carried out as a task.
   *
   * @returns what is noted of an earlier one; null when this is the first in 24 hours
   */
  begin(key: string, taskId: string, now: number): Promise<EarlierRequest | null>;
  /** Puts a new request in the place of an earlier one. @returns false when another one was faster */
  takeOver(key: string, earlier: EarlierRequest, taskId: string, now: number): Promise<boolean>;
  /**
   * Notes what the request was, before it is accepted; the time counts from here, since an upload can be slow.
   *
   * @returns false when another one has been put in its place
   */
  note(key: string, taskId: string, fingerprint: string, now: number): Promise<boolean>;
  /** Forgets a request that was not accepted. */
  abandon(key: string, taskId: string): Promise<void>;
}

export interface EarlierRequest {
  taskId: string;
  /** Of the whole request; null until it has been read. */
  fingerprint: string | null;
  /** Milliseconds since 1970. */
  createdAt: number;
}

/** An emoji as it can be listed. */
export interface ListedEmoji extends EmojiRevision {
  /** Canonical; the primary one. */
  name: string;
  /** By code point. */
  aliases: string[];
  tags: string[];
  category: string | null;
  description: string;
  owner: string | null;
  image: EmojiImage;
  /** What there is beside its main picture, by name. */
  renditions: string[];
  /** Milliseconds since 1970. */
  createdAt: number;
  updatedAt: number;
}

/** Which emoji: those that all of it is true of. */
export interface EmojiFilter {
  /** Canonical. */
  tag: string | null;
  owner: string | null;
  animated: boolean | null;
}

export const EMOJI_ORDERS = ['name', 'newest'] as const;

export interface EmojiQuery extends EmojiFilter {
  /** `name`: by code point. */
  order: (typeof EMOJI_ORDERS)[number];
  /**
   * Canonical, and not empty: what a name or alias starts with (those first, by that name), or is in a name, alias or
   * tag (newest first); of less than 3 characters, what a tag starts with (by tag). Then there is no other order.
   */
  text: string | null;
}

/** The order that a part of a list is in. What is searched for is found in two parts. */
export const LIST_PARTS = ['name', 'newest', 'prefix', 'text', 'tag'] as const;

export type ListPart = (typeof LIST_PARTS)[number];

/** A place in a list: after the emoji with this key, or at the start of the part when the key is empty. */
export interface EmojiPosition {
  part: ListPart;
  key: (string | number)[];
}

/** Emoji, each with its place; and where to go on, null at the end. */
export interface EmojiPage {
  found: { emoji: ListedEmoji; position: EmojiPosition }[];
  next: EmojiPosition | null;
}

/** The emoji that can be seen. */
export interface EmojiList {
  /** Rises with each change of what is listed. */
  version(): Promise<number>;
  /** The parts that a query's list consists of, in their order. */
  parts(query: EmojiQuery): ListPart[];
  /**
   * One page. There may be less than `limit` on it, or nothing, though more follows: no more is read at once than a
   * fixed number of emoji.
   *
   * @param after in one of the parts of the query
   */
  page(query: EmojiQuery, after: EmojiPosition | null, limit: number): Promise<EmojiPage>;
  /** The same, with the version that the list had then: a page that takes several steps may be newer than that. */
  pageWithVersion(
    query: EmojiQuery,
    after: EmojiPosition | null,
    limit: number,
  ): Promise<EmojiPage & { version: number }>;
  /** Those that have the names, be it as an alias or from before; by the name that was asked for. */
  lookUp(names: string[]): Promise<Map<string, ListedEmoji>>;
  /** The tags that any of them has, the first `limit` in code point order. */
  tags(limit: number): Promise<string[]>;
}

/** A file of an archive. */
export interface ArchivedFile {
  path: string;
  /** Size of all of `body`. */
  bytes: number;
  /** Milliseconds since 1970. */
  modifiedAt: number;
  body: AsyncIterable<Uint8Array>;
}

/** Archives of files, by kind; each file is read to its end before the next one is asked for. */
export type Archives = Record<'zip' | 'tar.gz', (files: AsyncIterable<ArchivedFile>) => ReadableStream<Uint8Array>>;

/** What lies in storage, page by page. */
export interface StoredObjects {
  /** @param cursor of the page before; null for the first page */
  list(
    prefix: 'sources/' | 'images/' | 'fitted/',
    cursor: string | null,
  ): Promise<{ objects: StoredObject[]; cursor: string | null }>;
  /** @returns false when it has been written anew since it was listed, and was left alone */
  delete(object: StoredObject): Promise<boolean>;
}

export interface StoredObject {
  key: string;
  /** Milliseconds since 1970, when it was last written. */
  writtenAt: number;
  /** The task that wrote it. */
  taskId: string;
}

/** When a task was received: where the sweep goes on. */
export type Receipt = Pick<Task, 'receivedAt' | 'id'>;

/** What the sweep asks of the database. */
export interface Housekeeping {
  /** Where a step of the sweep goes on; null for the start. */
  cursor(step: string): Promise<string | null>;
  keepCursor(step: string, cursor: string | null): Promise<void>;
  /** Tasks that were received before a time and are not finished as far as the history knows, oldest first. */
  unfinished(before: number, after: Receipt | null, limit: number): Promise<TaskRecord[]>;
  /** Ended tasks for emoji that have been without a picture since before a time, oldest first. */
  tasksWithoutPicture(before: number, limit: number): Promise<{ id: string; since: number }[]>;
  /** Frees the names of emoji that never had a picture and that no unfinished task is for. @returns how many */
  freeNames(before: number): Promise<number>;
  /** Drops the tasks that ended before a time. @returns the keys of their uploads that nothing needs any more */
  forgetTasks(before: number, limit: number): Promise<{ tasks: number; sourceKeys: string[] }>;
  /** Drops emoji that were deleted before a time, for good. @returns how many */
  dropDeleted(before: number, limit: number): Promise<number>;
  /** @returns how many */
  forgetKeys(before: number): Promise<number>;
  /** Drops what was counted by periods of a step that began before a time. */
  forgetPeriods(step: number, before: number): Promise<void>;
  /** Those of the keys that neither a task nor an emoji needs. */
  unownedSources(keys: string[]): Promise<string[]>;
  /** Has uploads count no more that are about to be deleted. */
  forgetUploads(keys: string[]): Promise<void>;
  /** Tasks that are counted as in flight since before a time, and are not as far as the history knows. */
  lostOrders(before: number, limit: number): Promise<string[]>;
  /** Has those of them count no more that still are so. @returns how many */
  forgetOrders(taskIds: string[], before: number): Promise<number>;
  /** Those of the hashes that no emoji shows. */
  unusedImages(hashes: string[]): Promise<string[]>;
}

/** Turns a picture into an emoji. */
export interface Renderer {
  /**
   * @param onFrame called after each frame of an animation
   * @returns the failure of a picture that can never work; throws on a passing fault
   */
  render(
    picture: Uint8Array,
    rendering: Rendering,
    onFrame: (progress: Progress) => void,
  ): Promise<RenderedPictures | { failure: Failure }>;
}

/** Makes a picture fit a budget. */
export interface Fitter {
  /** @returns the failure of a picture that can never fit; throws on a passing fault */
  fit(
    picture: Uint8Array,
    budget: Budget,
    look: FitOrder['look'],
  ): Promise<(Omit<FitFacts, 'hash'> & { file: Uint8Array }) | { failure: Failure }>;
}

/** The files of an emoji. */
export interface RenderedPictures {
  gif: Uint8Array;
  renditions: Renditions<Uint8Array>;
  /** Of the GIF. */
  frames: number;
  source: SourceFacts;
}

/** Secrets that the service has to send on, and thus must be able to read again. */
export interface Secrets {
  /**
   * @param context what the secret belongs to: it can be opened for nothing else
   * @returns printable ASCII
   */
  seal(secret: string, context: string): Promise<string>;
  /** @returns null for what was sealed with another key or for something else, or was changed since */
  open(sealed: string, context: string): Promise<string | null>;
}

/** Structured log lines. */
export interface Logger {
  info(event: string, facts?: Record<string, unknown>): void;
  error(event: string, error: unknown, facts?: Record<string, unknown>): void;
}
