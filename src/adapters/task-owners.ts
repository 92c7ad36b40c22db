import type { TaskOwners } from '../application/ports.ts';
import type { TaskObject } from './task-object.ts';

/**
 * The Durable Object of each task.
 *
 * @param hasWritten called when one may have written to the history for who asks
 */
export function taskOwners(namespace: DurableObjectNamespace<TaskObject>, hasWritten = () => {}): TaskOwners {
  const writing = async <Answer>(answer: Promise<Answer>): Promise<Answer> => {
    try {
      return await answer;
    } finally {
      hasWritten();
    }
  };
  return {
    submit(order) {
      const submitted = namespace.getByName(order.id).submit(order);
      // That of a new emoji is in the history before its owner has it.
      return order.kind === 'create' ? submitted : writing(submitted);
    },
    read: (id) => namespace.getByName(id).read(),
    wait: (id, milliseconds) => namespace.getByName(id).wait(milliseconds),
    settle: (id) => writing(namespace.getByName(id).settle()),
    claim: (id) => namespace.getByName(id).claim(),
    progress: (id, token, progress, steps) => namespace.getByName(id).progress(token, progress, steps),
    succeed: (id, token, result, steps) => namespace.getByName(id).succeed(token, result, steps),
    fail: (id, token, failure, steps) => namespace.getByName(id).fail(token, failure, steps),
    retry: (id, token, fault, steps) => namespace.getByName(id).retry(token, fault, steps),
    proceed: (id, token, so, steps) => namespace.getByName(id).proceed(token, so, steps),
    postpone: (id, token, delayMs, reason, steps) => namespace.getByName(id).postpone(token, delayMs, reason, steps),
    undeliverable: (id, message) => namespace.getByName(id).undeliverable(message),
    cancel: (id) => writing(namespace.getByName(id).cancel()),
    restart: (record, version, askedAt) => writing(namespace.getByName(record.id).restart(record, version, askedAt)),
  };
}
