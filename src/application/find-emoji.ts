import { mayChangeEmoji, type Principal } from '../domain/access.ts';
import type { Emoji } from '../domain/emoji.ts';
import { parseEmojiName } from '../domain/emoji-name.ts';
import { Refusal } from '../domain/refusal.ts';
import type { EmojiCatalogue, Named } from './ports.ts';

/** Where emoji are found by a name that they have or had. */
interface Finder<E extends Emoji> {
  find(name: string): Promise<Named<E> | null>;
}

/**
 * An emoji by any of its names, or one that it had before: then it has been renamed, and whoever reads is to be sent on
 * to its present name.
 *
 * @throws Refusal `emoji_not_found` also for a name that no emoji can have
 */
export async function lookUpEmoji<E extends Emoji>(
  catalogue: Finder<E>,
  written: string,
): Promise<{ outcome: 'found' | 'renamed'; emoji: Named<E> }> {
  const emoji = await catalogue.find(parseKnownName(written));
  if (emoji === null) throw emojiNotFound(written);
  return { outcome: emoji.askedBy === 'former' ? 'renamed' : 'found', emoji };
}

/**
 * An emoji by any of its names, to be changed.
 *
 * @throws Refusal `emoji_not_found`, which tells its present name where it had the one that was asked by;
 * `emoji_not_ready` when its first picture is not there yet; `emoji_not_yours`
 */
export async function findShown<E extends Emoji>(
  finder: Finder<E>,
  catalogue: Pick<EmojiCatalogue, 'isTaken'>,
  written: string,
  by: Principal,
): Promise<E> {
  const name = parseKnownName(written);
  const emoji = await finder.find(name);
  if (emoji?.askedBy === 'former') throw emojiNotFound(written, emoji.name);
  if (emoji !== null) {
    checkOwner(by, emoji);
    return emoji;
  }
  if (!(await catalogue.isTaken(name))) throw emojiNotFound(written);
  throw new Refusal(
    'emoji_not_ready',
    `The first picture of "${name}" is not ready yet. Wait for its task, or cancel it.`,
  );
}

/** @throws Refusal `emoji_not_yours` */
export function checkOwner(by: Principal, emoji: Pick<Emoji, 'name' | 'owner'>): void {
  if (mayChangeEmoji(by, emoji)) return;
  const whose = emoji.owner === null ? 'nobody in particular' : 'somebody else';
  throw new Refusal(
    'emoji_not_yours',
    `"${emoji.name}" belongs to ${whose}. Whoever has the scope emoji:admin can change it.`,
  );
}

/** The canonical form of the name of an emoji that is said to exist. @throws Refusal `emoji_not_found` when none can */
export function parseKnownName(written: string): string {
  const parsed = parseEmojiName(written);
  if (!parsed.ok) throw emojiNotFound(written);
  return parsed.name;
}

/** @param present what the emoji is called now that was called so before */
export function emojiNotFound(written: string, present?: string): Refusal {
  const renamed = present === undefined ? '' : ` It is called "${present}" now: ask for that.`;
  return new Refusal('emoji_not_found', `There is no emoji called "${written}".${renamed}`);
}
