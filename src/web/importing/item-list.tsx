import { useState } from 'preact/hooks';
import type { Failure } from '../adding/order.ts';
import { Reason } from '../adding/reason.tsx';
import { useSession } from '../shared/session-state.ts';
import type { Import, ImportItem, Outcome } from './import-api.ts';
import { useItems } from './use-items.ts';

interface Props {
  pack: Import;
  outcome: Outcome | null;
  looks: number;
  isDone: boolean;
}

/** What is in the pack, and what becomes of each. */
export function ItemList({ pack, outcome, looks, isDone }: Props) {
  const { items, problem, more, again } = useItems(pack.id, outcome, looks, isDone);
  return (
    <div class="item-list">
      {items !== null && items.length > 0 && (
        <ul class="card">
          {items.map((item) => (
            <Item key={item.number} item={item} isPlan={pack.dry_run} />
          ))}
        </ul>
      )}
      <p role="status" class="soft">
        {items === null ? problem === null && 'Loading …' : items.length === 0 && 'There are none of these now.'}
      </p>
      {problem && (
        <p class="note bad" role="alert">
          {problem.detail}{' '}
          <button type="button" class="button compact" onClick={again}>
            Try again
          </button>
        </p>
      )}
      {more && (
        <button type="button" class="button" onClick={more}>
          Show more
        </button>
      )}
    </div>
  );
}

const PLANNED: Record<ImportItem['action'], string> = {
  create: 'New',
  rename: 'Another name',
  replace: 'New picture',
  skip: 'Left out',
  refuse: 'Cannot be used',
  ignore: 'Ignored',
};

const TONES: Record<Outcome, string> = {
  planned: 'busy',
  waiting: 'busy',
  done: 'good',
  skipped: 'idle',
  failed: 'bad',
  ignored: 'idle',
};

function wordsOf({ action, outcome }: ImportItem, isPlan: boolean): string {
  if (isPlan || outcome === 'skipped' || outcome === 'ignored') return PLANNED[action];
  if (outcome === 'failed') return 'Failed';
  if (outcome === 'done') return action === 'replace' ? 'Replaced' : 'Added';
  return outcome === 'waiting' ? 'Under way' : 'Waiting';
}

function Item({ item, isPlan }: { item: ImportItem; isPlan: boolean }) {
  const { who } = useSession();
  const { path, name, final_name, outcome, task_id, error, left_out } = item;
  return (
    <li>
      <Picture name={outcome === 'done' ? final_name : null} />
      <div class="what">
        {final_name !== null && (
          <p class="name">
            {outcome === 'done' ? (
              <a href={`/?emoji=${encodeURIComponent(final_name)}`}>:{final_name}:</a>
            ) : (
              `:${final_name}:`
            )}
          </p>
        )}
        <p class="hint">
          {path}
          {name !== null && final_name !== null && name !== final_name && <> · called {name} there</>}
        </p>
        {error && outcome !== 'ignored' && <Why failure={error} isBad={outcome === 'failed'} />}
        {left_out.length > 0 && <p class="hint">Without {left_out.join(', ')}.</p>}
      </div>
      <div class="state">
        <span class={`chip tone-${TONES[outcome]}`}>{wordsOf(item, isPlan)}</span>
        {task_id !== null && outcome === 'failed' && who.scopes.has('task:read') && (
          <a class="small" href={`/tasks?task=${task_id}`}>
            Its task
          </a>
        )}
      </div>
    </li>
  );
}

/** What is to be done about it is said of what has failed only: a policy that left it out is chosen above. */
function Why({ failure, isBad }: { failure: Failure; isBad: boolean }) {
  return isBad ? <Reason failure={failure} /> : <p class="hint">{failure.message}</p>;
}

/** The emoji that was made, as a still; a place for it where there is none. */
function Picture({ name }: { name: string | null }) {
  const src = name === null ? null : `/custom-emoji/emojis/${encodeURIComponent(name)}.png`;
  const [missing, setMissing] = useState<string | null>(null);
  if (src === null || src === missing) return <span class="picture none" />;
  return <img class="picture checkered" src={src} alt="" loading="lazy" onError={() => setMissing(src)} />;
}
