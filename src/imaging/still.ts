import { differ } from './frame-drawing.ts';
import { pngDecoder } from './png/decoder.ts';
import { writePng } from './write-png.ts';

/**
 * The first frame of an emoji as a PNG, in all its colours.
 *
 * @param film its first frame: 32-bit words, red in the low byte, 0 where transparent
 */
export async function makeStill({ first, size }: { first: Uint32Array | null; size: number }): Promise<Uint8Array> {
  if (first === null) throw new Error('An emoji has at least one frame.');
  const png = await writePng(first, size);
  await verifyStill(png, first, size);
  return png;
}

/** Decodes a finished PNG and holds it against what was meant: what is stored has been seen to be right. */
async function verifyStill(png: Uint8Array, expected: Uint32Array, size: number): Promise<void> {
  const header = pngDecoder.readHeader(png);
  const found = new Uint32Array(size * size);
  const bytes = new Uint8Array(found.buffer);
  for await (const frame of pngDecoder.decode(png, header, { width: size, height: size })) {
    await frame.rows((y, rgba, x) => bytes.set(rgba, (y * size + x) * 4));
  }
  if (header.width !== size || header.height !== size || differ(found, expected)) {
    throw new Error(
      `verification failed: a PNG of ${header.width}×${header.height} is not the picture that was meant.`,
    );
  }
}
