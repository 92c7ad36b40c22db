import type { Rect } from './image.ts';
import { thresholdAt } from './threshold-matrix.ts';

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
}

/** Where an edge is cut. */
const EDGE = 128;
/** Halfway between a white page and a dark one (#313338): an edge blended with it stands out least on either. */
const DEFAULT_MATTE = 0xff9b9998;
/** Half of the blend takes away three quarters of the error, and leaves an edge of the picture's own colour. */
const DEFAULT_MATTE_SHARE = 0.5;
/** Alpha that changes by more than this from one pixel to the next is an edge; less is a shadow, a glow, a pane. */
const STEEPEST_SHADE = 48;
/** How far the thresholds of the pattern are spread: with less than all of it, almost opaque is opaque. */
const SHADE_SPREAD = 0.65;

/**
 * Turns premultiplied pixels into those of a GIF: 32-bit words with red in the low byte and 255 in the high one, or 0.
 * Edges are cut at half coverage. Areas of partial transparency become a pattern of pixels, unless a matte says on what
 * they will be seen.
 *
 * @param premultiplied RGBA words, `width` a row
 * @param region the pixels to turn
 * @param steps where each belongs in `pixels`: `start + x × right + y × down`
 */
export function flatten(
  premultiplied: Uint32Array,
  width: number,
  region: Rect,
  appearance: Appearance,
  pixels: Uint32Array,
  steps: { start: number; right: number; down: number },
): void {
  const { toSrgb, matte, background } = appearance;
  const under = background ?? matte ?? DEFAULT_MATTE;
  const isUnknown = background === null && matte === null;
  const blended = isUnknown ? DEFAULT_MATTE_SHARE : 1;
  const rgb = new Uint8ClampedArray(3);
  for (let y = region.top; y < region.top + region.height; y++) {
    let at = steps.start + y * steps.down + region.left * steps.right;
    for (let x = region.left; x < region.left + region.width; x++, at += steps.right) {
      const pixel = premultiplied[y * width + x];
      const alpha = pixel >>> 24;
      if (alpha === 0 || (alpha === 255 && toSrgb === null)) {
        pixels[at] = alpha === 0 ? (background ?? 0) : pixel;
        continue;
      }
      const isPattern = alpha < 255 && isUnknown && isShade(premultiplied, width, x, y);
      const threshold = isPattern ? 255 * (0.5 + SHADE_SPREAD * (thresholdAt(x, y) - 0.5)) : EDGE;
      if (background === null && alpha < threshold) {
        pixels[at] = 0;
        continue;
      }
      // Straight colour first, as colour profiles speak of it; Uint8ClampedArray rounds.
      const straighten = 255 / alpha;
      rgb[0] = (pixel & 0xff) * straighten;
      rgb[1] = ((pixel >>> 8) & 0xff) * straighten;
      rgb[2] = ((pixel >>> 16) & 0xff) * straighten;
      if (toSrgb) toSrgb(rgb);
      if (!isPattern) blend(rgb, under, (1 - alpha / 255) * blended);
      pixels[at] = (0xff000000 | (rgb[2] << 16) | (rgb[1] << 8) | rgb[0]) >>> 0;
    }
  }
}

/** Whether alpha changes little around a pixel. Beyond the picture's edges all is as at the edge. */
function isShade(premultiplied: Uint32Array, width: number, x: number, y: number): boolean {
  const alpha = premultiplied[y * width + x] >>> 24;
  const bottom = Math.min(y + 1, premultiplied.length / width - 1);
  const right = Math.min(x + 1, width - 1);
  for (let row = Math.max(y - 1, 0); row <= bottom; row++) {
    for (let column = Math.max(x - 1, 0); column <= right; column++) {
      if (Math.abs((premultiplied[row * width + column] >>> 24) - alpha) > STEEPEST_SHADE) return false;
    }
  }
  return true;
}

function blend(rgb: Uint8ClampedArray, other: number, share: number): void {
  rgb[0] += ((other & 0xff) - rgb[0]) * share;
  rgb[1] += (((other >>> 8) & 0xff) - rgb[1]) * share;
  rgb[2] += (((other >>> 16) & 0xff) - rgb[2]) * share;
}
