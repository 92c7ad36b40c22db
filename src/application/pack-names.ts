import { fitName, isNameFit, withSuffix } from '../domain/platforms/name.ts';
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
  // Others differ as they are.
  const given = new Set<string>();
  for await (const emojis of pagesOf(list, query)) {
    const fitted = new Map<string, string>();
    for (const { id, name } of emojis) if (rule !== null && !isNameFit(name, rule)) fitted.set(id, fitName(name, rule));
    const owners = fitted.size === 0 ? new Map() : await list.lookUp([...new Set(fitted.values())]);
    for (const emoji of emojis) {
      const wanted = fitted.get(emoji.id) ?? emoji.name;
      let name = wanted;
      let isOthers = name !== emoji.name && isOf(owners.get(name), emoji);
      for (let count = 2; isOthers || given.has(name); count++) {
        name = withSuffix(wanted, `_${count}`, rule?.most ?? null);
        isOthers = isOf((await list.lookUp([name])).get(name), emoji);
      }
      if (name !== emoji.name) given.add(name);
      yield { emoji, name };
    }
  }
}

/** Whether a name leads to another emoji than this one. */
const isOf = (owner: ListedEmoji | undefined, { id }: ListedEmoji): boolean => owner !== undefined && owner.id !== id;

async function* pagesOf(list: Pick<EmojiList, 'page'>, query: EmojiQuery): AsyncGenerator<ListedEmoji[]> {
  let { found, next } = await list.page(query, null, PAGE);
  for (;;) {
    yield found.map(({ emoji }) => emoji);
    if (next === null) return;
    ({ found, next } = await list.page(query, next, PAGE));
  }
}
