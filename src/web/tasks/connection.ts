import { useEffect, useState } from 'preact/hooks';
import { lookWho } from '../shared/session.ts';
import { whenSignedIn } from '../shared/session-state.ts';
import type { Task } from './types.ts';

export interface Connection {
  /** Another number whenever what is shown may be out of date; null while there is nothing to ask for. */
  generation: number | null;
  /** Since when changes do not arrive by themselves; milliseconds since 1970. */
  lostSince: number | null;
}

const FEED = '/task-queue/events';

/** The feed ends every now and then, and goes on at once: it is lost when it does not. */
const LOST_AFTER_MS = 3_000;
/** A browser gives up after some answers; we do not. */
const TRY_AGAIN_MS = 2_000;

const listeners = new Set<(task: Task) => void>();

/** Has each change of a task told, once a `useConnection` is there. @returns a function that ends it */
export function onTask(listener: (task: Task) => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Follows all tasks, as long as the page is seen; once on a page, since browsers have few connections to a host. */
export function useConnection(): Connection {
  const [connection, setConnection] = useState<Connection>({ generation: null, lostSince: null });
  useEffect(() => {
    let source: EventSource | null = null;
    let troubleAt: number | null = null;
    let lost: ReturnType<typeof setTimeout> | undefined;
    let again: ReturnType<typeof setTimeout> | undefined;
    /** The browser tells the server what it has seen only when it comes back by itself. */
    let mayHaveMissed = true;
    let generation = 0;

    const isTrouble = () => {
      if (troubleAt !== null) return;
      troubleAt = Date.now();
      lost = setTimeout(() => {
        mayHaveMissed = true;
        // Where nothing has been asked for yet, asking says what is wrong.
        generation ||= 1;
        setConnection({ generation, lostSince: troubleAt });
      }, LOST_AFTER_MS);
    };
    const connect = () => {
      const opened = new EventSource(FEED);
      source = opened;
      source.onopen = () => {
        clearTimeout(lost);
        troubleAt = null;
        if (!mayHaveMissed) return;
        mayHaveMissed = false;
        setConnection({ generation: ++generation, lostSince: null });
      };
      source.onerror = () => {
        isTrouble();
        if (source?.readyState !== EventSource.CLOSED) return;
        mayHaveMissed = true;
        again = setTimeout(async () => {
          // Why it was refused, a browser does not tell.
          await lookWho();
          await whenSignedIn();
          if (source === opened) connect();
        }, TRY_AGAIN_MS);
      };
      source.addEventListener('task', ({ data }) => {
        const task = JSON.parse(data) as Task;
        for (const tell of listeners) tell(task);
      });
    };
    const disconnect = () => {
      source?.close();
      source = null;
      clearTimeout(lost);
      clearTimeout(again);
      troubleAt = null;
      mayHaveMissed = true;
    };
    const onVisibility = () => {
      disconnect();
      if (document.hidden) setConnection((now) => ({ ...now, generation: null }));
      else start();
    };
    const start = () => {
      isTrouble();
      connect();
    };
    if (!document.hidden) start();
    document.addEventListener('visibilitychange', onVisibility);
    return () => {
      document.removeEventListener('visibilitychange', onVisibility);
      disconnect();
    };
  }, []);
  return connection;
}
