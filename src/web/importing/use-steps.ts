import { useEffect, useRef, useState } from 'preact/hooks';
import { problemFrom } from '../shared/api.ts';
import { untilItsEnd } from '../shared/watch-task.ts';
import { type Conflict, goOn, type Import, planAgain, run, stop } from './import-api.ts';

interface Told {
  /** Another import is the one to look at: one that takes the place of this one, or one that comes after it. */
  onNext(id: string, how: 'replace' | 'push'): void;
  /** It goes on. */
  onGoOn(): void;
}

/** What a person can have done with an import. */
export function useSteps(pack: Import, { onNext, onGoOn }: Told) {
  const { id, on_conflict: policy } = pack;
  const [isAsking, setAsking] = useState(false);
  const [refused, setRefused] = useState<string | null>(null);
  /** What was chosen last; null where that was nothing, or nothing came of it. */
  const [chosen, setChosen] = useState<Conflict | null>(null);
  const latest = useRef(chosen);
  useEffect(() => setChosen(null), [id]);

  const ask = async (what: () => Promise<void>) => {
    setAsking(true);
    setRefused(null);
    await what().catch((error) => setRefused(problemFrom(error).detail));
    setAsking(false);
  };

  /** Has it planned with another policy. This plan is shown until that one is there. */
  const choose = async (wanted: Conflict) => {
    latest.current = wanted;
    setChosen(wanted);
    setRefused(null);
    try {
      const next = await planAgain(id, wanted);
      await untilItsEnd(next, () => {});
      if (latest.current === wanted) onNext(next, 'replace');
    } catch (error) {
      if (latest.current !== wanted) return;
      setChosen(null);
      setRefused(problemFrom(error).detail);
    }
  };

  return {
    policy: chosen ?? policy,
    /** Whether the plan that is shown is not the one that was asked for. */
    isPlanning: chosen !== null && chosen !== policy,
    isAsking,
    refused,
    choose: (wanted: Conflict) => void choose(wanted),
    start: () => void ask(async () => onNext(await run(id), 'push')),
    stop: () => void ask(() => stop(id)),
    goOn: () => void ask(() => goOn(id).then(onGoOn)),
  };
}
