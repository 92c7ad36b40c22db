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
  /** The highest alpha of the whole picture, which tells what is an edge and what is faint in it. */
  strongestAlpha: number;
}

/** Alpha from here on is opaque, in its own colour: Lanczos leaves that much beside an edge. */
const ALMOST_OPAQUE = 240;
/** Where an edge is cut, of the strongest alpha. */
const EDGE = 0.5;
/** Halfway between a white page and a dark one (#313338): an edge blended with it stands out least on either. */
const DEFAULT_MATTE = 0xff9b9998;
/** Half of the blend takes away three quarters of the error, and leaves an edge of the picture's own colour. */
const DEFAULT_MATTE_SHARE = 0.5;
/**
 * Alpha that changes by more than this from one pixel to the next, of the strongest alpha, is an edge; less is a shadow,
 * a glow, a pane.
 */
const STEEPEST_SHADE = 0.19;
/**
 * Where the pattern's thresholds lie, and how far they are spread: with less than all of it, almost opaque is opaque. The
 * middle is below a half, as a pixel that is blended stands out less than one that is missing.
 */
const SHADE_CUT = 0.46;
const SHADE_SPREAD = 0.5;
/** An area that is as strong as any counts as this much at least, however faint. */
const LEAST_SHADE = 1 / 3;
/** Squared distance, over three channels, from which on a shadow can be told from its page. */
const UNLIKE_PAGE = 48;
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
  const { toSrgb, background } = appearance;
  // Signed, as machines have them: what is over 2³¹ would be kept as a floating-point number.
  const source = new Int32Array(premultiplied.buffer, premultiplied.byteOffset, premultiplied.length);
  const target = new Int32Array(pixels.buffer, pixels.byteOffset, pixels.length);
  const nothing = (background ?? 0) | 0;
  const rgb = new Uint8ClampedArray(3);
  let strongest = 0;
  for (let y = region.top; y < region.top + region.height; y++) {
    let at = steps.start + y * steps.down + region.left * steps.right;
    for (let x = region.left; x < region.left + region.width; x++, at += steps.right) {
      const pixel = source[y * width + x];
      const alpha = pixel >>> 24;
      if (alpha > strongest) strongest = alpha;
      if (alpha === 0 || (alpha === 255 && toSrgb === null)) {
        target[at] = alpha === 0 ? nothing : pixel;
        continue;
      }
      // Straight colour first, as colour profiles speak of it; Uint8ClampedArray rounds.
      const straighten = 255 / alpha;
      rgb[0] = (pixel & 0xff) * straighten;
      rgb[1] = ((pixel >>> 8) & 0xff) * straighten;
      rgb[2] = ((pixel >>> 16) & 0xff) * straighten;
      if (toSrgb) toSrgb(rgb);
      const isSeen = alpha === 255 || showSoft(rgb, premultiplied, width, x, y, appearance);
      target[at] = isSeen ? 0xff000000 | (rgb[2] << 16) | (rgb[1] << 8) | rgb[0] : 0;
    }
  }
  return strongest;
}

/** Blends the colour of a pixel that is neither opaque nor transparent with what it will be seen on, if it will be. */
function showSoft(
  rgb: Uint8ClampedArray,
  premultiplied: Uint32Array,
  width: number,
  x: number,
  y: number,
  { matte, background, strongestAlpha }: Appearance,
): boolean {
  const alpha = premultiplied[y * width + x] >>> 24;
  const under = background ?? matte;
  if (under !== null) {
    blend(rgb, under, 1 - alpha / 255);
    return background !== null || alpha >= EDGE * strongestAlpha || distance(rgb, under) > UNLIKE_PAGE;
  }
  if (alpha >= ALMOST_OPAQUE) return true;
  blend(rgb, DEFAULT_MATTE, (1 - alpha / 255) * DEFAULT_MATTE_SHARE);
  if (!isShade(premultiplied, width, x, y, STEEPEST_SHADE * strongestAlpha)) return alpha >= EDGE * strongestAlpha;
  const full = Math.min(255, strongestAlpha / LEAST_SHADE);
  return alpha >= full * (SHADE_CUT + SHADE_SPREAD * (thresholdAt(x, y) - 0.5));
}

/** Whether alpha changes little around a pixel. Beyond the picture's edges all is as at the edge. */
function isShade(premultiplied: Uint32Array, width: number, x: number, y: number, steepest: number): boolean {
  const alpha = premultiplied[y * width + x] >>> 24;
  const bottom = Math.min(y + 1, premultiplied.length / width - 1);
  const right = Math.min(x + 1, width - 1);
  for (let row = Math.max(y - 1, 0); row <= bottom; row++) {
    for (let column = Math.max(x - 1, 0); column <= right; column++) {
      if (Math.abs((premultiplied[row * width + column] >>> 24) - alpha) > steepest) return false;
    }
  }
  return true;
}

function blend(rgb: Uint8ClampedArray, other: number, share: number): void {
  rgb[0] += ((other & 0xff) - rgb[0]) * share;
  rgb[1] += (((other >>> 8) & 0xff) - rgb[1]) * share;
  rgb[2] += (((other >>> 16) & 0xff) - rgb[2]) * share;
}

/** Squared, over three channels. */
function distance(rgb: Uint8ClampedArray, other: number): number {
  return (
    (rgb[0] - (other & 0xff)) ** 2 + (rgb[1] - ((other >>> 8) & 0xff)) ** 2 + (rgb[2] - ((other >>> 16) & 0xff)) ** 2
  );
}
