import type { EmojiRevision } from '../domain/emoji.ts';
import { Refusal } from '../domain/refusal.ts';

/** Whether an emoji is as a request goes by; null for a request that takes it as it is. */
export type Precondition = ((seen: EmojiRevision) => boolean) | null;

/** Others would have to be faster that often in a row. */
const MOST_TRIES = 10;

/** @throws Refusal `emoji_changed` */
export function checkRevision(present: EmojiRevision & { name: string }, precondition: Precondition): void {
  if (precondition === null || precondition(present)) return;
  throw new Refusal(
    'emoji_changed',
    `"${present.name}" has been changed since you looked at it. Look at it again, and send your change with its new ETag.`,
    { present },
  );
}

/**
 * Reads an emoji and changes it as it was read; when others were faster, once more.
 *
 * @param attempt gives `changed` when the emoji was not as it was read any more, and nothing was done
 * @throws Refusal `emoji_changed` when it is not as the request goes by
 */
export async function changing<Seen extends EmojiRevision & { name: string }, Done>(
  read: () => Promise<Seen>,
  precondition: Precondition,
  attempt: (seen: Seen) => Promise<Done | 'changed'>,
): Promise<Done> {
  for (let tries = 1; ; tries++) {
    const seen = await read();
    checkRevision(seen, precondition);
    const done = await attempt(seen);
    if (done !== 'changed') return done;
    if (tries < MOST_TRIES) continue;
    throw new Refusal('emoji_changed', `"${seen.name}" is being changed all the time. Send your change again later.`, {
      present: seen,
    });
  }
}
