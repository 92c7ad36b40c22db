import { useCallback, useEffect, useState } from 'preact/hooks';
import { type Problem, problemFrom } from '../shared/api.ts';
import { untilAnswered } from '../shared/connection.ts';
import { fetchInfo, type SeenEmoji } from '../shared/emojis.ts';
import type { Freshness } from './use-freshness.ts';

/** An emoji, kept up to date; null before it is there. */
export function useSeenEmoji(name: string, { generation }: Freshness) {
  // With the names that it was asked for by, and is asked for by from here.
  const [{ names, emoji }, setSeen] = useState<{ names: string[]; emoji: SeenEmoji | null }>({
    names: [],
    emoji: null,
  });
  const [problem, setProblem] = useState<Problem | null>(null);

  // What is to be asked for anew, though under the same name.
  useEffect(() => {
    let isWanted = true;
    untilAnswered(() => fetchInfo(name)).then(
      (now) => {
        if (!isWanted) return;
        setSeen({ names: [name, now.info.name], emoji: now });
        setProblem(null);
      },
      (error) => {
        if (isWanted) setProblem(problemFrom(error));
      },
    );
    return () => {
      isWanted = false;
    };
  }, [name, generation]);

  return {
    // Not the one before, where another one is asked for.
    seen: names.includes(name) ? emoji : null,
    problem,
    see: useCallback((now: SeenEmoji) => setSeen({ names: [name, now.info.name], emoji: now }), [name]),
  };
}
