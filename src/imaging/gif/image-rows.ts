import type { Rect } from '../image.ts';
import type { ImageBlock } from './blocks.ts';
import type { LzwDecoder } from './lzw-decoder.ts';

/**
 * Takes one row of an image: `y` counts from the top of the image, the indices are `indices[from]` up to
 * `indices[from + count - 1]`. The array is reused after the call.
 */
export type IndexRowSink = (y: number, indices: Uint8Array, from: number, count: number) => void;

/** @returns the part of the image that lies on a canvas of `width × height`; all zero where none does */
export function visiblePart({ left, top, ...image }: Readonly<Rect>, width: number, height: number): Rect {
  const visible = {
    left,
    top,
    width: Math.min(image.width, width - left),
    height: Math.min(image.height, height - top),
  };
  return visible.width > 0 && visible.height > 0 ? visible : { left: 0, top: 0, width: 0, height: 0 };
}

/**
 * Decodes the rows of an image, in the order in which they are stored, and hands over what of them is visible.
 *
 * @param bytes the whole file
 * @param visible the image's `visiblePart`
 * @returns the pixels that the data held, as far as it was decoded: 0 where not one can be
 */
export function decodeRows(
  bytes: Uint8Array,
  image: ImageBlock,
  visible: Rect,
  lzw: LzwDecoder,
  sink: IndexRowSink,
): number {
  const { width, height, interlaced } = image;
  // What lies below the canvas is not decoded; but the first row always is, to know whether the data is any good.
  const wanted = interlaced ? height : Math.max(1, visible.height);
  let row = 0;
  return lzw.decode(bytes, image.data, width, Math.min(wanted, height), (indices, count) => {
    for (let from = 0; from < count; from += width) {
      const y = interlaced ? interlacedRow(row, height) : row;
      row++;
      if (y < visible.height) sink(y, indices, from, Math.min(visible.width, count - from));
    }
  });
}

/**
 * The place of an interlaced image's rows (GIF89a, appendix E): every 8th row from 0, every 8th from 4, every 4th from
 * 2, every 2nd from 1.
 *
 * @param row counted as they are stored
 * @param height of the image
 * @returns the row counted from the top
 */
export function interlacedRow(row: number, height: number): number {
  const eighths = (height + 7) >> 3;
  if (row < eighths) return row * 8;
  const fourths = (height + 3) >> 2;
  if (row < fourths) return (row - eighths) * 8 + 4;
  const halves = (height + 1) >> 1;
  if (row < halves) return (row - fourths) * 4 + 2;
  return (row - halves) * 2 + 1;
}
