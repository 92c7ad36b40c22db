import type { Import, Outcome } from './import-api.ts';

const LABELS: Record<Outcome, string> = {
  planned: 'To be imported',
  waiting: 'Under way',
  done: 'Imported',
  skipped: 'Left out',
  failed: 'Failed',
  ignored: 'Ignored',
};

const COUNTED = {
  planned: 'planned',
  waiting: 'waiting',
  done: 'succeeded',
  skipped: 'skipped',
  failed: 'failed',
  ignored: 'ignored',
} as const satisfies Record<Outcome, keyof Import['counts']>;

interface Props {
  pack: Import;
  /** Null for all of them. */
  chosen: Outcome | null;
  onChoose(chosen: Outcome | null): void;
}

/** Which items are listed, with how many there are. */
export function ItemFilter({ pack, chosen, onChoose }: Props) {
  const { counts } = pack;
  const shown = (Object.keys(LABELS) as Outcome[]).filter(
    (outcome) => counts[COUNTED[outcome]] > 0 || outcome === chosen,
  );
  return (
    <fieldset class="item-filter">
      <legend class="visually-hidden">Which are listed</legend>
      <Choice label="All" count={pack.counts.total} isChosen={chosen === null} onChoose={() => onChoose(null)} />
      {shown.map((outcome) => (
        <Choice
          key={outcome}
          label={outcome === 'failed' && pack.dry_run ? 'Cannot be used' : LABELS[outcome]}
          count={counts[COUNTED[outcome]]}
          isChosen={chosen === outcome}
          onChoose={() => onChoose(outcome)}
        />
      ))}
    </fieldset>
  );
}

interface ChoiceProps {
  label: string;
  count: number;
  isChosen: boolean;
  onChoose(): void;
}

function Choice({ label, count, isChosen, onChoose }: ChoiceProps) {
  return (
    <label class="chip">
      <input type="radio" name="outcome" checked={isChosen} onChange={onChoose} />
      {label} <strong>{count.toLocaleString('en')}</strong>
    </label>
  );
}
