import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { answered, emojiApi, problemFrom } from '../shared/api.ts';
import { lostSince, whenBack } from '../shared/connection.ts';
import { useSession } from '../shared/session-state.ts';
import { useStore } from '../shared/store.ts';

const CHECK_MS = 15_000;

/** Whether what the page shows is as the service has it. */
export interface Freshness {
  /** Rises when any emoji has changed, or somebody else looks at them. */
  generation: number;
  /** Looks whether something has changed: after changes of one's own. */
  check(): Promise<void>;
  /** Tells the ETag of a list that was read. */
  saw(etag: string | null): void;
}

/** Asks for the ETag of the list as long as the page is seen: no answer is smaller than that nothing has changed. */
export function useFreshness(mayRead: boolean): Freshness {
  const { signIns } = useSession();
  const [generation, setGeneration] = useState(0);
  const isCut = useStore(lostSince, (since) => since !== null);
  const etag = useRef<string | null>(null);

  const saw = useCallback((now: string | null) => {
    etag.current ??= now;
  }, []);

  const check = useCallback(async () => {
    try {
      const header = etag.current === null ? {} : { 'If-None-Match': etag.current };
      const answer = await answered(emojiApi.emojis.$get({ query: { limit: '1', image_data: 'false' }, header }));
      const now = answer.headers.get('ETag');
      if (answer.status === 304 || now === etag.current) return;
      if (etag.current !== null) setGeneration((before) => before + 1);
      etag.current = now;
    } catch (error) {
      if (problemFrom(error).code === 'unreachable') void whenBack();
    }
  }, []);

  useEffect(() => {
    if (!mayRead) return;
    // When it is there again, something may have changed.
    if (isCut) return () => void check();
    const look = () => {
      if (document.visibilityState === 'visible') void check();
    };
    const timer = setInterval(look, CHECK_MS);
    document.addEventListener('visibilitychange', look);
    for (const event of ['online', 'offline']) addEventListener(event, look);
    return () => {
      clearInterval(timer);
      document.removeEventListener('visibilitychange', look);
      for (const event of ['online', 'offline']) removeEventListener(event, look);
    };
  }, [mayRead, isCut, check]);

  return { generation: generation + signIns, check, saw };
}
