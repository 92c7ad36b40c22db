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
} from './vp8-modes.ts';

/**
 * Sections 12.2 and 12.3: a whole block, 16×16 luma or 8×8 chroma.
 * @param words the same memory as `pixels`: rows are written four pixels at a time
 * @param at index of the block's first pixel, a multiple of 4 like the stride
 * @param hasAbove false in the first row of macroblocks; DC prediction leaves the border out
 */
export function predictBlock(
  mode: number,
  pixels: Uint8ClampedArray,
  words: Int32Array,
  at: number,
  stride: number,
  size: number,
  hasAbove: boolean,
  hasLeft: boolean,
): void {
  const above = at - stride;
  const end = at + size * stride;
  if (mode === DC_PRED) {
    let sum = 0;
    let count = 0;
    if (hasAbove) {
      for (let x = 0; x < size; x++) sum += pixels[above + x];
      count += size;
    }
    if (hasLeft) {
      for (let row = at; row < end; row += stride) sum += pixels[row - 1];
      count += size;
    }
    // The count is a power of two, so that this is the RFC's shift.
    const dc = count === 0 ? 128 : ((sum + (count >> 1)) / count) | 0;
    for (let row = at; row < end; row += stride) fillRow(words, row, size, dc);
  } else if (mode === V_PRED) {
    for (let x = 0; x < size; x += 4) {
      const word = words[(above + x) >> 2];
      for (let row = at + x; row < end; row += stride) words[row >> 2] = word;
    }
  } else if (mode === H_PRED) {
    for (let row = at; row < end; row += stride) fillRow(words, row, size, pixels[row - 1]);
  } else {
    const corner = pixels[above - 1];
    for (let row = at; row < end; row += stride) {
      const delta = pixels[row - 1] - corner;
      for (let x = 0; x < size; x++) pixels[row + x] = pixels[above + x] + delta;
    }
  }
}

function fillRow(words: Int32Array, at: number, size: number, value: number): void {
  const word = Math.imul(value, 0x01010101);
  for (let i = at >> 2; i < (at + size) >> 2; i++) words[i] = word;
}

/**
 * Section 12.3: a 4×4 luma subblock. The letters are the RFC's: A above, L to the left, P in the corner.
 * @param at index of the subblock's first pixel
 * @param aboveRight index of the four pixels that continue the row above
 */
export function predictSubblock(
  mode: number,
  pixels: Uint8ClampedArray,
  at: number,
  stride: number,
  aboveRight: number,
): void {
  const above = at - stride;
  const row1 = at + stride;
  const row2 = row1 + stride;
  const row3 = row2 + stride;
  const P = pixels[above - 1];
  const A0 = pixels[above];
  const A1 = pixels[above + 1];
  const A2 = pixels[above + 2];
  const A3 = pixels[above + 3];
  const L0 = pixels[at - 1];
  const L1 = pixels[row1 - 1];
  const L2 = pixels[row2 - 1];
  const L3 = pixels[row3 - 1];
  switch (mode) {
    case B_DC_PRED: {
      const dc = (A0 + A1 + A2 + A3 + L0 + L1 + L2 + L3 + 4) >> 3;
      for (let row = at; row <= row3; row += stride) {
        pixels[row] = pixels[row + 1] = pixels[row + 2] = pixels[row + 3] = dc;
      }
      break;
    }
    case B_TM_PRED:
      for (let row = at; row <= row3; row += stride) {
        const delta = pixels[row - 1] - P;
        pixels[row] = A0 + delta;
        pixels[row + 1] = A1 + delta;
        pixels[row + 2] = A2 + delta;
        pixels[row + 3] = A3 + delta;
      }
      break;
    case B_VE_PRED: {
      const v0 = average3(P, A0, A1);
      const v1 = average3(A0, A1, A2);
      const v2 = average3(A1, A2, A3);
      const v3 = average3(A2, A3, pixels[aboveRight]);
      for (let row = at; row <= row3; row += stride) {
        pixels[row] = v0;
        pixels[row + 1] = v1;
        pixels[row + 2] = v2;
        pixels[row + 3] = v3;
      }
      break;
    }
    case B_HE_PRED:
      pixels[at] = pixels[at + 1] = pixels[at + 2] = pixels[at + 3] = average3(P, L0, L1);
      pixels[row1] = pixels[row1 + 1] = pixels[row1 + 2] = pixels[row1 + 3] = average3(L0, L1, L2);
      pixels[row2] = pixels[row2 + 1] = pixels[row2 + 2] = pixels[row2 + 3] = average3(L1, L2, L3);
      pixels[row3] = pixels[row3 + 1] = pixels[row3 + 2] = pixels[row3 + 3] = average3(L2, L3, L3);
      break;
    case B_LD_PRED: {
      const A4 = pixels[aboveRight];
      const A5 = pixels[aboveRight + 1];
      const A6 = pixels[aboveRight + 2];
      const A7 = pixels[aboveRight + 3];
      pixels[at] = average3(A0, A1, A2);
      pixels[at + 1] = pixels[row1] = average3(A1, A2, A3);
      pixels[at + 2] = pixels[row1 + 1] = pixels[row2] = average3(A2, A3, A4);
      pixels[at + 3] = pixels[row1 + 2] = pixels[row2 + 1] = pixels[row3] = average3(A3, A4, A5);
      pixels[row1 + 3] = pixels[row2 + 2] = pixels[row3 + 1] = average3(A4, A5, A6);
      pixels[row2 + 3] = pixels[row3 + 2] = average3(A5, A6, A7);
      pixels[row3 + 3] = average3(A6, A7, A7);
      break;
    }
    case B_RD_PRED:
      pixels[row3] = average3(L3, L2, L1);
      pixels[row3 + 1] = pixels[row2] = average3(L2, L1, L0);
      pixels[row3 + 2] = pixels[row2 + 1] = pixels[row1] = average3(L1, L0, P);
      pixels[row3 + 3] = pixels[row2 + 2] = pixels[row1 + 1] = pixels[at] = average3(L0, P, A0);
      pixels[row2 + 3] = pixels[row1 + 2] = pixels[at + 1] = average3(P, A0, A1);
      pixels[row1 + 3] = pixels[at + 2] = average3(A0, A1, A2);
      pixels[at + 3] = average3(A1, A2, A3);
      break;
    case B_VR_PRED:
      pixels[row3] = average3(L2, L1, L0);
      pixels[row2] = average3(L1, L0, P);
      pixels[row3 + 1] = pixels[row1] = average3(L0, P, A0);
      pixels[row2 + 1] = pixels[at] = average2(P, A0);
      pixels[row3 + 2] = pixels[row1 + 1] = average3(P, A0, A1);
      pixels[row2 + 2] = pixels[at + 1] = average2(A0, A1);
      pixels[row3 + 3] = pixels[row1 + 2] = average3(A0, A1, A2);
      pixels[row2 + 3] = pixels[at + 2] = average2(A1, A2);
      pixels[row1 + 3] = average3(A1, A2, A3);
      pixels[at + 3] = average2(A2, A3);
      break;
    case B_VL_PRED: {
      const A4 = pixels[aboveRight];
      const A5 = pixels[aboveRight + 1];
      const A6 = pixels[aboveRight + 2];
      const A7 = pixels[aboveRight + 3];
      pixels[at] = average2(A0, A1);
      pixels[row1] = average3(A0, A1, A2);
      pixels[row2] = pixels[at + 1] = average2(A1, A2);
      pixels[row1 + 1] = pixels[row3] = average3(A1, A2, A3);
      pixels[row2 + 1] = pixels[at + 2] = average2(A2, A3);
      pixels[row3 + 1] = pixels[row1 + 2] = average3(A2, A3, A4);
      pixels[row2 + 2] = pixels[at + 3] = average2(A3, A4);
      pixels[row3 + 2] = pixels[row1 + 3] = average3(A3, A4, A5);
      // The last two do not follow the pattern.
      pixels[row2 + 3] = average3(A4, A5, A6);
      pixels[row3 + 3] = average3(A5, A6, A7);
      break;
    }
    case B_HD_PRED:
      pixels[row3] = average2(L3, L2);
      pixels[row3 + 1] = average3(L3, L2, L1);
      pixels[row2] = pixels[row3 + 2] = average2(L2, L1);
      pixels[row2 + 1] = pixels[row3 + 3] = average3(L2, L1, L0);
      pixels[row2 + 2] = pixels[row1] = average2(L1, L0);
      pixels[row2 + 3] = pixels[row1 + 1] = average3(L1, L0, P);
      pixels[row1 + 2] = pixels[at] = average2(L0, P);
      pixels[row1 + 3] = pixels[at + 1] = average3(L0, P, A0);
      pixels[at + 2] = average3(P, A0, A1);
      pixels[at + 3] = average3(A0, A1, A2);
      break;
    case B_HU_PRED:
      pixels[at] = average2(L0, L1);
      pixels[at + 1] = average3(L0, L1, L2);
      pixels[at + 2] = pixels[row1] = average2(L1, L2);
      pixels[at + 3] = pixels[row1 + 1] = average3(L1, L2, L3);
      pixels[row1 + 2] = pixels[row2] = average2(L2, L3);
      pixels[row1 + 3] = pixels[row2 + 1] = average3(L2, L3, L3);
      pixels[row2 + 2] = pixels[row2 + 3] = L3;
      pixels[row3] = pixels[row3 + 1] = pixels[row3 + 2] = pixels[row3 + 3] = L3;
      break;
  }
}

function average2(x: number, y: number): number {
  return (x + y + 1) >> 1;
}

function average3(x: number, y: number, z: number): number {
  return (x + y + y + z + 2) >> 2;
}
