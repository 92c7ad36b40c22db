import type { Principal } from '../../domain/access.ts';
import type { EmojiRevision } from '../../domain/emoji.ts';
import { MAX_WORDS } from '../../domain/emoji.ts';
import type { ImportItem } from '../../domain/packs/import-item.ts';
import { Refusal } from '../../domain/refusal.ts';
import { type ChangePorts, changeEmoji } from '../change-emoji.ts';
import type { ImportItems } from './ports.ts';

export interface WordPorts extends ChangePorts {
  importItems: ImportItems;
}

/** Others would have to be faster that often in a row. */
const MOST_RACES = 5;

/**
 * Says of an emoji what its pack says of it, beside what is said of it already. May be done twice.
 *
 * @returns what could not be had of that
 */
export async function addWords(ports: WordPorts, item: ImportItem, by: Principal): Promise<string[]> {
  const { emoji, emojiId, finalName, leftOut } = item;
  if (emoji === null || finalName === null || !hasWords(item)) return leftOut;
  const { aliases, tags, category, description } = emoji.words;
  for (let races = 0; races < MOST_RACES; races++) {
    const seen = await ports.life.find(finalName);
    if (seen === null || seen.id !== emojiId) return [...leftOut, GONE];
    const holders = await ports.importItems.holders(aliases);
    const others = aliases.filter((alias) => (holders.get(alias)?.emojiId ?? emojiId) !== emojiId);
    const joined = {
      aliases: union(
        seen.aliases,
        aliases.filter((alias) => !others.includes(alias)),
      ),
      tags: union(seen.tags, tags),
    };
    const patch = {
      aliases: joined.aliases.kept,
      tags: joined.tags.kept,
      category: category ?? seen.category,
      description: description || seen.description,
    };
    try {
      // What somebody else has said of it meanwhile is not taken back.
      const asSeen = ({ id, revision }: EmojiRevision) => id === emojiId && revision === seen.revision;
      await changeEmoji(ports, finalName, patch, asSeen, by);
      return [
        ...leftOut,
        ...others.map((alias) => `alias "${alias}": the name is in use`),
        ...joined.aliases.left.map((alias) => `alias "${alias}": the emoji has ${MAX_WORDS} already`),
        ...joined.tags.left.map((tag) => `tag "${tag}": the emoji has ${MAX_WORDS} already`),
      ];
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      if (!['name_taken', 'emoji_changed'].includes(error.code)) {
        return [...leftOut, `aliases, tags, category and description: ${error.message}`];
      }
    }
  }
  return [...leftOut, 'aliases, tags, category and description: it is being changed all the time'];
}

/** Whether its pack says anything of it. */
export function hasWords({ emoji }: ImportItem): boolean {
  if (emoji === null) return false;
  const { aliases, tags, category, description } = emoji.words;
  return aliases.length > 0 || tags.length > 0 || category !== null || description !== '';
}

const GONE = 'aliases, tags, category and description: the emoji has been renamed or deleted meanwhile';

/** As many as an emoji can have, first those that it had. */
function union(had: string[], given: string[]): { kept: string[]; left: string[] } {
  const all = [...new Set([...had, ...given])];
  const most = Math.max(MAX_WORDS, had.length);
  return { kept: all.slice(0, most), left: all.slice(most) };
}
