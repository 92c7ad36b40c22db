import { useEffect, useState } from 'preact/hooks';
import { type Problem, problemFrom } from './api.ts';
import { untilAnswered } from './connection.ts';

interface Page<Item> {
  data: Item[];
  next_cursor: string | null;
}

/**
 * A list of the API, read page by page.
 *
 * @param key another one for another list
 */
export function usePages<Item>(ask: (cursor?: string) => Promise<Page<Item>>, key: string) {
  const [list, setList] = useState<{ items: Item[]; next: string | null } | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);

  const read = async (cursor?: string, isWanted = () => true) => {
    try {
      const { data, next_cursor: next } = await untilAnswered(() => ask(cursor));
      if (!isWanted()) return;
      setList((now) => ({ items: cursor === undefined ? data : [...(now?.items ?? []), ...data], next }));
      setProblem(null);
    } catch (error) {
      if (isWanted()) setProblem(problemFrom(error));
    }
  };

  useEffect(() => {
    let isOver = false;
    void read(undefined, () => !isOver);
    return () => {
      isOver = true;
    };
  }, [key]);

  return {
    /** Null before there are any. */
    items: list?.items ?? null,
    problem,
    /** Null where there are no more. */
    more: list?.next ? () => void read(list.next ?? undefined) : null,
    again: () => void read(),
  };
}
