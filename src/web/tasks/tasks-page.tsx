import './tasks-page.css';
import { useState } from 'preact/hooks';
import { bodyOf, taskApi } from '../shared/api.ts';
import { lazily } from '../shared/lazily.tsx';
import { setParameters, useUrlState } from '../shared/url-state.ts';
import { WithCode } from '../shared/with-code.tsx';
import { Charts, type Window } from './charts.tsx';
import { useConnection } from './connection.ts';
import { Failures } from './failures.tsx';
import { isEmpty, readFilter, readSort } from './filter.ts';
import { Counters, Filters } from './filters.tsx';
import { Live } from './live.tsx';
import { Now } from './now.tsx';
import { type Resource, useResource } from './resource.ts';
import type { Move } from './states.ts';
import { TaskListing } from './task-listing.tsx';

const TaskDialog = lazily(async () => (await import('./task-dialog.tsx')).TaskDialog);
const MovesDialog = lazily(async () => (await import('./moves-dialog.tsx')).MovesDialog);

const SECOND = 1_000;
const FAILURES_SHOWN = '5';

/** The dashboard of tasks. All that it shows is in its address, so that it can be sent to somebody. */
export function TasksPage() {
  const [parameters] = useUrlState();
  const connection = useConnection();
  const { generation } = connection;
  const [move, setMove] = useState<Move | null>(null);
  const filter = readFilter(parameters);
  const sort = readSort(parameters);
  // On a phone the list is nearer without them.
  const [showsFilters] = useState(() => !isEmpty(filter) || matchMedia('(min-width: 40rem)').matches);
  const wanted: Window = parameters.get('window') === 'day' ? 'day' : 'hour';
  const cursor = parameters.get('cursor') ?? '';
  const task = parameters.get('task');

  const key = generation === null ? null : String(generation);
  const soon = { key, every: 10 * SECOND, afterChange: SECOND };
  const counts = useResource(() => bodyOf(taskApi.counts.$get()), soon);
  const consumer = useResource(() => bodyOf(taskApi.consumer.$get()), soon);
  const stats = useResource(() => bodyOf(taskApi.stats.$get({ query: { window: wanted } })), {
    key: key && `${key} ${wanted}`,
    every: 20 * SECOND,
    afterChange: 3 * SECOND,
  });
  const failures = useResource(
    () => bodyOf(taskApi.tasks.$get({ query: { state: 'FAILURE', sort: 'finished', limit: FAILURES_SHOWN } })),
    { key, every: 60 * SECOND, afterChange: 3 * SECOND },
  );
  const problems = [counts, consumer, stats, failures].flatMap(({ problem }: Resource<unknown>) => problem ?? []);

  return (
    <div class="tasks-page">
      <div class="head">
        <h1>Tasks</h1>
        <Live connection={connection} />
      </div>
      {connection.lostSince === null && problems[0] && (
        <p class="note bad" role="alert">
          {problems[0].detail}
        </p>
      )}
      {consumer.data?.state === 'stalled' && (
        <p class="note warn" role="alert">
          <b>Nothing takes tasks from the queue.</b> <WithCode text={consumer.data.message} />
        </p>
      )}
      <Counters counts={counts.data} filter={filter} />
      <div class="columns">
        <div class="beside">
          {consumer.data && <Now consumer={consumer.data} />}
          {stats.data && <Charts stats={stats.data} window={wanted} />}
          {failures.data && <Failures tasks={failures.data.data} />}
        </div>
        <div class="list">
          <details class="filters-fold" open={showsFilters}>
            <summary class="small">Find and order</summary>
            <Filters filter={filter} sort={sort} />
          </details>
          <TaskListing wanted={{ filter, sort, cursor }} generation={generation} onMove={setMove} />
        </div>
      </div>
      {task && <TaskDialog id={task} generation={generation} onClose={() => setParameters({ task: null })} />}
      {move && <MovesDialog move={move} filter={filter} onClose={() => setMove(null)} />}
    </div>
  );
}
