import { useState } from 'preact/hooks';
import { answered, bodyOf, noticeApi, problemFrom } from '../shared/api.ts';
import { ago, clock } from '../shared/format.ts';
import { Icon } from '../shared/icon.tsx';
import { lazily } from '../shared/lazily.tsx';
import { ListFoot } from '../shared/list-foot.tsx';
import { ListTable } from '../shared/list-table.tsx';
import { notify } from '../shared/notices.tsx';
import { usePages } from '../shared/use-pages.ts';
import type { Subscription } from './types.ts';
import { EVENT_WORDS, KIND_WORDS } from './words.ts';

const NewSubscriptionDialog = lazily(async () => (await import('./new-subscription-dialog.tsx')).NewSubscriptionDialog);

const DeleteDialog = lazily(async () => (await import('./delete-dialog.tsx')).DeleteDialog);

/** Who is told of what, and what can be done about it. `onSent` is told when what was told may be another. */
export function Subscriptions({ onSent }: { onSent(): void }) {
  const list = usePages<Subscription>(
    (cursor) => bodyOf(noticeApi.subscriptions.$get({ query: cursor ? { cursor } : {} })),
    '',
  );
  const [isMaking, setMaking] = useState(false);
  const [deleted, setDeleted] = useState<Subscription | null>(null);
  const act = async (doing: Promise<unknown>, done: string) => {
    try {
      await doing;
      notify(done);
    } catch (error) {
      notify(problemFrom(error).detail);
    }
    list.again();
    onSent();
  };
  return (
    <section aria-labelledby="subscriptions">
      <div class="title">
        <h2 id="subscriptions">Who is told</h2>
        <button type="button" class="button primary" onClick={() => setMaking(true)}>
          <Icon name="add" />
          New subscription
        </button>
      </div>
      <p class="soft">
        A channel of Slack, Discord or Mattermost, a program, or an e-mail address. No upload waits for a notice.
      </p>
      {list.items && list.items.length > 0 && (
        <ListTable labelledBy="subscriptions" columns={['Where', 'State', 'Of what', 'Made']} hasActions>
          {list.items.map((subscription) => (
            <Row key={subscription.id} subscription={subscription} act={act} onDelete={setDeleted} />
          ))}
        </ListTable>
      )}
      <ListFoot list={list} none="Nobody is told of anything yet." />
      {isMaking && <NewSubscriptionDialog onMade={list.again} onClose={() => setMaking(false)} />}
      {deleted && (
        <DeleteDialog
          subscription={deleted}
          onDeleted={() => {
            list.again();
            onSent();
          }}
          onClose={() => setDeleted(null)}
        />
      )}
    </section>
  );
}

const TONES = { active: 'good', paused: 'warn', gone: 'bad' } as const;

interface RowProps {
  subscription: Subscription;
  act(doing: Promise<unknown>, done: string): Promise<void>;
  onDelete(subscription: Subscription): void;
}

function Row({ subscription, act, onDelete }: RowProps) {
  const { id, kind, target, events, filter, state, reason, failing_since, created_at } = subscription;
  const one = noticeApi.subscriptions[':id'];
  const param = { id };
  const filters = [filter.tag && `tagged ${filter.tag}`, filter.owner && `of ${filter.owner}`].filter((word) => word);
  const isActive = state === 'active';
  return (
    <tr>
      <th scope="row">
        {KIND_WORDS[kind]} <span class="soft small">{target}</span>
      </th>
      <td>
        <span class={`chip tone-${isActive && failing_since ? 'warn' : TONES[state]}`}>
          {isActive && failing_since ? 'failing' : state}
        </span>
      </td>
      <td>
        {events.map((event) => EVENT_WORDS[event]).join(', ')}
        {filters.length > 0 && <span class="soft small"> — {filters.join(', ')}</span>}
        {reason !== null && <p class="soft small">{reason}</p>}
        {isActive && failing_since && <p class="soft small">Nothing has got there since {clock(failing_since)}.</p>}
      </td>
      <td data-label="Made">
        <time dateTime={created_at} title={clock(created_at)}>
          {ago(created_at)}
        </time>
      </td>
      <td class="act">
        <div class="buttons">
          {isActive && (
            <button
              type="button"
              class="button compact"
              aria-label={`Send a test to ${target}`}
              onClick={() => void act(answered(one.test.$post({ param })), 'A test is on its way.')}
            >
              Test
            </button>
          )}
          <button
            type="button"
            class="button compact"
            aria-label={`${isActive ? 'Pause' : 'Resume'} ${target}`}
            onClick={() =>
              void act(
                answered(one.$patch({ param, json: { paused: isActive } })),
                isActive ? 'It is paused: what happens is kept.' : 'It goes on, with what was kept.',
              )
            }
          >
            {isActive ? 'Pause' : 'Resume'}
          </button>
          <button
            type="button"
            class="button compact danger"
            aria-label={`Delete ${target}`}
            onClick={() => onDelete(subscription)}
          >
            Delete
          </button>
        </div>
      </td>
    </tr>
  );
}
