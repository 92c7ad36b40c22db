import './now.css';
import { TaskLink, titleOf } from './parts.tsx';
import { Ago, For } from './time.tsx';
import type { Consumer } from './types.ts';

const STATES: Record<Consumer['state'], [label: string, tone: string]> = {
  idle: ['Idle', 'tone-idle'],
  working: ['Working', 'tone-busy'],
  stalled: ['Stalled', 'tone-warn'],
};

/** As many running tasks are shown; the others are in the table. */
const SHOWN = 5;

/** What the consumers of the queue do at this moment. */
export function Now({ consumer }: { consumer: Consumer }) {
  const { state, message, running, running_count, waiting_count, oldest_waiting_at, last_started_at } = consumer;
  const [label, tone] = STATES[state];
  const more = running_count - Math.min(running.length, SHOWN);
  return (
    <section class="card now" aria-label="Now">
      <div class="title">
        <h2>Now</h2>
        <span class={`state ${tone}`}>{label}</span>
      </div>
      {state === 'idle' && <p class="soft small">{message}</p>}
      {running.length > 0 && (
        <ul>
          {running.slice(0, SHOWN).map(({ id, started_at, received_at, ...task }) => (
            <li key={id}>
              <TaskLink id={id}>{titleOf(task)}</TaskLink>
              <span class="small">
                for <For since={started_at ?? received_at} />
              </span>
            </li>
          ))}
        </ul>
      )}
      {more > 0 && <p class="small">and {more} more</p>}
      {waiting_count > 0 && (
        <p class="small">
          <b>{waiting_count}</b> waiting
          {oldest_waiting_at && (
            <>
              , the first for <For since={oldest_waiting_at} />
            </>
          )}
        </p>
      )}
      {state === 'idle' && last_started_at && (
        <p class="soft small">
          Last started <Ago time={last_started_at} />
        </p>
      )}
    </section>
  );
}
