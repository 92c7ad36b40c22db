import { CANCELLABLE, RETRYABLE, type TaskState } from '../../domain/task.ts';

/** What a state is called to people, and the tone it is shown in. */
export const STATES: Record<TaskState, { label: string; tone: 'idle' | 'busy' | 'warn' | 'good' | 'bad' }> = {
  PENDING: { label: 'Waiting', tone: 'idle' },
  STARTED: { label: 'Running', tone: 'busy' },
  RETRY: { label: 'Retrying', tone: 'warn' },
  SUCCESS: { label: 'Succeeded', tone: 'good' },
  FAILURE: { label: 'Failed', tone: 'bad' },
  REVOKED: { label: 'Cancelled', tone: 'idle' },
};

/** What a person can do to tasks. */
export const MOVES = {
  retry: { label: 'Retry', doing: 'Retrying', done: 'retried', can: (state: TaskState) => RETRYABLE.includes(state) },
  cancel: {
    label: 'Cancel',
    doing: 'Cancelling',
    done: 'cancelled',
    can: (state: TaskState) => CANCELLABLE.includes(state),
  },
} as const;

export type Move = keyof typeof MOVES;

/** What can be done to a task: one at most. */
export function moveOf(state: TaskState): Move | undefined {
  return (Object.keys(MOVES) as Move[]).find((move) => MOVES[move].can(state));
}
