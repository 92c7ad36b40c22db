import type { Task } from './task.ts';

/** What a log tells of a task, step by step. */
export const TASK_EVENTS = [
  'accepted',
  'message_sent',
  'message_not_sent',
  'claimed',
  'part_done',
  'upload_read',
  'rendered_and_stored',
  'fault',
  'lease_taken_back',
  'succeeded',
  'failed',
  'cancelled',
  'tried_again',
] as const;

export interface LogEntry {
  /** Milliseconds since 1970. */
  at: number;
  event: (typeof TASK_EVENTS)[number];
  /** By event. */
  details: Record<string, string | number>;
}

/** A log has no more: the oldest go first. */
export const MOST_ENTRIES = 200;

/**
 * What a move was, for the log.
 *
 * @param before null for a task that its owner did not have
 * @returns null where what led to it has been told already
 */
export function entryOf(before: Task | null, after: Task, now: number): LogEntry | null {
  if (after.proceededAt !== null && before?.proceededAt === null) return { at: now, event: 'part_done', details: {} };
  if (before?.sequence === after.sequence) {
    if (after.lease !== null) return { at: now, event: 'claimed', details: { attempt: after.attempts } };
    const isSent = after.sends > before.sends;
    return isSent
      ? { at: now, event: 'message_sent', details: { sends: after.sends } }
      : { at: now, event: 'message_not_sent', details: {} };
  }
  const at = after.history.at(-1)?.at ?? now;
  const entry = (event: LogEntry['event'], details: LogEntry['details'] = {}) => ({ at, event, details });
  switch (after.state) {
    case 'PENDING':
      return after.sequence === 1 ? entry('accepted', { kind: after.kind }) : entry('tried_again');
    case 'STARTED':
      return entry('claimed', { attempt: after.attempts });
    case 'SUCCESS':
      return entry('succeeded');
    case 'FAILURE':
      return entry('failed', after.failure ? { code: after.failure.code } : {});
    case 'REVOKED':
      return entry('cancelled');
    case 'RETRY':
      return null;
  }
}

/** A log with more entries, oldest first: another machine's clock, which some go by, may be ahead or behind. */
export function logWith(log: LogEntry[], entries: LogEntry[], now: number): LogEntry[] {
  const whole = [...log];
  for (const entry of entries) {
    whole.push({ ...entry, at: Math.max(whole.at(-1)?.at ?? 0, Math.min(entry.at, now)) });
  }
  return whole.slice(-MOST_ENTRIES);
}
