import { type RouteHandler, z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import type { Accepted, Upload } from '../../application/accept-upload.ts';
import { createEmoji } from '../../application/create-emoji.ts';
import { findEmoji } from '../../application/find-emoji.ts';
import type { ImageStore, Logger } from '../../application/ports.ts';
import { replaceImage } from '../../application/replace-image.ts';
import type { Emoji } from '../../domain/emoji.ts';
import { CACHE } from '../cache.ts';
import { type IdempotencyHeaders, idempotent } from '../idempotency.ts';
import { decodeCursor, page } from '../pages.ts';
import { type AppEnv, portsOf } from '../ports.ts';
import { readUpload } from '../upload.ts';
import type { fetchEmoji, fetchEmojiShort, list, RenderingQuery, replace, upload } from './routes.ts';

/** A page is in memory as a whole, as bytes and in base64. */
const MAX_PICTURE_BYTES_A_PAGE = 8_000_000;

const emojiUrl = (name: string): string => `/custom-emoji/emojis/${encodeURIComponent(name)}`;

const Position = z.tuple([z.string()]).transform(([name]) => name);

export const uploadHandler: RouteHandler<typeof upload, AppEnv> = async (c) => {
  const { name, ...rendering } = c.req.valid('query');
  const sent = readSent(c.req.raw, c.req.valid('header'), rendering);
  const { body, headers } = await answerTo(c, createEmoji(portsOf(c), name, sent));
  return c.json(body, 202, headers);
};

export const replaceHandler: RouteHandler<typeof replace, AppEnv> = async (c) => {
  const sent = readSent(c.req.raw, c.req.valid('header'), c.req.valid('query'));
  const { body, headers } = await answerTo(c, replaceImage(portsOf(c), c.req.valid('param').name, sent));
  return c.json(body, 202, headers);
};

function readSent(
  request: Request,
  { 'Idempotency-Key': key }: z.infer<typeof IdempotencyHeaders>,
  { fit, size, background, matte }: RenderingQuery,
): Upload {
  return {
    ...idempotent(request, key, readUpload(request)),
    rendering: { fit, size, background: background ?? null, matte: matte ?? null },
  };
}

async function answerTo(c: Context<AppEnv>, accepting: Promise<Accepted>) {
  // A client that goes away must not stop it half way, between the name and the task.
  c.executionCtx.waitUntil(accepting.catch(() => {}));
  const { taskId, name } = await accepting;
  return {
    body: {
      task_id: taskId,
      status: 'PENDING' as const,
      name,
      status_url: `/task-queue/status?task_id=${taskId}`,
      emoji_url: emojiUrl(name),
    },
    headers: { Location: `/task-queue/tasks/${taskId}` },
  };
}

export const listHandler: RouteHandler<typeof list, AppEnv> = async (c) => {
  const { catalogue, images, log } = portsOf(c);
  const { limit, cursor, image_data } = c.req.valid('query');
  const withPictures = image_data === 'true';
  const after = cursor === undefined ? null : decodeCursor(cursor, Position);
  const found = await catalogue.list({ after, limit: limit + 1 });
  const shown = withPictures ? Math.min(limit, countWithin(MAX_PICTURE_BYTES_A_PAGE, found)) : limit;
  const { items, nextCursor } = page(found, shown, ({ name }) => [name]);
  const data = await Promise.all(
    items.map(async (emoji) => ({
      name: emoji.name,
      ...(withPictures && { image_data: await base64Of(images, emoji, log) }),
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

/** How many emoji from the start have pictures of no more than `limit` bytes together; the first one always counts. */
function countWithin(limit: number, emojis: Emoji[]): number {
  let bytes = 0;
  let count = 0;
  for (const { image } of emojis) {
    bytes += image.bytes;
    if (bytes > limit && count > 0) break;
    count++;
  }
  return count;
}

/** One picture that is missing must not take the list with it. */
async function base64Of(images: ImageStore, emoji: Emoji, log: Logger): Promise<string | null> {
  try {
    return (await new Response(await gifOf(images, emoji)).bytes()).toBase64();
  } catch (error) {
    log.error('picture not listed', error, { emojiName: emoji.name, hash: emoji.image.hash });
    return null;
  }
}
