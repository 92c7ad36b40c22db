import type { TaskOwners } from '../application/ports.ts';
import type { TaskObject } from './task-object.ts';

/** The Durable Object of each task. */
export function taskOwners(namespace: DurableObjectNamespace<TaskObject>): TaskOwners {
  return {
    submit: (order) => namespace.getByName(order.id).submit(order),
    read: (id) => namespace.getByName(id).read(),
    wait: (id, milliseconds) => namespace.getByName(id).wait(milliseconds),
    settle: (id) => namespace.getByName(id).settle(),
    claim: (id) => namespace.getByName(id).claim(),
    progress: (id, token, progress, steps) => namespace.getByName(id).progress(token, progress, steps),
    succeed: (id, token, result, steps) => namespace.getByName(id).succeed(token, result, steps),
    fail: (id, token, failure, steps) => namespace.getByName(id).fail(token, failure, steps),
    retry: (id, token, fault, steps) => namespace.getByName(id).retry(token, fault, steps),
    proceed: (id, token, so, steps) => namespace.getByName(id).proceed(token, so, steps),
    postpone: (id, token, delayMs, reason, steps) => namespace.getByName(id).postpone(token, delayMs, reason, steps),
    undeliverable: (id, message) => namespace.getByName(id).undeliverable(message),
    cancel: (id) => namespace.getByName(id).cancel(),
    restart: (record, version, askedAt) => namespace.getByName(record.id).restart(record, version, askedAt),
  };
}
