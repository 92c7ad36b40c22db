/** Why a task failed: a stable code for programs, what is wrong and what to do about it for people. */
export interface Failure {
  code: string;
  /** What is wrong, in numbers where there are some. */
  message: string;
  /** What to do about it. */
  remedy: string;
}

export const FAILURES = {
  sourceMissing: {
    code: 'source_missing',
    message: 'The uploaded picture is no longer in storage.',
    remedy: 'Upload the picture again.',
  },
  notDelivered: {
    code: 'not_delivered',
    message: 'The queue could not hand the task to a renderer and gave up.',
    remedy:
      'Upload the picture again. If it happens again, tell the operator: the log has "dead letter" for this task.',
  },
} as const satisfies Record<string, Failure>;

/**
 * The failure of a task whose attempts are used up by faults that should have passed.
 *
 * @param last the last of them, as for `retry`
 */
export function attemptsUsedUp(attempts: number, last: string): Failure {
  return {
    code: 'attempts_used_up',
    message: `The emoji could not be made in ${attempts} attempts. The last one ended with: ${last}.`,
    remedy:
      'Upload the picture again later. If others work meanwhile, save this one in another format first, as PNG say.',
  };
}

/** The failure of a task whose renderer died each time, without a word. */
export function rendererLost(attempts: number): Failure {
  return {
    code: 'renderer_lost',
    message: `The renderer stopped without an answer in each of ${attempts} attempts.`,
    remedy: 'The picture probably needs more memory or time than there is. Upload a smaller version of it.',
  };
}
