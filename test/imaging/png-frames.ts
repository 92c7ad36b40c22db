/** Decodes whole pictures in memory, for tests, and checks on the way what every decoder promises of its rows. */
import type { Decoder, ImageHeader, Rect } from '../../src/imaging/image.ts';

export interface DecodedFrame {
  delay: number;
  changed: Rect | null;
  /** Straight RGBA; zeros where no pixel was handed over. */
  rgba: Uint8Array;
  /** How many pixels were handed over. */
  pixels: number;
}

/** @throws Error when a pixel is handed over twice, or outside of the frame */
export async function decodeAll(
  decoder: Decoder,
  bytes: Uint8Array,
): Promise<{ header: ImageHeader; frames: DecodedFrame[] }> {
  const header = decoder.readHeader(bytes);
  const frames: DecodedFrame[] = [];
  for await (const { width, height, delay, changed, rows } of decoder.decode(bytes, header, { width: 1, height: 1 })) {
    const rgba = new Uint8Array(width * height * 4);
    const seen = new Uint8Array(width * height);
    let pixels = 0;
    await rows((y, row, x, step, count) => {
      if (row.length < count * 4) throw new Error(`${count} pixels in ${row.length} bytes`);
      for (let i = 0; i < count; i++) {
        const column = x + i * step;
        if (column >= width || y >= height) throw new Error(`pixel ${column}, ${y} of ${width}×${height}`);
        const at = y * width + column;
        if (seen[at]++ > 0) throw new Error(`pixel ${column}, ${y} comes twice`);
        rgba.set(row.subarray(4 * i, 4 * i + 4), 4 * at);
        pixels++;
      }
    });
    frames.push({ delay, changed, rgba, pixels });
  }
  return { header, frames };
}
