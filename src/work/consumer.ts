import { jsonLog } from '../adapters/json-log.ts';
import { readTaskMessage } from '../adapters/task-message.ts';
import { importPack } from '../application/imports/import-pack.ts';
import type { Claim } from '../application/ports.ts';
import { publishEmoji } from '../application/publish-emoji.ts';
import { workPorts } from './ports.ts';

/** Seconds until a message comes again that nobody could be asked about: 2, 4, 8 … at most 5 minutes. */
const backOffSeconds = (deliveries: number): number => Math.min(2 ** deliveries, 300);

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
