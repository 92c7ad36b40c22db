import { useState } from 'preact/hooks';
import { problemFrom } from './api.ts';

/** What a dialog asks of the service: one thing at a time, and why that was refused. */
export function useAsking() {
  const [problem, setProblem] = useState<string | null>(null);
  const [isAsking, setAsking] = useState(false);
  /** @param onRefused for what is to be seen beside why */
  const ask = async (run: () => Promise<void>, onRefused?: () => void): Promise<void> => {
    if (isAsking) return;
    setAsking(true);
    setProblem(null);
    try {
      await run();
    } catch (error) {
      setProblem(problemFrom(error).detail);
      onRefused?.();
    }
    setAsking(false);
  };
  return { problem, isAsking, ask };
}
