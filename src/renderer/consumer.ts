import { edgeCache } from '../adapters/edge-cache.ts';
import { jsonLog } from '../adapters/json-log.ts';
import { r2ImageStore } from '../adapters/r2-image-store.ts';
import { r2SourceStore } from '../adapters/r2-source-store.ts';
import { readRenderMessage } from '../adapters/render-message.ts';
import { taskOwners } from '../adapters/task-owners.ts';
import { renderEmoji } from '../application/render-emoji.ts';
import { imagingRenderer } from './imaging-renderer.ts';

/** Seconds until a message comes again that nobody could be asked about: 2, 4, 8 … at most 5 minutes. */
const backOffSeconds = (deliveries: number): number => Math.min(2 ** deliveries, 300);

/** Renders the tasks of a batch, one at a time. */
export async function consumeRenderQueue(
  batch: MessageBatch,
  env: Env,
  context: Pick<ExecutionContext, 'cache'>,
): Promise<void> {
  const ports = {
    sources: r2SourceStore(env.PICTURES),
    images: r2ImageStore(env.PICTURES),
    taskOwners: taskOwners(env.TASKS),
    renderer: imagingRenderer,
    edge: edgeCache(context),
    log: jsonLog,
  };
  for (const message of batch.messages) {
    const taskId = readRenderMessage(message.body)?.taskId;
    if (taskId === undefined) {
      jsonLog.info('message not understood', { body: message.body });
      message.ack();
      continue;
    }
    try {
      await renderEmoji(ports, taskId);
      message.ack();
    } catch (error) {
      const delaySeconds = backOffSeconds(message.attempts);
      jsonLog.error('owner of the task not reached', error, { taskId, deliveries: message.attempts, delaySeconds });
      message.retry({ delaySeconds });
    }
  }
}
