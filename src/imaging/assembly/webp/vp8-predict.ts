/**
 * Intra prediction (RFC 6386 section 12). Pixels are predicted in place: what is above and to the left is read from
 * the plane itself, which has a border of 127s above the picture and of 129s to its left (section 12.2).
 */
import {
  B_DC_PRED,
  B_HD_PRED,
  B_HE_PRED,
  B_HU_PRED,
  B_LD_PRED,
  B_RD_PRED,
  B_TM_PRED,
  B_VE_PRED,
  B_VL_PRED,
  B_VR_PRED,
  DC_PRED,
  H_PRED,
  V_PRED,
} from './vp8-modes';

/**
 * Sections 12.2 and 12.3: a whole block, 16×16 luma or 8×8 chroma.
 *
 * @param at the block's first pixel
 * @param hasAbove false in the first row of macroblocks; DC prediction leaves the border out
 */
export function predictBlock(mode: i32, at: usize, stride: usize, size: i32, hasAbove: bool, hasLeft: bool): void {
  const end = at + stride * size;
  if (mode === DC_PRED) {
    const dc = eightOf(mean(at, stride, size, hasAbove, hasLeft));
    for (let row = at; row < end; row += stride) fillRow(row, size, dc);
  } else if (mode === V_PRED) {
    for (let x = 0; x < size; x += 8) {
      const above = load<u64>(at + x - stride);
      for (let row = at + x; row < end; row += stride) store<u64>(row, above);
    }
  } else if (mode === H_PRED) {
    for (let row = at; row < end; row += stride) fillRow(row, size, eightOf(load<u8>(row - 1)));
  } else {
    const corner = i16x8.splat(load<u8>(at - stride - 1));
    for (let x = 0; x < size; x += 8) {
      const above = i16x8.sub(v128.load8x8_u(at + x - stride), corner);
      for (let row = at; row < end; row += stride) {
        const pixels = i16x8.add(above, i16x8.splat(load<u8>(row - 1)));
        v128.store64_lane(row + x, i8x16.narrow_i16x8_u(pixels, pixels), 0);
      }
    }
  }
}

function mean(at: usize, stride: usize, size: i32, hasAbove: bool, hasLeft: bool): i32 {
  let sum = 0;
  let count = 0;
  if (hasAbove) {
    for (let x = 0; x < size; x++) sum += load<u8>(at + x - stride);
    count += size;
  }
  if (hasLeft) {
    for (let row = at, end = at + stride * size; row < end; row += stride) sum += load<u8>(row - 1);
    count += size;
  }
  return count === 0 ? 128 : (sum + (count >> 1)) >> ctz(count);
}

function eightOf(pixel: u32): u64 {
  const four = pixel * 0x01010101;
  return ((<u64>four) << 32) | four;
}

function fillRow(at: usize, size: i32, pixels: u64): void {
  for (const end = at + size; at < end; at += 8) store<u64>(at, pixels);
}

/**
 * Section 12.3: a 4×4 luma subblock.
 *
 * Its edge is a vector: L3 L3 L2 L1 L0 P A0 A1 A2 A3 A4 A5 A6 A7 A7 in the RFC's letters, which are A for what is above,
 * L for what is to the left and P for the corner; its ends come twice. Most predictions are means of two or three that
 * follow each other there.
 *
 * @param at the subblock's first pixel
 * @param aboveRight the four pixels that continue the row above
 */
export function predictSubblock(mode: i32, at: usize, stride: usize, aboveRight: usize): void {
  const above = at - stride;
  const l0: u64 = load<u8>(at - 1);
  const l1: u64 = load<u8>(at + stride - 1);
  const l2: u64 = load<u8>(at + 2 * stride - 1);
  const l3: u64 = load<u8>(at + 3 * stride - 1);
  const a7: u64 = load<u8>(aboveRight, 3);
  const low = l3 | (l3 << 8) | (l2 << 16) | (l1 << 24) | (l0 << 32) | ((<u64>load<u32>(above - 1)) << 40);
  const high = <u64>load<u16>(above, 2) | ((<u64>load<u32>(aboveRight)) << 16) | (a7 << 48);
  const edge = i64x2.replace_lane(i64x2.splat(low), 1, high);

  // Means of pixels i and i + 1, and of i to i + 2, the middle one counted twice.
  const second = i8x16.shuffle(edge, edge, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16);
  const third = i8x16.shuffle(edge, edge, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17);
  const twos = i8x16.avgr_u(edge, second);
  const floors = i8x16.sub(i8x16.avgr_u(edge, third), v128.and(v128.xor(edge, third), i8x16.splat(1)));
  const threes = i8x16.avgr_u(second, floors);
  switch (mode) {
    case B_DC_PRED: {
      const sums = i16x8.extadd_pairwise_i8x16_u(
        i8x16.shuffle(edge, i8x16.splat(0), 1, 2, 3, 4, 6, 7, 8, 9, 16, 16, 16, 16, 16, 16, 16, 16),
      );
      const fours = i32x4.extadd_pairwise_i16x8_u(sums);
      const sum = i32x4.extract_lane(fours, 0) + i32x4.extract_lane(fours, 1);
      storeRows(at, stride, i8x16.splat(<i8>((sum + 4) >> 3)));
      break;
    }
    case B_TM_PRED: {
      const steps = i16x8.sub(v128.load8x8_u(above), i16x8.splat(load<u8>(above - 1)));
      for (let row = at, end = at + 4 * stride; row < end; row += stride) {
        const pixels = i16x8.add(steps, i16x8.splat(load<u8>(row - 1)));
        v128.store32_lane(row, i8x16.narrow_i16x8_u(pixels, pixels), 0);
      }
      break;
    }
    case B_VE_PRED:
      storeRows(at, stride, i8x16.shuffle(threes, twos, 5, 6, 7, 8, 5, 6, 7, 8, 5, 6, 7, 8, 5, 6, 7, 8));
      break;
    case B_HE_PRED:
      storeRows(at, stride, i8x16.shuffle(threes, twos, 3, 3, 3, 3, 2, 2, 2, 2, 1, 1, 1, 1, 0, 0, 0, 0));
      break;
    case B_LD_PRED:
      storeRows(at, stride, i8x16.shuffle(threes, twos, 6, 7, 8, 9, 7, 8, 9, 10, 8, 9, 10, 11, 9, 10, 11, 12));
      break;
    case B_RD_PRED:
      storeRows(at, stride, i8x16.shuffle(threes, twos, 4, 5, 6, 7, 3, 4, 5, 6, 2, 3, 4, 5, 1, 2, 3, 4));
      break;
    case B_VR_PRED:
      storeRows(at, stride, i8x16.shuffle(threes, twos, 21, 22, 23, 24, 4, 5, 6, 7, 3, 21, 22, 23, 2, 4, 5, 6));
      break;
    case B_VL_PRED:
      // The last of the lower two rows do not follow the pattern.
      storeRows(at, stride, i8x16.shuffle(threes, twos, 22, 23, 24, 25, 6, 7, 8, 9, 23, 24, 25, 10, 7, 8, 9, 11));
      break;
    case B_HD_PRED:
      storeRows(at, stride, i8x16.shuffle(threes, twos, 20, 4, 5, 6, 19, 3, 20, 4, 18, 2, 19, 3, 17, 1, 18, 2));
      break;
    case B_HU_PRED:
      storeRows(at, stride, i8x16.shuffle(threes, twos, 19, 2, 18, 1, 18, 1, 17, 0, 17, 0, 16, 16, 16, 16, 16, 16));
      break;
  }
}

/** Four rows of four pixels. */
function storeRows(at: usize, stride: usize, pixels: v128): void {
  v128.store32_lane(at, pixels, 0);
  v128.store32_lane(at + stride, pixels, 1);
  v128.store32_lane(at + 2 * stride, pixels, 2);
  v128.store32_lane(at + 3 * stride, pixels, 3);
}
