import { jsonLog } from '../adapters/json-log.ts';
import { allPorts } from '../adapters/ports.ts';
import { readTaskMessage } from '../adapters/task-message.ts';
import { taskOwners } from '../adapters/task-owners.ts';
import { importPack } from '../application/imports/import-pack.ts';
import type { Claim } from '../application/ports.ts';
import { publishEmoji } from '../application/publish-emoji.ts';
import { importPorts } from './import-ports.ts';

/** Seconds until a message comes again that nobody could be asked about: 2, 4, 8 … at most 5 minutes. */
const backOffSeconds = (deliveries: number): number => Math.min(2 ** deliveries, 300);

type Context = Pick<ExecutionContext, 'cache'>;

/** Works on the tasks of a batch that are no renderings. */
export async function consumeWorkQueue(batch: MessageBatch, env: Env, context: Context): Promise<void> {
  const owners = taskOwners(env.TASKS);
  for (const message of batch.messages) {
    const taskId = readTaskMessage(message.body)?.taskId;
    try {
      if (taskId === undefined) jsonLog.info('message not understood', { body: message.body });
      else {
        const claim = await owners.claim(taskId);
        if (claim === null) jsonLog.info('nothing to do', { taskId });
        else await workOn(claim, env, context);
      }
      message.ack();
    } catch (error) {
      const delaySeconds = backOffSeconds(message.attempts);
      jsonLog.error('owner of the task not reached', error, { taskId, deliveries: message.attempts, delaySeconds });
      message.retry({ delaySeconds });
    }
  }
}

function workOn(claim: Claim, env: Env, context: Context): Promise<void> {
  switch (claim.kind) {
    case 'import':
      return importPack(importPorts(env, context), claim);
    case 'publish':
      return publishEmoji(allPorts(env), claim);
    default:
      throw new Error(`nobody works on tasks of the kind ${claim.kind}`);
  }
}
