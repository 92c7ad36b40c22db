import { jsonLog } from '../adapters/json-log.ts';
import { backOffSeconds } from '../adapters/message-back-off.ts';
import { readTaskMessage } from '../adapters/task-message.ts';
import { importPack } from '../application/imports/import-pack.ts';
import type { Claim } from '../application/ports.ts';
import { publishEmoji } from '../application/publish-emoji.ts';
import { workPorts } from './ports.ts';

/** Works on the tasks of a batch that are no renderings. */
export async function consumeWorkQueue(
  batch: MessageBatch,
  env: Env,
  context: Pick<ExecutionContext, 'cache'>,
): Promise<void> {
  const ports = workPorts(env, context);
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

function workOn(ports: ReturnType<typeof workPorts>, claim: Claim): Promise<void> {
  switch (claim.kind) {
    case 'import':
      return importPack(ports, claim);
    case 'publish':
      return publishEmoji(ports, claim);
    default:
      throw new Error(`nobody works on tasks of the kind ${claim.kind}`);
  }
}
