import type { EmojiDetails, EmojiEvent } from '../domain/emoji.ts';
import { lookUpEmoji } from './find-emoji.ts';
import type { EmojiLife, Named } from './ports.ts';

/** Of what was done to an emoji as much is told with it. */
const MOST_EVENTS = 20;

interface Description {
  /** `renamed`: the name is one that the emoji had before. */
  outcome: 'found' | 'renamed';
  emoji: Named<EmojiDetails>;
  /** The last first; none of one that was renamed. */
  events: EmojiEvent[];
}

/** All that is to be known of an emoji, with what was done to it last. @throws Refusal `emoji_not_found` */
export function describeEmoji(life: EmojiLife, written: string): Promise<Description> {
  return emojiHistory(life, written, { before: null, limit: MOST_EVENTS });
}

/** What was done to an emoji from before an event on, page by page. @throws Refusal `emoji_not_found` */
export async function emojiHistory(
  life: EmojiLife,
  written: string,
  page: { before: number | null; limit: number },
): Promise<Description> {
  const { outcome, emoji } = await lookUpEmoji(life, written);
  return { outcome, emoji, events: outcome === 'renamed' ? [] : await life.events(emoji.id, page) };
}
