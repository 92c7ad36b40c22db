import { gifDecoder } from '../../src/imaging/gif/decoder.ts';
import type { Rect } from '../../src/imaging/image.ts';

/** A frame in full. */
export interface DecodedFrame {
  width: number;
  height: number;
  /** Straight RGBA; transparent where the decoder handed over nothing. */
  pixels: Uint8Array;
  delay: number;
  changed: Rect | null;
}

/** All frames of a GIF, as the library's decoder hands them over. Fails where a row comes twice or in parts. */
export function decodeFrames(bytes: Uint8Array): DecodedFrame[] {
  const header = gifDecoder.readHeader(bytes);
  const frames: DecodedFrame[] = [];
  for (const frame of gifDecoder.decode(bytes, header)) {
    const { width, height, delay, changed } = frame;
    const pixels = new Uint8Array(width * height * 4);
    const seen = new Uint8Array(height);
    const done = frame.rows((y, rgba, x, step, count) => {
      if (x !== 0 || step !== 1 || count !== width) throw new Error(`row ${y} is not whole`);
      if (seen[y]++ > 0) throw new Error(`row ${y} came twice`);
      pixels.set(rgba, y * width * 4);
    });
    if (done !== undefined) throw new Error('the GIF decoder hands over its rows at once');
    frames.push({ width, height, pixels, delay, changed });
  }
  return frames;
}
