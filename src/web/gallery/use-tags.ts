import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { untilAnswered } from '../shared/connection.ts';
import type { ListedEmoji } from '../shared/emojis.ts';
import { fetchTags } from './emoji-api.ts';

/** All tags that there are: those first that most of the emoji have that were listed since the page was opened. */
export function useTags(emojis: ListedEmoji[], generation: number): string[] {
  const most = useRef(new Map<string, number>());
  const [all, setAll] = useState<string[]>([]);

  useEffect(() => {
    const over = new AbortController();
    untilAnswered(fetchTags, over.signal).then(
      (tags) => over.signal.aborted || setAll(tags),
      // Why nothing can be read, the list says. What is listed tells tags as well.
      () => {},
    );
    return () => over.abort();
  }, [generation]);

  return useMemo(() => {
    const counts = new Map<string, number>(all.map((tag) => [tag, 0]));
    for (const { tags } of emojis) for (const tag of tags) counts.set(tag, (counts.get(tag) ?? 0) + 1);
    // A filter leaves out others, which are still to be chosen.
    for (const [tag, count] of counts) most.current.set(tag, Math.max(count, most.current.get(tag) ?? 0));
    return [...most.current].sort(([a, ofA], [b, ofB]) => ofB - ofA || (a < b ? -1 : 1)).map(([tag]) => tag);
  }, [emojis, all]);
}
