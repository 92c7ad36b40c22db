/**
 * The loop filter (RFC 6386 section 15). 16 pixels along an edge are filtered at once: of luma all of a macroblock's
 * edge, of chroma eight of U and eight of V. The rows across the edge are vectors; columns are turned into such first.
 */
import { sharpness, simpleFilter } from './vp8-header';

const VECTOR: usize = 16;
/** Eight rows: the four before the edge, and the four after it. */
const rows: usize = memory.data(8 * 16, 16);
/** The first row after the edge. */
const middle: usize = rows + 4 * VECTOR;
const turning: usize = memory.data(8 * 16, 16);

// Thresholds of the macroblock (sections 15.2 to 15.4).
let macroblockLimit: v128 = i8x16.splat(0);
let subblockLimit: v128 = i8x16.splat(0);
let interior: v128 = i8x16.splat(0);
let highEdgeVariance: v128 = i8x16.splat(0);

/** Where a macroblock's planes are, and their strides. */
@unmanaged
export class Blocks {
  luma: usize;
  u: usize;
  v: usize;
  lumaStride: usize;
  chromaStride: usize;
}

/**
 * Section 15.1: left edge, inner vertical edges, top edge, inner horizontal edges.
 *
 * @param level above 0
 * @param hasInner whether the edges between subblocks are filtered, too
 */
export function filterMacroblock(blocks: Blocks, level: i32, hasInner: bool, hasLeft: bool, hasAbove: bool): void {
  setLimits(level);
  const luma = blocks.luma;
  const stride = blocks.lumaStride;
  if (hasLeft) filterLumaColumns(luma, stride, true);
  if (hasInner) for (let x = 4; x < 16; x += 4) filterLumaColumns(luma + x, stride, false);
  if (hasAbove) filterEdge(luma, stride, true);
  if (hasInner) for (let y = 4; y < 16; y += 4) filterEdge(luma + stride * y, stride, false);
  if (simpleFilter) return;
  const u = blocks.u;
  const v = blocks.v;
  const chromaStride = blocks.chromaStride;
  if (hasLeft) filterChromaColumns(u, v, chromaStride, true);
  if (hasInner) filterChromaColumns(u + 4, v + 4, chromaStride, false);
  if (hasAbove) filterChromaRows(u, v, chromaStride, true);
  if (hasInner) filterChromaRows(u + chromaStride * 4, v + chromaStride * 4, chromaStride, false);
}

/** The limits for a filter level, in key frames. */
function setLimits(level: i32): void {
  let limit = level >> (sharpness > 4 ? 2 : sharpness > 0 ? 1 : 0);
  if (sharpness > 0) limit = min(limit, 9 - sharpness);
  limit = max(limit, 1);
  macroblockLimit = i8x16.splat(<i8>((level + 2) * 2 + limit));
  subblockLimit = i8x16.splat(<i8>(level * 2 + limit));
  interior = i8x16.splat(<i8>limit);
  highEdgeVariance = i8x16.splat(level >= 40 ? 2 : level >= 15 ? 1 : 0);
}

function filterLumaColumns(at: usize, stride: usize, isMacroblockEdge: bool): void {
  turnColumns(at - 4, at - 4 + 8 * stride, stride);
  if (filterEdge(middle, VECTOR, isMacroblockEdge)) putColumns(at - 4, at - 4 + 8 * stride, stride);
}

function filterChromaColumns(u: usize, v: usize, stride: usize, isMacroblockEdge: bool): void {
  turnColumns(u - 4, v - 4, stride);
  if (filterEdge(middle, VECTOR, isMacroblockEdge)) putColumns(u - 4, v - 4, stride);
}

function filterChromaRows(u: usize, v: usize, stride: usize, isMacroblockEdge: bool): void {
  u -= 4 * stride;
  v -= 4 * stride;
  for (let i: usize = 0; i < 8; i++) {
    v128.store(rows + i * VECTOR, v128.load64_lane(v + i * stride, v128.load64_zero(u + i * stride), 1));
  }
  if (!filterEdge(middle, VECTOR, isMacroblockEdge)) return;
  for (let i: usize = 1; i < 7; i++) {
    const row = v128.load(rows + i * VECTOR);
    v128.store64_lane(u + i * stride, row, 0);
    v128.store64_lane(v + i * stride, row, 1);
  }
}

/** Eight columns of 16 pixels become the rows. @param first the upper eight pixels; @param second the lower eight */
function turnColumns(first: usize, second: usize, stride: usize): void {
  for (let i: usize = 0; i < 8; i++) {
    const pixels = interleaveLow(v128.load64_zero(first + i * stride), v128.load64_zero(second + i * stride));
    v128.store(turning + i * VECTOR, pixels);
  }
  riffle(turning, rows);
  riffle(rows, turning);
  riffle(turning, rows);
}

/** The reverse. */
function putColumns(first: usize, second: usize, stride: usize): void {
  riffle(rows, turning);
  riffle(turning, rows);
  riffle(rows, turning);
  for (let i: usize = 0; i < 4; i++) {
    const upper = v128.load(turning + i * VECTOR);
    const lower = v128.load(turning + (4 + i) * VECTOR);
    const even = stride * (2 * i);
    v128.store64_lane(first + even, upper, 0);
    v128.store64_lane(first + even + stride, upper, 1);
    v128.store64_lane(second + even, lower, 0);
    v128.store64_lane(second + even + stride, lower, 1);
  }
}

/** Interleaves the first 64 bytes with the last. Three times of it transpose 8 × 16 bytes, rows paired or not. */
function riffle(from: usize, to: usize): void {
  for (const end = from + 4 * VECTOR; from < end; from += VECTOR, to += 2 * VECTOR) {
    const a = v128.load(from);
    const b = v128.load(from, 64);
    v128.store(to, interleaveLow(a, b));
    v128.store(to, interleaveHigh(a, b), 16);
  }
}

/** @returns false where no pixel was to be filtered */
function filterEdge(at: usize, stride: usize, isMacroblockEdge: bool): bool {
  const edgeLimit = isMacroblockEdge ? macroblockLimit : subblockLimit;
  if (simpleFilter) return filterSimple(at, stride, edgeLimit);
  return filterNormal(at, stride, edgeLimit, isMacroblockEdge);
}

/** Section 15.2. */
function filterSimple(at: usize, stride: usize, edgeLimit: v128): bool {
  const p1 = v128.load(at - 2 * stride);
  const p0 = v128.load(at - stride);
  const q0 = v128.load(at);
  const q1 = v128.load(at + stride);
  const filtered = isAtMost(edgeStep(p1, p0, q0, q1), edgeLimit);
  if (!v128.any_true(filtered)) return false;
  const outer = i8x16.sub_sat_s(signed(p1), signed(q1));
  adjustInner(at, stride, v128.and(addInner(outer, signed(p0), signed(q0)), filtered));
  return true;
}

/** Section 15.3. */
function filterNormal(at: usize, stride: usize, edgeLimit: v128, isMacroblockEdge: bool): bool {
  const p2 = v128.load(at - 3 * stride);
  const p1 = v128.load(at - 2 * stride);
  const p0 = v128.load(at - stride);
  const q0 = v128.load(at);
  const q1 = v128.load(at + stride);
  const q2 = v128.load(at + 2 * stride);
  const steps = i8x16.max_u(difference(p1, p0), difference(q1, q0));
  let most = i8x16.max_u(steps, i8x16.max_u(difference(p2, p1), difference(q2, q1)));
  most = i8x16.max_u(most, difference(v128.load(at - 4 * stride), p2));
  most = i8x16.max_u(most, difference(v128.load(at + 3 * stride), q2));
  const filtered = v128.and(isAtMost(most, interior), isAtMost(edgeStep(p1, p0, q0, q1), edgeLimit));
  if (!v128.any_true(filtered)) return false;
  const isFlat = isAtMost(steps, highEdgeVariance);
  const outer = i8x16.sub_sat_s(signed(p1), signed(q1));
  if (isMacroblockEdge) {
    const a = v128.and(addInner(outer, signed(p0), signed(q0)), filtered);
    adjustInner(at, stride, v128.andnot(a, isFlat));
    const flat = v128.and(a, isFlat);
    adjust(at - stride, at, share(flat, 27));
    adjust(at - 2 * stride, at + stride, share(flat, 18));
    adjust(at - 3 * stride, at + 2 * stride, share(flat, 9));
  } else {
    const a = v128.and(addInner(v128.andnot(outer, isFlat), signed(p0), signed(q0)), filtered);
    const step = adjustInner(at, stride, a);
    const half = i8x16.shr_s(i8x16.add(step, i8x16.splat(1)), 1);
    adjust(at - 2 * stride, at + stride, v128.and(half, isFlat));
  }
  return true;
}

/** |p0 − q0| · 2 + |p1 − q1| / 2, up to 255, which is above all limits. */
function edgeStep(p1: v128, p0: v128, q0: v128, q1: v128): v128 {
  const inner = difference(p0, q0);
  return i8x16.add_sat_u(i8x16.add_sat_u(inner, inner), i8x16.shr_u(difference(p1, q1), 1));
}

/** a + 3 · (q0 − p0), clamped: the same as if every sum is. */
function addInner(a: v128, p0: v128, q0: v128): v128 {
  const step = i8x16.sub_sat_s(q0, p0);
  return i8x16.add_sat_s(i8x16.add_sat_s(i8x16.add_sat_s(a, step), step), step);
}

/** Brings p0 and q0 nearer to each other by about `a / 8`. @returns by how much q0 */
function adjustInner(at: usize, stride: usize, a: v128): v128 {
  const stepQ = i8x16.shr_s(i8x16.add_sat_s(a, i8x16.splat(4)), 3);
  const stepP = i8x16.shr_s(i8x16.add_sat_s(a, i8x16.splat(3)), 3);
  v128.store(at, signed(i8x16.sub_sat_s(signed(v128.load(at)), stepQ)));
  v128.store(at - stride, signed(i8x16.add_sat_s(signed(v128.load(at - stride)), stepP)));
  return stepQ;
}

/** Brings p and q nearer to each other. */
function adjust(p: usize, q: usize, step: v128): void {
  v128.store(p, signed(i8x16.add_sat_s(signed(v128.load(p)), step)));
  v128.store(q, signed(i8x16.sub_sat_s(signed(v128.load(q)), step)));
}

/** weight / 128 of `a`, rounded. */
function share(a: v128, weight: i16): v128 {
  const low = i16x8.mul(i16x8.extend_low_i8x16_s(a), i16x8.splat(weight));
  const high = i16x8.mul(i16x8.extend_high_i8x16_s(a), i16x8.splat(weight));
  const half = i16x8.splat(63);
  return i8x16.narrow_i16x8_s(i16x8.shr_s(i16x8.add(low, half), 7), i16x8.shr_s(i16x8.add(high, half), 7));
}

/** Pixels minus 128, as the RFC has them, or back. */
function signed(pixels: v128): v128 {
  return v128.xor(pixels, i8x16.splat(-128));
}

function difference(a: v128, b: v128): v128 {
  return v128.or(i8x16.sub_sat_u(a, b), i8x16.sub_sat_u(b, a));
}

function isAtMost(values: v128, limit: v128): v128 {
  return i8x16.eq(i8x16.max_u(values, limit), limit);
}

function interleaveLow(a: v128, b: v128): v128 {
  return i8x16.shuffle(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
}

function interleaveHigh(a: v128, b: v128): v128 {
  return i8x16.shuffle(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
}
