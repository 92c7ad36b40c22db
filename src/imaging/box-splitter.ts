import type { Histogram } from './histogram.ts';
import { beginKernel } from './wasm/kernels.ts';

/** Squared distance, over three channels, from which on nobody takes one colour for the other. */
export const VISIBLE = 400;

/**
 * Divides the colours of a picture into boxes of the colour cube, always where it takes away most squared error (after
 * Wu, 1991), and gives the mean of each. What is rare, like a spot of another colour, gets a box as well.
 *
 * @param most boxes
 * @param goodEnough mean squared error of a pixel, over three channels, at which to stop
 * @returns the means, 3 bytes each
 */
export function splitColours({ colours, counts, size }: Histogram, most: number, goodEnough: number): Uint8Array {
  const kernels = beginKernel();
  const pixels = kernels.put(colours.subarray(0, size));
  const weights = kernels.put(counts.subarray(0, size));
  const room = kernels.reserve(size * 16);
  const palette = kernels.reserve(most * 3);
  const boxes = kernels.run.splitColours(pixels, weights, size, most, goodEnough, VISIBLE, room, palette);
  return kernels.bytes(palette, boxes * 3).slice();
}
