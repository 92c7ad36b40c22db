import { useEffect, useRef } from 'preact/hooks';
import { notify } from '../shared/notices.tsx';
import { useSession } from '../shared/session-state.ts';
import type { Connection } from './connection.ts';

/** Whether the page follows what happens; and that it is up to date again after it did not. */
export function Live({ connection: { generation, lostSince } }: { connection: Connection }) {
  const { isOver } = useSession();
  const wasLost = useRef(false);
  useEffect(() => {
    if (lostSince === null && wasLost.current) notify('Connected again: everything is up to date.');
    wasLost.current = lostSince !== null;
  }, [lostSince]);
  const isLost = lostSince !== null;
  const since = isLost ? new Date(lostSince).toLocaleTimeString('en-GB') : '';
  return (
    <p class={isLost || isOver ? 'live lost' : 'live'} role="status">
      {isLost && `Connection lost: what you see is as of ${since}. Trying again…`}
      {!isLost && (isOver ? 'Signed out' : generation === null ? 'Connecting…' : 'Live')}
    </p>
  );
}
