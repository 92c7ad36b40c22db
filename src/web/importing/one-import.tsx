import { useEffect, useState } from 'preact/hooks';
import { isFinished } from '../../domain/task.ts';
import type { Outcome } from './import-api.ts';
import { ImportHead } from './import-head.tsx';
import { ItemFilter } from './item-filter.tsx';
import { ItemList } from './item-list.tsx';
import { useImport } from './use-import.ts';

interface Props {
  id: string;
  /** Shows another one; null for none. */
  onShow(id: string | null, how: 'push' | 'replace'): void;
  onMade(): void;
}

/** One import: what would happen, what happens, what came of it. */
export function OneImport({ id, onShow, onMade }: Props) {
  const { seen, problem, followAgain } = useImport(id);
  const [outcome, setOutcome] = useState<Outcome | null>(null);
  const pack = seen?.pack ?? null;
  const isDone = pack !== null && isFinished(pack.state);
  const isRun = pack !== null && !pack.dry_run;

  useEffect(() => {
    if (isDone && isRun) onMade();
  }, [isDone, isRun]);

  // What was looked at in a plan may be nothing of what came of it.
  useEffect(() => setOutcome(null), [isRun]);

  if (problem) {
    return (
      <div class="note bad" role="alert">
        <p>{problem.detail}</p>
        <button type="button" class="button" onClick={() => onShow(null, 'push')}>
          Choose another pack
        </button>
      </div>
    );
  }
  if (seen === null || pack === null) return <p class="soft">Loading …</p>;
  return (
    <>
      <ImportHead pack={pack} isStale={pack.id !== id} onShow={onShow} onGoOn={followAgain} />
      {(isDone || isRun) && pack.counts.total > 0 && (
        <>
          <ItemFilter pack={pack} chosen={outcome} onChoose={setOutcome} />
          <ItemList pack={pack} outcome={outcome} looks={seen.looks} isDone={isDone} />
        </>
      )}
    </>
  );
}
