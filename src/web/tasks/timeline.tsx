import './timeline.css';
import { isFinished } from '../../domain/task.ts';
import { clock, duration } from '../shared/format.ts';
import type { FullTask } from '../shared/watch-task.ts';
import { STATES } from './states.ts';
import { For } from './time.tsx';

/** Every change of a task's state, and how long it was in each. */
export function Timeline({ history }: { history: FullTask['history'] }) {
  return (
    <ol class="timeline">
      {history.map(({ state, at, reason }, i) => {
        const next = history[i + 1];
        return (
          <li key={i} class={`tone-${STATES[state].tone}`}>
            <div class="step">
              <b>{STATES[state].label}</b>
              <time class="soft small" dateTime={at}>
                {clock(at)}
              </time>
            </div>
            {reason && <p class="small">{reason}</p>}
            {next && <span class="between">for {duration(Date.parse(next.at) - Date.parse(at))}</span>}
            {!next && !isFinished(state) && (
              <span class="between">
                for <For since={at} /> so far
              </span>
            )}
          </li>
        );
      })}
    </ol>
  );
}
