import { useEffect, useState } from 'preact/hooks';
import { type Problem, problemFrom } from '../shared/api.ts';
import { onTask } from './connection.ts';

interface Freshness {
  /** What is asked for, and of when: when it changes, it is asked for at once; null to ask for nothing. */
  key: string | null;
  /** Milliseconds. */
  every: number;
  /** How soon after a task has changed. */
  afterChange: number;
}

export interface Resource<Data> {
  /** Null as long as there was no answer. */
  data: Data | null;
  /** Why what is there may be out of date. */
  problem: Problem | null;
}

/** What the API says, kept fresh. */
export function useResource<Data>(ask: () => Promise<Data>, { key, every, afterChange }: Freshness): Resource<Data> {
  const [resource, setResource] = useState<Resource<Data>>({ data: null, problem: null });
  useEffect(() => {
    if (key === null) return;
    let isOver = false;
    let hasChanged = false;
    let isAsking = false;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const look = async () => {
      isAsking = true;
      hasChanged = false;
      const answer = await ask().then(
        (data) => ({ data, problem: null }),
        (error: unknown) => ({ problem: problemFrom(error) }),
      );
      if (isOver) return;
      setResource((now) => ({ ...now, ...answer }));
      isAsking = false;
      timer = setTimeout(look, hasChanged ? afterChange : every);
    };
    const stop = onTask(() => {
      if (hasChanged) return;
      hasChanged = true;
      if (isAsking) return;
      clearTimeout(timer);
      timer = setTimeout(look, afterChange);
    });
    void look();
    return () => {
      isOver = true;
      clearTimeout(timer);
      stop();
    };
  }, [key, every, afterChange]);
  return resource;
}
