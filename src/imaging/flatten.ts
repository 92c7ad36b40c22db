import type { Rect } from './image.ts';
import { beginKernel } from './wasm/kernels.ts';

/** A colour transformation of straight 8-bit RGB, in place: `rgb` holds red, green and blue. */
export type ColourTransform = (rgb: Uint8ClampedArray) => void;

/** How samples become pixels of a GIF, which are opaque or transparent and nothing between. */
export interface Appearance {
  /** Applied to straight colours. */
  toSrgb: ColourTransform | null;
  /** The colour that soft edges are blended with, as a pixel; `null` for what suits light and dark pages. */
  matte: number | null;
  /** The colour put under the picture, as a pixel; `null` for none. */
  background: number | null;
  /** The highest alpha of the whole picture, which tells what is an edge and what is faint in it. */
  strongestAlpha: number;
}

/**
 * Turns premultiplied pixels into those of a GIF: 32-bit words with red in the low byte and 255 in the high one, or 0.
 * Edges are cut at half coverage, and areas of partial transparency become a pattern of pixels. Where a matte says on
 * what they will be seen, all that can be seen on it is opaque.
 *
 * @param premultiplied RGBA words, `width` a row
 * @param region the pixels to turn
 * @param steps where each belongs in `pixels`: `start + x × right + y × down`
 * @returns the highest alpha of the region
 */
export function flatten(
  premultiplied: Uint32Array,
  width: number,
  region: Rect,
  appearance: Appearance,
  pixels: Uint32Array,
  steps: { start: number; right: number; down: number },
): number {
  const { toSrgb, matte, background, strongestAlpha } = appearance;
  const { left, top } = region;
  const count = region.width * region.height;
  const kernels = beginKernel();
  const { run } = kernels;
  const source = kernels.put(premultiplied);
  const straight = kernels.reserve(count * 4);
  const first = source + (top * width + left) * 4;
  const strongest = run.straighten(first, width, region.width, region.height, straight);
  if (toSrgb) transform(kernels.bytes(straight, count * 4), toSrgb);
  const right = left + region.width;
  const bottom = top + region.height;
  const height = premultiplied.length / width;
  run.flatten(source, width, height, left, top, right, bottom, straight, matte ?? 0, background ?? 0, strongestAlpha);
  const made = kernels.words(straight, count);
  for (let y = 0; y < region.height; y++) {
    const row = made.subarray(y * region.width, (y + 1) * region.width);
    let at = steps.start + (top + y) * steps.down + left * steps.right;
    if (steps.right === 1) pixels.set(row, at);
    else for (let x = 0; x < row.length; x++, at += steps.right) pixels[at] = row[x];
  }
  return strongest;
}

/** @param rgba straight pixels; what is transparent has no colour */
function transform(rgba: Uint8Array, toSrgb: ColourTransform): void {
  const rgb = new Uint8ClampedArray(3);
  for (let i = 0; i < rgba.length; i += 4) {
    if (rgba[i + 3] === 0) continue;
    rgb.set(rgba.subarray(i, i + 3));
    toSrgb(rgb);
    rgba.set(rgb, i);
  }
}
