import { useEffect, useState } from 'preact/hooks';
import { isFinished } from '../../domain/task.ts';
import { type Problem, problemFrom } from '../shared/api.ts';
import { untilAnswered } from '../shared/connection.ts';
import { atMostEvery, pause } from '../shared/pause.ts';
import { watchTask } from '../shared/watch-task.ts';
import { fetchImport, type Import } from './import-api.ts';

/** Between two looks at an import whose task tells of progress all the time. */
const LOOK_MS = 1_000;

/** Before it is followed again, where that came to an end and the import did not. */
const AGAIN_MS = 2_000;

/**
 * An import, as it is now, until its end, and again when it is tried again.
 *
 * @returns with how often it was looked at: what comes of its items may be new each time
 */
export function useImport(id: string) {
  const [seen, setSeen] = useState<{ pack: Import; looks: number } | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  /** Rises with each time that it is to be followed anew. */
  const [tries, setTries] = useState(0);

  useEffect(() => {
    const over = new AbortController();
    const { signal } = over;
    const look = async () => {
      const pack = await untilAnswered(() => fetchImport(id), signal);
      if (!signal.aborted) setSeen((now) => ({ pack, looks: (now?.looks ?? 0) + 1 }));
      return pack;
    };
    const lookSoon = atMostEvery(LOOK_MS, () => {
      if (!signal.aborted) void look().catch(() => {});
    });
    const follow = async () => {
      while (!signal.aborted && !isFinished((await look()).state)) {
        await watchTask(id, lookSoon, signal);
        await pause(isFinished((await look()).state) ? 0 : AGAIN_MS, { target: signal, event: 'abort' });
      }
    };
    setProblem(null);
    follow().catch((error) => {
      if (!signal.aborted) setProblem(problemFrom(error));
    });
    return () => over.abort();
  }, [id, tries]);

  return { seen, problem, followAgain: () => setTries((now) => now + 1) };
}
