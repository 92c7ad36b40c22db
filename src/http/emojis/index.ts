import type { OpenAPIHono } from '@hono/zod-openapi';
import type { AppEnv } from '../ports.ts';
import {
  binHandler,
  changeHandler,
  deleteHandler,
  historyHandler,
  infoHandler,
  restoreHandler,
} from './life-handlers.ts';
import { bin, change, history, info, remove, restore } from './life-routes.ts';
import { batchGetHandler, listHandler } from './list-handlers.ts';
import { batchGet, list } from './list-routes.ts';
import { fetchHandler, imageAtTheEdge, imageHandler, originalHandler, pictureAtTheEdge } from './picture-handlers.ts';
import { fetchEmoji, fetchEmojiShort, fetchImage, fetchOriginal } from './picture-routes.ts';
import { replaceHandler, rerenderHandler, uploadHandler } from './upload-handlers.ts';
import { replace, rerender, upload } from './upload-routes.ts';

export function emojiRoutes(app: OpenAPIHono<AppEnv>): void {
  app.openapi(upload, uploadHandler);
  app.openapi(replace, replaceHandler);
  app.openapi(rerender, rerenderHandler);
  app.openapi(list, listHandler);
  app.openapi(batchGet, batchGetHandler);
  app.openapi(change, changeHandler);
  app.openapi(remove, deleteHandler);
  app.openapi(restore, restoreHandler);
  app.openapi(bin, binHandler);
  app.openapi(info, infoHandler);
  app.openapi(history, historyHandler);
  app.openapi(fetchOriginal, originalHandler);
  app.openapi({ ...fetchImage, middleware: imageAtTheEdge }, imageHandler);
  app.openapi({ ...fetchEmoji, middleware: pictureAtTheEdge }, fetchHandler);
  app.openapi({ ...fetchEmojiShort, middleware: pictureAtTheEdge }, fetchHandler);
}
