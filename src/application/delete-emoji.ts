import type { DeletedEmoji } from '../domain/emoji.ts';
import { findShown } from './find-emoji.ts';
import type { EmojiCatalogue, EmojiLife } from './ports.ts';
import { changing, type Precondition } from './revision.ts';

/**
 * Takes an emoji out of sight, and frees its names. It can be restored for 30 days.
 *
 * @param written one of its names
 * @returns the emoji as it was: what its names show may be kept somewhere
 * @throws Refusal `emoji_not_found`, `emoji_not_ready`, `emoji_changed`
 */
export async function deleteEmoji(
  { catalogue, life }: { catalogue: EmojiCatalogue; life: EmojiLife },
  written: string,
  precondition: Precondition,
  actor: string | null,
): Promise<DeletedEmoji> {
  return changing(
    () => findShown(catalogue, catalogue, written),
    precondition,
    (emoji) => life.delete(emoji, { actor, at: Date.now() }),
  );
}
