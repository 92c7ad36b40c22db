import './task-table.css';
import { mayMoveTask } from '../../domain/access.ts';
import { duration } from '../shared/format.ts';
import { useSession } from '../shared/session-state.ts';
import { MoveButton } from './move-button.tsx';
import { EmojiLink, Picture, State, TaskLink, titleOf } from './parts.tsx';
import { moveOf, STATES } from './states.ts';
import { Ago, For } from './time.tsx';
import type { Task } from './types.ts';

interface Props {
  tasks: Task[];
  /** Whether a task is still one of those that the list is of. */
  isOf(task: Task): boolean;
  isBusy: boolean;
}

export function TaskTable({ tasks, isOf, isBusy }: Props) {
  return (
    <table class="task-table" aria-label="Tasks" aria-busy={isBusy}>
      <thead>
        <tr>
          <th scope="col">State</th>
          <th scope="col">Emoji</th>
          <th scope="col">Attempts</th>
          <th scope="col">Queued</th>
          <th scope="col">Ran</th>
          <th scope="col">Received</th>
          <th scope="col">Reason</th>
          <th scope="col">
            <span class="visually-hidden">What can be done</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {tasks.map((task) => (
          <Row key={task.id} task={task} isGone={!isOf(task)} />
        ))}
      </tbody>
    </table>
  );
}

function Row({ task, isGone }: { task: Task; isGone: boolean }) {
  const { id, state, kind, emoji_name: name, attempts, queued_ms, received_at, error } = task;
  const { who } = useSession();
  const move = mayMoveTask(who, task) ? moveOf(state) : undefined;
  return (
    <tr class={isGone ? 'gone' : undefined}>
      <td class="is-state">
        <TaskLink id={id} class="open" label={`${STATES[state].label}: details of ${titleOf(task)}`}>
          <State state={state} />
        </TaskLink>
      </td>
      <td class="is-emoji">
        <div class="emoji">
          <Picture task={task} />
          <div>
            {name === null ? titleOf(task) : <EmojiLink name={name} />}
            <div class="soft small">{kind}</div>
          </div>
        </div>
      </td>
      <td class="number" data-label="Attempts">
        {attempts}
      </td>
      <td class="number" data-label="Queued">
        {queued_ms === null ? '–' : duration(queued_ms)}
      </td>
      <td class="number" data-label="Ran">
        <Ran task={task} />
      </td>
      <td class="number is-received">
        <Ago time={received_at} />
      </td>
      <td class="is-reason">
        {error && (
          <span class="reason" title={`${error.message} ${error.remedy}`}>
            {error.message}
          </span>
        )}
      </td>
      <td class="move">{move && <MoveButton move={move} id={id} title={titleOf(task)} />}</td>
    </tr>
  );
}

function Ran({ task: { state, started_at, duration_ms } }: { task: Task }) {
  if (state === 'STARTED' && started_at !== null) return <For since={started_at} />;
  return <>{duration_ms === null ? '–' : duration(duration_ms)}</>;
}
