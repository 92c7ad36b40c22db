import { allocate } from '../jpeg/memory';
import { BoolDecoder } from './bool-decoder';
import { coefficientProbs, Quantiser } from './header';
import { inverseWalshHadamard } from './transform';

/** Bytes of the probabilities for one position of a coefficient: 11 for each of three contexts. */
const CONTEXT_PROBS = 11;
const POSITION_PROBS = 3 * CONTEXT_PROBS;
const BANDS = 8;
/** One more than there are coefficients: the last is followed by nothing, but looked up. */
const POSITIONS = 17;
const TYPE_PROBS = POSITIONS * POSITION_PROBS;

/** Section 13.3: the band of each position. */
const BAND: usize = memory.data<u8>([0, 1, 2, 3, 6, 4, 5, 6, 6, 6, 6, 6, 6, 6, 6, 7, 0]);
/** Section 13: raster position of the n-th coefficient of a block, in bytes. */
const ZIGZAG: usize = memory.data<u8>([0, 2, 8, 16, 10, 4, 6, 12, 18, 24, 26, 20, 14, 22, 28, 30]);

// Section 13.3: block types.
const Y_AFTER_Y2 = 0;
const Y2 = 1;
const CHROMA = 2;
const Y_WITH_DC = 3;
const TYPES = 4;

/** Section 13.2: the extra bits' probabilities of token categories 3 to 6, and the smallest value of each. */
const CATEGORY_PROBS: usize = memory.data<u8>([
  173, 148, 140, 0, 0, 0, 0, 0, 0, 0, 0, 0, 176, 155, 140, 135, 0, 0, 0, 0, 0, 0, 0, 0, 180, 157, 141, 134, 130, 0, 0,
  0, 0, 0, 0, 0, 254, 254, 243, 230, 196, 177, 153, 140, 133, 130, 129, 0,
]);
const CATEGORY_BYTES = 12;
const CATEGORY_BASE: usize = memory.data<u8>([11, 19, 35, 67]);

/** 16 luma, 4 U and 4 V. */
const BLOCKS = 24;
const LUMA_BLOCKS = 16;
const BLOCK_BYTES = 32;

/** Flags of a macroblock's blocks that its neighbours see: 4 Y, 2 U, 2 V and 1 Y2. */
const FLAGS = 9;
const Y2_FLAG = 8;

/** The coefficients of the macroblock's blocks, in raster order. Whoever uses a block clears it. */
export const coefficients: usize = memory.data(BLOCKS * BLOCK_BYTES, 16);
/** For each block: 0 when it is all zero, 1 when it has a DC alone, more otherwise. */
export const extent: usize = memory.data(BLOCKS, 8);

const y2: usize = memory.data(BLOCK_BYTES, 16);
/** The frame's probabilities by type and position. */
const probs: usize = memory.data(TYPES * TYPE_PROBS, 4);
/** "Has the neighbouring block coefficients?" */
const left: usize = memory.data(FLAGS);
let above: usize = 0;

/** @param columns macroblocks of a row */
export function startResiduals(columns: i32): void {
  above = allocate(FLAGS * columns);
  // The last macroblock of a damaged picture may have left some behind.
  memory.fill(coefficients, 0, BLOCKS * BLOCK_BYTES);
  for (let type = 0; type < TYPES; type++) {
    for (let position = 0; position < POSITIONS; position++) {
      const from = coefficientProbs + (type * BANDS + load<u8>(BAND + position)) * POSITION_PROBS;
      memory.copy(probsOf(type) + position * POSITION_PROBS, from, POSITION_PROBS);
    }
  }
}

function probsOf(type: i32): usize {
  return probs + type * TYPE_PROBS;
}

export function startResidualRow(): void {
  memory.fill(left, 0, FLAGS);
}

/** A macroblock without coefficients. The Y2 context passes over macroblocks that have no Y2 (section 13.3). */
export function skipResiduals(column: i32, hasY2: bool): void {
  const flags = hasY2 ? FLAGS : FLAGS - 1;
  memory.fill(left, 0, flags);
  memory.fill(above + FLAGS * column, 0, flags);
  memory.fill(extent, 0, BLOCKS);
}

/**
 * Reads a macroblock's coefficients (section 13), dequantised and with the luma DCs of a Y2 block in place.
 *
 * @returns whether there were any
 */
export function readResiduals(decoder: BoolDecoder, column: i32, hasY2: bool, q: Quantiser): bool {
  const here = above + FLAGS * column;
  let lumaProbs = probsOf(Y_WITH_DC);
  let first = 0;
  let any = 0;
  if (hasY2) {
    readY2(decoder, here + Y2_FLAG, q);
    lumaProbs = probsOf(Y_AFTER_Y2);
    first = 1;
  }
  for (let i = 0; i < LUMA_BLOCKS; i++) {
    const x = here + (i & 3);
    const y = left + (i >> 2);
    const block = coefficients + i * BLOCK_BYTES;
    const end = readBlock(decoder, lumaProbs, <i32>load<u8>(x) + load<u8>(y), first, q.y1Dc, q.y1Ac, block);
    setFlags(x, y, end > first);
    const size = end > 1 ? end : <i32>(load<i16>(block) !== 0);
    store<u8>(extent + i, size);
    any |= size;
  }
  for (let i = LUMA_BLOCKS; i < BLOCKS; i++) {
    // Flags 4 and 5 are those of U, 6 and 7 those of V; columns above, rows to the left.
    const plane = i < 20 ? 4 : 6;
    const x = here + plane + (i & 1);
    const y = left + plane + ((i >> 1) & 1);
    const block = coefficients + i * BLOCK_BYTES;
    const end = readBlock(decoder, probsOf(CHROMA), <i32>load<u8>(x) + load<u8>(y), 0, q.uvDc, q.uvAc, block);
    setFlags(x, y, end > 0);
    store<u8>(extent + i, end);
    any |= end;
  }
  return any !== 0;
}

function readY2(decoder: BoolDecoder, x: usize, q: Quantiser): void {
  const y = left + Y2_FLAG;
  const end = readBlock(decoder, probsOf(Y2), <i32>load<u8>(x) + load<u8>(y), 0, q.y2Dc, q.y2Ac, y2);
  setFlags(x, y, end > 0);
  if (end === 0) return;
  inverseWalshHadamard(y2, coefficients);
  memory.fill(y2, 0, BLOCK_BYTES);
}

function setFlags(x: usize, y: usize, flag: bool): void {
  store<u8>(x, flag);
  store<u8>(y, flag);
}

/**
 * Reads one block's tokens. The bool decoder is written out four times, its state in local variables: this loop is
 * where a lossy picture spends a third of its time.
 *
 * @param typeProbs probabilities of the block's type
 * @param context how many of the two neighbouring blocks have coefficients
 * @param first position of the first coefficient that is coded
 * @returns one more than the position of the last coefficient read; `first` or 0 if there is none
 */
function readBlock(
  decoder: BoolDecoder,
  typeProbs: usize,
  context: i32,
  first: i32,
  dc: i32,
  ac: i32,
  out: usize,
): i32 {
  let value = decoder.value;
  let range = decoder.range;
  let bits = decoder.bits;
  let n = first;
  let p = typeProbs + n * POSITION_PROBS + context * CONTEXT_PROBS;
  while (n < 16) {
    // More coefficients, or end of block?
    if (bits < 0) {
      value = decoder.fill(value);
      bits += decoder.filled;
    }
    let split = 1 + (((range - 1) * <i32>load<u8>(p)) >> 8);
    let bigSplit = (<u64>split) << (<u64>bits);
    if (value < bigSplit) {
      const shift = clz(split) - 24;
      range = split << shift;
      bits -= shift;
      break;
    }
    value -= bigSplit;
    range -= split;
    let shift = clz(range) - 24;
    range <<= shift;
    bits -= shift;

    // Zeros. No end of block can follow one, so that the question is not asked again.
    while (true) {
      if (bits < 0) {
        value = decoder.fill(value);
        bits += decoder.filled;
      }
      split = 1 + (((range - 1) * <i32>load<u8>(p, 1)) >> 8);
      bigSplit = (<u64>split) << (<u64>bits);
      if (value >= bigSplit) break;
      shift = clz(split) - 24;
      range = split << shift;
      bits -= shift;
      n++;
      if (n === 16) break;
      p = typeProbs + n * POSITION_PROBS;
    }
    if (n === 16) break;
    value -= bigSplit;
    range -= split;
    shift = clz(range) - 24;
    range <<= shift;
    bits -= shift;

    // One, or more?
    if (bits < 0) {
      value = decoder.fill(value);
      bits += decoder.filled;
    }
    split = 1 + (((range - 1) * <i32>load<u8>(p, 2)) >> 8);
    bigSplit = (<u64>split) << (<u64>bits);
    let magnitude = 1;
    let nextContext = CONTEXT_PROBS;
    if (value < bigSplit) {
      shift = clz(split) - 24;
      range = split << shift;
      bits -= shift;
    } else {
      range -= split;
      shift = clz(range) - 24;
      decoder.value = value - bigSplit;
      decoder.range = range << shift;
      decoder.bits = bits - shift;
      magnitude = readLargeValue(decoder, p);
      value = decoder.value;
      range = decoder.range;
      bits = decoder.bits;
      nextContext = 2 * CONTEXT_PROBS;
    }

    // The sign, at even odds.
    if (bits < 0) {
      value = decoder.fill(value);
      bits += decoder.filled;
    }
    split = (range + 1) >> 1;
    bigSplit = (<u64>split) << (<u64>bits);
    if (value < bigSplit) range = split;
    else {
      value -= bigSplit;
      range -= split;
      magnitude = -magnitude;
    }
    shift = clz(range) - 24;
    range <<= shift;
    bits -= shift;

    store<i16>(out + load<u8>(ZIGZAG + n), magnitude * (n === 0 ? dc : ac));
    n++;
    p = typeProbs + n * POSITION_PROBS + nextContext;
  }
  decoder.value = value;
  decoder.range = range;
  decoder.bits = bits;
  return n;
}

/** The rest of the token tree, from DCT_2 on (section 13.2). */
function readLargeValue(decoder: BoolDecoder, p: usize): i32 {
  if (!decoder.bool(load<u8>(p, 3))) {
    if (!decoder.bool(load<u8>(p, 4))) return 2;
    return 3 + decoder.bool(load<u8>(p, 5));
  }
  if (!decoder.bool(load<u8>(p, 6))) {
    if (!decoder.bool(load<u8>(p, 7))) return 5 + decoder.bool(159);
    const high = decoder.bool(165);
    return 7 + 2 * high + decoder.bool(145);
  }
  const high = decoder.bool(load<u8>(p, 8));
  const category = 2 * high + decoder.bool(load<u8>(p + high, 9));
  let extra = 0;
  for (let at = CATEGORY_PROBS + category * CATEGORY_BYTES; load<u8>(at) !== 0; at++) {
    extra = 2 * extra + decoder.bool(load<u8>(at));
  }
  return <i32>load<u8>(CATEGORY_BASE + category) + extra;
}
