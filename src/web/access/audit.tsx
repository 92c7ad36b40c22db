import { accessApi, bodyOf } from '../shared/api.ts';
import { ago, clock } from '../shared/format.ts';
import { ListFoot } from '../shared/list-foot.tsx';
import { ListTable } from '../shared/list-table.tsx';
import { SearchField } from '../shared/search-field.tsx';
import { useUrlState } from '../shared/url-state.ts';
import { usePages } from '../shared/use-pages.ts';
import type { AuditEntry } from './types.ts';

/** Every change that was asked for, the last first. */
export function Audit() {
  const [parameters] = useUrlState();
  const name = parameters.get('name') ?? '';
  const list = usePages<AuditEntry>(
    (cursor) => bodyOf(accessApi.audit.$get({ query: { ...(name && { name }), ...(cursor && { cursor }) } })),
    name,
  );
  return (
    <section aria-labelledby="audit">
      <div class="title">
        <h2 id="audit">Changes</h2>
        <button type="button" class="button" onClick={list.again}>
          Look again
        </button>
      </div>
      <p class="soft">Who asked for which change, and what came of it. Nobody can change this list.</p>
      <search class="of-whom">
        <SearchField
          label="Of whom"
          placeholder="The whole name of a token, or an address"
          value={name}
          parameter="name"
        />
      </search>
      {list.items && list.items.length > 0 && (
        <ListTable labelledBy="audit" columns={['Who', 'When', 'What', 'Outcome']}>
          {list.items.map((entry) => (
            <Entry key={entry.id} entry={entry} />
          ))}
        </ListTable>
      )}
      <ListFoot list={list} none={name ? `No change by “${name}”.` : 'Nobody has changed anything yet.'} />
    </section>
  );
}

const BY: Record<string, string> = {
  anonymous: 'not signed in',
  local: 'from this machine',
  admin: 'with the ADMIN_TOKEN',
  token: 'with a token',
  person: 'by Cloudflare Access',
};

function Entry({ entry: { at, name, kind, token_id, method, target, status } }: { entry: AuditEntry }) {
  return (
    <tr>
      <td>
        {name !== null && <strong>{name}</strong>}{' '}
        <span class="soft small" title={token_id === null ? undefined : `Token ${token_id}`}>
          {BY[kind] ?? kind}
        </span>
      </td>
      <td>
        <time dateTime={at} title={ago(at)}>
          {clock(at)}
        </time>
      </td>
      <td class="what">
        <code>
          <b>{method}</b> {readable(target)}
        </code>
      </td>
      <td>{status === null ? <Outcome tone="warn" words="not known" /> : <Outcome {...outcomeOf(status)} />}</td>
    </tr>
  );
}

function Outcome({ tone, words }: { tone: string; words: string }) {
  return <span class={`chip tone-${tone}`}>{words}</span>;
}

function outcomeOf(status: number): { tone: string; words: string } {
  if (status < 400) return { tone: 'good', words: `done (${status})` };
  return status < 500 ? { tone: 'idle', words: `refused (${status})` } : { tone: 'bad', words: `failed (${status})` };
}

/** An address as people write it, unless that would be another one to the eye: by marks that turn text around, say. */
function readable(target: string): string {
  try {
    const decoded = decodeURIComponent(target);
    return /^[\p{L}\p{M}\p{N}\p{P}\p{S}]*$/u.test(decoded) ? decoded : target;
  } catch {
    return target;
  }
}
