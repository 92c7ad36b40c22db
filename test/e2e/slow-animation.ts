import { GifWriter } from 'omggif';

const SIDE = 200;

/**
 * A GIF that takes a while to render, some milliseconds a frame: two frames that have nothing in common, over and over.
 *
 * @param frames an even number, at most 2,000
 */
export function slowAnimation(frames: number): Uint8Array<ArrayBuffer> {
  const palette = Array.from({ length: 256 }, (_, i) => (i * 2_654_435_761) & 0xffffff);
  const file = Buffer.alloc(SIDE * SIDE * 4);
  const gif = new GifWriter(file, SIDE, SIDE, { palette, loop: 0 });
  const begin = gif.getOutputBufferPosition();
  for (const factor of [1, 2]) {
    const pixels = Array.from({ length: SIDE * SIDE }, (_, i) => ((i * 7_919) ^ (i * factor)) & 0xff);
    gif.addFrame(0, 0, SIDE, SIDE, pixels, { delay: 5 });
  }
  const end = gif.getOutputBufferPosition();
  const two = file.subarray(begin, end);
  return new Uint8Array(
    Buffer.concat([file.subarray(0, begin), ...Array(frames / 2).fill(two), file.subarray(end, gif.end())]),
  );
}
