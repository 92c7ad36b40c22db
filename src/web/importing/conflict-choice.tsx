import type { Conflict } from './import-api.ts';

const CHOICES: [Conflict, string][] = [
  ['skip', 'Leave it out'],
  ['rename', 'Add it under another name'],
  ['replace', 'Replace the picture'],
];

interface Props {
  chosen: Conflict;
  onChoose(chosen: Conflict): void;
}

/** What becomes of those whose names are taken. */
export function ConflictChoice({ chosen, onChoose }: Props) {
  return (
    <fieldset class="conflict-choice">
      <legend>Where a name is taken</legend>
      {CHOICES.map(([value, label]) => (
        <label key={value}>
          <input type="radio" name="on_conflict" checked={chosen === value} onChange={() => onChoose(value)} />
          {label}
        </label>
      ))}
    </fieldset>
  );
}
