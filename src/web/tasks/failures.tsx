import './failures.css';
import { TaskLink } from './parts.tsx';
import { Ago } from './time.tsx';
import type { Task } from './types.ts';

/** What failed last, why, and what to do about it. */
export function Failures({ tasks }: { tasks: Task[] }) {
  return (
    <details class="card failures" open={matchMedia('(min-width: 75rem)').matches}>
      <summary>
        <h2>Latest failures</h2>
      </summary>
      {tasks.length === 0 && <p class="soft small">Nothing has failed.</p>}
      <ul>
        {tasks.map(({ id, emoji_name, error, finished_at, received_at }) => (
          <li key={id}>
            <div class="of">
              <TaskLink id={id}>:{emoji_name}:</TaskLink>
              <span class="soft">
                <Ago time={finished_at ?? received_at} />
              </span>
            </div>
            <p>{error?.message}</p>
            <p class="soft">{error?.remedy}</p>
          </li>
        ))}
      </ul>
    </details>
  );
}
