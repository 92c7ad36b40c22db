import type { RouteHandler } from '@hono/zod-openapi';
import { emojiTag } from '../../adapters/edge-cache.ts';
import { lookUpEmoji, parseKnownName } from '../../application/find-emoji.ts';
import { originalNotFound, originalOf, pictureOf } from '../../application/find-picture.ts';
import type { Emoji, PictureType } from '../../domain/emoji.ts';
import { Refusal } from '../../domain/refusal.ts';
import { CACHE } from '../cache.ts';
import { atTheEdge } from '../edge.ts';
import { type AppEnv, portsOf } from '../ports.ts';
import { attachment } from './attachment.ts';
import { readPictureName } from './picture-names.ts';
import type { fetchEmoji, fetchEmojiShort, fetchImage, fetchOriginal } from './picture-routes.ts';
import { sendToPresentName } from './renamed.ts';
import { hasAlready, pictureHeaders } from './stored-picture.ts';

/** Where a picture is kept at the edge: under one path, however its address is written. */
export const pictureAtTheEdge = atTheEdge((c) => {
  try {
    const { name, rendition } = readPictureName(c.req.param('name') ?? '');
    return `/emojis/${encodeURIComponent(parseKnownName(name))}/${rendition ?? 'gif'}`;
  } catch (error) {
    if (error instanceof Refusal) return null;
    throw error;
  }
});

/** A file by the 64 hexadecimal digits that it is kept under. */
export const IMAGE_NAME = /^([0-9a-f]{64})\.(gif|png)$/;

export const imageAtTheEdge = atTheEdge((c) => {
  const file = c.req.param('file') ?? '';
  return IMAGE_NAME.test(file) ? `/images/${file}` : null;
});

/** Serves both addresses of a picture, in all its forms. */
export const fetchHandler: RouteHandler<typeof fetchEmoji | typeof fetchEmojiShort, AppEnv> = async (c) => {
  const { catalogue, images } = portsOf(c);
  const { name, suffix, rendition } = readPictureName(c.req.valid('param').name);
  const { outcome, emoji } = await lookUpEmoji(catalogue, name);
  if (outcome === 'renamed') return sendToPresentName(c, emoji, suffix);
  const picture = pictureOf(emoji, rendition);
  const etag = `"${picture.hash}"`;
  const validators = { ETag: etag, 'Cache-Control': CACHE.namedPicture, 'Cache-Tag': emojiTag(emoji.id) };
  if (hasAlready(c, etag)) return c.body(null, 304, validators);
  const headers = { ...validators, ...pictureHeaders(picture) };
  // A HEAD request is answered without reading the picture.
  if (c.req.method === 'HEAD') return c.body(null, 200, headers);
  const file = await images.get(picture.hash, picture.type);
  if (file === null) throw new Error(`the picture ${picture.hash} of "${emoji.name}" is not in storage`);
  return c.body(file.body, 200, headers);
};

/** Serves a picture by the hash of its bytes, from storage alone. */
export const imageHandler: RouteHandler<typeof fetchImage, AppEnv> = async (c) => {
  const { images } = portsOf(c);
  const { hash, type } = readImageName(c.req.valid('param').file);
  const validators = { ETag: `"${hash}"`, 'Cache-Control': CACHE.immutable };
  const isKnown = hasAlready(c, validators.ETag);
  if (isKnown || c.req.method === 'HEAD') {
    const bytes = await images.size(hash, type);
    if (bytes === null) throw imageNotFound();
    if (isKnown) return c.body(null, 304, validators);
    return c.body(null, 200, { ...validators, ...pictureHeaders({ bytes, type }) });
  }
  const file = await images.get(hash, type);
  if (file === null) throw imageNotFound();
  return c.body(file.body, 200, { ...validators, ...pictureHeaders({ bytes: file.bytes, type }) });
};

function readImageName(file: string): { hash: string; type: PictureType } {
  const [, hash, type] = IMAGE_NAME.exec(file) ?? [];
  if (hash === undefined) throw imageNotFound();
  return { hash, type: type as PictureType };
}

export function imageNotFound(): Refusal {
  return new Refusal(
    'image_not_found',
    'No picture with this hash is kept. Ask for the emoji by its name: that leads to the one it shows now.',
  );
}

/** Serves an upload as it came. It may be anything: a browser is to save it, never to show it. */
export const originalHandler: RouteHandler<typeof fetchOriginal, AppEnv> = async (c) => {
  const { catalogue, sources } = portsOf(c);
  const { outcome, emoji } = await lookUpEmoji(catalogue, c.req.valid('param').name);
  if (outcome === 'renamed') return sendToPresentName(c, emoji, '/original');
  const { sourceKey, sourceHash } = originalOf(emoji);
  // The key of an upload is another one each time, and tells as much.
  const etag = `"${sourceHash ?? sourceKey.replace(/^.*\//, '')}"`;
  const validators = { ETag: etag, 'Cache-Control': CACHE.revalidated };
  const headersOf = (bytes: number) => ({
    ...validators,
    'Content-Type': 'application/octet-stream',
    'Content-Length': String(bytes),
    'Content-Disposition': attachment(emoji.name, extensionOf(emoji)),
  });
  const isKnown = hasAlready(c, etag);
  if (isKnown || c.req.method === 'HEAD') {
    const bytes = await sources.size(sourceKey);
    if (bytes === null) throw originalNotFound(emoji);
    return isKnown ? c.body(null, 304, validators) : c.body(null, 200, headersOf(bytes));
  }
  const file = await sources.open(sourceKey);
  if (file === null) throw originalNotFound(emoji);
  return c.body(file.body, 200, headersOf(file.bytes));
};

const EXTENSIONS: Record<string, string> = { jpeg: 'jpg' };

function extensionOf({ source }: Emoji): string {
  return source === null ? 'bin' : (EXTENSIONS[source.format] ?? source.format);
}
