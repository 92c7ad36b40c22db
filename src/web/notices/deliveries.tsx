import { answered, bodyOf, noticeApi, problemFrom } from '../shared/api.ts';
import { ago, clock, duration } from '../shared/format.ts';
import { ListFoot } from '../shared/list-foot.tsx';
import { ListTable } from '../shared/list-table.tsx';
import { notify } from '../shared/notices.tsx';
import { usePages } from '../shared/use-pages.ts';
import type { Delivery } from './types.ts';

/** What was told, and what was answered, the last first. */
export function Deliveries() {
  const list = usePages<Delivery>(
    (cursor) => bodyOf(noticeApi.deliveries.$get({ query: cursor ? { cursor } : {} })),
    '',
  );
  const resend = async (id: string) => {
    try {
      await answered(noticeApi.deliveries[':id'].resend.$post({ param: { id } }));
      notify('It is on its way once more.');
    } catch (error) {
      notify(problemFrom(error).detail);
    }
    list.again();
  };
  return (
    <section aria-labelledby="deliveries">
      <div class="title">
        <h2 id="deliveries">What was told</h2>
        <button type="button" class="button" onClick={list.again}>
          Look again
        </button>
      </div>
      {list.items && list.items.length > 0 && (
        <ListTable labelledBy="deliveries" columns={['What', 'State', 'Attempts', 'When']} hasActions>
          {list.items.map((delivery) => (
            <Row key={delivery.id} delivery={delivery} onResend={() => void resend(delivery.id)} />
          ))}
        </ListTable>
      )}
      <ListFoot list={list} none="Nothing was told to anybody yet." />
    </section>
  );
}

const TONES = { waiting: 'idle', delivered: 'good', failed: 'bad', paused: 'warn' } as const;

/** How an attempt went. */
function outcomeOf({ fault, status, latency_ms }: Delivery['attempts'][number], isUnderWay: boolean) {
  if (latency_ms !== null) return fault ?? status ?? 'sent';
  return isUnderWay ? 'under way' : 'no outcome';
}

function Row({ delivery, onResend }: { delivery: Delivery; onResend(): void }) {
  const { target, event, emoji_name, state, next_attempt_at, attempts, created_at } = delivery;
  const last = attempts.at(-1);
  // While it is waited for, the next one would be due when it is taken to be lost.
  const isUnderWay = last?.latency_ms === null && next_attempt_at !== null && Date.parse(next_attempt_at) > Date.now();
  return (
    <tr>
      <th scope="row">
        <code>{event}</code> {emoji_name} <span class="soft small">{target}</span>
      </th>
      <td>
        <span class={`chip tone-${TONES[state]}`}>{state}</span>
      </td>
      <td class="what">
        <ol class="attempts">
          {attempts.map((attempt) => (
            <li key={attempt.at}>
              <time dateTime={attempt.at} title={clock(attempt.at)}>
                {ago(attempt.at)}
              </time>
              : {outcomeOf(attempt, isUnderWay && attempt === last)}
              {attempt.latency_ms !== null && ` in ${duration(attempt.latency_ms)}`}
              {attempt.answer && <code class="soft small"> {attempt.answer.slice(0, 100)}</code>}
            </li>
          ))}
        </ol>
        {next_attempt_at !== null && last && !isUnderWay && (
          <p class="soft small">The next attempt is due at {clock(next_attempt_at)}.</p>
        )}
      </td>
      <td data-label="When">
        <time dateTime={created_at} title={clock(created_at)}>
          {ago(created_at)}
        </time>
      </td>
      <td class="act">
        <button
          type="button"
          class="button compact"
          aria-label={`Send again: ${event} ${emoji_name ?? ''}`}
          onClick={onResend}
        >
          Send again
        </button>
      </td>
    </tr>
  );
}
