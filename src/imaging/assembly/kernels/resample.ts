/** The numbers of the four pixels of a vector. */
const PIXEL_NUMBERS: v128 = i32x4(0, 1, 2, 3);

/**
 * Filters a plane of premultiplied RGBA pixels in both axes. Overshoot is cut off after each: what one axis overshoots
 * would ring along the other.
 *
 * Of each axis: how many samples make up a target sample, the first of each, and their weights in 16 bits. Up to 12
 * bytes are read beyond the end of a row and of the weights.
 *
 * @param stride bytes from one row of the source to the next
 * @param left the first column of the source that is needed
 * @param right the end of the columns that are needed
 * @param bits of the fraction of a weight
 * @param row room for `right - left + 3` pixels
 * @param target `width × height` pixels
 */
export function resample(
  source: usize,
  stride: usize,
  left: i32,
  right: i32,
  xTaps: i32,
  xFirst: usize,
  xWeights: usize,
  width: i32,
  yTaps: i32,
  yFirst: usize,
  yWeights: usize,
  height: i32,
  bits: i32,
  row: usize,
  target: usize,
): void {
  const pixels = right - left;
  const rowStart = row - ((<usize>left) << 2);
  for (let y = 0; y < height; y++) {
    const top = source + <usize>load<u32>(yFirst + (y << 2)) * stride + (left << 2);
    blendRows(top, stride, yTaps, yWeights + ((y * yTaps) << 1), pixels, bits, row);
    blendColumns(rowStart, xTaps, xFirst, xWeights, width, bits, target + ((y * width) << 2));
  }
}

/** One target row of the vertical axis: four pixels and two rows at a time. */
function blendRows(
  source: usize,
  stride: usize,
  taps: i32,
  weights: usize,
  pixels: i32,
  bits: i32,
  target: usize,
): void {
  const half = i32x4.splat((1 << bits) >> 1);
  for (let x = 0; x < pixels; x += 4) {
    let first = half;
    let second = half;
    let third = half;
    let fourth = half;
    let at = source + (x << 2);
    for (let tap = 0; tap < taps; tap += 2, at += stride << 1) {
      const upper = v128.load(at);
      const lower = tap + 1 < taps ? v128.load(at + stride) : i32x4.splat(0);
      const pair = v128.load32_splat(weights + (tap << 1));
      const low = i8x16.shuffle(upper, lower, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
      const high = i8x16.shuffle(upper, lower, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
      first = i32x4.add(first, i32x4.dot_i16x8_s(i16x8.extend_low_i8x16_u(low), pair));
      second = i32x4.add(second, i32x4.dot_i16x8_s(i16x8.extend_high_i8x16_u(low), pair));
      third = i32x4.add(third, i32x4.dot_i16x8_s(i16x8.extend_low_i8x16_u(high), pair));
      fourth = i32x4.add(fourth, i32x4.dot_i16x8_s(i16x8.extend_high_i8x16_u(high), pair));
    }
    const left = withinAlpha(i32x4.shr_s(first, bits), i32x4.shr_s(second, bits));
    const right = withinAlpha(i32x4.shr_s(third, bits), i32x4.shr_s(fourth, bits));
    v128.store(target + (x << 2), i8x16.narrow_i16x8_u(left, right));
  }
}

/** A row along the horizontal axis: four of a target pixel's samples at a time. */
function blendColumns(row: usize, taps: i32, first: usize, weights: usize, width: i32, bits: i32, target: usize): void {
  const half = i32x4.splat((1 << bits) >> 1);
  for (let x = 0; x < width; x++, weights += taps << 1) {
    let at = row + (load<u32>(first + (x << 2)) << 2);
    let sum = half;
    for (let tap = 0; tap < taps; tap += 4, at += 16) {
      let samples = v128.load(at);
      if (taps - tap < 4) samples = v128.and(samples, i32x4.gt_s(i32x4.splat(taps - tap), PIXEL_NUMBERS));
      const pairs = i8x16.shuffle(samples, samples, 0, 4, 1, 5, 2, 6, 3, 7, 8, 12, 9, 13, 10, 14, 11, 15);
      const weight = weights + (tap << 1);
      const one = i32x4.dot_i16x8_s(i16x8.extend_low_i8x16_u(pairs), v128.load32_splat(weight));
      const other = i32x4.dot_i16x8_s(i16x8.extend_high_i8x16_u(pairs), v128.load32_splat(weight + 4));
      sum = i32x4.add(sum, i32x4.add(one, other));
    }
    const pixel = i32x4.shr_s(sum, bits);
    const bytes = withinAlpha(pixel, pixel);
    store<i32>(target + (x << 2), i32x4.extract_lane(i8x16.narrow_i16x8_u(bytes, bytes), 0));
  }
}

/** Two pixels in 16 bits a sample: each sample of a premultiplied pixel is at most its alpha. */
function withinAlpha(one: v128, other: v128): v128 {
  const samples = i16x8.max_s(i16x8.narrow_i32x4_s(one, other), i16x8.splat(0));
  const alphas = i8x16.shuffle(samples, samples, 6, 7, 6, 7, 6, 7, 6, 7, 14, 15, 14, 15, 14, 15, 14, 15);
  return i16x8.min_s(samples, i16x8.min_s(alphas, i16x8.splat(255)));
}
