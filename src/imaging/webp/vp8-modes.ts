import type { Vp8Header } from './vp8-header.ts';
import { SUBBLOCK_MODE_PROBS } from './vp8-tables.ts';

// Prediction modes, numbered as in RFC 6386 sections 8.2 and 11.2.
export const DC_PRED = 0;
export const V_PRED = 1;
export const H_PRED = 2;
export const TM_PRED = 3;
/** Each luma subblock has a mode of its own. */
export const B_PRED = 4;

export const B_DC_PRED = 0;
export const B_TM_PRED = 1;
export const B_VE_PRED = 2;
export const B_HE_PRED = 3;
export const B_LD_PRED = 4;
export const B_RD_PRED = 5;
export const B_VR_PRED = 6;
export const B_VL_PRED = 7;
export const B_HD_PRED = 8;
export const B_HU_PRED = 9;

// Section 11.2 and 11.3: the trees and probabilities of key frames.
const LUMA_MODE_TREE = Int8Array.of(-B_PRED, 2, 4, 6, -DC_PRED, -V_PRED, -H_PRED, -TM_PRED);
const LUMA_MODE_PROBS = Uint8Array.of(145, 156, 163, 128);
const CHROMA_MODE_TREE = Int8Array.of(-DC_PRED, 2, -V_PRED, 4, -H_PRED, -TM_PRED);
const CHROMA_MODE_PROBS = Uint8Array.of(142, 114, 183);
const SUBBLOCK_MODE_TREE = Int8Array.of(
  ...[-B_DC_PRED, 2, -B_TM_PRED, 4, -B_VE_PRED, 6, 8, 12, -B_HE_PRED, 10, -B_RD_PRED, -B_VR_PRED],
  ...[-B_LD_PRED, 14, -B_VL_PRED, 16, -B_HD_PRED, -B_HU_PRED],
);
const SEGMENT_TREE = Int8Array.of(2, 4, -0, -1, -2, -3);

/** What a subblock mode's context sees of a macroblock that is predicted as a whole (section 11.3). */
const SUBBLOCK_MODE_OF_LUMA_MODE = Uint8Array.of(B_DC_PRED, B_VE_PRED, B_HE_PRED, B_TM_PRED);

/** Reads the macroblocks' headers in order (section 19.3), keeping the neighbours' modes as context. */
export class ModeReader {
  segment = 0;
  /** True where the macroblock is known to have no coefficients. */
  skipped = false;
  lumaMode = DC_PRED;
  chromaMode = DC_PRED;
  /** Of the 16 luma subblocks, in raster order; meaningful with `B_PRED`. */
  readonly subblockModes = new Uint8Array(16);

  private readonly header: Vp8Header;
  private readonly above: Uint8Array;
  private readonly left = new Uint8Array(4);

  constructor(header: Vp8Header, macroblocksPerRow: number) {
    this.header = header;
    this.above = new Uint8Array(4 * macroblocksPerRow).fill(B_DC_PRED);
  }

  startRow(): void {
    this.left.fill(B_DC_PRED);
  }

  /** @param column of the macroblock */
  read(column: number): void {
    const { modes, segmentProbs, skipProb } = this.header;
    const { above, left, subblockModes } = this;
    const aboveAt = 4 * column;
    if (segmentProbs) this.segment = modes.tree(SEGMENT_TREE, segmentProbs, 0);
    this.skipped = skipProb !== null && modes.bool(skipProb) === 1;
    this.lumaMode = modes.tree(LUMA_MODE_TREE, LUMA_MODE_PROBS, 0);
    if (this.lumaMode === B_PRED) {
      for (let i = 0; i < 16; i++) {
        const x = aboveAt + (i & 3);
        const y = i >> 2;
        const mode = modes.tree(SUBBLOCK_MODE_TREE, SUBBLOCK_MODE_PROBS, (above[x] * 10 + left[y]) * 9);
        above[x] = left[y] = subblockModes[i] = mode;
      }
    } else {
      const context = SUBBLOCK_MODE_OF_LUMA_MODE[this.lumaMode];
      above.fill(context, aboveAt, aboveAt + 4);
      left.fill(context);
    }
    this.chromaMode = modes.tree(CHROMA_MODE_TREE, CHROMA_MODE_PROBS, 0);
  }
}
