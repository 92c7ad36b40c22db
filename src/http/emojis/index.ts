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
import { batchGetHandler, listHandler, tagsHandler } from './list-handlers.ts';
import { batchGet, list, tags } from './list-routes.ts';
import { packHandler } from './pack-handlers.ts';
import { pack } from './pack-routes.ts';
import { fetchHandler, imageAtTheEdge, imageHandler, originalHandler, pictureAtTheEdge } from './picture-handlers.ts';
import { fetchEmoji, fetchEmojiShort, fetchImage, fetchOriginal } from './picture-routes.ts';
import { fittedHandler, forPlatformHandler, platformsHandler } from './platform-handlers.ts';
import { fetchFitted, forPlatform, platforms } from './platform-routes.ts';
import { replaceHandler, rerenderHandler, uploadHandler } from './upload-handlers.ts';
import { replace, rerender, upload } from './upload-routes.ts';

/** What a typed client of these routes goes by. */
export type EmojiApi = ReturnType<typeof emojiRoutes>;

export function emojiRoutes(app: OpenAPIHono<AppEnv>) {
  return app
    .openapi(upload, uploadHandler)
    .openapi(replace, replaceHandler)
    .openapi(rerender, rerenderHandler)
    .openapi(list, listHandler)
    .openapi(tags, tagsHandler)
    .openapi(batchGet, batchGetHandler)
    .openapi(change, changeHandler)
    .openapi(remove, deleteHandler)
    .openapi(restore, restoreHandler)
    .openapi(bin, binHandler)
    .openapi(pack, packHandler)
    .openapi(info, infoHandler)
    .openapi(history, historyHandler)
    .openapi(platforms, platformsHandler)
    .openapi(forPlatform, forPlatformHandler)
    .openapi(fetchFitted, fittedHandler)
    .openapi(fetchOriginal, originalHandler)
    .openapi({ ...fetchImage, middleware: imageAtTheEdge }, imageHandler)
    .openapi({ ...fetchEmoji, middleware: pictureAtTheEdge }, fetchHandler)
    .openapi({ ...fetchEmojiShort, middleware: pictureAtTheEdge }, fetchHandler);
}
