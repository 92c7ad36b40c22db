import { allPorts } from './adapters/ports.ts';
import { retentionMs } from './adapters/settings.ts';
import { sweep } from './application/sweep.ts';
import { createApp } from './http/app.ts';

export { TaskObject } from './adapters/task-object.ts';

const app = createApp();

export default {
  fetch: app.fetch,

  // Imported on the first batch: an isolate that only answers requests never loads image code.
  async queue(batch, env, context) {
    // Those of another environment have its name in front: staging-custom-emoji-render.
    switch (batch.queue.slice(batch.queue.indexOf('custom-emoji-'))) {
      case 'custom-emoji-render': {
        const { consumeRenderQueue } = await import('./renderer/consumer.ts');
        return consumeRenderQueue(batch, env, context);
      }
      case 'custom-emoji-render-dead': {
        const { consumeDeadLetters } = await import('./renderer/dead-letters.ts');
        return consumeDeadLetters(batch, env);
      }
      case 'custom-emoji-work': {
        const { consumeWorkQueue } = await import('./work/consumer.ts');
        return consumeWorkQueue(batch, env, context);
      }
      case 'custom-emoji-notices': {
        const { consumeNotices } = await import('./notices/consumer.ts');
        return consumeNotices(batch, env);
      }
      case 'custom-emoji-notices-dead': {
        const { consumeDeadNotices } = await import('./notices/consumer.ts');
        return consumeDeadNotices(batch);
      }
      default:
        throw new Error(`no consumer is known for the queue ${batch.queue}`);
    }
  },

  async scheduled(_, env) {
    await sweep(allPorts(env), Date.now(), retentionMs(env));
  },
} satisfies ExportedHandler<Env>;
