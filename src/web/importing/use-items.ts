import { useEffect, useRef, useState } from 'preact/hooks';
import { type Problem, problemFrom } from '../shared/api.ts';
import { untilAnswered } from '../shared/connection.ts';
import { fetchItems, type ImportItem, type Outcome } from './import-api.ts';

interface Page {
  /** It follows this place of the list; null is the start. */
  cursor: string | null;
  items: ImportItem[];
  next: string | null;
}

const isOver = ({ outcome }: ImportItem): boolean => outcome !== 'planned' && outcome !== 'waiting';

/**
 * The items of an import, page by page.
 *
 * @param looks each other number has those looked at again that may have changed; all of them once `isDone`
 */
export function useItems(id: string, outcome: Outcome | null, looks: number, isDone: boolean) {
  const key = `${id} ${outcome}`;
  const [list, setList] = useState<{ key: string; pages: Page[] }>({ key, pages: [] });
  const [problem, setProblem] = useState<Problem | null>(null);
  /** One is asked for after the other: each goes by what the one before has found. */
  const turn = useRef(Promise.resolve());
  const latest = useRef(list);
  const wanted = useRef(key);
  wanted.current = key;

  const show = (pages: Page[]) => {
    latest.current = { key, pages };
    setList(latest.current);
  };

  const pagesNow = (): Page[] => (latest.current.key === key ? latest.current.pages : []);

  const inTurn = (run: () => Promise<void>) => {
    turn.current = turn.current.then(async () => {
      if (wanted.current !== key) return;
      try {
        await run();
        setProblem(null);
      } catch (error) {
        setProblem(problemFrom(error));
      }
    });
  };

  const read = async (cursor: string | null): Promise<Page> => {
    const { data, next_cursor: next } = await untilAnswered(() => fetchItems(id, outcome, cursor));
    return { cursor, items: data, next };
  };

  const refresh = async () => {
    if (pagesNow().length === 0) return show([await read(null)]);
    for (let at = 0; at < pagesNow().length; at++) {
      const pages = pagesNow();
      const page = pages[at];
      if (page === undefined || (!isDone && page.next !== null && page.items.every(isOver))) continue;
      const fresh = await read(page.cursor);
      if (wanted.current !== key) return;
      // With another end, what follows it is another page.
      show(fresh.next === page.next ? pages.with(at, fresh) : [...pages.slice(0, at), fresh]);
      // They are carried out in their order: later ones are as they were, too.
      if (!isDone && JSON.stringify(fresh) === JSON.stringify(page)) return;
    }
  };

  const readMore = async () => {
    const pages = pagesNow();
    const next = pages.at(-1)?.next;
    if (next) show([...pages, await read(next)]);
  };

  useEffect(() => inTurn(refresh), [key, looks, isDone]);

  const pages = list.key === key ? list.pages : [];
  return {
    /** Null before there are any. */
    items: pages.length === 0 ? null : pages.flatMap(({ items }) => items),
    problem,
    /** Null where there are no more. */
    more: pages.at(-1)?.next ? () => inTurn(readMore) : null,
    again: () => inTurn(refresh),
  };
}
