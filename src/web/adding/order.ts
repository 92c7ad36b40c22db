import type { InferResponseType } from 'hono/client';
import { isFinished } from '../../domain/task.ts';
import { type emojiApi, problemFrom } from '../shared/api.ts';
import { untilAnswered } from '../shared/connection.ts';
import { type ListedEmoji, lookUp } from '../shared/emojis.ts';
import { atMost } from '../shared/pause.ts';
import type { Sending } from '../shared/upload.ts';
import { type FullTask, type TaskStatus, untilItsEnd } from '../shared/watch-task.ts';

export type Accepted = InferResponseType<typeof emojiApi.emojis.$post, 202>;

/** Why something was not done, and what to do about it. */
export interface Failure {
  code: string;
  message: string;
  /** Empty where the message says it. */
  remedy: string;
}

/** How far it is. */
export type Step =
  | Sending
  /** Accepted; with why it waits, where that was a fault. */
  | { at: 'waiting'; fault: string | null }
  | { at: 'rendering'; frames: { done: number; of: number } | null };

/** Whether something is on its way to its end. */
export function isUnderWay(stage: { at: string }): stage is Step {
  return ['queued', 'uploading', 'waiting', 'rendering'].includes(stage.at);
}

export interface Made {
  name: string;
  /** Null should it have gone by now. */
  emoji: ListedEmoji | null;
  /** Others that look exactly the same. */
  duplicates: string[];
  /** Where it works; null where the service does not tell. */
  platforms: TaskStatus['platforms'];
}

/** A task that came to another end than it should. */
class TaskFailed extends Error {
  override name = 'TaskFailed';
  readonly failure: Failure;

  constructor(failure: Failure) {
    super(failure.message);
    this.failure = failure;
  }
}

/** What there is to say of it, whatever went wrong. */
export function failureFrom(error: unknown): Failure {
  if (error instanceof TaskFailed) return error.failure;
  const { code, detail } = problemFrom(error);
  return { code, message: detail, remedy: '' };
}

/** Each has a WebSocket of its own. */
const following = atMost(20);

/**
 * Follows what was accepted to its end.
 *
 * @throws what `failureFrom` can tell
 */
export async function follow({ task_id, name }: Accepted, tell: (step: Step) => void): Promise<Made> {
  tell({ at: 'waiting', fault: null });
  const { status, error, duplicates, platforms } = await following(() =>
    untilItsEnd(task_id, (task) => !isFinished(task.state) && tell(stepOf(task.state, task))),
  );
  if (error) throw new TaskFailed(error);
  if (status === 'REVOKED') {
    throw new TaskFailed({ code: 'revoked', message: 'It was cancelled.', remedy: 'Try again if it should be made.' });
  }
  const found = await untilAnswered(() => lookUp([name]));
  return { name, emoji: found.get(name)?.emoji ?? null, duplicates: duplicates ?? [], platforms };
}

function stepOf(state: FullTask['state'], { progress, history }: FullTask): Step {
  if (state === 'STARTED') return { at: 'rendering', frames: progress };
  return { at: 'waiting', fault: state === 'RETRY' ? (history.at(-1)?.reason ?? null) : null };
}
