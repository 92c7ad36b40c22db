import type { OpenAPIHono } from '@hono/zod-openapi';
import type { AppEnv } from '../ports.ts';
import { batchGetHandler, listHandler } from './list-handlers.ts';
import { batchGet, list } from './list-routes.ts';
import { fetchHandler } from './picture-handlers.ts';
import { fetchEmoji, fetchEmojiShort } from './picture-routes.ts';
import { replaceHandler, uploadHandler } from './upload-handlers.ts';
import { replace, upload } from './upload-routes.ts';

export function emojiRoutes(app: OpenAPIHono<AppEnv>): void {
  app.openapi(upload, uploadHandler);
  app.openapi(replace, replaceHandler);
  app.openapi(list, listHandler);
  app.openapi(batchGet, batchGetHandler);
  app.openapi(fetchEmoji, fetchHandler);
  app.openapi(fetchEmojiShort, fetchHandler);
}
