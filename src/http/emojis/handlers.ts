import { type RouteHandler, z } from '@hono/zod-openapi';
import { createEmoji } from '../../application/create-emoji.ts';
import { findEmoji } from '../../application/find-emoji.ts';
import type { ImageStore } from '../../application/ports.ts';
import type { Emoji } from '../../domain/emoji.ts';
import { CACHE } from '../cache.ts';
import { decodeCursor, page } from '../pages.ts';
import { type AppEnv, portsOf } from '../ports.ts';
import { readUpload } from '../upload.ts';
import type { fetchEmoji, fetchEmojiShort, list, upload } from './routes.ts';

const emojiUrl = (name: string): string => `/custom-emoji/emojis/${encodeURIComponent(name)}`;

const Position = z.tuple([z.string()]).transform(([name]) => name);

export const uploadHandler: RouteHandler<typeof upload, AppEnv> = async (c) => {
  const { taskId, name } = await createEmoji(portsOf(c), c.req.valid('query').name, readUpload(c.req.raw));
  return c.json(
    {
      task_id: taskId,
      status: 'PENDING' as const,
      name,
      status_url: `/task-queue/status?task_id=${taskId}`,
      emoji_url: emojiUrl(name),
    },
    202,
    { Location: `/task-queue/tasks/${taskId}` },
  );
};

export const listHandler: RouteHandler<typeof list, AppEnv> = async (c) => {
  const { catalogue, images } = portsOf(c);
  const { limit, cursor, image_data } = c.req.valid('query');
  const after = cursor === undefined ? null : decodeCursor(cursor, Position);
  const { items, nextCursor } = page(await catalogue.list({ after, limit: limit + 1 }), limit, ({ name }) => [name]);
  const data = await Promise.all(
    items.map(async (emoji) => ({
      name: emoji.name,
      ...(image_data === 'true' && { image_data: (await new Response(await gifOf(images, emoji)).bytes()).toBase64() }),
      url: emojiUrl(emoji.name),
      hash: emoji.image.hash,
      bytes: emoji.image.bytes,
      frames: emoji.image.frames,
      created_at: new Date(emoji.createdAt).toISOString(),
    })),
  );
  return c.json({ data, next_cursor: nextCursor }, 200);
};

/** Serves both addresses of a picture. */
export const fetchHandler: RouteHandler<typeof fetchEmoji | typeof fetchEmojiShort, AppEnv> = async (c) => {
  const { catalogue, images } = portsOf(c);
  const emoji = await findEmoji(catalogue, c.req.valid('param').name);
  const etag = `"${emoji.image.hash}"`;
  const validators = { ETag: etag, 'Cache-Control': CACHE.namedPicture };
  if (matches(c.req.header('If-None-Match'), etag)) return c.body(null, 304, validators);
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

/** RFC 9110, section 13.1.2: weak comparison with each tag of the list; `*` matches any. */
function matches(ifNoneMatch: string | undefined, etag: string): boolean {
  const tags = ifNoneMatch?.split(',').map((tag) => tag.trim().replace(/^W\//, '')) ?? [];
  return tags.includes('*') || tags.includes(etag);
}

async function gifOf(images: ImageStore, { name, image }: Emoji): Promise<ReadableStream<Uint8Array>> {
  const gif = await images.get(image.hash);
  if (gif === null) throw new Error(`the picture ${image.hash} of "${name}" is not in storage`);
  return gif;
}
