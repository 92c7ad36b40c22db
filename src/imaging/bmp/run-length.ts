import type { RowSink } from '../image.ts';
import type { Dib } from './dib.ts';
import { paletteOf } from './pixels.ts';

/** What follows a zero byte; from 3 on, it is a number of pixels that are stored one by one. */
const END_OF_LINE = 0;
const END_OF_BITMAP = 1;
const DELTA = 2;

const OPAQUE = 0xff000000;

/**
 * Hands over the rows of RLE4, RLE8 and OS/2's RLE24. Pixels that the file skips are transparent, as in browsers; those
 * beyond the end of a row are dropped.
 */
export function readRunLengthRows(bytes: Uint8Array, dib: Dib, sink: RowSink): void {
  const { width, height, bitCount, topDown } = dib;
  const palette = bitCount <= 8 ? paletteOf(dib) : new Uint32Array(0);
  const rgba = new Uint32Array(width);
  const row = new Uint8Array(rgba.buffer);
  let x = 0;
  let y = 0;
  let isDrawn = false;

  /** @param repeats whether all pixels are those of the first byte (of RLE24, the first three) */
  const draw = (at: number, count: number, repeats: boolean) => {
    const end = Math.min(x + count, width);
    isDrawn ||= x < end;
    for (let i = 0; x < end; i++, x++) {
      if (bitCount === 4) {
        rgba[x] = palette[(bytes[at + (repeats ? 0 : i >> 1)] >> (i & 1 ? 0 : 4)) & 15];
      } else if (bitCount === 8) {
        rgba[x] = palette[bytes[at + (repeats ? 0 : i)]];
      } else {
        const from = at + (repeats ? 0 : 3 * i);
        rgba[x] = bytes[from + 2] | (bytes[from + 1] << 8) | (bytes[from] << 16) | OPAQUE;
      }
    }
  };
  const goDown = (rows: number) => {
    if (isDrawn) {
      sink(topDown ? y : height - 1 - y, row, 0, 1, width);
      rgba.fill(0);
      isDrawn = false;
    }
    y += rows;
  };

  const pixelBytes = bitCount === 24 ? 3 : 1;
  for (let at = dib.pixelOffset; y < height && at + 1 < bytes.length; ) {
    const count = bytes[at];
    const command = bytes[at + 1];
    if (count > 0) {
      if (at + 1 + pixelBytes > bytes.length) break;
      draw(at + 1, count, true);
      at += 1 + pixelBytes;
    } else if (command === END_OF_LINE) {
      goDown(1);
      x = 0;
      at += 2;
    } else if (command === END_OF_BITMAP) {
      break;
    } else if (command === DELTA) {
      if (at + 4 > bytes.length) break;
      x += bytes[at + 2];
      if (bytes[at + 3] > 0) goDown(bytes[at + 3]);
      at += 4;
    } else {
      const available = Math.floor(((bytes.length - at - 2) * 8) / bitCount);
      draw(at + 2, Math.min(command, available), false);
      // Padded to whole 16-bit words.
      at += 2 + 2 * Math.ceil((command * bitCount) / 16);
    }
  }
  if (y < height) goDown(1);
}
