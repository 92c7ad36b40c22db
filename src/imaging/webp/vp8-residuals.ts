import type { BoolDecoder } from './vp8-bool-decoder.ts';
import type { Quantiser } from './vp8-header.ts';
import { addWalshHadamard } from './vp8-transform.ts';

/** Section 13.3: the band of each coefficient position, as an offset to its probabilities. */
const BAND = Uint16Array.of(0, 1, 2, 3, 6, 4, 5, 6, 6, 6, 6, 6, 6, 6, 6, 7, 0).map((band) => band * 33);
/** Section 13: raster position of the n-th coefficient of a block. */
const ZIGZAG = Uint8Array.of(0, 1, 4, 8, 5, 2, 3, 6, 9, 12, 13, 10, 7, 11, 14, 15);

// Section 13.3: block types, as offsets to their probabilities.
const Y_AFTER_Y2 = 0;
const Y2 = 264;
const CHROMA = 528;
const Y_WITH_DC = 792;

/** Section 13.2: the extra bits' probabilities of token categories 3 to 6, and the smallest value of each. */
const CATEGORY_PROBS = [
  Uint8Array.of(173, 148, 140),
  Uint8Array.of(176, 155, 140, 135),
  Uint8Array.of(180, 157, 141, 134, 130),
  Uint8Array.of(254, 254, 243, 230, 196, 177, 153, 140, 133, 130, 129),
];
const CATEGORY_BASE = [11, 19, 35, 67];

const BLOCKS = 24;
const NONE = new Uint8Array(BLOCKS);

/** Reads the macroblocks' coefficients (section 13), dequantised and with the luma DCs of a Y2 block in place. */
export class ResidualReader {
  /** 16 luma, 4 U and 4 V blocks of 16 coefficients in raster order. Whoever uses a block clears it. */
  readonly coefficients = new Int16Array(16 * BLOCKS);
  /** For each block: 0 when it is all zero, 1 when it has a DC alone, more otherwise. */
  readonly extent = new Uint8Array(BLOCKS);

  private readonly probs: Uint8Array;
  /** "Has the neighbouring block coefficients?" — for each macroblock 4 Y, 2 U, 2 V and 1 Y2 flags. */
  private readonly above: Uint8Array;
  private readonly left = new Uint8Array(9);
  private readonly y2 = new Int16Array(16);

  constructor(probs: Uint8Array, macroblocksPerRow: number) {
    this.probs = probs;
    this.above = new Uint8Array(9 * macroblocksPerRow);
  }

  startRow(): void {
    this.left.fill(0);
  }

  /** A macroblock without coefficients. The Y2 context passes over macroblocks that have no Y2 (section 13.3). */
  skip(column: number, hasY2: boolean): void {
    const flags = hasY2 ? 9 : 8;
    this.left.fill(0, 0, flags);
    this.above.fill(0, 9 * column, 9 * column + flags);
    this.extent.set(NONE);
  }

  /** @returns whether any coefficient was read */
  read(decoder: BoolDecoder, column: number, hasY2: boolean, q: Quantiser): boolean {
    const { probs, left, above, coefficients, extent, y2 } = this;
    const aboveAt = 9 * column;
    let type = Y_WITH_DC;
    let first = 0;
    let any = 0;
    if (hasY2) {
      const end = readBlock(decoder, probs, Y2, above[aboveAt + 8] + left[8], 0, q.y2Dc, q.y2Ac, y2, 0);
      above[aboveAt + 8] = left[8] = end > 0 ? 1 : 0;
      if (end > 0) {
        addWalshHadamard(y2, coefficients);
        y2.fill(0);
      }
      type = Y_AFTER_Y2;
      first = 1;
    }
    for (let i = 0; i < 16; i++) {
      const x = aboveAt + (i & 3);
      const y = i >> 2;
      const at = 16 * i;
      const end = readBlock(decoder, probs, type, above[x] + left[y], first, q.y1Dc, q.y1Ac, coefficients, at);
      above[x] = left[y] = end > first ? 1 : 0;
      extent[i] = end > 1 ? end : coefficients[at] !== 0 ? 1 : 0;
      any |= extent[i];
    }
    for (let i = 16; i < BLOCKS; i++) {
      // Flags 4 and 5 are those of U, 6 and 7 those of V; columns above, rows to the left.
      const plane = i < 20 ? 4 : 6;
      const x = aboveAt + plane + (i & 1);
      const y = plane + ((i >> 1) & 1);
      const at = 16 * i;
      const end = readBlock(decoder, probs, CHROMA, above[x] + left[y], 0, q.uvDc, q.uvAc, coefficients, at);
      above[x] = left[y] = end > 0 ? 1 : 0;
      extent[i] = end;
      any |= end;
    }
    return any !== 0;
  }
}

/**
 * Reads one block's tokens. The bool decoder is written out four times, its state in local variables: this loop is
 * where a lossy picture spends a third of its time.
 * @param type offset of the block type's probabilities
 * @param context how many of the two neighbouring blocks have coefficients
 * @param first position of the first coefficient that is coded
 * @returns one more than the position of the last coefficient read; `first` or 0 if there is none
 */
function readBlock(
  decoder: BoolDecoder,
  probs: Uint8Array,
  type: number,
  context: number,
  first: number,
  dc: number,
  ac: number,
  out: Int16Array,
  at: number,
): number {
  const { data, end } = decoder;
  let { value, range, bits, pos } = decoder;
  let n = first;
  let p = type + BAND[n] + 11 * context;
  let shift: number;
  block: while (n < 16) {
    // More coefficients, or end of block?
    if (bits < 0) {
      value = (value << 16) | (pos < end ? data[pos] << 8 : 0) | (pos + 1 < end ? data[pos + 1] : 0);
      pos += 2;
      bits += 16;
    }
    let split = 1 + (((range - 1) * probs[p]) >> 8);
    let bigSplit = split << bits;
    if (value < bigSplit) {
      shift = Math.clz32(split) - 24;
      range = split << shift;
      bits -= shift;
      break;
    }
    value -= bigSplit;
    range -= split;
    shift = Math.clz32(range) - 24;
    range <<= shift;
    bits -= shift;

    // Zeros. No end of block can follow one, so that the question is not asked again.
    for (;;) {
      if (bits < 0) {
        value = (value << 16) | (pos < end ? data[pos] << 8 : 0) | (pos + 1 < end ? data[pos + 1] : 0);
        pos += 2;
        bits += 16;
      }
      split = 1 + (((range - 1) * probs[p + 1]) >> 8);
      bigSplit = split << bits;
      if (value >= bigSplit) break;
      shift = Math.clz32(split) - 24;
      range = split << shift;
      bits -= shift;
      if (++n === 16) break block;
      p = type + BAND[n];
    }
    value -= bigSplit;
    range -= split;
    shift = Math.clz32(range) - 24;
    range <<= shift;
    bits -= shift;

    // One, or more?
    if (bits < 0) {
      value = (value << 16) | (pos < end ? data[pos] << 8 : 0) | (pos + 1 < end ? data[pos + 1] : 0);
      pos += 2;
      bits += 16;
    }
    split = 1 + (((range - 1) * probs[p + 2]) >> 8);
    bigSplit = split << bits;
    let magnitude: number;
    let nextContext: number;
    if (value < bigSplit) {
      shift = Math.clz32(split) - 24;
      range = split << shift;
      bits -= shift;
      magnitude = 1;
      nextContext = 11;
    } else {
      range -= split;
      shift = Math.clz32(range) - 24;
      decoder.value = value - bigSplit;
      decoder.range = range << shift;
      decoder.bits = bits - shift;
      decoder.pos = pos;
      magnitude = readLargeValue(decoder, probs, p);
      ({ value, range, bits, pos } = decoder);
      nextContext = 22;
    }

    // The sign, at even odds.
    if (bits < 0) {
      value = (value << 16) | (pos < end ? data[pos] << 8 : 0) | (pos + 1 < end ? data[pos + 1] : 0);
      pos += 2;
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
    shift = Math.clz32(range) - 24;
    range <<= shift;
    bits -= shift;

    out[at + ZIGZAG[n]] = magnitude * (n === 0 ? dc : ac);
    n++;
    p = type + BAND[n] + nextContext;
  }
  decoder.value = value;
  decoder.range = range;
  decoder.bits = bits;
  decoder.pos = pos;
  return n;
}

/** The rest of the token tree, from DCT_2 on (section 13.2). */
function readLargeValue(decoder: BoolDecoder, probs: Uint8Array, p: number): number {
  if (!decoder.bool(probs[p + 3])) {
    if (!decoder.bool(probs[p + 4])) return 2;
    return 3 + decoder.bool(probs[p + 5]);
  }
  if (!decoder.bool(probs[p + 6])) {
    if (!decoder.bool(probs[p + 7])) return 5 + decoder.bool(159);
    return 7 + 2 * decoder.bool(165) + decoder.bool(145);
  }
  const high = decoder.bool(probs[p + 8]);
  const category = 2 * high + decoder.bool(probs[p + 9 + high]);
  let extra = 0;
  for (const probability of CATEGORY_PROBS[category]) extra = 2 * extra + decoder.bool(probability);
  return CATEGORY_BASE[category] + extra;
}
