import type { Context } from 'hono';
import type { ImageStore } from '../../application/ports.ts';
import type { Emoji, PictureType, StoredPicture } from '../../domain/emoji.ts';
import type { AppEnv } from '../ports.ts';

/** The GIF of an emoji. */
export async function gifOf(
  images: ImageStore,
  { name, image }: Pick<Emoji, 'name' | 'image'>,
): Promise<ReadableStream<Uint8Array>> {
  const gif = await images.get(image.hash, 'gif');
  if (gif === null) throw new Error(`the picture ${image.hash} of "${name}" is not in storage`);
  return gif.body;
}

/** Whether the client has the file with this ETag (RFC 9110, section 13.1.2: weak comparison; `*` is any). */
export function hasAlready(c: Context<AppEnv>, etag: string): boolean {
  const tags =
    c.req
      .header('If-None-Match')
      ?.split(',')
      .map((tag) => tag.trim().replace(/^W\//, '')) ?? [];
  return tags.includes('*') || tags.includes(etag);
}

/** What an answer says of the picture that it has, or would have. */
export function pictureHeaders({ bytes, type }: Pick<StoredPicture, 'bytes'> & { type: PictureType }) {
  return { 'Content-Type': `image/${type}`, 'Content-Length': String(bytes) };
}
