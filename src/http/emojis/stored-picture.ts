import type { ImageStore } from '../../application/ports.ts';
import type { Emoji } from '../../domain/emoji.ts';

/** The GIF of an emoji. */
export async function gifOf(images: ImageStore, { name, image }: Emoji): Promise<ReadableStream<Uint8Array>> {
  const gif = await images.get(image.hash, 'gif');
  if (gif === null) throw new Error(`the picture ${image.hash} of "${name}" is not in storage`);
  return gif.body;
}
