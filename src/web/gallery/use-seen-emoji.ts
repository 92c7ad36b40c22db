import { useCallback, useEffect, useState } from 'preact/hooks';
import { type Problem, problemFrom } from '../shared/api.ts';
import { fetchInfo, type SeenEmoji } from './emoji-api.ts';
import type { Freshness } from './use-freshness.ts';

/** An emoji, kept up to date; null before it is there. */
export function useSeenEmoji(name: string, { generation, isCut, check }: Freshness) {
  const [seen, setSeen] = useState<SeenEmoji | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);

  // What is to be asked for anew, though under the same name.
  useEffect(() => {
    let isWanted = true;
    fetchInfo(name).then(
      (now) => {
        if (!isWanted) return;
        setSeen(now);
        setProblem(null);
      },
      (error) => {
        if (!isWanted) return;
        setProblem(problemFrom(error));
        if (problemFrom(error).status === 0) void check();
      },
    );
    return () => {
      isWanted = false;
    };
  }, [name, generation, isCut]);

  return { seen, problem, see: useCallback((now: SeenEmoji) => setSeen(now), []) };
}
