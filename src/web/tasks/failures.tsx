import './failures.css';
import { Aside } from './aside.tsx';
import { TaskLink, titleOf } from './parts.tsx';
import { Ago } from './time.tsx';
import type { Task } from './types.ts';

/** What failed last, why, and what to do about it. */
export function Failures({ tasks }: { tasks: Task[] }) {
  return (
    <Aside class="failures" title="Latest failures">
      {tasks.length === 0 && <p class="soft small">Nothing has failed.</p>}
      <ul>
        {tasks.map(({ id, error, finished_at, received_at, ...task }) => (
          <li key={id}>
            <div class="of">
              <TaskLink id={id}>{titleOf(task)}</TaskLink>
              <span class="soft">
                <Ago time={finished_at ?? received_at} />
              </span>
            </div>
            <p>{error?.message}</p>
            <p class="soft">{error?.remedy}</p>
          </li>
        ))}
      </ul>
    </Aside>
  );
}
