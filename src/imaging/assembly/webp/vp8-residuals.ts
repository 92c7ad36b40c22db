import { BoolDecoder, nextTwo } from './vp8-bool-decoder';
import { coefficientProbs, Quantiser } from './vp8-header';
import { inverseWalshHadamard } from './vp8-transform';

/**
 * Section 13.3: the band of each coefficient position, as an offset to its probabilities. After the last position comes
 * one more, of which nothing is read.
 */
const BANDS: usize = memory.data<u16>([0, 33, 66, 99, 198, 132, 165, 198, 198, 198, 198, 198, 198, 198, 198, 231, 0]);
/** Section 13: raster position of the n-th coefficient of a block, in bytes. */
const ZIGZAG: usize = memory.data<u8>([0, 2, 8, 16, 10, 4, 6, 12, 18, 24, 26, 20, 14, 22, 28, 30]);

// Section 13.3: block types, as offsets to their probabilities.
const Y_AFTER_Y2 = 0;
const Y2 = 264;
const CHROMA = 528;
const Y_WITH_DC = 792;

/** Section 13.2: the extra bits' probabilities of token categories 3 to 6, each ended by 0. */
const CATEGORY_3: usize = memory.data<u8>([173, 148, 140, 0]);
const CATEGORY_4: usize = memory.data<u8>([176, 155, 140, 135, 0]);
const CATEGORY_5: usize = memory.data<u8>([180, 157, 141, 134, 130, 0]);
const CATEGORY_6: usize = memory.data<u8>([254, 254, 243, 230, 196, 177, 153, 140, 133, 130, 129, 0]);

const BLOCKS = 24;
export const BLOCK_BYTES: usize = 32;
/** "Has the neighbouring block coefficients?" — for each macroblock 4 Y, 2 U, 2 V and 1 Y2 flags. */
export const FLAGS = 9;

/** 16 luma, 4 U and 4 V blocks of 16 coefficients in raster order. Whoever uses a block clears it. */
export const coefficients: usize = memory.data(BLOCKS * 32, 16);
/** For each block: 0 when it is all zero, 1 when it has a DC alone, more otherwise. */
export const extents: usize = memory.data(BLOCKS, 16);
const y2: usize = memory.data(32, 16);
const left: usize = memory.data(FLAGS, 4);
let above: usize = 0;

/** @param context `FLAGS` zeros for each macroblock of a row */
export function startResiduals(context: usize): void {
  above = context;
  // What the picture before left there, if it was cut short.
  memory.fill(coefficients, 0, BLOCK_BYTES * BLOCKS);
  memory.fill(y2, 0, BLOCK_BYTES);
}

export function startResidualRow(): void {
  memory.fill(left, 0, FLAGS);
}

/** A macroblock without coefficients. The Y2 context passes over macroblocks that have no Y2 (section 13.3). */
export function skipResiduals(column: i32, hasY2: bool): void {
  const flags = hasY2 ? FLAGS : FLAGS - 1;
  memory.fill(left, 0, flags);
  memory.fill(above + column * FLAGS, 0, flags);
  memory.fill(extents, 0, BLOCKS);
}

/**
 * Reads a macroblock's coefficients (section 13), dequantised and with the luma DCs of a Y2 block in place.
 *
 * @returns whether there are any
 */
export function readResiduals(decoder: BoolDecoder, column: i32, hasY2: bool, q: Quantiser): bool {
  const aboveHere = above + column * FLAGS;
  let type: usize = Y_WITH_DC;
  let first = 0;
  let any = 0;
  if (hasY2) {
    const end = readBlock(decoder, Y2, takeContext(aboveHere + 8, left + 8), 0, q.y2Dc, q.y2Ac, y2);
    setContext(aboveHere + 8, left + 8, end > 0);
    if (end > 0) {
      inverseWalshHadamard(y2, coefficients);
      memory.fill(y2, 0, BLOCK_BYTES);
    }
    type = Y_AFTER_Y2;
    first = 1;
  }
  let block = coefficients;
  for (let i = 0; i < 16; i++, block += BLOCK_BYTES) {
    const x = aboveHere + (i & 3);
    const y = left + (i >> 2);
    const end = readBlock(decoder, type, takeContext(x, y), first, q.y1Dc, q.y1Ac, block);
    setContext(x, y, end > first);
    const extent = end > 1 ? end : <i32>(load<i16>(block) !== 0);
    store<u8>(extents + i, extent);
    any |= extent;
  }
  for (let i = 16; i < BLOCKS; i++, block += BLOCK_BYTES) {
    // Flags 4 and 5 are those of U, 6 and 7 those of V; columns above, rows to the left.
    const plane = i < 20 ? 4 : 6;
    const x = aboveHere + plane + (i & 1);
    const y = left + plane + ((i >> 1) & 1);
    const end = readBlock(decoder, CHROMA, takeContext(x, y), 0, q.uvDc, q.uvAc, block);
    setContext(x, y, end > 0);
    store<u8>(extents + i, end);
    any |= end;
  }
  return any !== 0;
}

/** How many of the two neighbouring blocks have coefficients. */
function takeContext(x: usize, y: usize): usize {
  return <usize>load<u8>(x) + <usize>load<u8>(y);
}

function setContext(x: usize, y: usize, flag: bool): void {
  store<u8>(x, flag);
  store<u8>(y, flag);
}

/**
 * Reads one block's tokens. The bool decoder is written out four times, its state in local variables: this loop is
 * where a lossy picture spends a third of its time.
 *
 * @param type offset of the block type's probabilities
 * @param context how many of the two neighbouring blocks have coefficients
 * @param first position of the first coefficient that is coded
 * @returns one more than the position of the last coefficient read; `first` or 0 if there is none
 */
function readBlock(decoder: BoolDecoder, type: usize, context: usize, first: i32, dc: i32, ac: i32, block: usize): i32 {
  const typeProbs = coefficientProbs + type;
  let value = decoder.value;
  let range = decoder.range;
  let bits = decoder.bits;
  let position = decoder.position;
  let n = first;
  let probs = typeProbs + load<u16>(BANDS + (n << 1)) + 11 * context;
  let shift: i32;
  let split: i32;
  let bigSplit: i32;
  while (n < 16) {
    // More coefficients, or end of block?
    if (bits < 0) {
      if (position >= decoder.end) position = decoder.refill();
      value = (value << 16) | nextTwo(position);
      position += 2;
      bits += 16;
    }
    split = 1 + (((range - 1) * <i32>load<u8>(probs)) >> 8);
    bigSplit = split << bits;
    if (value < bigSplit) {
      shift = clz(split) - 24;
      range = split << shift;
      bits -= shift;
      break;
    }
    value -= bigSplit;
    range -= split;
    shift = clz(range) - 24;
    range <<= shift;
    bits -= shift;

    // Zeros. No end of block can follow one, so that the question is not asked again.
    for (;;) {
      if (bits < 0) {
        if (position >= decoder.end) position = decoder.refill();
        value = (value << 16) | nextTwo(position);
        position += 2;
        bits += 16;
      }
      split = 1 + (((range - 1) * <i32>load<u8>(probs, 1)) >> 8);
      bigSplit = split << bits;
      if (value >= bigSplit) break;
      shift = clz(split) - 24;
      range = split << shift;
      bits -= shift;
      if (++n === 16) break;
      probs = typeProbs + load<u16>(BANDS + (n << 1));
    }
    if (n === 16) break;
    value -= bigSplit;
    range -= split;
    shift = clz(range) - 24;
    range <<= shift;
    bits -= shift;

    // One, or more?
    if (bits < 0) {
      if (position >= decoder.end) position = decoder.refill();
      value = (value << 16) | nextTwo(position);
      position += 2;
      bits += 16;
    }
    split = 1 + (((range - 1) * <i32>load<u8>(probs, 2)) >> 8);
    bigSplit = split << bits;
    let magnitude = 1;
    let nextContext: usize = 11;
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
      decoder.position = position;
      magnitude = readLargeValue(decoder, probs);
      value = decoder.value;
      range = decoder.range;
      bits = decoder.bits;
      position = decoder.position;
      nextContext = 22;
    }

    // The sign, at even odds.
    if (bits < 0) {
      if (position >= decoder.end) position = decoder.refill();
      value = (value << 16) | nextTwo(position);
      position += 2;
      bits += 16;
    }
    split = (range + 1) >> 1;
    bigSplit = split << bits;
    if (value < bigSplit) range = split;
    else {
      value -= bigSplit;
      range -= split;
      magnitude = -magnitude;
    }
    shift = clz(range) - 24;
    range <<= shift;
    bits -= shift;

    store<i16>(block + load<u8>(ZIGZAG + n), magnitude * (n === 0 ? dc : ac));
    n++;
    probs = typeProbs + load<u16>(BANDS + (n << 1)) + nextContext;
  }
  decoder.value = value;
  decoder.range = range;
  decoder.bits = bits;
  decoder.position = position;
  return n;
}

/** The rest of the token tree, from DCT_2 on (section 13.2). */
function readLargeValue(decoder: BoolDecoder, probs: usize): i32 {
  if (!decoder.bool(load<u8>(probs, 3))) {
    if (!decoder.bool(load<u8>(probs, 4))) return 2;
    return 3 + decoder.bool(load<u8>(probs, 5));
  }
  if (!decoder.bool(load<u8>(probs, 6))) {
    if (!decoder.bool(load<u8>(probs, 7))) return 5 + decoder.bool(159);
    const high = decoder.bool(165);
    return 7 + 2 * high + decoder.bool(145);
  }
  if (!decoder.bool(load<u8>(probs, 8))) {
    if (!decoder.bool(load<u8>(probs, 9))) return 11 + readExtra(decoder, CATEGORY_3);
    return 19 + readExtra(decoder, CATEGORY_4);
  }
  if (!decoder.bool(load<u8>(probs, 10))) return 35 + readExtra(decoder, CATEGORY_5);
  return 67 + readExtra(decoder, CATEGORY_6);
}

function readExtra(decoder: BoolDecoder, category: usize): i32 {
  let extra = 0;
  for (; load<u8>(category) !== 0; category++) extra = 2 * extra + decoder.bool(load<u8>(category));
  return extra;
}
