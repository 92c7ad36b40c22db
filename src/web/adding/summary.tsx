import '../shared/progress.css';
import './summary.css';
import { useEffect, useRef } from 'preact/hooks';
import { lostSince } from '../shared/connection.ts';
import { Icon } from '../shared/icon.tsx';
import { notify } from '../shared/notices.tsx';
import { useStore } from '../shared/store.ts';
import { isUnderWay } from './order.ts';
import { openSheet, remove, sheet } from './sheet-state.ts';
import { describeTally, useTally } from './tally.ts';

/** What becomes of the files while the sheet is closed. */
export function Summary() {
  const tally = useTally();
  const isLost = useStore(lostSince, (since) => since !== null);
  const { all, made, running } = tally;
  const wasRunning = useRef(false);
  const isAllMade = all > 0 && made === all;
  useEffect(() => {
    // Nobody has to look into it any more.
    if (isAllMade) {
      if (wasRunning.current) notify(made === 1 ? '1 emoji was added' : `${made} emoji were added`);
      clear();
    }
    wasRunning.current = running > 0;
  }, [isAllMade, running, made]);
  if (all === 0 || isAllMade) return null;
  return (
    <section class="adding-summary card" aria-label="Pictures that are being added">
      <div class="state progress">
        <p role="status">{isLost ? 'The service cannot be reached: this waits.' : describeTally(tally)}</p>
        {running > 0 && <progress aria-label="Added" max={all} value={all - running - tally.drafts} />}
      </div>
      <button type="button" class="button compact" onClick={() => openSheet(true)}>
        Show
      </button>
      {running === 0 && (
        <button type="button" class="button plain compact square" aria-label="Clear the list" onClick={clear}>
          <Icon name="close" />
        </button>
      )}
    </section>
  );
}

function clear(): void {
  remove([...sheet.value.items.values()].filter((item) => !isUnderWay(item.stage)).map(({ id }) => id));
}
