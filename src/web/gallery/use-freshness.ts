import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { answered, emojiApi } from '../shared/api.ts';
import { useSession } from '../shared/session-state.ts';

const CHECK_MS = 15_000;
const CHECK_WHEN_CUT_MS = 3_000;

/** Whether what the page shows is as the service has it. */
export interface Freshness {
  /** Rises when any emoji has changed, or somebody else looks at them. */
  generation: number;
  /** Whether the service cannot be asked. */
  isCut: boolean;
  /** Looks whether something has changed: after changes of one's own. */
  check(): Promise<void>;
  /** Tells the ETag of a list that was read. */
  saw(etag: string | null): void;
}

/** Asks for the ETag of the list as long as the page is seen: no answer is smaller than that nothing has changed. */
export function useFreshness(mayRead: boolean): Freshness {
  const { signIns } = useSession();
  const [generation, setGeneration] = useState(0);
  const [isCut, setCut] = useState(false);
  const etag = useRef<string | null>(null);

  const saw = useCallback((now: string | null) => {
    etag.current ??= now;
  }, []);

  const check = useCallback(async () => {
    try {
      const header = etag.current === null ? {} : { 'If-None-Match': etag.current };
      const answer = await answered(emojiApi.emojis.$get({ query: { limit: '1', image_data: 'false' }, header }));
      setCut(false);
      const now = answer.headers.get('ETag');
      if (answer.status === 304 || now === etag.current) return;
      if (etag.current !== null) setGeneration((before) => before + 1);
      etag.current = now;
    } catch {
      setCut(true);
    }
  }, []);

  useEffect(() => {
    if (!mayRead) return;
    const look = () => {
      if (document.visibilityState === 'visible') void check();
    };
    const lost = () => setCut(true);
    const timer = setInterval(look, isCut ? CHECK_WHEN_CUT_MS : CHECK_MS);
    document.addEventListener('visibilitychange', look);
    addEventListener('online', look);
    addEventListener('offline', lost);
    return () => {
      clearInterval(timer);
      document.removeEventListener('visibilitychange', look);
      removeEventListener('online', look);
      removeEventListener('offline', lost);
    };
  }, [mayRead, isCut, check]);

  return { generation: generation + signIns, isCut, check, saw };
}
