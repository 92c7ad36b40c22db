import { beginKernel } from './wasm/kernels.ts';

/**
 * Finds the palette colours that are nearest to others, by squared distance, exactly.
 *
 * @param palette 3 bytes a colour, 1 to 256 colours
 * @param colours pixels, red in the low byte; the high one does not count
 * @returns a palette index for each
 */
export function findNearest(palette: Uint8Array, colours: Uint32Array): Uint8Array {
  const kernels = beginKernel();
  kernels.run.setPalette(kernels.put(palette), palette.length / 3);
  const pixels = kernels.put(colours);
  const indices = kernels.reserve(colours.length);
  kernels.run.findNearest(pixels, colours.length, indices);
  return kernels.bytes(indices, colours.length).slice();
}
