import type { OpenAPIHono } from '@hono/zod-openapi';
import { retentionMs } from '../../adapters/settings.ts';
import { sweep } from '../../application/sweep.ts';
import { metricsText } from '../../application/task-metrics.ts';
import { CACHE } from '../cache.ts';
import { type AppEnv, portsOf } from '../ports.ts';
import * as routes from './routes.ts';

export function serviceRoutes(app: OpenAPIHono<AppEnv>): void {
  app.openapi(routes.health, async (c) => {
    // Any indexed read tells whether the database answers and has its tables.
    await portsOf(c).catalogue.isTaken('');
    return c.json({ status: 'ok' as const }, 200);
  });

  app.openapi(routes.metrics, async (c) =>
    c.text(metricsText(await portsOf(c).taskHistory.counters()), 200, {
      'Content-Type': 'text/plain; version=0.0.4; charset=utf-8',
    }),
  );

  app.openapi(routes.runSweep, async (c) => {
    const {
      namesFreed,
      ordersForgotten,
      emojisDropped,
      tasksForgotten,
      sourcesDeleted,
      imagesDeleted,
      keysForgotten,
      noticesWoken,
      noticesForgotten,
      ...report
    } = await sweep(portsOf(c), Date.now(), retentionMs(c.env));
    return c.json(
      {
        ...report,
        names_freed: namesFreed,
        orders_forgotten: ordersForgotten,
        emojis_dropped: emojisDropped,
        tasks_forgotten: tasksForgotten,
        sources_deleted: sourcesDeleted,
        images_deleted: imagesDeleted,
        keys_forgotten: keysForgotten,
        notices_woken: noticesWoken,
        notices_forgotten: noticesForgotten,
      },
      200,
    );
  });

  // Once: it takes as long as a dozen other answers, and nothing in it changes.
  let description: string | undefined;
  app.get('/openapi.json', (c) => {
    description ??= JSON.stringify(
      app.getOpenAPI31Document({
        openapi: '3.1.0',
        info: {
          title: 'Custom emoji',
          version: '1',
          description:
            'Upload a picture under a name, follow its task, and fetch the emoji: a 100×100 GIF that keeps the ' +
            'animation, transparency and shape of the picture. Errors are `application/problem+json` (RFC 9457). ' +
            'What is read may be a moment old. Who has changed something, and wants to see that, sends the `D1-Bookmark` ' +
            'header of that answer along with what is asked next; browsers do so by a cookie.',
        },
      }),
    );
    return c.body(description, 200, { 'Content-Type': 'application/json', 'Cache-Control': CACHE.release });
  });
}
