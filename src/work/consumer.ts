import { jsonLog } from '../adapters/json-log.ts';
import { allPorts } from '../adapters/ports.ts';
import { readTaskMessage } from '../adapters/task-message.ts';
import type { Claim } from '../application/ports.ts';
import { publishEmoji } from '../application/publish-emoji.ts';

/** Seconds until a message comes again that nobody could be asked about: 2, 4, 8 … at most 5 minutes. */
const backOffSeconds = (deliveries: number): number => Math.min(2 ** deliveries, 300);

type Ports = ReturnType<typeof allPorts>;

/** Works on the tasks of a batch that are no renderings. */
export async function consumeWorkQueue(batch: MessageBatch, env: Env): Promise<void> {
  const ports = allPorts(env);
  for (const message of batch.messages) {
    const taskId = readTaskMessage(message.body)?.taskId;
    try {
      if (taskId === undefined) jsonLog.info('message not understood', { body: message.body });
      else {
        const claim = await ports.taskOwners.claim(taskId);
        if (claim === null) jsonLog.info('nothing to do', { taskId });
        else await workOn(ports, claim);
      }
      message.ack();
    } catch (error) {
      const delaySeconds = backOffSeconds(message.attempts);
      jsonLog.error('owner of the task not reached', error, { taskId, deliveries: message.attempts, delaySeconds });
      message.retry({ delaySeconds });
    }
  }
}

function workOn(ports: Ports, claim: Claim): Promise<void> {
  switch (claim.kind) {
    case 'publish':
      return publishEmoji(ports, claim);
    default:
      throw new Error(`nobody works on tasks of the kind ${claim.kind}`);
  }
}
