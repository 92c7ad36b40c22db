import type { Histogram } from './histogram.ts';
import { beginKernel } from './wasm/kernels.ts';

/** Squared distance, over three channels, from which on nobody takes one colour for the other. */
export const VISIBLE = 400;
const ANY_DISTANCE = 0x7fff_ffff;

/** Lays down a palette and colours, and finds for each the nearest of the palette by squared distance, exactly. */
function findNearest(palette: Uint8Array, colours: Uint32Array) {
  const kernels = beginKernel();
  const table = kernels.put(palette);
  const pixels = kernels.put(colours);
  const indices = kernels.reserve(colours.length);
  kernels.run.setPalette(table, palette.length / 3);
  kernels.run.findNearest(pixels, colours.length, indices);
  return { kernels, table, pixels, indices };
}

/**
 * @param palette 3 bytes a colour, 1 to 256 colours
 * @returns the mean squared error of a pixel, over three channels, where each is shown in the nearest colour of the
 * palette; infinite where one of them would be seen as another
 */
export function errorIn(palette: Uint8Array, { colours, counts }: Histogram): number {
  const { kernels, table, pixels, indices } = findNearest(palette, colours);
  return kernels.run.errorOf(pixels, kernels.put(counts), colours.length, indices, table, VISIBLE);
}

/**
 * Moves each colour of a palette to the mean of the colours that it is nearest to (Lloyd, 1982).
 *
 * @returns the new palette, and the error, as `errorIn` measures it, of the old one
 */
export function moveToMeans(
  palette: Uint8Array,
  { colours, counts }: Histogram,
): { colours: Uint8Array; error: number } {
  const { kernels, table, pixels, indices } = findNearest(palette, colours);
  const weights = kernels.put(counts);
  const error = kernels.run.errorOf(pixels, weights, colours.length, indices, table, ANY_DISTANCE);
  kernels.run.moveToMeans(pixels, weights, colours.length, indices, table);
  return { colours: kernels.bytes(table, palette.length).slice(), error };
}
