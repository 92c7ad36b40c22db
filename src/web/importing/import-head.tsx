import { isFinished } from '../../domain/task.ts';
import { useKeptFocus } from '../adding/kept-focus.ts';
import { Reason } from '../adding/reason.tsx';
import { Icon } from '../shared/icon.tsx';
import { Progress } from '../shared/progress.tsx';
import { useSession } from '../shared/session-state.ts';
import { ConflictChoice } from './conflict-choice.tsx';
import type { Import } from './import-api.ts';
import { describeEnd, describePlan, settled } from './tally.ts';
import { useSteps } from './use-steps.ts';

interface Props {
  pack: Import;
  /** Whether another one is about to take its place. */
  isStale: boolean;
  onShow(id: string | null, how: 'push' | 'replace'): void;
  onGoOn(): void;
}

/** Where an import stands, and what can be done. */
export function ImportHead({ pack, isStale, onShow, onGoOn }: Props) {
  const { id, state, dry_run: isPlan, counts, error } = pack;
  const { who } = useSession();
  const steps = useSteps(pack, { onNext: onShow, onGoOn });
  const head = useKeptFocus<HTMLElement>('.button:not(:disabled)');
  const isDone = isFinished(state);
  const isPlanned = isPlan && state === 'SUCCESS';
  const isBusy = isStale || steps.isAsking;
  return (
    <section ref={head} class="import-head card" aria-label="The import">
      <div role="status">
        <h2>{steps.isPlanning ? 'Looking at it again …' : titleOf(pack)}</h2>
      </div>
      {error && <Reason failure={error} />}
      {!isDone && <Bar pack={pack} />}
      {isPlanned && (
        <>
          <p>{describePlan(counts)}</p>
          <ConflictChoice chosen={steps.policy} onChoose={steps.choose} />
        </>
      )}
      {!isPlan && (isDone || counts.failed > 0) && <p>{describeEnd(counts)}</p>}
      {steps.refused !== null && (
        <p class="hint bad" role="alert">
          {steps.refused}
        </p>
      )}
      <div class="buttons">
        {isPlanned && (
          <button
            type="button"
            class="button primary"
            disabled={isBusy || steps.isPlanning || counts.planned === 0}
            onClick={steps.start}
          >
            {counts.planned === 0 ? 'Nothing to import' : `Import ${counts.planned.toLocaleString('en')} emoji`}
          </button>
        )}
        {!isDone && (
          <button type="button" class="button" disabled={isBusy} onClick={steps.stop}>
            Stop
          </button>
        )}
        {isDone && state !== 'SUCCESS' && (
          <button type="button" class="button primary" disabled={isBusy} onClick={steps.goOn}>
            <Icon name="retry" />
            {state === 'REVOKED' ? 'Go on' : 'Try again'}
          </button>
        )}
        {isDone && (
          <button type="button" class="button" onClick={() => onShow(null, 'push')}>
            Choose another pack
          </button>
        )}
        {who.scopes.has('task:read') && (
          <a class="button plain" href={`/tasks?task=${id}`}>
            <Icon name="history" />
            The task
          </a>
        )}
      </div>
    </section>
  );
}

function Bar({ pack: { dry_run: isPlan, counts } }: { pack: Import }) {
  const { done, of } = settled(counts);
  if (isPlan || of === 0) return <Progress label="The pack" words="It is being read" share={null} />;
  const words = `${done.toLocaleString('en')} of ${of.toLocaleString('en')}`;
  return <Progress label="The import" words={words} share={done / of} />;
}

function titleOf({ state, dry_run: isPlan }: Import): string {
  if (state === 'FAILURE') return isPlan ? 'The pack cannot be read' : 'The import has failed';
  if (state === 'REVOKED') return 'Stopped';
  if (state !== 'SUCCESS') return isPlan ? 'Reading the pack …' : 'Importing …';
  return isPlan ? 'This would happen' : 'Imported';
}
