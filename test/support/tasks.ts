import { DEFAULT_RENDERING } from '../../src/domain/rendering.ts';
import * as moves from '../../src/domain/task.ts';

/** An order for a task of its own. */
export function newOrder(change: Partial<moves.TaskOrder> = {}): moves.TaskOrder {
  const id = crypto.randomUUID();
  return {
    id,
    kind: 'create',
    emojiId: `emoji-${id}`,
    emojiName: 'tada',
    sourceKey: `sources/${id}`,
    rendering: DEFAULT_RENDERING,
    ...change,
  };
}

/** A task that has come to a state. */
export function taskIn(state: moves.TaskState, receivedAt: number, change: Partial<moves.Task> = {}): moves.Task {
  return { ...moves.submit(newOrder(), receivedAt), state, ...change };
}
