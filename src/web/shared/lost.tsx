import { lostSince, putOff } from './connection.ts';
import { clock } from './format.ts';
import { useStore } from './store.ts';

/** Says that the connection is lost, or the service is asked again later, as long as that is so. */
export function Lost() {
  const since = useStore(lostSince, (since) => since);
  const why = useStore(putOff, (why) => why);
  return (
    <div role="status">
      {since !== null && (
        <p class="note warn">
          The service cannot be reached since {clock(new Date(since).toISOString())}. All goes on by itself when it is
          back.
        </p>
      )}
      {since === null && why !== null && <p class="note warn">{why} This page goes on by itself.</p>}
    </div>
  );
}
