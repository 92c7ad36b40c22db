import type { OpenAPIHono } from '@hono/zod-openapi';
import type { AppEnv } from '../ports.ts';
import { fetchHandler, itemsHandler, orderHandler, runHandler } from './handlers.ts';
import { fetchImport, items, order, run } from './routes.ts';

/** What a typed client of these routes goes by. */
export type ImportApi = ReturnType<typeof importRoutes>;

export function importRoutes(app: OpenAPIHono<AppEnv>) {
  return app
    .openapi(order, orderHandler)
    .openapi(run, runHandler)
    .openapi(fetchImport, fetchHandler)
    .openapi(items, itemsHandler);
}
