import { lostSince } from './connection.ts';
import { clock } from './format.ts';
import { useStore } from './store.ts';

/** Says that the connection is lost, as long as it is. */
export function Lost() {
  const since = useStore(lostSince, (since) => since);
  return (
    <div role="status">
      {since !== null && (
        <p class="note warn">
          The service cannot be reached since {clock(new Date(since).toISOString())}. All goes on by itself when it is
          back.
        </p>
      )}
    </div>
  );
}
