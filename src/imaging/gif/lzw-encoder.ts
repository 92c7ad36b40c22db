import { beginKernel } from '../wasm/kernels.ts';
import type { Alike } from './model.ts';

/** @returns the minimum code size for indices: they may need fewer bits than their colour table */
export function codeSizeFor(indices: Uint8Array): number {
  const kernels = beginKernel();
  return kernels.run.codeSizeFor(kernels.put(indices), indices.length);
}

/**
 * Packs colour table indices in the variable-length-code LZW of GIF (GIF89a, appendix F).
 *
 * Takes the longest string that it knows, and clears the table when it is full: on emoji and photos of 100×100 that is
 * smaller than to keep a full table (by 8 %) or to clear it when it pays no longer (by 0.2 %); looking ahead for a
 * shorter string that makes the next one longer would save 0.2 % for a multiple of the time.
 *
 * @param indices row by row; those that others are written for are replaced
 * @param minimumCodeSize 2 to 8; every index is below `2 ** minimumCodeSize`
 * @param alike for each index, those below `2 ** minimumCodeSize` that may be written in its place; `null` for none.
 * Where the index would end a string and another goes on with it, that one is written
 * @returns the codes, packed, not yet in sub-blocks: good until the next kernel is called
 */
export function encodeLzw(indices: Uint8Array, minimumCodeSize: number, alike: Alike | null = null): Uint8Array {
  const kernels = beginKernel();
  const at = kernels.put(indices);
  const starts = alike === null ? 0 : kernels.put(alike.starts);
  const others = alike === null ? 0 : kernels.put(alike.others);
  // At worst each index is a code of 12 bits; then there are clear codes, one for each filled table, and the end.
  const bound = Math.ceil(indices.length * 1.5) + Math.ceil(indices.length / 2048) * 2 + 8;
  const packed = kernels.reserve(bound);
  const length = kernels.run.encodeLzw(at, indices.length, minimumCodeSize, starts, others, packed);
  if (alike !== null) indices.set(kernels.bytes(at, indices.length));
  return kernels.bytes(packed, length);
}

/**
 * Lists the colours of a palette that are not seen to be different.
 *
 * @param pixels the palette's colours, red in the low byte
 * @param transparentIndex which has no colour; `null` for none
 * @param most squared distance, over three channels
 */
export function listAlike(pixels: Uint32Array, transparentIndex: number | null, most: number): Alike {
  const kernels = beginKernel();
  const count = pixels.length;
  const starts = kernels.reserve((count + 1) * 2);
  const others = kernels.reserve(count * count);
  kernels.run.listAlike(kernels.put(pixels), count, transparentIndex ?? -1, most, starts, others);
  const list = new Uint16Array(kernels.bytes(starts, (count + 1) * 2).slice().buffer);
  return { starts: list, others: kernels.bytes(others, list[count]).slice() };
}
