import type { RouteHandler } from '@hono/zod-openapi';
import { findEmoji } from '../../application/find-emoji.ts';
import { CACHE } from '../cache.ts';
import { type AppEnv, portsOf } from '../ports.ts';
import type { fetchEmoji, fetchEmojiShort } from './picture-routes.ts';
import { gifOf, hasAlready } from './stored-picture.ts';

/** Serves both addresses of a picture. */
export const fetchHandler: RouteHandler<typeof fetchEmoji | typeof fetchEmojiShort, AppEnv> = async (c) => {
  const { catalogue, images } = portsOf(c);
  const emoji = await findEmoji(catalogue, c.req.valid('param').name);
  const etag = `"${emoji.image.hash}"`;
  const validators = { ETag: etag, 'Cache-Control': CACHE.namedPicture };
  if (hasAlready(c, etag)) return c.body(null, 304, validators);
  const headers = {
    ...validators,
    'Content-Type': 'image/gif',
    'Content-Length': String(emoji.image.bytes),
    // Should a browser ever take the picture for a page, then for one that can do nothing.
    'Content-Security-Policy': "default-src 'none'; sandbox",
  };
  // A HEAD request is answered without reading the picture.
  if (c.req.method === 'HEAD') return c.body(null, 200, headers);
  return c.body(await gifOf(images, emoji), 200, headers);
};
