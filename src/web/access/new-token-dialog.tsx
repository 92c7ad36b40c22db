import { useEffect, useId, useRef, useState } from 'preact/hooks';
import { SCOPES, type Scope } from '../../domain/access.ts';
import { NO_OWN_QUOTAS } from '../../domain/quota.ts';
import { accessApi, bodyOf } from '../shared/api.ts';
import { FormDialog } from '../shared/form-dialog.tsx';
import { useSession } from '../shared/session-state.ts';
import { TextField } from '../shared/text-field.tsx';
import { MadeTokenDialog } from './made-token-dialog.tsx';
import { QuotaFields } from './quota-fields.tsx';
import { SCOPE_WORDS } from './scopes.ts';
import type { MadeToken } from './types.ts';

interface Props {
  onMade(): void;
  onClose(): void;
}

const DAY_MS = 86_400_000;

/** Days; none is for ever. */
const LIVES = [
  ['30', '30 days'],
  ['90', '90 days'],
  ['365', 'A year'],
  ['', 'Never'],
] as const;

/** Asks what a token is to be for, makes it, and shows it. */
export function NewTokenDialog({ onMade, onClose }: Props) {
  const id = useId();
  const { who } = useSession();
  const [name, setName] = useState('');
  const [scopes, setScopes] = useState<ReadonlySet<Scope>>(new Set(['emoji:write']));
  const [days, setDays] = useState<string>('90');
  const [quotas, setQuotas] = useState(NO_OWN_QUOTAS);
  const [made, setMade] = useState<MadeToken | null>(null);
  const first = useRef<HTMLInputElement>(null);
  useEffect(() => first.current?.focus(), []);
  if (made) return <MadeTokenDialog made={made} onClose={onClose} />;

  // Who looks after the emoji of all may have as many as there are.
  const isLimited = scopes.has('emoji:write') && !scopes.has('emoji:admin');

  const make = async () => {
    const json = {
      name: name.trim(),
      scopes: SCOPES.filter((scope) => scopes.has(scope)),
      quotas: isLimited ? quotas : NO_OWN_QUOTAS,
      expires_at: days === '' ? null : new Date(Date.now() + Number(days) * DAY_MS).toISOString(),
    };
    setMade(await bodyOf(accessApi.tokens.$post({ json })));
    onMade();
  };

  return (
    <FormDialog title="New token" label="Make the token" isReady={scopes.size > 0} run={make} onClose={onClose}>
      <TextField
        inputRef={first}
        label="Name"
        hint={
          <>
            Who or what uses it, such as <code>slack-bot</code>: of a–z, 0–9, “.”, “_” and “-”. What is made with it
            belongs to this name.
          </>
        }
        required
        maxLength={64}
        autocomplete="off"
        autocapitalize="none"
        spellcheck={false}
        value={name}
        onInput={setName}
      />
      <fieldset class="choices">
        <legend>What it may do</legend>
        {SCOPES.filter((scope) => who.scopes.has(scope)).map((scope) => (
          <label key={scope}>
            <input
              type="checkbox"
              checked={scopes.has(scope)}
              aria-describedby={`${id}-${scope}`}
              onChange={({ currentTarget: { checked } }) =>
                setScopes(new Set(SCOPES.filter((one) => (one === scope ? checked : scopes.has(one)))))
              }
            />
            <span>
              <code>{scope}</code>
              <span id={`${id}-${scope}`} class="hint">
                {SCOPE_WORDS[scope]}
              </span>
            </span>
          </label>
        ))}
      </fieldset>
      <fieldset class="choices">
        <legend>It expires after</legend>
        <div class="segmented">
          {LIVES.map(([value, label]) => (
            <label key={value}>
              <input type="radio" name={`${id}-days`} checked={days === value} onChange={() => setDays(value)} />
              {label}
            </label>
          ))}
        </div>
      </fieldset>
      {isLimited && <QuotaFields quotas={quotas} onChange={setQuotas} />}
    </FormDialog>
  );
}
