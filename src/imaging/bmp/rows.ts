import { corrupt } from '../errors.ts';
import type { RowSink } from '../image.ts';
import type { Dib } from './dib.ts';
import { expanderOf } from './pixels.ts';
import { readRunLengthRows } from './run-length.ts';

/** Bytes of a stored row: they are multiples of 4. */
export function rowStride(width: number, bitCount: number): number {
  return Math.ceil((width * bitCount) / 32) * 4;
}

/**
 * Hands over a bitmap's pixels, straight from the file. Where the file ends early, those that did not come are left out.
 * @param maskOffset where an icon's AND mask starts: one bit a pixel, 1 for a transparent one; −1 where there is none
 * @throws ImagingError when there is not a pixel
 */
export function readRows(bytes: Uint8Array, dib: Dib, sink: RowSink, maskOffset = -1): void {
  if (bytes.length <= dib.pixelOffset) {
    throw corrupt(
      'BMP',
      `the file ends after ${bytes.length} bytes, before its pixels, which start at ${dib.pixelOffset}.`,
    );
  }
  if (dib.runLengthEncoded) readRunLengthRows(bytes, dib, sink);
  else readPlainRows(bytes, dib, sink, maskOffset);
}

function readPlainRows(bytes: Uint8Array, dib: Dib, sink: RowSink, maskOffset: number): void {
  const { width, height, bitCount, pixelOffset } = dib;
  const stride = rowStride(width, bitCount);
  const maskStride = rowStride(width, 1);
  const hasAlpha = hasVisibleAlpha(bytes, dib);
  const expand = expanderOf(dib, hasAlpha);
  const rgba = new Uint32Array(width);
  const row = new Uint8Array(rgba.buffer);
  for (let stored = 0; stored < height; stored++) {
    const at = pixelOffset + stored * stride;
    const count = Math.min(width, Math.floor(((bytes.length - at) * 8) / bitCount));
    if (count <= 0) return;
    expand(bytes, at, count, rgba);
    // An icon with alpha has no need of its mask, which often contradicts it.
    if (maskOffset >= 0 && !hasAlpha) applyMask(bytes, maskOffset + stored * maskStride, count, rgba);
    sink(dib.topDown ? stored : height - 1 - stored, row, 0, 1, count);
  }
}

/**
 * Whether the pixels have alpha that is not 0 throughout: many programs leave it so in pictures that are opaque.
 */
function hasVisibleAlpha(bytes: Uint8Array, { width, height, bitCount, masks, pixelOffset }: Dib): boolean {
  if (masks.alpha === 0 || (bitCount !== 16 && bitCount !== 32)) return false;
  const stride = rowStride(width, bitCount);
  const step = bitCount / 8;
  for (let y = 0; y < height; y++) {
    const start = pixelOffset + y * stride;
    const end = Math.min(start + width * step, bytes.length - step + 1);
    for (let at = start; at < end; at += step) {
      let pixel = bytes[at] | (bytes[at + 1] << 8);
      if (step === 4) pixel |= (bytes[at + 2] << 16) | (bytes[at + 3] << 24);
      if ((pixel & masks.alpha) !== 0) return true;
    }
    if (start >= bytes.length) return false;
  }
  return false;
}

function applyMask(bytes: Uint8Array, at: number, count: number, rgba: Uint32Array): void {
  for (let x = 0; x < count; x++) {
    // Beyond the end of the file, pixels are opaque.
    if (((bytes[at + (x >> 3)] << (x & 7)) & 0x80) !== 0) rgba[x] = 0;
  }
}
