import { ago, bytes, clock } from '../shared/format.ts';
import { ListTable } from '../shared/list-table.tsx';
import type { Token } from './types.ts';

interface Props {
  tokens: Token[];
  onRevoke(token: Token): void;
}

export function TokenTable({ tokens, onRevoke }: Props) {
  return (
    <ListTable labelledBy="tokens" columns={['Name', 'State', 'Scopes', 'Made', 'Expires', 'Last used']} hasActions>
      {tokens.map((token) => (
        <Row key={token.id} token={token} onRevoke={onRevoke} />
      ))}
    </ListTable>
  );
}

function Row({ token, onRevoke }: { token: Token; onRevoke(token: Token): void }) {
  const { name, scopes, created_at, created_by, expires_at, last_used_at } = token;
  const state = stateOf(token);
  const own = quotaWords(token.quotas);
  return (
    <tr class={state === 'valid' ? undefined : 'over'}>
      <th scope="row">{name}</th>
      <td>
        <span class={`chip state-${state}`}>{state}</span>
      </td>
      <td>
        <ul class="scopes">
          {scopes.map((scope) => (
            <li key={scope} class="chip">
              {scope}
            </li>
          ))}
        </ul>
        {own !== '' && <p class="soft small">At most {own}</p>}
      </td>
      <td data-label="Made">
        <When time={created_at} /> {created_by !== null && `by ${created_by}`}
      </td>
      <td data-label="Expires">{expires_at === null ? 'never' : <When time={expires_at} />}</td>
      <td data-label="Last used">{last_used_at === null ? 'never' : <When time={last_used_at} />}</td>
      <td class="act">
        {state !== 'revoked' && (
          <button
            type="button"
            class="button compact danger"
            aria-label={`Revoke ${name}`}
            onClick={() => onRevoke(token)}
          >
            Revoke
          </button>
        )}
      </td>
    </tr>
  );
}

function When({ time }: { time: string }) {
  return (
    <time dateTime={time} title={clock(time)}>
      {Date.parse(time) > Date.now() ? clock(time).replace(/,.*/, '') : ago(time)}
    </time>
  );
}

/** Also one that has expired keeps its name from others until it is revoked. */
export function stateOf({ revoked_at, expires_at }: Token): 'valid' | 'expired' | 'revoked' {
  if (revoked_at !== null) return 'revoked';
  return expires_at !== null && Date.parse(expires_at) <= Date.now() ? 'expired' : 'valid';
}

/** Those that are its own. */
function quotaWords({ emojis, bytes: size, tasks }: Token['quotas']): string {
  const words = [
    emojis !== null && `${emojis.toLocaleString('en')} emoji`,
    size !== null && `${bytes(size)} of uploads`,
    tasks !== null && `${tasks.toLocaleString('en')} tasks at a time`,
  ];
  return words.filter((one) => one !== false).join(', ');
}
