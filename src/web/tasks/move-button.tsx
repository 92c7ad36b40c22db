import { bodyOf, problemFrom, taskApi } from '../shared/api.ts';
import { Icon } from '../shared/icon.tsx';
import { notify } from '../shared/notices.tsx';
import { onceOf } from '../shared/once-of.ts';
import type { FullTask } from '../shared/watch-task.ts';
import { MOVES, type Move } from './states.ts';

/** @throws ProblemError with why it cannot be */
export function moveTask(move: Move, id: string): Promise<FullTask> {
  return bodyOf(taskApi.tasks[':id'][move].$post({ param: { id } }));
}

/** Does what can be done to a task; what becomes of it is seen where it is listed. */
export function MoveButton({ move, id, title }: { move: Move; id: string; title: string }) {
  const { label, done } = MOVES[move];
  const run = async () => {
    try {
      await moveTask(move, id);
      notify(`${title} ${done}`);
    } catch (error) {
      notify(problemFrom(error).detail);
    }
  };
  return (
    <button
      type="button"
      class="button compact plain square"
      aria-label={`${label} ${title}`}
      title={label}
      onClick={onceOf(run)}
    >
      <Icon name={move === 'retry' ? 'retry' : 'close'} />
    </button>
  );
}
