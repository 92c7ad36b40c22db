import type { Emoji, EmojiImage } from '../domain/emoji.ts';
import type { Failure } from '../domain/failure.ts';
import type { Rendering } from '../domain/rendering.ts';
import type { Task, TaskOrder, TaskState } from '../domain/task.ts';

/** Who has a name, and which picture it shows. */
export interface EmojiCatalogue {
  /** Takes the name for an emoji that has no picture yet. @returns false when somebody has it */
  take(emoji: { id: string; name: string; createdAt: number }): Promise<boolean>;
  /** Frees the name of an emoji that never had a picture. */
  release(emojiId: string): Promise<void>;
  isTaken(name: string): Promise<boolean>;
  /** @returns null when nothing has the name, or its picture is not ready */
  find(name: string): Promise<Emoji | null>;
  /** Emoji with a picture, by name in code point order, after `after`. */
  list(page: { after: string | null; limit: number }): Promise<Emoji[]>;
}

/** The uploaded pictures, as they came. */
export interface SourceStore {
  /** @returns the number of bytes */
  put(key: string, chunks: AsyncIterable<Uint8Array>): Promise<number>;
  get(key: string): Promise<Uint8Array | null>;
  delete(key: string): Promise<void>;
}

/** The rendered pictures, under the hash of their bytes. */
export interface ImageStore {
  put(image: EmojiImage, gif: Uint8Array): Promise<void>;
  get(hash: string): Promise<ReadableStream<Uint8Array> | null>;
}

/** A task as it can be listed: without what only its owner needs. */
export type TaskSummary = Pick<
  Task,
  'id' | 'kind' | 'emojiName' | 'state' | 'attempts' | 'receivedAt' | 'startedAt' | 'finishedAt' | 'failure'
>;

/** A task as it can be looked at. */
export type TaskRecord = TaskSummary & Pick<Task, 'history'>;

/** The place of a task in the list, newest first. */
export type TaskPosition = Pick<Task, 'receivedAt' | 'id'>;

/** Past and current tasks. */
export interface TaskHistory {
  find(id: string): Promise<TaskRecord | null>;
  /** Newest first, after `after`; of all states when `states` is empty. */
  list(page: { states: TaskState[]; after: TaskPosition | null; limit: number }): Promise<TaskSummary[]>;
}

/** What a renderer is to do, and the token that lets it say how it went. */
export interface Claim {
  token: string;
  attempt: number;
  sourceKey: string;
  rendering: Rendering;
}

/** The owners of tasks: each move is decided and kept there. */
export interface TaskOwners {
  /** From the answer on the task is carried to its end, whatever happens. */
  submit(order: TaskOrder): Promise<void>;
  /** @returns null for a task that was never submitted */
  read(id: string): Promise<TaskRecord | null>;
  /** @returns null when there is nothing to do */
  claim(id: string): Promise<Claim | null>;
  /** Each of these is refused, with false, when the token does not hold the task any more. */
  succeed(id: string, token: string, image: EmojiImage): Promise<boolean>;
  fail(id: string, token: string, failure: Failure): Promise<boolean>;
  retry(id: string, token: string, fault: string): Promise<boolean>;
  /** The queue gave up on a message about the task. @returns false when that did not matter */
  undeliverable(id: string, message: Pick<Task, 'attempts' | 'sends'>): Promise<boolean>;
}

/** Turns a picture into an emoji. */
export interface Renderer {
  /** @returns the failure of a picture that can never work; throws on a passing fault */
  render(
    picture: Uint8Array,
    rendering: Rendering,
  ): Promise<{ gif: Uint8Array; frames: number } | { failure: Failure }>;
}

/** Structured log lines. */
export interface Logger {
  info(event: string, facts?: Record<string, unknown>): void;
  error(event: string, error: unknown, facts?: Record<string, unknown>): void;
}
