import type { Principal } from '../../domain/access.ts';
import type { ImportItem } from '../../domain/packs/import-item.ts';
import { MAX_WORDS } from '../../domain/packs/import-limits.ts';
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
    const patch = {
      aliases: union(
        seen.aliases,
        aliases.filter((alias) => !others.includes(alias)),
      ),
      tags: union(seen.tags, tags),
      category: category ?? seen.category,
      description: description || seen.description,
    };
    try {
      await changeEmoji(ports, finalName, patch, ({ id }) => id === emojiId, by);
      return [...leftOut, ...others.map((alias) => `alias "${alias}": the name is in use`)];
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      if (error.code !== 'name_taken') return [...leftOut, `aliases, tags, category and description: ${error.message}`];
    }
  }
  return [...leftOut, 'aliases, tags, category and description: names are being taken all the time'];
}

/** Whether its pack says anything of it. */
export function hasWords({ emoji }: ImportItem): boolean {
  if (emoji === null) return false;
  const { aliases, tags, category, description } = emoji.words;
  return aliases.length > 0 || tags.length > 0 || category !== null || description !== '';
}

const GONE = 'aliases, tags, category and description: the emoji has been renamed or deleted meanwhile';

const union = (had: string[], given: string[]): string[] =>
  [...new Set([...had, ...given])].slice(0, Math.max(MAX_WORDS, had.length));
