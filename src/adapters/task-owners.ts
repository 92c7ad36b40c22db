import type { TaskOwners } from '../application/ports.ts';
import type { TaskObject } from './task-object.ts';

/** The Durable Object of each task. */
export function taskOwners(namespace: DurableObjectNamespace<TaskObject>): TaskOwners {
  return {
    submit: (order) => namespace.getByName(order.id).submit(order),
    read: (id) => namespace.getByName(id).read(),
    claim: (id) => namespace.getByName(id).claim(),
    succeed: (id, token, image) => namespace.getByName(id).succeed(token, image),
    fail: (id, token, failure) => namespace.getByName(id).fail(token, failure),
    retry: (id, token, fault) => namespace.getByName(id).retry(token, fault),
    undeliverable: (id, message) => namespace.getByName(id).undeliverable(message),
  };
}
