import { useId } from 'preact/hooks';
import type { OwnQuotas } from '../../domain/quota.ts';

interface Props {
  quotas: OwnQuotas;
  onChange(quotas: OwnQuotas): void;
}

const MEGABYTE = 1_024 * 1_024;

const FIELDS = [
  ['emojis', 'Emoji', 1],
  ['bytes', 'Megabytes of uploads', MEGABYTE],
  ['tasks', 'Tasks at a time', 1],
] as const;

/** What the owner of a token may have at most; what is left empty is as the service says. */
export function QuotaFields({ quotas, onChange }: Props) {
  const id = useId();
  return (
    <fieldset class="choices">
      <legend>It may have at most</legend>
      <div class="quotas">
        {FIELDS.map(([name, label, unit]) => (
          <div key={name} class="field">
            <label for={`${id}-${name}`}>{label}</label>
            <input
              id={`${id}-${name}`}
              class="input"
              type="number"
              inputMode="numeric"
              min={0}
              step={1}
              placeholder="as all others"
              value={quotas[name] === null ? '' : quotas[name] / unit}
              onChange={({ currentTarget: { value, valueAsNumber } }) =>
                onChange({ ...quotas, [name]: value === '' ? null : valueAsNumber * unit })
              }
            />
          </div>
        ))}
      </div>
    </fieldset>
  );
}
