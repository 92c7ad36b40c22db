import { useCallback, useEffect, useMemo, useState } from 'preact/hooks';
import { type Problem, problemFrom } from '../shared/api.ts';
import { untilAnswered } from '../shared/connection.ts';
import type { ListedEmoji } from '../shared/emojis.ts';
import { fetchPage, type ListQuery } from './emoji-api.ts';
import { emojisOf, nextPlace, type Page, type Range, withPage } from './emoji-pages.ts';
import type { Freshness } from './use-freshness.ts';

export interface EmojiList {
  /** Another one for the emoji of another query; null before there are any. */
  key: string | null;
  emojis: ListedEmoji[];
  /** Whether what is shown is not yet what was asked for. */
  isStale: boolean;
  /** Whether there are no more than these. */
  isWhole: boolean;
  problem: Problem | null;
  /** Says what is seen, so that it is kept up to date, and more is there before it is needed. */
  see(range: Range): void;
  retry(): void;
}

/** Range numbers are rounded, so that the page is not drawn anew with each row. */
const STEP = 50;

/** The emoji that a query finds, loaded page by page as they are seen. */
export function useEmojiList(query: ListQuery, { generation, saw }: Freshness): EmojiList {
  const key = JSON.stringify(query);
  const [list, setList] = useState<{ key: string | null; pages: Page[] }>({ key: null, pages: [] });
  const [seen, setSeen] = useState<Range>({ start: 0, end: 0 });
  const [problem, setProblem] = useState<Problem | null>(null);
  const isStale = list.key !== key;
  const place = isStale ? null : nextPlace(list.pages, seen, generation);

  // Another list is another try.
  useEffect(() => setProblem(null), [key]);

  // Each list that has come asks for the next page, also in the same place.
  useEffect(() => {
    if (place === undefined || problem !== null) return;
    const { signal, abort } = aborter();
    untilAnswered(() => fetchPage(query, place, signal), signal).then(
      ({ data, next_cursor, etag }) => {
        if (signal.aborted) return;
        saw(etag);
        const page = { cursor: place, items: data, next: next_cursor, generation };
        setList((now) => ({ key, pages: withPage(now.key === key ? now.pages : [], page) }));
      },
      (error) => {
        if (!signal.aborted) setProblem(problemFrom(error));
      },
    );
    return abort;
  }, [key, place, list, problem]);

  return {
    key: list.key,
    emojis: useMemo(() => emojisOf(list.pages), [list.pages]),
    isStale,
    isWhole: !isStale && list.pages.at(-1)?.next === null,
    problem,
    see: useCallback(({ start, end }: Range) => {
      const range = { start: Math.floor(start / STEP) * STEP, end: Math.ceil(end / STEP) * STEP };
      setSeen((now) => (now.start === range.start && now.end === range.end ? now : range));
    }, []),
    retry: useCallback(() => setProblem(null), []),
  };
}

function aborter() {
  const controller = new AbortController();
  return { signal: controller.signal, abort: () => controller.abort() };
}
