/**
 * Intra prediction (RFC 6386 section 12). Pixels are predicted in place: what is above and to the left is read from
 * the plane itself, which has a border of 127s above the picture and of 129s to its left (section 12.2).
 */
import { B_DC_PRED, B_TM_PRED, B_VE_PRED, DC_PRED, H_PRED, V_PRED } from './modes';

/** Sections 12.2 and 12.3: a macroblock's luma, 16×16. */
export function predictLuma(mode: i32, at: usize, stride: i32, hasAbove: bool, hasLeft: bool): void {
  const above = at - stride;
  const end = at + 16 * stride;
  if (mode === DC_PRED) {
    const dc = i8x16.splat(<i8>meanOf(at, stride, 4, hasAbove, hasLeft));
    for (let row = at; row < end; row += stride) v128.store(row, dc);
  } else if (mode === V_PRED) {
    const pixels = v128.load(above);
    for (let row = at; row < end; row += stride) v128.store(row, pixels);
  } else if (mode === H_PRED) {
    for (let row = at; row < end; row += stride) v128.store(row, v128.load8_splat(row - 1));
  } else {
    const low = differences(v128.load64_zero(above), above);
    const high = differences(v128.load64_zero(above, 8), above);
    for (let row = at; row < end; row += stride) {
      const left = i16x8.splat(load<u8>(row - 1));
      v128.store(row, i8x16.narrow_i16x8_u(i16x8.add(low, left), i16x8.add(high, left)));
    }
  }
}

/** The same of U or V, 8×8. */
export function predictChroma(mode: i32, at: usize, stride: i32, hasAbove: bool, hasLeft: bool): void {
  const above = at - stride;
  const end = at + 8 * stride;
  if (mode === DC_PRED) {
    const dc = i8x16.splat(<i8>meanOf(at, stride, 3, hasAbove, hasLeft));
    for (let row = at; row < end; row += stride) v128.store64_lane(row, dc, 0);
  } else if (mode === V_PRED) {
    const pixels = load<u64>(above);
    for (let row = at; row < end; row += stride) store<u64>(row, pixels);
  } else if (mode === H_PRED) {
    for (let row = at; row < end; row += stride) v128.store64_lane(row, v128.load8_splat(row - 1), 0);
  } else {
    const changes = differences(v128.load64_zero(above), above);
    for (let row = at; row < end; row += stride) {
      const pixels = i16x8.add(changes, i16x8.splat(load<u8>(row - 1)));
      v128.store64_lane(row, i8x16.narrow_i16x8_u(pixels, pixels), 0);
    }
  }
}

/** The mean of the pixels above and to the left, where there are any; both are `1 << sizeBits`. */
function meanOf(at: usize, stride: i32, sizeBits: i32, hasAbove: bool, hasLeft: bool): i32 {
  const size = 1 << sizeBits;
  let sum = 0;
  if (hasAbove) for (let pixel = at - stride, end = pixel + size; pixel < end; pixel++) sum += load<u8>(pixel);
  if (hasLeft) for (let i = 0, row = at; i < size; i++, row += stride) sum += load<u8>(row - 1);
  const countBits = sizeBits + <i32>(hasAbove && hasLeft);
  return hasAbove || hasLeft ? (sum + (1 << (countBits - 1))) >> countBits : 128;
}

/** From the corner before the row above to pixels of that row: of TM prediction. */
function differences(pixels: v128, above: usize): v128 {
  return i16x8.sub(i16x8.extend_low_i8x16_u(pixels), i16x8.splat(load<u8>(above - 1)));
}

/**
 * Of the subblock modes from `B_VE_PRED` on: where each of the 16 pixels is from. An index up to 15 is that of an element of
 * the edge, of which the pixel is the mean with both neighbours, 1/4, 1/2, 1/4; from 16 on, with the next, 1/2, 1/2.
 *
 * The edge, in the RFC's letters (A above, L to the left, P in the corner): L3, L3, L2, L1, L0, P, A0 to A7, A7.
 */
const SOURCES: usize = memory.data<u8>(
  [
    // B_VE_PRED
    6, 7, 8, 9, 6, 7, 8, 9, 6, 7, 8, 9, 6, 7, 8, 9,
    // B_HE_PRED
    4, 4, 4, 4, 3, 3, 3, 3, 2, 2, 2, 2, 1, 1, 1, 1,
    // B_LD_PRED
    7, 8, 9, 10, 8, 9, 10, 11, 9, 10, 11, 12, 10, 11, 12, 13,
    // B_RD_PRED
    5, 6, 7, 8, 4, 5, 6, 7, 3, 4, 5, 6, 2, 3, 4, 5,
    // B_VR_PRED
    21, 22, 23, 24, 5, 6, 7, 8, 4, 21, 22, 23, 3, 5, 6, 7,
    // B_VL_PRED
    22, 23, 24, 25, 7, 8, 9, 10, 23, 24, 25, 11, 8, 9, 10, 12,
    // B_HD_PRED
    20, 5, 6, 7, 19, 4, 20, 5, 18, 3, 19, 4, 17, 2, 18, 3,
    // B_HU_PRED
    19, 3, 18, 2, 18, 2, 17, 1, 17, 1, 16, 16, 16, 16, 16, 16,
  ],
  16,
);
const MODE_BYTES = 16;

/**
 * Section 12.3: a 4×4 luma subblock.
 *
 * @param at address of the subblock's first pixel
 * @param aboveRight address of the four pixels that continue the row above
 */
export function predictSubblock(mode: i32, at: usize, stride: i32, aboveRight: usize): void {
  const above = at - stride;
  if (mode === B_DC_PRED) predictMean(at, stride);
  else if (mode === B_TM_PRED) {
    const changes = differences(v128.load32_zero(above), above);
    for (let i = 0, row = at; i < 4; i++, row += stride) {
      const pixels = i16x8.add(changes, i16x8.splat(load<u8>(row - 1)));
      v128.store32_lane(row, i8x16.narrow_i16x8_u(pixels, pixels), 0);
    }
  } else {
    const edge = edgeOf(at, stride, load<u32>(aboveRight));
    const before = i8x16.shuffle(edge, edge, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14);
    const after = i8x16.shuffle(edge, edge, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 15);
    const ofThree = i8x16.avgr_u(edge, meanRoundedDown(before, after));
    const ofTwo = i8x16.avgr_u(edge, after);
    const sources = v128.load(SOURCES + (mode - B_VE_PRED) * MODE_BYTES);
    // An index that is out of range gives 0.
    const fromTwo = i8x16.swizzle(ofTwo, i8x16.sub(sources, i8x16.splat(16)));
    const pixels = v128.or(i8x16.swizzle(ofThree, sources), fromTwo);
    v128.store32_lane(at, pixels, 0);
    v128.store32_lane(at + stride, pixels, 1);
    v128.store32_lane(at + 2 * stride, pixels, 2);
    v128.store32_lane(at + 3 * stride, pixels, 3);
  }
}

function predictMean(at: usize, stride: i32): void {
  const above = at - stride;
  let sum = 4;
  for (let i = 0; i < 4; i++) sum += <i32>load<u8>(above + i) + load<u8>(at + i * stride - 1);
  const dc = (sum >> 3) * 0x01010101;
  for (let i = 0; i < 4; i++) store<u32>(at + i * stride, dc);
}

/** The pixels around a subblock: see `SOURCES`. The last element is of no use. */
function edgeOf(at: usize, stride: i32, aboveRight: u32): v128 {
  const L0 = <u64>load<u8>(at - 1);
  const L1 = <u64>load<u8>(at + stride - 1);
  const L2 = <u64>load<u8>(at + 2 * stride - 1);
  const L3 = <u64>load<u8>(at + 3 * stride - 1);
  // P and A0 to A3.
  const above = load<u64>(at - stride - 1);
  const A4 = <u64>aboveRight;
  const low = L3 | (L3 << 8) | (L2 << 16) | (L1 << 24) | (L0 << 32) | (above << 40);
  const high = ((above >>> 24) & 0xffff) | (A4 << 16) | ((A4 >>> 24) << 48);
  return i64x2.replace_lane(i64x2.splat(low), 1, high);
}

function meanRoundedDown(a: v128, b: v128): v128 {
  return i8x16.sub(i8x16.avgr_u(a, b), v128.and(v128.xor(a, b), i8x16.splat(1)));
}
