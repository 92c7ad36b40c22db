import './publishing.css';
import { useState } from 'preact/hooks';
import { PLATFORMS } from '../../domain/platforms/table.ts';
import { failureFrom } from '../adding/order.ts';
import { Reason } from '../adding/reason.tsx';
import { ago, clock } from '../shared/format.ts';
import { Icon } from '../shared/icon.tsx';
import { ListFoot } from '../shared/list-foot.tsx';
import { ListTable } from '../shared/list-table.tsx';
import { usePages } from '../shared/use-pages.ts';
import { DeleteTargetDialog } from './delete-target-dialog.tsx';
import { NewSecretDialog } from './new-secret-dialog.tsx';
import { NewTargetDialog } from './new-target-dialog.tsx';
import { type Check, checkTarget, fetchTargets, type Target } from './publishing-api.ts';

/** Where emoji can be published, and the way to more such places, and to fewer. */
export function Targets() {
  const list = usePages<Target>(fetchTargets, '');
  const [isAdding, setAdding] = useState(false);
  const [resealed, setResealed] = useState<Target | null>(null);
  const [deleted, setDeleted] = useState<Target | null>(null);
  const [checks, setChecks] = useState<ReadonlyMap<string, Check | 'asked'>>(new Map());

  const check = async (name: string) => {
    const tell = (said: Check | 'asked') => setChecks((now) => new Map(now).set(name, said));
    tell('asked');
    tell(await checkTarget(name).catch((error) => ({ account: null, error: failureFrom(error) })));
  };

  return (
    <section aria-labelledby="targets">
      <div class="title">
        <h2 id="targets">Targets</h2>
        <button type="button" class="button primary" onClick={() => setAdding(true)}>
          <Icon name="add" />
          New target
        </button>
      </div>
      <p class="soft">
        Where emoji can be published: a server or a workspace, and a token of somebody who may add emoji there.
      </p>
      {list.items && list.items.length > 0 && (
        <ListTable labelledBy="targets" columns={['Name', 'Platform', 'Where', 'Added']} hasActions>
          {list.items.map((target) => (
            <Row
              key={target.name}
              target={target}
              check={checks.get(target.name) ?? null}
              onCheck={() => void check(target.name)}
              onNewSecret={() => setResealed(target)}
              onDelete={() => setDeleted(target)}
            />
          ))}
        </ListTable>
      )}
      <ListFoot list={list} none="There are no targets yet." />
      {isAdding && (
        <NewTargetDialog
          onAdded={(name) => {
            list.again();
            void check(name);
          }}
          onClose={() => setAdding(false)}
        />
      )}
      {resealed && (
        <NewSecretDialog
          target={resealed}
          onChanged={() => void check(resealed.name)}
          onClose={() => setResealed(null)}
        />
      )}
      {deleted && <DeleteTargetDialog target={deleted} onDeleted={list.again} onClose={() => setDeleted(null)} />}
    </section>
  );
}

interface RowProps {
  target: Target;
  /** What came of asking the platform; null as long as nobody has. */
  check: Check | 'asked' | null;
  onCheck(): void;
  onNewSecret(): void;
  onDelete(): void;
}

function Row({ target, check, onCheck, onNewSecret, onDelete }: RowProps) {
  const { name, platform, url, guild_id, email, created_at, created_by } = target;
  const where = [url, guild_id && `server ${guild_id}`, email].filter((part) => part).join(', ');
  return (
    <tr>
      <th scope="row">{name}</th>
      <td>{PLATFORMS[platform].title}</td>
      <td class="what">
        {where}
        <Checked title={PLATFORMS[platform].title} check={check} />
      </td>
      <td data-label="Added">
        <time dateTime={created_at} title={clock(created_at)}>
          {ago(created_at)}
        </time>
        {created_by !== null && ` by ${created_by}`}
      </td>
      <td class="act">
        <div class="buttons">
          <button
            type="button"
            class="button compact"
            aria-label={`Check ${name}`}
            disabled={check === 'asked'}
            onClick={onCheck}
          >
            Check
          </button>
          <button type="button" class="button compact" aria-label={`New secret for ${name}`} onClick={onNewSecret}>
            New secret
          </button>
          <button type="button" class="button compact danger" aria-label={`Delete ${name}`} onClick={onDelete}>
            Delete
          </button>
        </div>
      </td>
    </tr>
  );
}

function Checked({ title, check }: { title: string; check: RowProps['check'] }) {
  return (
    <div role="status">
      {check === 'asked' && <p class="hint">Asking {title} …</p>}
      {check !== null && check !== 'asked' && check.account && (
        <p class="hint good">
          <Icon name="check" /> {title} knows the token: it is that of {check.account.name}.
        </p>
      )}
      {check !== null && check !== 'asked' && check.error && <Reason failure={check.error} />}
    </div>
  );
}
