import type { OpenAPIHono } from '@hono/zod-openapi';
import type { AppEnv } from '../ports.ts';
import * as handlers from './handlers.ts';
import * as routes from './routes.ts';

export function emojiRoutes(app: OpenAPIHono<AppEnv>): void {
  app.openapi(routes.upload, handlers.uploadHandler);
  app.openapi(routes.replace, handlers.replaceHandler);
  app.openapi(routes.list, handlers.listHandler);
  app.openapi(routes.fetchEmoji, handlers.fetchHandler);
  app.openapi(routes.fetchEmojiShort, handlers.fetchHandler);
}
