/**
 * Inverse DCTs (T.81 A.3.3) to n×n samples from the n×n coefficients of lowest frequency: to fewer than 8×8 they are
 * the n-point transform, which gives the picture low-pass filtered and reduced. The basis is √2·cos, with 1 for
 * frequency 0, so that all sizes end with a division by 8.
 *
 * Of each:
 *
 * @param coefficients the block's, row by row: quantised, 16 bits each
 * @param quantisation n×n steps, in the same places, 32 bits each
 * @param samples 8 bits each, in rows of `stride`
 */

/** √2·cos(kπ/16), in 13 fractional bits. */
const FRACTION = 13;
const C1: i32 = 11363;
const C2: i32 = 10703;
const C3: i32 = 9633;
const C5: i32 = 6436;
const C6: i32 = 4433;
const C7: i32 = 2260;

/** Fractional bits that the first pass leaves to the second. */
const PASS_BITS = 2;
const PASS_SHIFT = FRACTION - PASS_BITS;
const PASS_ROUND = 1 << (PASS_SHIFT - 1);
const LAST_SHIFT = FRACTION + PASS_BITS + 3;
/** Rounds, and moves samples from around 0 to around 128 (T.81 A.3.1). */
const LAST_ROUND = (1 << (LAST_SHIFT - 1)) + (128 << LAST_SHIFT);

/** The block between the passes: eight rows of eight, 32 bits each. */
const workspace: usize = memory.data(256, 16);
const ROW = 32;
const HALF_ROW = 16;

export function inverse1(coefficients: usize, quantisation: usize, samples: usize): void {
  store<u8>(samples, clamp((load<i16>(coefficients) * load<i32>(quantisation) + (128 << 3) + 4) >> 3));
}

export function inverse2(coefficients: usize, quantisation: usize, samples: usize, stride: usize): void {
  const dc = load<i16>(coefficients) * load<i32>(quantisation) + (128 << 3) + 4;
  const across = load<i16>(coefficients, 2) * load<i32>(quantisation, 4);
  const down = load<i16>(coefficients, 4) * load<i32>(quantisation, 8);
  const both = load<i16>(coefficients, 6) * load<i32>(quantisation, 12);
  store<u8>(samples, clamp((dc + across + down + both) >> 3));
  store<u8>(samples, clamp((dc - across + down - both) >> 3), 1);
  store<u8>(samples + stride, clamp((dc + across - down - both) >> 3));
  store<u8>(samples + stride, clamp((dc - across - down + both) >> 3), 1);
}

function clamp(sample: i32): i32 {
  return max(0, min(255, sample));
}

export function inverse4(coefficients: usize, quantisation: usize, samples: usize, stride: usize): void {
  for (let row = 0; row < 4; row++) {
    const values = i32x4.extend_low_i16x8_s(v128.load64_zero(coefficients + (row << 3)));
    v128.store(workspace + row * ROW, i32x4.mul(values, v128.load(quantisation + (row << 4))));
  }
  transform4(PASS_ROUND, PASS_SHIFT);
  transpose4(workspace, workspace);
  transform4(LAST_ROUND, LAST_SHIFT);
  const upper = i16x8.narrow_i32x4_s(v128.load(workspace), v128.load(workspace, ROW));
  const lower = i16x8.narrow_i32x4_s(v128.load(workspace, 2 * ROW), v128.load(workspace, 3 * ROW));
  const columns = i8x16.narrow_i16x8_u(upper, lower);
  const rows = i8x16.shuffle(columns, columns, 0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
  v128.store32_lane(samples, rows, 0);
  v128.store32_lane(samples + stride, rows, 1);
  v128.store32_lane(samples + 2 * stride, rows, 2);
  v128.store32_lane(samples + 3 * stride, rows, 3);
}

/** Transforms the first four columns of the workspace, of four values. */
function transform4(round: i32, shift: i32): void {
  const x0 = i32x4.shl(v128.load(workspace), FRACTION);
  const x1 = v128.load(workspace, ROW);
  const x2 = i32x4.shl(v128.load(workspace, 2 * ROW), FRACTION);
  const x3 = v128.load(workspace, 3 * ROW);
  const even = i32x4.add(i32x4.add(x0, x2), i32x4.splat(round));
  const odd = i32x4.add(i32x4.sub(x0, x2), i32x4.splat(round));
  const outer = i32x4.add(times(x1, C2), times(x3, C6));
  const inner = i32x4.sub(times(x1, C6), times(x3, C2));
  v128.store(workspace, i32x4.shr_s(i32x4.add(even, outer), shift));
  v128.store(workspace, i32x4.shr_s(i32x4.add(odd, inner), shift), ROW);
  v128.store(workspace, i32x4.shr_s(i32x4.sub(odd, inner), shift), 2 * ROW);
  v128.store(workspace, i32x4.shr_s(i32x4.sub(even, outer), shift), 3 * ROW);
}

function times(values: v128, factor: i32): v128 {
  return i32x4.mul(values, i32x4.splat(factor));
}

export function inverse8(coefficients: usize, quantisation: usize, samples: usize, stride: usize): void {
  dequantiseColumns(coefficients, quantisation, workspace);
  dequantiseColumns(coefficients + 8, quantisation + HALF_ROW, workspace + HALF_ROW);
  transpose4(workspace, workspace);
  transpose4(workspace + 4 * ROW + HALF_ROW, workspace + 4 * ROW + HALF_ROW);
  swapTransposed(workspace + HALF_ROW, workspace + 4 * ROW);
  storeRows(workspace, samples, stride);
  storeRows(workspace + HALF_ROW, samples + 4 * stride, stride);
}

/** Four columns of coefficients, through the first pass. */
function dequantiseColumns(coefficients: usize, quantisation: usize, to: usize): void {
  let any = v128.load64_zero(coefficients + 16);
  for (let row = 2; row < 8; row++) any = v128.or(any, v128.load64_zero(coefficients + (row << 4)));
  const first = i32x4.mul(i32x4.extend_low_i16x8_s(v128.load64_zero(coefficients)), v128.load(quantisation));
  // Most columns have nothing but their first coefficient.
  const flat = i32x4.shl(first, PASS_BITS);
  if (!v128.any_true(any)) {
    for (let row = 0; row < 8; row++) v128.store(to + row * ROW, flat);
    return;
  }
  v128.store(to, first);
  for (let row = 1; row < 8; row++) {
    const values = i32x4.extend_low_i16x8_s(v128.load64_zero(coefficients + (row << 4)));
    v128.store(to + row * ROW, i32x4.mul(values, v128.load(quantisation + row * ROW)));
  }
  transform8(to, PASS_ROUND, PASS_SHIFT);
  // Of numbers that a shift runs over in, only these are right: files that have such are damaged.
  const isFlat = i32x4.eq(i32x4.extend_low_i16x8_s(any), i32x4.splat(0));
  for (let row = 0; row < 8; row++) {
    v128.store(to + row * ROW, v128.bitselect(flat, v128.load(to + row * ROW), isFlat));
  }
}

/** Transforms four columns of the workspace, of eight values. */
function transform8(at: usize, round: i32, shift: i32): void {
  const x0 = v128.load(at);
  const x1 = v128.load(at, ROW);
  const x2 = v128.load(at, 2 * ROW);
  const x3 = v128.load(at, 3 * ROW);
  const x4 = v128.load(at, 4 * ROW);
  const x5 = v128.load(at, 5 * ROW);
  const x6 = v128.load(at, 6 * ROW);
  const x7 = v128.load(at, 7 * ROW);
  const sum = i32x4.add(i32x4.shl(i32x4.add(x0, x4), FRACTION), i32x4.splat(round));
  const difference = i32x4.add(i32x4.shl(i32x4.sub(x0, x4), FRACTION), i32x4.splat(round));
  const outer = i32x4.add(times(x2, C2), times(x6, C6));
  const inner = i32x4.sub(times(x2, C6), times(x6, C2));
  storePair(at, 0, i32x4.add(sum, outer), odd(x1, C1, x3, C3, x5, C5, x7, C7), shift);
  storePair(at, 1, i32x4.add(difference, inner), odd(x1, C3, x3, -C7, x5, -C1, x7, -C5), shift);
  storePair(at, 2, i32x4.sub(difference, inner), odd(x1, C5, x3, -C1, x5, C7, x7, C3), shift);
  storePair(at, 3, i32x4.sub(sum, outer), odd(x1, C7, x3, -C5, x5, C3, x7, -C1), shift);
}

function odd(x1: v128, c1: i32, x3: v128, c3: i32, x5: v128, c5: i32, x7: v128, c7: i32): v128 {
  return i32x4.add(i32x4.add(times(x1, c1), times(x3, c3)), i32x4.add(times(x5, c5), times(x7, c7)));
}

/** Two rows that lie as far from the middle: they have the even part in common, and the odd one negated. */
function storePair(at: usize, row: i32, even: v128, odd: v128, shift: i32): void {
  v128.store(at + row * ROW, i32x4.shr_s(i32x4.add(even, odd), shift));
  v128.store(at + (7 - row) * ROW, i32x4.shr_s(i32x4.sub(even, odd), shift));
}

/** Transposes 4×4 values of the workspace. */
function transpose4(from: usize, to: usize): void {
  const a = v128.load(from);
  const b = v128.load(from, ROW);
  const c = v128.load(from, 2 * ROW);
  const d = v128.load(from, 3 * ROW);
  const abLow = v128.shuffle<i32>(a, b, 0, 4, 1, 5);
  const abHigh = v128.shuffle<i32>(a, b, 2, 6, 3, 7);
  const cdLow = v128.shuffle<i32>(c, d, 0, 4, 1, 5);
  const cdHigh = v128.shuffle<i32>(c, d, 2, 6, 3, 7);
  v128.store(to, v128.shuffle<i64>(abLow, cdLow, 0, 2));
  v128.store(to, v128.shuffle<i64>(abLow, cdLow, 1, 3), ROW);
  v128.store(to, v128.shuffle<i64>(abHigh, cdHigh, 0, 2), 2 * ROW);
  v128.store(to, v128.shuffle<i64>(abHigh, cdHigh, 1, 3), 3 * ROW);
}

/** Exchanges two such, each transposed. */
function swapTransposed(one: usize, other: usize): void {
  transpose4(one, one);
  transpose4(other, other);
  for (let row: usize = 0; row < 4 * ROW; row += ROW) {
    const values = v128.load(one + row);
    v128.store(one + row, v128.load(other + row));
    v128.store(other + row, values);
  }
}

/** Four rows of samples from four columns of the workspace, through the last pass. */
function storeRows(at: usize, samples: usize, stride: usize): void {
  transform8(at, LAST_ROUND, LAST_SHIFT);
  const left = narrowColumns(at);
  const right = narrowColumns(at + 4 * ROW);
  const upper = i8x16.shuffle(left, right, 0, 4, 8, 12, 16, 20, 24, 28, 1, 5, 9, 13, 17, 21, 25, 29);
  const lower = i8x16.shuffle(left, right, 2, 6, 10, 14, 18, 22, 26, 30, 3, 7, 11, 15, 19, 23, 27, 31);
  v128.store64_lane(samples, upper, 0);
  v128.store64_lane(samples + stride, upper, 1);
  v128.store64_lane(samples + 2 * stride, lower, 0);
  v128.store64_lane(samples + 3 * stride, lower, 1);
}

/** 4×4 values, to 8 bits each. */
function narrowColumns(at: usize): v128 {
  const upper = i16x8.narrow_i32x4_s(v128.load(at), v128.load(at, ROW));
  const lower = i16x8.narrow_i32x4_s(v128.load(at, 2 * ROW), v128.load(at, 3 * ROW));
  return i8x16.narrow_i16x8_u(upper, lower);
}
