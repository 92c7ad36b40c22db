import type { OpenAPIHono } from '@hono/zod-openapi';
import type { AppEnv } from '../ports.ts';
import * as handlers from './handlers.ts';
import * as routes from './routes.ts';

export function taskRoutes(app: OpenAPIHono<AppEnv>): void {
  app.openapi(routes.status, handlers.statusHandler);
  app.openapi(routes.list, handlers.listHandler);
  app.openapi(routes.fetchTask, handlers.fetchHandler);
}
