import type { Emoji } from '../domain/emoji.ts';
import { parseEmojiName } from '../domain/emoji-name.ts';
import { Refusal } from '../domain/refusal.ts';
import type { EmojiCatalogue } from './ports.ts';

/** @throws Refusal `emoji_not_found` also for a name that no emoji can have */
export async function findEmoji(catalogue: EmojiCatalogue, written: string): Promise<Emoji> {
  const parsed = parseEmojiName(written);
  const emoji = parsed.ok ? await catalogue.find(parsed.name) : null;
  if (emoji === null) throw new Refusal('emoji_not_found', `There is no emoji called "${written}".`);
  return emoji;
}
