import { answered, problemFrom, sessionApi } from './api.ts';
import { pause } from './pause.ts';
import { Store } from './store.ts';

/** Since when the service cannot be reached, in milliseconds since 1970; null while it can. */
export const lostSince = new Store<number | null>(null);

/** Why the service is asked again later, as it says, while that is waited for. */
export const putOff = new Store<string | null>(null);

/** Wait before it is asked again: 1 s, 2 s, 4 s … at most 15 s. */
const askAgainMs = (tries: number): number => Math.min(1_000 * 2 ** tries, 15_000);

let back: Promise<void> | null = null;

/** Waits until the service answers. */
export function whenBack(): Promise<void> {
  back ??= askUntilBack().finally(() => {
    back = null;
  });
  return back;
}

async function askUntilBack(): Promise<void> {
  for (let tries = 0; !(await isThere()); tries++) {
    lostSince.value ??= Date.now();
    await pause(askAgainMs(tries), { target: window, event: 'online' });
  }
  lostSince.value = null;
}

/** Whether it answers, whatever that is. */
async function isThere(): Promise<boolean> {
  try {
    await answered(sessionApi.$get());
    return true;
  } catch (error) {
    return problemFrom(error).code !== 'unreachable';
  }
}

/**
 * Asks, and asks again for as long as there is no answer, or it is to be asked later, and the signal has not told that
 * none is wanted.
 */
export async function untilAnswered<T>(ask: () => Promise<T>, signal?: AbortSignal): Promise<T> {
  for (let tries = 0; ; tries++) {
    try {
      return await ask();
    } catch (error) {
      const { code, detail, retryAfter } = problemFrom(error);
      if ((code !== 'unreachable' && retryAfter === undefined) || signal?.aborted) throw error;
      if (retryAfter !== undefined) {
        putOff.value = detail;
        await pause(retryAfter * 1_000, signal && { target: signal, event: 'abort' });
        putOff.value = null;
        continue;
      }
      await whenBack();
      // Where all else is answered, but not this.
      if (tries > 0) await pause(askAgainMs(tries));
    }
  }
}
