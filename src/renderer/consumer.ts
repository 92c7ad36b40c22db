import { edgeCache } from '../adapters/edge-cache.ts';
import { readFitMessage } from '../adapters/fit-message.ts';
import { jsonLog } from '../adapters/json-log.ts';
import { backOffSeconds } from '../adapters/message-back-off.ts';
import { r2FittedStore } from '../adapters/r2-fitted-store.ts';
import { r2ImageStore } from '../adapters/r2-image-store.ts';
import { r2SourceStore } from '../adapters/r2-source-store.ts';
import { readTaskMessage } from '../adapters/task-message.ts';
import { taskOwners } from '../adapters/task-owners.ts';
import { fitPicture } from '../application/fit-picture.ts';
import { renderEmoji } from '../application/render-emoji.ts';
import { imagingFitter } from './imaging-fitter.ts';
import { imagingRenderer } from './imaging-renderer.ts';

/** Renders the tasks of a batch and makes pictures fit, one at a time. */
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
    fitted: r2FittedStore(env.PICTURES),
    fitter: imagingFitter,
    edge: edgeCache(context),
    log: jsonLog,
  };
  for (const message of batch.messages) {
    const taskId = readTaskMessage(message.body)?.taskId;
    const order = readFitMessage(message.body);
    try {
      if (taskId !== undefined) await renderEmoji(ports, taskId);
      else if (order !== null) await fitPicture(ports, order);
      else jsonLog.info('message not understood', { body: message.body });
      message.ack();
    } catch (error) {
      const delaySeconds = backOffSeconds(message.attempts);
      const facts = { deliveries: message.attempts, delaySeconds };
      if (order !== null) jsonLog.error('picture not fitted', error, { key: order.key, ...facts });
      else jsonLog.error('owner of the task not reached', error, { taskId, ...facts });
      message.retry({ delaySeconds });
    }
  }
}
