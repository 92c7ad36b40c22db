import type { ListedEmoji } from '../shared/emojis.ts';

/** A page of the list, as it was when it was asked for. */
export interface Page {
  /** It follows this place of the list; null is the start. */
  cursor: string | null;
  items: ListedEmoji[];
  /** The place where the next one starts; null where there is none. */
  next: string | null;
  /** Of the list, when it was asked for; null of what is only known to have been there. */
  generation: number | null;
}

/** Items of the list that are seen, by their number. */
export interface Range {
  start: number;
  end: number;
}

/** So many are known beyond those that are seen. */
const AHEAD = 300;

/**
 * Puts a page in the place of what was known of that part of the list. A cursor is a place in the list, whoever comes
 * and goes: pages that follow stay, and the one that the fresh one reaches into is cut.
 */
export function withPage(pages: Page[], fresh: Page): Page[] {
  const at = pages.findIndex(({ cursor }) => cursor === fresh.cursor);
  if (at < 0) return pages.length === 0 || pages.at(-1)?.next === fresh.cursor ? [...pages, fresh] : pages;
  const before = pages.slice(0, at);
  if (fresh.next === null) return [...before, fresh];
  const known = pages.slice(at);
  const last = fresh.items.at(-1)?.name;
  const reached = Math.max(
    known.findIndex(({ next, items }) => next === fresh.next || items.some(({ name }) => name === last)),
    0,
  );
  const { items = [], next = null } = known[reached] ?? {};
  const after = known.slice(reached + 1);
  if (next === fresh.next) return [...before, fresh, ...after];
  const told = new Set(fresh.items.map(({ name }) => name));
  const rest = items.slice(items.findIndex(({ name }) => name === last) + 1).filter(({ name }) => !told.has(name));
  return [...before, fresh, { cursor: fresh.next, items: rest, next, generation: null }, ...after];
}

/** @returns the place of the page that is to be asked for next; undefined where none is */
export function nextPlace(pages: Page[], { start, end }: Range, generation: number): string | null | undefined {
  let first = 0;
  for (const page of pages) {
    const isSeen = first <= end && first + page.items.length >= start;
    if (isSeen && page.generation !== generation) return page.cursor;
    first += page.items.length;
  }
  const last = pages.at(-1);
  if (last === undefined) return null;
  return last.next !== null && first < end + AHEAD ? last.next : undefined;
}

/** One that has moved may be in a page that was asked for before and in one that was asked for since. */
export function emojisOf(pages: Page[]): ListedEmoji[] {
  const byName = new Map<string, ListedEmoji>();
  for (const { items } of pages) for (const emoji of items) byName.set(emoji.name, emoji);
  return [...byName.values()];
}
