import { fitName, isNameFit, lengthOf } from '../domain/platforms/name.ts';
import type { NameCharactersRule } from '../domain/platforms/rules.ts';
import type { EmojiList, EmojiQuery, ListedEmoji } from './ports.ts';

/** Emoji that are read from the list at once. */
const PAGE = 100;

/** An emoji, and what a platform takes as its name. */
export interface NamedEmoji {
  emoji: ListedEmoji;
  name: string;
}

/**
 * All emoji of a query, each under a name that a platform takes and none of the others has, `_2` and so on at its end
 * where need be. One that is taken as it is always stays as it is, also where an emoji that is called so is not in the
 * query. Of names that were fitted, the first in the order of the list has it.
 *
 * @param rule null for the names that they have
 */
export async function* nameAll(
  list: Pick<EmojiList, 'page' | 'lookUp'>,
  query: EmojiQuery,
  rule: NameCharactersRule | null,
): AsyncGenerator<NamedEmoji> {
  // Only what was fitted can meet another one.
  const fittedNames = new Set<string>();
  for await (const emojis of pagesOf(list, query)) {
    const changed = rule === null ? [] : emojis.filter(({ name }) => !isNameFit(name, rule));
    const wanted = new Map(changed.map(({ id, name }) => [id, fitName(name, rule as NameCharactersRule)]));
    const owners = wanted.size === 0 ? new Map() : await list.lookUp([...new Set(wanted.values())]);
    for (const emoji of emojis) {
      const fitted = wanted.get(emoji.id);
      if (rule === null || fitted === undefined) {
        yield { emoji, name: emoji.name };
        continue;
      }
      let name = fitted;
      let isOthers = isOf(owners.get(name), emoji);
      for (let count = 2; isOthers || fittedNames.has(name); count++) {
        name = withSuffix(fitted, `_${count}`, rule);
        isOthers = isOf((await list.lookUp([name])).get(name), emoji);
      }
      fittedNames.add(name);
      yield { emoji, name };
    }
  }
}

/** Whether a name leads to another emoji than this one. */
const isOf = (owner: ListedEmoji | undefined, { id }: ListedEmoji): boolean => owner !== undefined && owner.id !== id;

/** A fitted name is of ASCII, one byte a character; a name that ends with a digit may end it with a suffix. */
function withSuffix(name: string, suffix: string, { most }: NameCharactersRule): string {
  if (most === null || lengthOf(name) + suffix.length <= most) return name + suffix;
  return (
    Array.from(name)
      .slice(0, most - suffix.length)
      .join('') + suffix
  );
}

async function* pagesOf(list: Pick<EmojiList, 'page'>, query: EmojiQuery): AsyncGenerator<ListedEmoji[]> {
  let { found, next } = await list.page(query, null, PAGE);
  for (;;) {
    yield found.map(({ emoji }) => emoji);
    if (next === null) return;
    ({ found, next } = await list.page(query, next, PAGE));
  }
}
