import { readFitMessage } from '../adapters/fit-message.ts';
import { jsonLog } from '../adapters/json-log.ts';
import { readTaskMessage } from '../adapters/task-message.ts';
import { taskOwners } from '../adapters/task-owners.ts';

/**
 * Ends the tasks whose messages the queue gave up on. A task that a renderer has or had all the same is left alone; a
 * picture that was to fit is ordered again by whoever asks for it next.
 */
export async function consumeDeadLetters(batch: MessageBatch, env: Env): Promise<void> {
  const owners = taskOwners(env.TASKS);
  for (const message of batch.messages) {
    const letter = readTaskMessage(message.body);
    if (letter === null) {
      const order = readFitMessage(message.body);
      if (order) jsonLog.info('dead letter', { key: order.key });
      else jsonLog.info('dead letter not understood', { body: message.body });
      message.ack();
      continue;
    }
    const { taskId } = letter;
    try {
      const failed = await owners.undeliverable(taskId, letter);
      jsonLog.info('dead letter', { taskId, failed });
      message.ack();
    } catch (error) {
      jsonLog.error('dead letter not recorded', error, { taskId });
      message.retry();
    }
  }
}
