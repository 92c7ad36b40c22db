import fc from 'fast-check';
import { expect, it } from 'vitest';
import { emojisOf, nextPlace, type Page, withPage } from '../../src/web/gallery/emoji-pages.ts';
import type { ListedEmoji } from '../../src/web/shared/emojis.ts';

const PAGE = 3;

/** The list as a service has it, that goes by keys: a cursor is the last key of a page. */
function ask(keys: string[], cursor: string | null, generation: number): Page {
  const rest = keys.filter((key) => cursor === null || key > cursor);
  const page = rest.slice(0, PAGE);
  return {
    cursor,
    items: page.map((name) => ({ name }) as ListedEmoji),
    next: rest.length > PAGE ? (page.at(-1) ?? null) : null,
    generation,
  };
}

/** Asks for what is wanted, one page after the other, until nothing is. */
function settle(pages: Page[], keys: string[], range: { start: number; end: number }, generation: number): Page[] {
  let settled = pages;
  for (let times = 0; times < 1_000; times++) {
    const place = nextPlace(settled, range, generation);
    if (place === undefined) return settled;
    settled = withPage(settled, ask(keys, place, generation));
  }
  throw new Error('it asks for ever');
}

const names = (pages: Page[]) => emojisOf(pages).map(({ name }) => name);
const Keys = fc.uniqueArray(fc.stringMatching(/^[a-f]{1,3}$/), { maxLength: 40 }).map((keys) => keys.sort());
const ALL = { start: 0, end: Number.POSITIVE_INFINITY };

it('has the list as it is now, whatever came and went, once all of it was seen', () => {
  fc.assert(
    fc.property(fc.array(Keys, { minLength: 1, maxLength: 4 }), (lists) => {
      const pages = lists.reduce<Page[]>((known, keys, generation) => settle(known, keys, ALL, generation), []);
      expect(names(pages)).toEqual(lists.at(-1));
    }),
  );
});

it('has what is seen as it is now, and has nothing twice, where only that was asked for anew', () => {
  fc.assert(
    fc.property(Keys, Keys, fc.nat(30), (before, after, start) => {
      const range = { start, end: start + 5 };
      const pages = settle(settle([], before, ALL, 0), after, range, 1);
      const seen = names(pages);
      expect(new Set(seen).size).toBe(seen.length);
      // What is known by now, of the part that is seen, is there; and in its order.
      const fresh = pages
        .filter(({ generation }) => generation === 1)
        .flatMap(({ items }) => items.map(({ name }) => name));
      expect(fresh).toEqual(fresh.filter((name) => after.includes(name)).sort());
    }),
  );
});

it('asks for no more than what is seen, and some ahead', () => {
  const keys = Array.from({ length: 5_000 }, (_, index) => String(index).padStart(4, '0'));
  const pages = settle([], keys, { start: 0, end: 50 }, 0);
  expect(names(pages)).toHaveLength(351);
  // Of those, the pages of the seen range only.
  const again = settle(pages, keys, { start: 100, end: 150 }, 1);
  const asked = again
    .filter(({ generation }) => generation === 1)
    .flatMap(({ items }) => items.map(({ name }) => name));
  expect(asked[0]).toBe('0099');
  expect(names(again)).toHaveLength(450);
});
