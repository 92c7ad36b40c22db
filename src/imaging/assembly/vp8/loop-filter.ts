/**
 * The loop filter (RFC 6386 section 15), along 16 pixels of an edge at once. An edge lies before the row at `at`, and rows
 * are `step` bytes apart: those of a plane, or columns that were made rows.
 *
 * The RFC works on pixels made signed by subtracting 128, which is flipping the highest bit; its clamp to −128–127 is what
 * saturating arithmetic does.
 */

/** Up to eight rows of 16 pixels: the four on each side of an edge. */
const rows: usize = memory.data(8 * 16, 16);
const otherRows: usize = memory.data(8 * 16, 16);
const EDGE: usize = 4 * 16;

// Thresholds of one macroblock (sections 15.2 to 15.4).
let macroblockEdge: i32 = 0;
let subblockEdge: i32 = 0;
let interior: i32 = 0;
let highEdgeVariance: i32 = 0;

/** Prepares for the edges of a macroblock, in a key frame. @param level not 0 */
export function setLimits(level: i32, sharpness: i32): void {
  interior = level >> (sharpness > 4 ? 2 : sharpness > 0 ? 1 : 0);
  if (sharpness > 0) interior = min(interior, 9 - sharpness);
  interior = max(interior, 1);
  macroblockEdge = (level + 2) * 2 + interior;
  subblockEdge = level * 2 + interior;
  highEdgeVariance = level >= 40 ? 2 : level >= 15 ? 1 : 0;
}

// Which filter an edge needs.
export const SIMPLE_MACROBLOCK = 0;
export const SIMPLE_SUBBLOCK = 1;
export const MACROBLOCK = 2;
export const SUBBLOCK = 3;

/** Filters an edge whose rows are in place: a horizontal one of luma. */
export function filterEdge(filter: i32, at: usize, step: usize): void {
  if (filter === MACROBLOCK) filterMacroblockEdge(at, step);
  else if (filter === SUBBLOCK) filterSubblockEdge(at, step);
  else filterSimple(at, step, filter === SIMPLE_MACROBLOCK ? macroblockEdge : subblockEdge);
}

/** Filters a horizontal edge of 8 pixels in each of two planes. */
export function filterTwoEdges(filter: i32, at: usize, other: usize, stride: usize): void {
  let from = at - 4 * stride;
  let otherFrom = other - 4 * stride;
  for (let to = rows; to < rows + 8 * 16; to += 16) {
    v128.store(to, v128.load64_lane(otherFrom, v128.load64_zero(from), 1));
    from += stride;
    otherFrom += stride;
  }
  filterEdge(filter, rows + EDGE, 16);
  for (let row = rows + 7 * 16; row >= rows; row -= 16) {
    from -= stride;
    otherFrom -= stride;
    const pixels = v128.load(row);
    v128.store64_lane(from, pixels, 0);
    v128.store64_lane(otherFrom, pixels, 1);
  }
}

/**
 * Filters a vertical edge of 16 pixels: 8 before the one at `at` and its row, 8 at `other`, which are of the same plane or
 * another.
 */
export function filterColumns(filter: i32, at: usize, other: usize, stride: usize): void {
  // Addresses of elements are rotated by a bit in each step. Those of the pixels are, from the highest bit on, one for
  // `at` or `other`, three for the row, and three for the column; after four steps the columns are on top.
  let from = at - 4;
  let otherFrom = other - 4;
  for (let to = rows; to < rows + 8 * 16; to += 16) {
    v128.store(to, interleaveLow(v128.load64_zero(from), v128.load64_zero(otherFrom)));
    from += stride;
    otherFrom += stride;
  }
  rotate(rows, otherRows);
  rotate(otherRows, rows);
  rotate(rows, otherRows);
  filterEdge(filter, otherRows + EDGE, 16);
  rotate(otherRows, rows);
  rotate(rows, otherRows);
  rotate(otherRows, rows);
  from = at - 4;
  otherFrom = other - 4;
  for (let row = rows; row < rows + 4 * 16; row += 16) {
    const pixels = v128.load(row);
    const otherPixels = v128.load(row, 4 * 16);
    v128.store64_lane(from, pixels, 0);
    v128.store64_lane(from + stride, pixels, 1);
    v128.store64_lane(otherFrom, otherPixels, 0);
    v128.store64_lane(otherFrom + stride, otherPixels, 1);
    from += 2 * stride;
    otherFrom += 2 * stride;
  }
}

/** Interleaves the first four rows with the last four. */
function rotate(from: usize, to: usize): void {
  for (const end = from + 4 * 16; from < end; from += 16, to += 32) {
    const a = v128.load(from);
    const b = v128.load(from, 4 * 16);
    v128.store(to, interleaveLow(a, b));
    v128.store(to, interleaveHigh(a, b), 16);
  }
}

function interleaveLow(a: v128, b: v128): v128 {
  return i8x16.shuffle(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
}

function interleaveHigh(a: v128, b: v128): v128 {
  return i8x16.shuffle(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
}

/** Section 15.2. */
function filterSimple(at: usize, step: usize, edgeLimit: i32): void {
  const p1 = v128.load(at - 2 * step);
  const p0 = v128.load(at - step);
  const q0 = v128.load(at);
  const q1 = v128.load(at + step);
  const passes = i8x16.eq(excess(edgeDifference(p1, p0, q0, q1), edgeLimit), i8x16.splat(0));
  const change = v128.and(addThrice(i8x16.sub_sat_s(signed(p1), signed(q1)), p0, q0), passes);
  v128.store(at - step, signed(i8x16.add_sat_s(signed(p0), eighth(change, 3))));
  v128.store(at, signed(i8x16.sub_sat_s(signed(q0), eighth(change, 4))));
}

/** Section 15.3, edges between subblocks. */
function filterSubblockEdge(at: usize, step: usize): void {
  const passes = normalMask(at, step, subblockEdge);
  if (!v128.any_true(passes)) return;
  const p1 = v128.load(at - 2 * step);
  const p0 = v128.load(at - step);
  const q0 = v128.load(at);
  const q1 = v128.load(at + step);
  const varies = highVariance(p1, p0, q0, q1);
  const outerDifference = v128.and(i8x16.sub_sat_s(signed(p1), signed(q1)), varies);
  const change = v128.and(addThrice(outerDifference, p0, q0), passes);
  const step4 = eighth(change, 4);
  v128.store(at - step, signed(i8x16.add_sat_s(signed(p0), eighth(change, 3))));
  v128.store(at, signed(i8x16.sub_sat_s(signed(q0), step4)));
  const outer = v128.andnot(i8x16.shr_s(i8x16.add(step4, i8x16.splat(1)), 1), varies);
  v128.store(at - 2 * step, signed(i8x16.add_sat_s(signed(p1), outer)));
  v128.store(at + step, signed(i8x16.sub_sat_s(signed(q1), outer)));
}

/** Section 15.3, edges between macroblocks. */
function filterMacroblockEdge(at: usize, step: usize): void {
  const passes = normalMask(at, step, macroblockEdge);
  if (!v128.any_true(passes)) return;
  const p1 = v128.load(at - 2 * step);
  const p0 = v128.load(at - step);
  const q0 = v128.load(at);
  const q1 = v128.load(at + step);
  const varies = highVariance(p1, p0, q0, q1);
  const change = v128.and(addThrice(i8x16.sub_sat_s(signed(p1), signed(q1)), p0, q0), passes);
  const sharp = v128.and(change, varies);
  const smooth = v128.andnot(change, varies);
  const nearest = portion(smooth, 27);
  v128.store(at - step, signed(i8x16.add_sat_s(i8x16.add_sat_s(signed(p0), eighth(sharp, 3)), nearest)));
  v128.store(at, signed(i8x16.sub_sat_s(i8x16.sub_sat_s(signed(q0), eighth(sharp, 4)), nearest)));
  const middle = portion(smooth, 18);
  v128.store(at - 2 * step, signed(i8x16.add_sat_s(signed(p1), middle)));
  v128.store(at + step, signed(i8x16.sub_sat_s(signed(q1), middle)));
  const farthest = portion(smooth, 9);
  v128.store(at - 3 * step, signed(i8x16.add_sat_s(signed(v128.load(at - 3 * step)), farthest)));
  v128.store(at + 2 * step, signed(i8x16.sub_sat_s(signed(v128.load(at + 2 * step)), farthest)));
}

/** Which pixels of the edge are filtered. */
function normalMask(at: usize, step: usize, edgeLimit: i32): v128 {
  const p3 = v128.load(at - 4 * step);
  const p2 = v128.load(at - 3 * step);
  const p1 = v128.load(at - 2 * step);
  const p0 = v128.load(at - step);
  const q0 = v128.load(at);
  const q1 = v128.load(at + step);
  const q2 = v128.load(at + 2 * step);
  const q3 = v128.load(at + 3 * step);
  const before = i8x16.max_u(i8x16.max_u(difference(p3, p2), difference(p2, p1)), difference(p1, p0));
  const after = i8x16.max_u(i8x16.max_u(difference(q3, q2), difference(q2, q1)), difference(q1, q0));
  const inside = excess(i8x16.max_u(before, after), interior);
  return i8x16.eq(v128.or(inside, excess(edgeDifference(p1, p0, q0, q1), edgeLimit)), i8x16.splat(0));
}

function highVariance(p1: v128, p0: v128, q0: v128, q1: v128): v128 {
  return i8x16.gt_u(i8x16.max_u(difference(p1, p0), difference(q1, q0)), i8x16.splat(<i8>highEdgeVariance));
}

/** |p0 − q0| · 2 + |p1 − q1| / 2, or 255 if that is less: limits are less than that, too. */
function edgeDifference(p1: v128, p0: v128, q0: v128, q1: v128): v128 {
  const inner = difference(p0, q0);
  return i8x16.add_sat_u(i8x16.add_sat_u(inner, inner), i8x16.shr_u(difference(p1, q1), 1));
}

function difference(a: v128, b: v128): v128 {
  return v128.or(i8x16.sub_sat_u(a, b), i8x16.sub_sat_u(b, a));
}

/** 0 where values are within the limit. */
function excess(values: v128, limit: i32): v128 {
  return i8x16.sub_sat_u(values, i8x16.splat(<i8>limit));
}

/** Of pixels that are signed, and the other way round. */
function signed(pixels: v128): v128 {
  return v128.xor(pixels, i8x16.splat(-128));
}

/** value + 3 · (q0 − p0), clamped. Clamping in between as well makes no difference, as all steps go the same way. */
function addThrice(value: v128, p0: v128, q0: v128): v128 {
  const slope = i8x16.sub_sat_s(signed(q0), signed(p0));
  return i8x16.add_sat_s(i8x16.add_sat_s(i8x16.add_sat_s(value, slope), slope), slope);
}

function eighth(change: v128, rounding: i8): v128 {
  return i8x16.shr_s(i8x16.add_sat_s(change, i8x16.splat(rounding)), 3);
}

/** So many 128ths, rounded. */
function portion(change: v128, factor: i16): v128 {
  return i8x16.narrow_i16x8_s(
    portionOf(i16x8.extend_low_i8x16_s(change), factor),
    portionOf(i16x8.extend_high_i8x16_s(change), factor),
  );
}

function portionOf(change: v128, factor: i16): v128 {
  return i16x8.shr_s(i16x8.add(i16x8.mul(change, i16x8.splat(factor)), i16x8.splat(63)), 7);
}
