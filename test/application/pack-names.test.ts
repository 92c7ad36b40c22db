import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nameAll } from '../../src/application/pack-names.ts';
import type { EmojiList, EmojiQuery, ListedEmoji } from '../../src/application/ports.ts';
import { parseEmojiName } from '../../src/domain/emoji-name.ts';
import { isNameFit, lengthOf } from '../../src/domain/platforms/name.ts';
import { PLATFORM_IDS, PLATFORMS } from '../../src/domain/platforms/table.ts';

const ALL: EmojiQuery = { text: null, tag: null, owner: null, animated: null, order: 'name' };

/** Emoji by their names, in the order that they are given in. */
function listOf(names: string[], all = names): Pick<EmojiList, 'page' | 'lookUp'> {
  const emojiOf = (name: string) => ({ id: `id of ${name}`, name }) as ListedEmoji;
  return {
    async page(_, after, limit) {
      const start = after === null ? 0 : Number(after.key[0]);
      const found = names.slice(start, start + limit).map((name, index) => ({
        emoji: emojiOf(name),
        position: { part: 'name' as const, key: [start + index + 1] },
      }));
      return { found, next: start + limit < names.length ? { part: 'name', key: [start + limit] } : null };
    },
    async lookUp(asked) {
      return new Map(asked.filter((name) => all.includes(name)).map((name) => [name, emojiOf(name)]));
    },
  };
}

async function named(list: Pick<EmojiList, 'page' | 'lookUp'>, platform: keyof typeof PLATFORMS): Promise<string[][]> {
  const pairs: string[][] = [];
  for await (const { emoji, name } of nameAll(list, ALL, PLATFORMS[platform].name)) pairs.push([emoji.name, name]);
  return pairs;
}

/** Names with few letters, so that many are fitted alike; and some that are long. */
const someName = fc
  .oneof(
    fc.string({ unit: fc.constantFrom('a', 'é', 'e', '-', '_', '+', '2', '日'), minLength: 1, maxLength: 6 }),
    fc.string({ unit: fc.constantFrom('a', 'é', '日', '-'), minLength: 30, maxLength: 64 }),
  )
  .filter((name) => {
    const parsed = parseEmojiName(name);
    return parsed.ok && parsed.name === name;
  });

describe('the names in a pack', () => {
  it.each(PLATFORM_IDS)('are each given once, are taken by %s, and are kept where they can be', async (platform) => {
    const rule = PLATFORMS[platform].name;
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(someName, { minLength: 150, maxLength: 250 }), async (names) => {
        const pairs = await named(listOf(names), platform);
        expect(pairs.map(([name]) => name)).toEqual(names);
        expect(new Set(pairs.map(([, name]) => name)).size).toBe(names.length);
        for (const [before = '', after = ''] of pairs) {
          expect(isNameFit(after, rule), after).toBe(true);
          if (isNameFit(before, rule)) expect(after).toBe(before);
        }
        expect(await named(listOf(names), platform)).toEqual(pairs);
      }),
      { numRuns: 40 },
    );
  });

  it('leave to an emoji that is not in the pack what it is called', async () => {
    expect(await named(listOf(['a-b', 'é'], ['a-b', 'a_b', 'a_b_2', 'é']), 'discord')).toEqual([
      ['a-b', 'a_b_3'],
      ['é', 'emoji_e'],
    ]);
  });

  it('differ also where an emoji came while the pack was made', async () => {
    expect(await named(listOf(['a-b', 'a_b'], []), 'discord')).toEqual([
      ['a-b', 'a_b'],
      ['a_b', 'a_b_2'],
    ]);
  });

  it('are as long as a platform takes, with what tells them apart, in bytes', async () => {
    const long = '日'.repeat(40);
    const [, second] = await named(listOf([long, `${long}本`]), 'matrix');
    const [, name = ''] = second ?? [];
    expect(lengthOf(name)).toBeLessThanOrEqual(100);
  });
});
