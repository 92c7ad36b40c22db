import type { RenderMessage } from './adapters/render-message.ts';
import { createApp } from './http/app.ts';

export { TaskObject } from './adapters/task-object.ts';

const app = createApp();

export default {
  fetch: app.fetch,

  // Imported on the first batch: an isolate that only answers requests never loads image code.
  async queue(batch, env) {
    if (batch.queue === 'custom-emoji-render-dead') {
      const { consumeDeadLetters } = await import('./renderer/dead-letters.ts');
      await consumeDeadLetters(batch, env);
    } else {
      const { consumeRenderQueue } = await import('./renderer/consumer.ts');
      await consumeRenderQueue(batch, env);
    }
  },
} satisfies ExportedHandler<Env, RenderMessage>;
