import { type RouteHandler, z } from '@hono/zod-openapi';
import type { ImageStore, Logger } from '../../application/ports.ts';
import type { Emoji } from '../../domain/emoji.ts';
import { decodeCursor, page } from '../pages.ts';
import { type AppEnv, portsOf } from '../ports.ts';
import type { list } from './list-routes.ts';
import { gifOf } from './stored-picture.ts';
import { emojiUrl } from './urls.ts';

/** A page is in memory as a whole, as bytes and in base64. */
const MAX_PICTURE_BYTES_A_PAGE = 8_000_000;

const Position = z.tuple([z.string()]).transform(([name]) => name);

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
