/** So many products of two bytes fit 32 bits. */
const MOST_ADDED = 66_051;

/**
 * Adds a row of straight RGBA pixels to the sums of boxes, with colours times alpha.
 *
 * @param pixels the first one
 * @param count of the pixels
 * @param first how many of them belong to the first box
 * @param width pixels of each box after it; the last may get fewer
 * @param sums of each box red, green, blue and alpha, in floating point
 */
export function addRow(pixels: usize, count: i32, first: i32, width: i32, sums: usize): void {
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
