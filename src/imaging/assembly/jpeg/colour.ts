/** YCbCr to RGB (JFIF, from ITU-R BT.601), in 16 fractional bits. */
const CR_TO_RED = 91_881;
const CB_TO_GREEN = 22_553;
const CR_TO_GREEN = 46_802;
const CB_TO_BLUE = 116_130;
const FRACTION = 16;
const HALF = 1 << (FRACTION - 1);
const OPAQUE: i32 = 0xff000000;

// How the components make a colour: `ColourModel` in jpeg/header.ts.
export const GREY = 0;
export const YCC = 1;
export const RGB = 2;
export const CMYK = 3;
export const YCCK = 4;
export const RAW = 5;

/** Converts a row of samples to opaque pixels. */
export function fromGrey(greys: usize, rgba: usize, count: i32): void {
  for (let x = 0; x < count; x++) store<i32>(rgba + ((<usize>x) << 2), (load<u8>(greys + x) * 0x010101) | OPAQUE);
}

export function fromRgb(reds: usize, greens: usize, blues: usize, rgba: usize, count: i32): void {
  for (let x = 0; x < count; x++) {
    const pixel = load<u8>(reds + x) | ((<i32>load<u8>(greens + x)) << 8) | ((<i32>load<u8>(blues + x)) << 16);
    store<i32>(rgba + ((<usize>x) << 2), pixel | OPAQUE);
  }
}

/** Four pixels at a time: reads and writes up to three beyond the last. */
export function fromYcc(lumas: usize, blues: usize, reds: usize, rgba: usize, count: i32): void {
  const half = i32x4.splat(HALF);
  const middle = i32x4.splat(128);
  const opaque = i32x4.splat(OPAQUE);
  for (let x = 0; x < count; x += 4) {
    const luma = four(lumas + x);
    const cb = i32x4.sub(four(blues + x), middle);
    const cr = i32x4.sub(four(reds + x), middle);
    const red = i32x4.add(times(cr, CR_TO_RED), half);
    const green = i32x4.add(i32x4.add(times(cb, -CB_TO_GREEN), times(cr, -CR_TO_GREEN)), half);
    const blue = i32x4.add(times(cb, CB_TO_BLUE), half);
    const redBlue = i16x8.narrow_i32x4_s(lighten(luma, red), lighten(luma, blue));
    const samples = i8x16.narrow_i16x8_u(redBlue, i16x8.narrow_i32x4_s(lighten(luma, green), luma));
    const pixels = i8x16.shuffle(samples, opaque, 0, 8, 4, 19, 1, 9, 5, 19, 2, 10, 6, 19, 3, 11, 7, 19);
    v128.store(rgba + ((<usize>x) << 2), pixels);
  }
}

/** Four samples, 32 bits each. */
function four(samples: usize): v128 {
  return i32x4.extend_low_i16x8_u(i16x8.extend_low_i8x16_u(v128.load32_zero(samples)));
}

function times(values: v128, factor: i32): v128 {
  return i32x4.mul(values, i32x4.splat(factor));
}

function lighten(luma: v128, difference: v128): v128 {
  return i32x4.add(luma, i32x4.shr_s(difference, FRACTION));
}

/**
 * Puts black ink over the colour of the other three: by the plain formula, (1 − ink) × (1 − black).
 *
 * All programs write the absence of ink, as Adobe does, and browsers read it so even without Adobe's marker. The first
 * three of YCCK make an RGB that is the complement of that.
 */
export function applyInk(blacks: usize, complemented: bool, rgba: usize, count: i32): void {
  const flip = complemented ? 255 : 0;
  for (let x = 0; x < count; x++) {
    const light = <i32>load<u8>(blacks + x);
    for (let at = rgba + ((<usize>x) << 2), end = at + 3; at < end; at++) {
      store<u8>(at, ((load<u8>(at) ^ flip) * light + 127) / 255);
    }
  }
}

/** Puts a plane's samples, as they are, in place of one of the four of a pixel. */
export function copySamples(samples: usize, channel: i32, rgba: usize, count: i32): void {
  for (let x = 0; x < count; x++) store<u8>(rgba + ((<usize>x) << 2) + channel, load<u8>(samples + x));
}
