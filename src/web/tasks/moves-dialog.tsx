import './moves-dialog.css';
import { useEffect, useRef, useState } from 'preact/hooks';
import { bodyOf, type Problem, problemFrom, taskApi } from '../shared/api.ts';
import { Dialog, takeFocus } from '../shared/dialog.tsx';
import { onceOf } from '../shared/once-of.ts';
import { type Filter, queryOf } from './filter.ts';
import { TaskLink } from './parts.tsx';
import { MOVES, type Move, STATES } from './states.ts';
import type { TaskQuery } from './types.ts';

interface Props {
  move: Move;
  filter: Filter;
  onClose(): void;
}

interface Refused {
  id: string;
  message: string;
}

interface Outcome {
  moved: number;
  refused: Refused[];
}

const NOTHING: Outcome = { moved: 0, refused: [] };

/** The API counts no further. */
const MOST_COUNTED = 10_000;

/** Moves all tasks that a filter finds, step by step: after it has said how many there are. */
export function MovesDialog({ move, filter, onClose }: Props) {
  // Those that it can be done to, as the filter finds them now: what "the last hour" is must not move meanwhile.
  const [query] = useState<TaskQuery>(() => {
    const states = filter.states.filter(MOVES[move].can);
    return queryOf({ ...filter, states }, Date.now());
  });
  const [matched, setMatched] = useState<number | null>(null);
  const [outcome, setOutcome] = useState<Outcome>(NOTHING);
  const [phase, setPhase] = useState<'asking' | 'moving' | 'stopping' | 'stopped' | 'over'>('asking');
  const [problem, setProblem] = useState<Problem | null>(null);
  const isStopped = useRef(false);
  const ask = (more: Pick<TaskQuery, 'dry_run' | 'cursor'>) =>
    bodyOf(taskApi.tasks[move].$post({ query: { ...query, ...more } }));

  useEffect(() => {
    ask({}).then(
      (counted) => setMatched(counted.matched ?? 0),
      (error: unknown) => setProblem(problemFrom(error)),
    );
    return () => {
      isStopped.current = true;
    };
  }, []);

  const run = async () => {
    setPhase('moving');
    setProblem(null);
    let cursor: string | null = null;
    try {
      do {
        const step = await ask({ dry_run: 'false', ...(cursor && { cursor }) });
        setOutcome((now) => ({ moved: now.moved + step.moved.length, refused: [...now.refused, ...step.refused] }));
        cursor = step.next_cursor;
      } while (cursor !== null && !isStopped.current);
    } catch (error) {
      setProblem(problemFrom(error));
    }
    setPhase(cursor === null ? 'over' : 'stopped');
  };
  const stop = () => {
    isStopped.current = true;
    setPhase('stopping');
  };

  const { label, doing, done } = MOVES[move];
  const count = matched === null ? '' : matched < MOST_COUNTED ? matched.toLocaleString('en') : '10,000 or more';
  const tasks = `${describe(move, filter)} ${matched === 1 ? 'task' : 'tasks'}`;
  const isOver = phase === 'over' || phase === 'stopped';
  const isUnderWay = phase === 'moving' || phase === 'stopping';
  const handled = outcome.moved + outcome.refused.length;
  const title = matched === null ? `${label} all that match` : `${label} ${count} ${tasks}?`;
  return (
    <Dialog
      narrow
      title={phase === 'asking' ? title : `${isUnderWay ? doing : label} ${tasks}`}
      // What has been begun is stopped first, and then told.
      onClose={isUnderWay ? stop : onClose}
      foot={
        isUnderWay ? (
          // It is where the button was that began it.
          <button
            type="button"
            class="button"
            ref={takeFocus}
            aria-disabled={phase === 'stopping'}
            onClick={onceOf(stop)}
          >
            {phase === 'stopping' ? 'Stopping…' : 'Stop'}
          </button>
        ) : (
          <>
            <button type="button" class="button" ref={isOver ? takeFocus : null} onClick={onClose}>
              {isOver || matched === 0 ? 'Close' : 'Leave them'}
            </button>
            {phase === 'asking' && matched !== null && matched > 0 && (
              <button
                type="button"
                class={move === 'retry' ? 'button primary' : 'button danger'}
                onClick={() => void run()}
              >
                {label} {count}
              </button>
            )}
          </>
        )
      }
    >
      <div class="moves" role="status">
        {phase === 'asking' && <p>{matched === null ? !problem && 'Counting…' : explain(move, matched)}</p>}
        {isUnderWay && (
          <>
            <progress class="meter" max={matched ?? 1} value={handled} aria-label="Tasks looked at" />
            <p>
              {handled.toLocaleString('en')} of {count}
            </p>
          </>
        )}
        {isOver && (
          <p>
            <b>{outcome.moved.toLocaleString('en')}</b> {done}
            {outcome.refused.length > 0 && `, ${outcome.refused.length.toLocaleString('en')} left as they were`}.
            {phase === 'stopped' && isStopped.current && ' You stopped it: the others are as they were.'}
          </p>
        )}
        {problem && <p class="note bad">{problem.detail}</p>}
      </div>
      {isOver && outcome.refused.length > 0 && <Refusals refused={outcome.refused} />}
    </Dialog>
  );
}

/** Why tasks were refused; those for the same reason together. */
function Refusals({ refused }: { refused: Refused[] }) {
  const byMessage = Map.groupBy(refused, ({ message }) => message);
  return (
    <ul>
      {[...byMessage].map(([message, tasks]) => (
        <li key={message} class="note warn small">
          {tasks.length > 1 && <b>{tasks.length} × </b>}
          {message} {tasks[0] && <TaskLink id={tasks[0].id}>Show {tasks.length > 1 ? 'the first' : 'it'}</TaskLink>}
        </li>
      ))}
    </ul>
  );
}

/** What the tasks are, in words: "failed or cancelled". */
function describe(move: Move, { states }: Filter): string {
  const chosen = states.filter(MOVES[move].can);
  if (chosen.length === 0) return move === 'retry' ? 'failed or cancelled' : 'unfinished';
  return new Intl.ListFormat('en', { type: 'disjunction' }).format(
    chosen.map((state) => STATES[state].label.toLowerCase()),
  );
}

function explain(move: Move, matched: number): string {
  if (matched === 0) return 'No task that matches the filters can be moved so. Change the filters, or clear them.';
  return move === 'retry'
    ? 'Their uploads are kept, and rendered once more.'
    : 'They end as cancelled. Their uploads are kept: they can be retried.';
}
