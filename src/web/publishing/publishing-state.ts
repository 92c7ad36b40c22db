import { isFinished } from '../../domain/task.ts';
import { type Failure, failureFrom } from '../adding/order.ts';
import { notify } from '../shared/notices.tsx';
import { Store } from '../shared/store.ts';
import { type FullTask, untilItsEnd } from '../shared/watch-task.ts';
import { publishEmoji } from './publishing-api.ts';

export type Publishing =
  /** With how far it is. */
  | { at: 'under way'; words: string }
  | { at: 'done' }
  /** With whether it would be done under another name, or where what is there may be replaced. */
  | { at: 'failed'; failure: Failure; canRename: boolean; canReplace: boolean };

/** What was ordered since the page was opened, by emoji and target: it goes on where nobody looks. */
export const publishings = new Store<ReadonlyMap<string, Publishing>>(new Map());

export const keyOf = (emojiId: string, target: string): string => `${emojiId} ${target}`;

/** What fails because of something that is there under that name, and what because of the name. */
const REPLACEABLE = ['emoji_exists', 'earlier_picture'];
const MISNAMED = ['emoji_exists', 'emoji_ambiguous', 'name_not_fit', 'name_reserved', 'replacing_not_yours'];

interface Order {
  emoji: { id: string; name: string };
  target: string;
  /** What it is to be called there; null for its own name, made to fit. */
  as: string | null;
  /** Whether another picture that is there may be replaced. */
  replace: boolean;
  /** Whether somebody sees how it goes, who need not be told of its end. */
  isSeen(): boolean;
}

/** Publishes an emoji, and follows that to its end. */
export async function publish({ emoji, target, as, replace, isSeen }: Order): Promise<void> {
  const tell = (now: Publishing) => {
    publishings.value = new Map(publishings.value).set(keyOf(emoji.id, target), now);
  };
  tell({ at: 'under way', words: 'Waits for its turn' });
  try {
    const taskId = await publishEmoji(emoji.name, { target, replace, ...(as !== null && { name: as }) });
    const { error, status } = await untilItsEnd(taskId, (task) => {
      if (!isFinished(task.state)) tell({ at: 'under way', words: wordsOf(task) });
    });
    const failure = status === 'REVOKED' ? CANCELLED : error;
    tell(failure ? failed(failure) : { at: 'done' });
    if (!isSeen())
      notify(failure ? `:${emoji.name}: was not published to ${target}` : `:${emoji.name}: is published to ${target}`);
  } catch (error) {
    tell(failed(failureFrom(error)));
  }
}

const CANCELLED = { code: 'revoked', message: 'It was cancelled.', remedy: 'Publish it again if it should be there.' };

function failed(failure: Failure): Publishing {
  const { code } = failure;
  return { at: 'failed', failure, canRename: MISNAMED.includes(code), canReplace: REPLACEABLE.includes(code) };
}

function wordsOf({ state, history, next_message_at: next }: FullTask): string {
  const why = history.at(-1)?.reason;
  if (state !== 'RETRY' || !why) return 'Being published';
  const seconds = next === null ? 0 : Math.max(0, Math.round((Date.parse(next) - Date.now()) / 1_000));
  return `Will be tried again${seconds > 0 ? ` in ${seconds} seconds` : ''}: ${why}`;
}
