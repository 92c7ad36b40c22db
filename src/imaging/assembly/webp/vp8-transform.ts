/** The inverse transforms of VP8, bit for bit as RFC 6386 section 14.3 and 14.4 say. Coefficients have 16 bits. */

// √2·cos(π/8) − 1 and √2·sin(π/8) in 1/65536.
const COS = 20091;
const SIN = 35468;

/**
 * Inverse Walsh–Hadamard transform.
 *
 * @param y2 16 coefficients
 * @param out takes the DCs of the 16 luma blocks that follow each other there
 */
export function inverseWalshHadamard(y2: usize, out: usize): void {
  for (let at = y2; at < y2 + 8; at += 2) {
    const a = load<i16>(at) + load<i16>(at, 24);
    const b = load<i16>(at, 8) + load<i16>(at, 16);
    const c = load<i16>(at, 8) - load<i16>(at, 16);
    const d = load<i16>(at) - load<i16>(at, 24);
    store<i16>(at, a + b);
    store<i16>(at, c + d, 8);
    store<i16>(at, a - b, 16);
    store<i16>(at, d - c, 24);
  }
  for (let at = y2; at < y2 + 32; at += 8, out += 4 * 32) {
    const a = <i32>load<i16>(at) + <i32>load<i16>(at, 6);
    const b = <i32>load<i16>(at, 2) + <i32>load<i16>(at, 4);
    const c = <i32>load<i16>(at, 2) - <i32>load<i16>(at, 4);
    const d = <i32>load<i16>(at) - <i32>load<i16>(at, 6);
    store<i16>(out, (a + b + 3) >> 3);
    store<i16>(out, (c + d + 3) >> 3, 32);
    store<i16>(out, (a - b + 3) >> 3, 64);
    store<i16>(out, (d - c + 3) >> 3, 96);
  }
}

/** Adds the inverse DCT of a block to the 4×4 pixels at `at`, and clears the block. */
export function addInverseDct(block: usize, at: usize, stride: usize): void {
  let r0 = v128.load16x4_s(block);
  let r1 = v128.load16x4_s(block, 8);
  let r2 = v128.load16x4_s(block, 16);
  let r3 = v128.load16x4_s(block, 24);
  // Vertically, all columns at once.
  let a = i32x4.add(r0, r2);
  let b = i32x4.sub(r0, r2);
  let e = oddDifference(r1, r3);
  let d = oddSum(r1, r3);
  r0 = to16Bits(i32x4.add(a, d));
  r1 = to16Bits(i32x4.add(b, e));
  r2 = to16Bits(i32x4.sub(b, e));
  r3 = to16Bits(i32x4.sub(a, d));
  // Horizontally, all rows at once.
  let low = interleaveLow(r0, r2);
  let high = interleaveHigh(r0, r2);
  let low2 = interleaveLow(r1, r3);
  let high2 = interleaveHigh(r1, r3);
  const c0 = i32x4.add(interleaveLow(low, low2), i32x4.splat(4));
  const c1 = interleaveHigh(low, low2);
  const c2 = interleaveLow(high, high2);
  const c3 = interleaveHigh(high, high2);
  a = i32x4.add(c0, c2);
  b = i32x4.sub(c0, c2);
  e = oddDifference(c1, c3);
  d = oddSum(c1, c3);
  r0 = i32x4.shr_s(i32x4.add(a, d), 3);
  r1 = i32x4.shr_s(i32x4.add(b, e), 3);
  r2 = i32x4.shr_s(i32x4.sub(b, e), 3);
  r3 = i32x4.shr_s(i32x4.sub(a, d), 3);
  low = interleaveLow(r0, r2);
  high = interleaveHigh(r0, r2);
  low2 = interleaveLow(r1, r3);
  high2 = interleaveHigh(r1, r3);
  addTwoRows(at, stride, i16x8.narrow_i32x4_s(interleaveLow(low, low2), interleaveHigh(low, low2)));
  addTwoRows(at + 2 * stride, stride, i16x8.narrow_i32x4_s(interleaveLow(high, high2), interleaveHigh(high, high2)));
  v128.store(block, i32x4.splat(0));
  v128.store(block, i32x4.splat(0), 16);
}

/** The same for a block that has a DC alone. */
export function addDc(block: usize, at: usize, stride: usize): void {
  const dc = i16x8.splat(<i16>((<i32>load<i16>(block) + 4) >> 3));
  store<i16>(block, 0);
  addTwoRows(at, stride, dc);
  addTwoRows(at + 2 * stride, stride, dc);
}

/** @param residuals of four pixels, and of the four below them */
function addTwoRows(at: usize, stride: usize, residuals: v128): void {
  const pixels = v128.load32_lane(at + stride, v128.load32_zero(at), 1);
  const sums = i16x8.add(i16x8.extend_low_i8x16_u(pixels), residuals);
  const clamped = i8x16.narrow_i16x8_u(sums, sums);
  v128.store32_lane(at, clamped, 0);
  v128.store32_lane(at + stride, clamped, 1);
}

function oddSum(c1: v128, c3: v128): v128 {
  return i32x4.add(i32x4.add(c1, times(c1, COS)), times(c3, SIN));
}

function oddDifference(c1: v128, c3: v128): v128 {
  return i32x4.sub(i32x4.sub(times(c1, SIN), c3), times(c3, COS));
}

function times(values: v128, factor: i32): v128 {
  return i32x4.shr_s(i32x4.mul(values, i32x4.splat(factor)), 16);
}

/** Absurd coefficients of damaged files overflow. */
function to16Bits(values: v128): v128 {
  return i32x4.shr_s(i32x4.shl(values, 16), 16);
}

function interleaveLow(a: v128, b: v128): v128 {
  return v128.shuffle<i32>(a, b, 0, 4, 1, 5);
}

function interleaveHigh(a: v128, b: v128): v128 {
  return v128.shuffle<i32>(a, b, 2, 6, 3, 7);
}
