import { squaredDistance } from './lzw-encoder';

/** Alpha from here on is opaque, in its own colour: Lanczos leaves that much beside an edge. */
const ALMOST_OPAQUE = 240;
/** Where an edge is cut, of the strongest alpha. */
const EDGE: f64 = 0.5;
/** Halfway between a white page and a dark one (#313338): an edge blended with it stands out least on either. */
const DEFAULT_MATTE: u32 = 0xff9b9998;
/** Half of the blend takes away three quarters of the error, and leaves an edge of the picture's own colour. */
const DEFAULT_MATTE_SHARE: f64 = 0.5;
/**
 * Alpha that changes by more than this from one pixel to the next, of the strongest alpha, is an edge; less is a shadow,
 * a glow, a pane.
 */
const STEEPEST_SHADE: f64 = 0.19;
/**
 * Where the pattern's thresholds lie, and how far they are spread: with less than all of it, almost opaque is opaque. The
 * middle is below a half, as a pixel that is blended stands out less than one that is missing.
 */
const SHADE_CUT: f64 = 0.46;
const SHADE_SPREAD: f64 = 0.5;
/** An area that is as strong as any counts as this much at least, however faint. */
const LEAST_SHADE: f64 = 1.0 / 3;
/** Squared distance, over three channels, from which on a shadow can be told from its page. */
const UNLIKE_PAGE = 48;

/** What a pixel that is neither opaque nor transparent becomes. */
@unmanaged
class Soft {
  pixels: usize;
  width: i32;
  height: i32;
  /** Pixels; 0 for none. */
  matte: u32;
  background: u32;
  strongest: f64;
}

const soft = changetype<Soft>(memory.data(32, 16));

/**
 * Turns the premultiplied pixels of a region into straight ones. Transparent ones become 0.
 *
 * @param pixels the first one
 * @param stride pixels from one row to the next
 * @param straight takes `width × height` pixels
 * @returns the highest alpha
 */
export function straighten(pixels: usize, stride: i32, width: i32, height: i32, straight: usize): i32 {
  let strongest: u32 = 0;
  for (let y = 0; y < height; y++, pixels += stride << 2) {
    for (let at = pixels, end = pixels + (width << 2); at < end; at += 4, straight += 4) {
      const pixel = load<u32>(at);
      const alpha = pixel >> 24;
      strongest = max(strongest, alpha);
      store<u32>(straight, alpha === 255 ? pixel : alpha === 0 ? 0 : divided(pixel, alpha));
    }
  }
  return strongest;
}

function divided(pixel: u32, alpha: u32): u32 {
  const by: f64 = 255.0 / <f64>alpha;
  const red = rounded(<f64>(pixel & 255) * by);
  const green = rounded(<f64>((pixel >> 8) & 255) * by);
  const blue = rounded(<f64>((pixel >> 16) & 255) * by);
  return red | (green << 8) | (blue << 16) | (alpha << 24);
}

/** A sample from 0 to 255. */
function rounded(sample: f64): u32 {
  return <u32>nearest<f64>(min<f64>(sample, 255));
}

/**
 * Makes each pixel opaque or transparent: 255 in the high byte, or 0.
 *
 * @param pixels premultiplied, `width × height`: what becomes of a pixel depends on those around it
 * @param straight the pixels of the region, straight and in sRGB; they are replaced
 * @param matte the colour that soft edges are blended with, as a pixel; 0 for what suits light and dark pages
 * @param background the colour that is put under all, as a pixel; 0 for none
 * @param strongest the highest alpha of the whole picture
 */
export function flatten(
  pixels: usize,
  width: i32,
  height: i32,
  left: i32,
  top: i32,
  right: i32,
  bottom: i32,
  straight: usize,
  matte: u32,
  background: u32,
  strongest: i32,
): void {
  soft.pixels = pixels;
  soft.width = width;
  soft.height = height;
  soft.matte = matte;
  soft.background = background;
  soft.strongest = <f64>strongest;
  for (let y = top; y < bottom; y++) {
    for (let x = left; x < right; x++, straight += 4) {
      const pixel = load<u32>(straight);
      const alpha = pixel >> 24;
      if (alpha < 255) store<u32>(straight, alpha === 0 ? background : flattened(pixel, x, y));
    }
  }
}

/** Blends a pixel with what it will be seen on, if it will be. */
function flattened(pixel: u32, x: i32, y: i32): u32 {
  const alpha = <f64>(pixel >> 24);
  const strongest = soft.strongest;
  const background = soft.background;
  const under = background !== 0 ? background : soft.matte;
  if (under !== 0) {
    const blended = blend(pixel, under, 1 - alpha / 255);
    const isSeen = background !== 0 || alpha >= EDGE * strongest || squaredDistance(blended, under) > UNLIKE_PAGE;
    return isSeen ? blended : 0;
  }
  if (alpha >= ALMOST_OPAQUE) return pixel | 0xff000000;
  let least = EDGE * strongest;
  if (isShade(x, y, STEEPEST_SHADE * strongest)) {
    least = min<f64>(255, strongest / LEAST_SHADE) * (SHADE_CUT + SHADE_SPREAD * (threshold(x, y) - 0.5));
  }
  return alpha >= least ? blend(pixel, DEFAULT_MATTE, (1 - alpha / 255) * DEFAULT_MATTE_SHARE) : 0;
}

/** An opaque pixel: the colour of one, with a share of another's. */
function blend(pixel: u32, other: u32, share: f64): u32 {
  const red = mixed(pixel & 255, other & 255, share);
  const green = mixed((pixel >> 8) & 255, (other >> 8) & 255, share);
  const blue = mixed((pixel >> 16) & 255, (other >> 16) & 255, share);
  return 0xff000000 | red | (green << 8) | (blue << 16);
}

function mixed(one: u32, other: u32, share: f64): u32 {
  return rounded(<f64>one + (<f64>other - <f64>one) * share);
}

/** Whether alpha changes little around a pixel. Beyond the picture's edges all is as at the edge. */
function isShade(x: i32, y: i32, steepest: f64): bool {
  const alpha = alphaAt(x, y);
  const right = min(x + 1, soft.width - 1);
  const bottom = min(y + 1, soft.height - 1);
  for (let row = max(y - 1, 0); row <= bottom; row++) {
    for (let column = max(x - 1, 0); column <= right; column++) {
      if (<f64>abs(alphaAt(column, row) - alpha) > steepest) return false;
    }
  }
  return true;
}

function alphaAt(x: i32, y: i32): i32 {
  return load<u8>(soft.pixels + ((y * soft.width + x) << 2), 3);
}

/**
 * A threshold between 0 and 1, which depends on the place alone, for ordered dither (Bayer, 1973): every one of 64 levels
 * once in 8×8 pixels, neighbours as far apart as can be. Bits of x ⊕ y and of y, interleaved, the lowest first.
 */
function threshold(x: i32, y: i32): f64 {
  let level = 0;
  for (let bit = 0; bit < 3; bit++) level = (level << 2) | ((((x ^ y) >> bit) & 1) << 1) | ((y >> bit) & 1);
  return (<f64>level + 0.5) / 64;
}
