/** Waits that long; not for what `wake` tells sooner. */
export function pause(milliseconds: number, wake?: { target: EventTarget; event: string }): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      wake?.target.removeEventListener(wake.event, end);
      resolve();
    };
    const timer = setTimeout(end, milliseconds);
    wake?.target.addEventListener(wake.event, end);
  });
}

/** Has something done at most once in so many milliseconds, and once more for what was asked for in between. */
export function atMostEvery(milliseconds: number, run: () => void): () => void {
  let isResting = false;
  let isAsked = false;
  const start = () => {
    isAsked = isResting;
    if (isResting) return;
    isResting = true;
    run();
    setTimeout(() => {
      isResting = false;
      if (isAsked) start();
    }, milliseconds);
  };
  return start;
}

/** Lets so many be done at a time; the others wait for their turn. */
export function atMost(most: number): <T>(run: () => Promise<T>) => Promise<T> {
  let running = 0;
  const waiting: (() => void)[] = [];
  return async (run) => {
    if (running === most) await new Promise<void>((resolve) => waiting.push(resolve));
    else running++;
    try {
      return await run();
    } finally {
      const next = waiting.shift();
      if (next) next();
      else running--;
    }
  };
}
