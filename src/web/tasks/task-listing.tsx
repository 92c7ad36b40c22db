import { useRef } from 'preact/hooks';
import { Icon } from '../shared/icon.tsx';
import { useSession } from '../shared/session-state.ts';
import { setParameters } from '../shared/url-state.ts';
import { isEmpty, matches, NO_FILTER } from './filter.ts';
import { useHeld } from './held.ts';
import { MOVES, type Move } from './states.ts';
import { useTaskList, type Wanted } from './task-list.ts';
import { TaskTable } from './task-table.tsx';

interface Props {
  wanted: Wanted;
  generation: number | null;
  /** Asked to move all that match. */
  onMove(move: Move): void;
}

/** The tasks that a filter finds, page by page. */
export function TaskListing({ wanted, generation, onMove }: Props) {
  const { filter, cursor } = wanted;
  const top = useRef<HTMLDivElement>(null);
  const card = useRef<HTMLDivElement>(null);
  const list = useTaskList(wanted, generation, useHeld(card));
  /** The cursors of the pages before those that were seen: the API only goes on. */
  const before = useRef(new Map<string, string>());
  const { tasks, nextCursor, problem, arrived } = list;

  const turn = (to: string | null) => {
    if (to !== null && to === nextCursor) before.current.set(to, cursor);
    setParameters({ cursor: to }, 'push');
    top.current?.scrollIntoView();
  };
  const previous = before.current.get(cursor);
  const { who } = useSession();
  const movable = (Object.keys(MOVES) as Move[]).filter(
    (move) => who.scopes.has('task:write') && (filter.states.length === 0 || filter.states.some(MOVES[move].can)),
  );
  return (
    <>
      <div class="bar" ref={top}>
        <div>
          {!isEmpty(filter) && (
            <button type="button" class="button compact" onClick={() => setParameters(NO_FILTER, 'push')}>
              Clear filters
            </button>
          )}
          <div role="status">
            {arrived > 0 && (
              <button
                type="button"
                class="button primary compact"
                onClick={() => {
                  list.showArrived();
                  top.current?.scrollIntoView({ block: 'nearest' });
                }}
              >
                {arrived === 1 ? '1 new task' : `${arrived} new tasks`}
              </button>
            )}
          </div>
        </div>
        <div>
          {movable.map((move) => (
            <button key={move} type="button" class="button compact" onClick={() => onMove(move)}>
              <Icon name={move === 'retry' ? 'retry' : 'close'} />
              {MOVES[move].label} all that match
            </button>
          ))}
        </div>
      </div>
      {problem && (
        <p class="note bad" role="alert">
          {problem.detail}{' '}
          <button type="button" class="button compact" onClick={list.showArrived}>
            Try again
          </button>
        </p>
      )}
      <div class="card" ref={card} hidden={tasks === null && problem !== null}>
        {tasks === null && !problem && <p class="empty soft">Looking up tasks…</p>}
        {tasks !== null && tasks.length > 0 && (
          <TaskTable tasks={tasks} isOf={(task) => matches(filter, task, Date.now())} isBusy={list.isBusy} />
        )}
        {tasks?.length === 0 && (
          <div class="empty">
            {isEmpty(filter) ? (
              <>
                <h2>No tasks yet</h2>
                <p class="soft">Each upload becomes one. Add a picture, and it shows up here.</p>
                <a class="button primary" href="/">
                  To the gallery
                </a>
              </>
            ) : (
              <>
                <h2>No task matches</h2>
                <p class="soft">New ones that match show up here by themselves.</p>
              </>
            )}
          </div>
        )}
      </div>
      {(cursor || nextCursor) && (
        <nav class="bar" aria-label="Pages of tasks">
          <div>
            {cursor && (
              <button type="button" class="button" onClick={() => turn(null)}>
                First page
              </button>
            )}
            {previous !== undefined && (
              <button type="button" class="button" onClick={() => turn(previous)}>
                Previous page
              </button>
            )}
          </div>
          {nextCursor && (
            <button type="button" class="button" onClick={() => turn(nextCursor)}>
              Next page
            </button>
          )}
        </nav>
      )}
    </>
  );
}
