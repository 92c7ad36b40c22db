import type { OpenAPIHono } from '@hono/zod-openapi';
import type { AppEnv } from '../ports.ts';
import { consumerHandler, statsHandler } from './dashboard-handlers.ts';
import * as dashboard from './dashboard-routes.ts';
import * as handlers from './handlers.ts';
import * as routes from './routes.ts';

export function taskRoutes(app: OpenAPIHono<AppEnv>): void {
  app.openapi(routes.status, handlers.statusHandler);
  app.openapi(routes.counts, handlers.countsHandler);
  app.openapi(dashboard.stats, statsHandler);
  app.openapi(dashboard.consumer, consumerHandler);
  app.openapi(routes.feed, handlers.feedHandler);
  app.openapi(routes.list, handlers.listHandler);
  app.openapi(routes.cancelMany, handlers.cancelManyHandler);
  app.openapi(routes.retryMany, handlers.retryManyHandler);
  app.openapi(routes.fetchTask, handlers.fetchHandler);
  app.openapi(routes.cancel, handlers.cancelHandler);
  app.openapi(routes.retry, handlers.retryHandler);
  app.openapi(routes.taskEvents, handlers.taskEventsHandler);
}
