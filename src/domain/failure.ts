import type { TaskKind } from './task.ts';

/** Why a task failed: a stable code for programs, what is wrong and what to do about it for people. */
export interface Failure {
  code: string;
  /** What is wrong, in numbers where there are some. */
  message: string;
  /** What to do about it. */
  remedy: string;
}

export const SOURCE_MISSING: Failure = {
  code: 'source_missing',
  message: 'The upload is no longer in storage.',
  remedy: 'Upload it again.',
};

/** What people are told of a task that came to nothing, by what it was. */
interface Words {
  /** What could not be done. */
  undone: string;
  again: string;
  /** Where it may be the picture or the pack that is to blame. */
  other: string;
}

const RENDERING: Words = {
  undone: 'The emoji could not be made',
  again: 'Upload the picture again later.',
  other:
    'If others work meanwhile, save this one in another format first, as PNG say, or upload a smaller version of it.',
};

const WORDS: Record<TaskKind, Words> = {
  create: RENDERING,
  replace: RENDERING,
  render: RENDERING,
  import: {
    undone: 'The pack could not be imported',
    again: 'Have the task tried again later: what has been imported stays, and is not done twice.',
    other: 'If it ends like this again, divide the pack into smaller ones.',
  },
  publish: {
    undone: 'The emoji could not be published',
    again: 'Have the task tried again later.',
    other: 'If it ends like this again, see whether the platform takes the picture by hand.',
  },
};

/** The failure of a task that the queue could not bring to anybody. */
export function notDelivered(kind: TaskKind): Failure {
  const { undone, again } = WORDS[kind];
  return {
    code: 'not_delivered',
    message: `${undone}: the queue could not hand the task to anybody, and gave up.`,
    remedy: `${again} If it happens again, tell the operator: the log has "dead letter" for this task.`,
  };
}

/**
 * The failure of a task whose attempts are used up by faults that should have passed.
 *
 * @param last the last of them, as for `retry`
 */
export function attemptsUsedUp(kind: TaskKind, attempts: number, last: string): Failure {
  const { undone, again, other } = WORDS[kind];
  return {
    code: 'attempts_used_up',
    message: `${undone} in ${attempts} attempts. The last one ended with: ${last}.`,
    remedy: `${again} ${other}`,
  };
}

/** The failure of a task whose worker died each time, without a word. */
export function workerLost(kind: TaskKind, attempts: number): Failure {
  const { undone, other } = WORDS[kind];
  return {
    code: 'renderer_lost',
    message: `${undone}: who worked on it stopped without an answer in each of ${attempts} attempts.`,
    remedy: `It probably needs more memory or time than there is. ${other}`,
  };
}
