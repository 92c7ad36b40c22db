import type { EmojiCatalogue } from '../../src/application/ports.ts';
import { DEFAULT_RENDERING } from '../../src/domain/rendering.ts';
import * as moves from '../../src/domain/task.ts';

export const IMAGE = {
  hash: 'ab',
  bytes: 12,
  frames: 3,
  renditions: {
    gif64: { hash: 'ab-64', bytes: 6 },
    gif128: { hash: 'ab-128', bytes: 18 },
    png: { hash: 'ab-still', bytes: 9 },
  },
};
export const SOURCE = { format: 'png', bytes: 1_000, width: 20, height: 10, frames: 1, durationMs: 0 };
/** What a renderer says of a picture that it could render. */
export const RESULT = { image: IMAGE, source: SOURCE };
/** What it says of one that it could not. */
export const FAILURE = { code: 'corrupt_picture', message: 'PNG: broken', remedy: 'Save it again.' };

/** An order for a task of its own. */
export function newOrder(change: Partial<moves.TaskOrder> = {}): moves.TaskOrder {
  const id = change.id ?? crypto.randomUUID();
  return {
    id,
    kind: 'create',
    parentId: null,
    emojiId: `emoji-${id}`,
    emojiName: 'tada',
    version: 1,
    receivedAt: Date.now(),
    sourceKey: `sources/${id}`,
    sourceHash: 'cd'.repeat(32),
    actor: null,
    rendering: DEFAULT_RENDERING,
    details: null,
    ...change,
  };
}

/** The version of another picture for an emoji, ordered by nobody in particular. */
export async function versionAfter(catalogue: EmojiCatalogue, emojiId: string): Promise<number | null> {
  const version = await catalogue.nextVersion(newOrder({ kind: 'replace', emojiId }), Date.now(), null);
  if (version === 'changed') throw new Error('an order that takes the emoji as it is was refused');
  return version;
}

export function must<T>(value: T | null | undefined): T {
  if (value === null || value === undefined) throw new Error('there is nothing; was a move refused?');
  return value;
}

/** A task that has come to a state by legal moves: claimed after 100 ms, at its end 50 ms later. */
export function taskIn(state: moves.TaskState, receivedAt: number, change: Partial<moves.Task> = {}): moves.Task {
  const { id, kind, emojiId, emojiName, version } = { ...newOrder(), ...change };
  const pending = moves.submit(newOrder({ id, kind, emojiId, emojiName, version, receivedAt }));
  const end = receivedAt + 150;
  const started = must(moves.claim(pending, 'token', receivedAt + 100));
  const task = {
    PENDING: pending,
    STARTED: started,
    RETRY: moves.retry(started, 'token', 'R2 is away', end),
    SUCCESS: moves.succeed(started, 'token', RESULT, end),
    FAILURE: moves.fail(started, 'token', FAILURE, end),
    REVOKED: moves.cancel(started, end),
  }[state];
  return { ...must(task), ...change };
}
