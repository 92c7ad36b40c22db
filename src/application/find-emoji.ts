import type { Emoji } from '../domain/emoji.ts';
import { parseEmojiName } from '../domain/emoji-name.ts';
import { Refusal } from '../domain/refusal.ts';
import type { EmojiCatalogue } from './ports.ts';

/** @throws Refusal `emoji_not_found` also for a name that no emoji can have */
export async function findEmoji(catalogue: EmojiCatalogue, written: string): Promise<Emoji> {
  const emoji = await catalogue.find(parseKnownName(written));
  if (emoji === null) throw emojiNotFound(written);
  return emoji;
}

/** The canonical form of the name of an emoji that is said to exist. @throws Refusal `emoji_not_found` when none can */
export function parseKnownName(written: string): string {
  const parsed = parseEmojiName(written);
  if (!parsed.ok) throw emojiNotFound(written);
  return parsed.name;
}

export function emojiNotFound(written: string): Refusal {
  return new Refusal('emoji_not_found', `There is no emoji called "${written}".`);
}
