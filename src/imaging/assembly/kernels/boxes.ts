/** So many products of two bytes fit 32 bits. */
const MOST_ADDED = 66_051;

/**
 * Adds rows of straight RGBA pixels to the sums of a row of boxes, with colours times alpha.
 *
 * @param pixels the first one
 * @param rows one after the other
 * @param count pixels of each
 * @param first how many of them belong to the first box
 * @param width pixels of each box after it; the last may get fewer
 * @param sums of each box red, green, blue and alpha, in floating point
 */
export function addRows(pixels: usize, rows: i32, count: i32, first: i32, width: i32, sums: usize): void {
  for (let row = 0; row < rows; row++) addRow(pixels + ((row * count) << 2), count, first, width, sums);
}

function addRow(pixels: usize, count: i32, first: i32, width: i32, sums: usize): void {
  for (let i = 0, end = first; i < count; end += width, sums += 16) {
    const boxEnd = min(end, count);
    while (i < boxEnd) {
      const to = min(boxEnd, i + MOST_ADDED);
      v128.store(sums, f32x4.add(v128.load(sums), f32x4.convert_i32x4_u(sumOf(pixels + (i << 2), to - i))));
      i = to;
    }
  }
}

/** @param count of pixels, at most `MOST_ADDED` */
function sumOf(pixels: usize, count: i32): v128 {
  let sum = i32x4.splat(0);
  const pairsEnd = pixels + ((count & ~1) << 2);
  for (; pixels < pairsEnd; pixels += 8) {
    const products = timesAlpha(v128.load64_zero(pixels));
    sum = i32x4.add(sum, i32x4.add(i32x4.extend_low_i16x8_u(products), i32x4.extend_high_i16x8_u(products)));
  }
  if ((count & 1) === 0) return sum;
  return i32x4.add(sum, i32x4.extend_low_i16x8_u(timesAlpha(v128.load32_zero(pixels))));
}

/** Two pixels in 16 bits a sample: colours times alpha, and alpha. */
function timesAlpha(pixels: v128): v128 {
  const samples = i16x8.extend_low_i8x16_u(pixels);
  const alphas = i8x16.shuffle(samples, i16x8.splat(1), 6, 7, 6, 7, 6, 7, 16, 17, 14, 15, 14, 15, 14, 15, 16, 17);
  return i16x8.mul(samples, alphas);
}

/**
 * Turns the sums of boxes into premultiplied pixels.
 *
 * @param share what each pixel is of its box
 * @param lastShare the same of the last box
 */
export function average(sums: usize, count: i32, share: f32, lastShare: f32, means: usize): void {
  for (let i = 0; i < count; i++) {
    const portion = i === count - 1 ? lastShare : share;
    const shares = f32x4.replace_lane(f32x4.splat(portion / 255), 3, portion);
    const mean = f32x4.add(f32x4.mul(v128.load(sums + (i << 4)), shares), f32x4.splat(0.5));
    const words = i32x4.trunc_sat_f32x4_u(mean);
    const halves = i16x8.narrow_i32x4_u(words, words);
    v128.store32_lane(means + (i << 2), i8x16.narrow_i16x8_u(halves, halves), 0);
  }
}

/**
 * Turns straight RGBA pixels into premultiplied ones, in place.
 *
 * @param stride pixels from one row to the next
 */
export function premultiply(pixels: usize, width: i32, height: i32, stride: i32): void {
  for (let y = 0; y < height; y++, pixels += stride << 2) {
    for (let at = pixels, end = pixels + (width << 2); at < end; at += 4) {
      const pixel = load<u32>(at);
      const alpha = pixel >> 24;
      if (alpha < 255) store<u32>(at, alpha === 0 ? 0 : scaled(pixel, alpha));
    }
  }
}

function scaled(pixel: u32, alpha: u32): u32 {
  const red = divide255((pixel & 255) * alpha);
  const green = divide255(((pixel >> 8) & 255) * alpha);
  const blue = divide255(((pixel >> 16) & 255) * alpha);
  return red | (green << 8) | (blue << 16) | (alpha << 24);
}

/** A product of two bytes divided by 255, rounded (Blinn, 1995). */
function divide255(product: u32): u32 {
  const biased = product + 128;
  return (biased + (biased >> 8)) >> 8;
}
