import type { Claim, TaskOwners } from '../../src/application/ports.ts';
import * as moves from '../../src/domain/task.ts';
import { must } from './tasks.ts';

/** The owner of one task, by the moves that all go by. */
export function ownerOf(order: moves.TaskOrder) {
  let task = moves.submit(order);
  let tokens = 0;
  const finish = async (moved: moves.Task | null): Promise<boolean> => {
    if (moved) task = moved;
    return moved !== null;
  };
  const owners: Pick<TaskOwners, 'succeed' | 'fail' | 'retry' | 'proceed' | 'postpone'> = {
    succeed: (_, token, result) => finish(moves.succeed(task, token, result, Date.now())),
    fail: (_, token, failure) => finish(moves.fail(task, token, failure, Date.now())),
    retry: (_, token, fault) => finish(moves.retry(task, token, fault, Date.now())),
    proceed: (_, token, so) => finish(moves.proceed(task, token, so, Date.now())),
    postpone: (_, token, ms, reason) => finish(moves.postpone(task, token, ms, reason, Date.now())),
  };
  return {
    owners: owners as TaskOwners,
    now: () => task,
    claim(): Claim {
      tokens++;
      task = must(moves.claim({ ...task, sends: 1 }, `token-${tokens}`, Date.now()));
      return { ...moves.orderOf(task), token: `token-${tokens}`, attempt: task.attempts, outcome: task.outcome };
    },
    /** Whoever worked on it has gone away. */
    expire(): void {
      task = must(moves.expire(task, Date.now()));
    },
  };
}
