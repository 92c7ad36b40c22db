import { decoderOf } from './vp8-bool-decoder';
import { namesSegments, segmentProbs, skipProb } from './vp8-header';
import { SUBBLOCK_MODE_PROBS } from './vp8-tables';

// Prediction modes, numbered as in RFC 6386 sections 8.2 and 11.2.
export const DC_PRED: i8 = 0;
export const V_PRED: i8 = 1;
export const H_PRED: i8 = 2;
export const TM_PRED: i8 = 3;
/** Each luma subblock has a mode of its own. */
export const B_PRED: i8 = 4;

export const B_DC_PRED: i8 = 0;
export const B_TM_PRED: i8 = 1;
export const B_VE_PRED: i8 = 2;
export const B_HE_PRED: i8 = 3;
export const B_LD_PRED: i8 = 4;
export const B_RD_PRED: i8 = 5;
export const B_VR_PRED: i8 = 6;
export const B_VL_PRED: i8 = 7;
export const B_HD_PRED: i8 = 8;
export const B_HU_PRED: i8 = 9;

// Section 11.2 and 11.3: the trees and probabilities of key frames.
const LUMA_MODE_TREE: usize = memory.data<i8>([-B_PRED, 2, 4, 6, -DC_PRED, -V_PRED, -H_PRED, -TM_PRED]);
const LUMA_MODE_PROBS: usize = memory.data<u8>([145, 156, 163, 128]);
const CHROMA_MODE_TREE: usize = memory.data<i8>([-DC_PRED, 2, -V_PRED, 4, -H_PRED, -TM_PRED]);
const CHROMA_MODE_PROBS: usize = memory.data<u8>([142, 114, 183]);
const SUBBLOCK_MODE_TREE: usize = memory.data<i8>([
  -B_DC_PRED,
  2,
  -B_TM_PRED,
  4,
  -B_VE_PRED,
  6,
  8,
  12,
  -B_HE_PRED,
  10,
  -B_RD_PRED,
  -B_VR_PRED,
  -B_LD_PRED,
  14,
  -B_VL_PRED,
  16,
  -B_HD_PRED,
  -B_HU_PRED,
]);
const SEGMENT_TREE: usize = memory.data<i8>([2, 4, -0, -1, -2, -3]);

/** What a subblock mode's context sees of a macroblock that is predicted as a whole (section 11.3). */
const SUBBLOCK_MODE_OF_LUMA_MODE: usize = memory.data<i8>([B_DC_PRED, B_VE_PRED, B_HE_PRED, B_TM_PRED]);

// Of the macroblock that was read last.
export let segment: i32 = 0;
/** True where it is known to have no coefficients. */
export let skipped: bool = false;
export let lumaMode: i32 = DC_PRED;
export let chromaMode: i32 = DC_PRED;
/** Of the 16 luma subblocks, in raster order; meaningful with `B_PRED`. */
export const subblockModes: usize = memory.data(16, 16);

/** Modes of the subblocks to the left, and above: four for each macroblock. */
const left: usize = memory.data(4, 4);
let above: usize = 0;

/** @param context four bytes for each macroblock of a row */
export function startModes(context: usize, columns: i32): void {
  above = context;
  memory.fill(above, <u8>B_DC_PRED, columns << 2);
  segment = 0;
}

export function startModeRow(): void {
  store<u32>(left, B_DC_PRED);
}

/** Reads a macroblock's header (section 19.3). @param column of the macroblock: they are read in order */
export function readModes(column: i32): void {
  const modes = decoderOf(0);
  const here = above + (column << 2);
  if (namesSegments) segment = modes.tree(SEGMENT_TREE, segmentProbs);
  skipped = skipProb >= 0 && modes.bool(skipProb) === 1;
  lumaMode = modes.tree(LUMA_MODE_TREE, LUMA_MODE_PROBS);
  if (lumaMode === B_PRED) {
    for (let i = 0; i < 16; i++) {
      const x = here + (i & 3);
      const y = left + (i >> 2);
      const probs = SUBBLOCK_MODE_PROBS + (<i32>load<u8>(x) * 10 + <i32>load<u8>(y)) * 9;
      const mode = modes.tree(SUBBLOCK_MODE_TREE, probs);
      store<u8>(x, mode);
      store<u8>(y, mode);
      store<u8>(subblockModes + i, mode);
    }
  } else {
    const context = <u32>load<u8>(SUBBLOCK_MODE_OF_LUMA_MODE + lumaMode) * 0x01010101;
    store<u32>(here, context);
    store<u32>(left, context);
  }
  chromaMode = modes.tree(CHROMA_MODE_TREE, CHROMA_MODE_PROBS);
}
