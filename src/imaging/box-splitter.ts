import type { Histogram } from './histogram.ts';
import { VISIBLE } from './nearest.ts';
import { beginKernel } from './wasm/kernels.ts';

/**
 * Divides the colours of a picture into boxes of the colour cube, always where it takes away most squared error (after
 * Wu, 1991), and gives the mean of each. What is rare, like a spot of another colour, gets a box as well.
 *
 * @param most boxes
 * @param goodEnough mean squared error of a pixel, over three channels, at which to stop
 * @returns the means, 3 bytes each
 */
export function splitColours({ colours, counts }: Histogram, most: number, goodEnough: number): Uint8Array {
  const kernels = beginKernel();
  const pixels = kernels.put(colours);
  const weights = kernels.put(counts);
  const size = colours.length;
  const room = kernels.reserve(size * 36);
  const palette = kernels.reserve(most * 3);
  const boxes = kernels.run.splitColours(pixels, weights, size, most, goodEnough, VISIBLE, room, palette);
  return kernels.bytes(palette, boxes * 3).slice();
}
