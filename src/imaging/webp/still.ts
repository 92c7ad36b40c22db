import { corrupt } from '../errors.ts';
import { LIMITS } from '../limits.ts';
import { WebpInstance } from '../wasm/webp.ts';
import { AlphaReader } from './alpha.ts';
import type { Bitstream } from './container.ts';
import { Vp8Decoder } from './vp8-decoder.ts';
import { readVp8lHeader, VP8L_HEADER_BYTES } from './vp8l-header.ts';

interface Size {
  width: number;
  height: number;
}

/** Takes straight RGBA rows from the top; the array is reused for the next. */
export type RowEmitter = (y: number, rgba: Uint8Array) => void;

/**
 * Decodes one coded image, lossy or lossless, as far as its data goes.
 * @param factor by which the picture is reduced; see `reduction`
 * @returns how many rows were handed over, at least one
 * @throws ImagingError when there is none
 */
export function decodeBitstream(bitstream: Bitstream, factor: number, emit: RowEmitter): number {
  const rows = bitstream.lossless ? decodeLossless(bitstream.data, emit) : decodeLossy(bitstream, factor, emit);
  if (rows === 0) throw corrupt('WebP', `the image ends in its first row, after ${bitstream.data.length} bytes`);
  return rows;
}

/**
 * By how much the picture can be reduced while it is decoded: 1, 4 or 8. Means of samples are only right without
 * transparency, and only cheaper where the samples are luma and chroma. (By 2 they would lose too much: at the edges
 * of saturated areas the mean of chroma is not what the filter that enlarges it gives.)
 */
export function reduction({ lossless, alpha }: Bitstream, size: Size, enough: Size): number {
  if (lossless || alpha) return 1;
  const fits = (factor: number) => size.width >= factor * enough.width && size.height >= factor * enough.height;
  return fits(8) ? 8 : fits(4) ? 4 : 1;
}

function decodeLossless(data: Uint8Array, emit: RowEmitter): number {
  const { width, height, hasAlpha } = readVp8lHeader(data);
  const instance = WebpInstance.take(data.subarray(VP8L_HEADER_BYTES));
  const { run } = instance;
  run.startLossless(width, height, LIMITS.webpPrefixEntries);
  let rows = 0;
  for (let row = run.nextLosslessRgbaRow(!hasAlpha); row !== 0; row = run.nextLosslessRgbaRow(!hasAlpha)) {
    emit(rows++, instance.bytesAt(row, 4 * width));
  }
  instance.giveBack();
  return rows;
}

function decodeLossy({ data, alpha }: Bitstream, factor: number, emit: RowEmitter): number {
  const decoder = new Vp8Decoder(data);
  const alphaReader = alpha && new AlphaReader(alpha, decoder.width, decoder.height);
  let rows = 0;
  // Where alpha ends early, the file is damaged: in it, alpha comes first.
  decoder.decode(factor, alphaReader, (y, rgba) => {
    emit(y, rgba);
    rows++;
  });
  alphaReader?.close();
  return rows;
}
