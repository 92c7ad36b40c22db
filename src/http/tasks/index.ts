import type { OpenAPIHono } from '@hono/zod-openapi';
import type { AppEnv } from '../ports.ts';
import { consumerHandler, statsHandler } from './dashboard-handlers.ts';
import * as dashboard from './dashboard-routes.ts';
import * as handlers from './handlers.ts';
import * as routes from './routes.ts';

/** What a typed client of these routes goes by. */
export type TaskApi = ReturnType<typeof taskRoutes>;

export function taskRoutes(app: OpenAPIHono<AppEnv>) {
  return app
    .openapi(routes.status, handlers.statusHandler)
    .openapi(routes.counts, handlers.countsHandler)
    .openapi(dashboard.stats, statsHandler)
    .openapi(dashboard.consumer, consumerHandler)
    .openapi(routes.feed, handlers.feedHandler)
    .openapi(routes.list, handlers.listHandler)
    .openapi(routes.cancelMany, handlers.cancelManyHandler)
    .openapi(routes.retryMany, handlers.retryManyHandler)
    .openapi(routes.fetchTask, handlers.fetchHandler)
    .openapi(routes.cancel, handlers.cancelHandler)
    .openapi(routes.retry, handlers.retryHandler)
    .openapi(routes.taskEvents, handlers.taskEventsHandler);
}
