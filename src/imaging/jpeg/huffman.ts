import { corrupt } from '../errors.ts';

/**
 * Bits that one look-up sees. Wide enough for nearly every code together with its value bits, and narrow enough for
 * the tables in use to stay in the first-level cache.
 */
export const LOOKUP_BITS = 11;
export const LOOKUP_SHIFT = 32 - LOOKUP_BITS;
const LOOKUP_SIZE = 1 << LOOKUP_BITS;

/** An end of block moves the zigzag index this far: past the last coefficient, from wherever it was. */
const PAST_BLOCK = 64;

/** Added to the advance of a `skips` entry that an end of block closes: tells it from running over the block. */
export const BLOCK_ENDED = 128;

/**
 * A Huffman table (T.81 C and F.2.2.3) and the look-ups made from it, each on its first use.
 *
 * A look-up is indexed by the next `LOOKUP_BITS` bits of the stream.
 */
export class HuffmanTable {
  readonly #symbols: Uint8Array;
  /** By the next `LOOKUP_BITS` bits: what `decode` returns, or 0 for codes that are longer. */
  readonly #short = new Uint16Array(LOOKUP_SIZE);
  /** For each code length: the first 16-bit window (left-aligned code) above all codes of that length. */
  readonly #above = new Int32Array(18);
  /** For each code length: the first symbol's index less the first code. */
  readonly #delta = new Int32Array(17);
  #coefficients: Int32Array | null = null;
  #progressive: Int32Array | null = null;
  #skips: Uint16Array | null = null;

  /**
   * @param counts how many codes there are of each length, 1 to 16 bits
   * @param symbols what they stand for, in the order of the codes
   * @throws ImagingError when there are more codes of a length than fit
   */
  constructor(counts: Uint8Array, symbols: Uint8Array) {
    this.#symbols = symbols;
    let code = 0;
    let index = 0;
    for (let length = 1; length <= 16; length++) {
      const count = counts[length - 1];
      if (code + count > 1 << length) {
        throw corrupt(
          'JPEG',
          `a Huffman table has ${count} codes of ${length} bits; there is room for ${(1 << length) - code}.`,
        );
      }
      this.#delta[length] = index - code;
      for (const end = index + count; index < end; index++, code++) {
        if (length > LOOKUP_BITS) continue;
        const spare = LOOKUP_BITS - length;
        this.#short.fill((length << 8) | symbols[index], code << spare, (code + 1) << spare);
      }
      this.#above[length] = code << (16 - length);
      code <<= 1;
    }
    this.#above[17] = 0x10000;
  }

  /**
   * Decodes one symbol.
   *
   * @param window the next 16 bits
   * @returns length << 8 | symbol. Bits that are no code read as symbol 0 of 16 bits (an end of block, or no
   * difference),
   * so that damage never stops the decoder.
   */
  decode(window: number): number {
    const short = this.#short[window >> (16 - LOOKUP_BITS)];
    if (short !== 0) return short;
    let length = LOOKUP_BITS + 1;
    while (window >= this.#above[length]) length++;
    if (length > 16) return 16 << 8;
    const symbol = this.#symbols[(window >> (16 - length)) + this.#delta[length]] ?? 0;
    return (length << 8) | symbol;
  }

  /**
   * Coefficients of sequential scans, DC or AC: value << 16 | zero run << 5 | bits of code and value together.
   * An end of block is a run of 64. 0 where code and value do not fit in the look-up.
   */
  get coefficients(): Int32Array {
    this.#coefficients ??= this.#buildCoefficients(true);
    return this.#coefficients;
  }

  /** As `coefficients`, for AC scans of progressive frames, where an end of block (EOBn) is left to `decode`. */
  get progressive(): Int32Array {
    this.#progressive ??= this.#buildCoefficients(false);
    return this.#progressive;
  }

  /**
   * For passing over AC coefficients of sequential scans, as many at once as the look-up sees the codes of:
   * zigzag indices << 5 | bits. The advance has `BLOCK_ENDED` added where an end of block comes last. The last value
   * may reach out of the look-up: its bits need not be seen to be passed over. An advance of 64 with no bits where
   * not even one code fits.
   */
  get skips(): Uint16Array {
    this.#skips ??= this.#buildSkips();
    return this.#skips;
  }

  #buildCoefficients(sequential: boolean): Int32Array {
    const table = new Int32Array(LOOKUP_SIZE);
    for (let bits = 0; bits < LOOKUP_SIZE; bits++) {
      const decoded = this.decode(bits << (16 - LOOKUP_BITS));
      const length = decoded >> 8;
      const run = (decoded >> 4) & 15;
      const size = decoded & 15;
      const total = length + size;
      if (total > LOOKUP_BITS) continue;
      if (size === 0) {
        if (run === 15) table[bits] = (15 << 5) | length;
        else if (sequential) table[bits] = (PAST_BLOCK << 5) | length;
        continue;
      }
      const value = extend((bits >> (LOOKUP_BITS - total)) & ((1 << size) - 1), size);
      table[bits] = (value << 16) | (run << 5) | total;
    }
    return table;
  }

  #buildSkips(): Uint16Array {
    const table = new Uint16Array(LOOKUP_SIZE);
    for (let bits = 0; bits < LOOKUP_SIZE; bits++) {
      let advance = 0;
      let used = 0;
      while (used < LOOKUP_BITS) {
        const decoded = this.decode((bits << (16 - LOOKUP_BITS + used)) & 0xffff);
        const length = decoded >> 8;
        const run = (decoded >> 4) & 15;
        const size = decoded & 15;
        if (used + length > LOOKUP_BITS || advance + run + 1 > 63) break;
        used += length + size;
        if (size === 0 && run < 15) {
          advance += BLOCK_ENDED;
          break;
        }
        advance += run + 1;
      }
      table[bits] = used === 0 ? PAST_BLOCK << 5 : (advance << 5) | used;
    }
    return table;
  }
}

/** A value from its magnitude bits (T.81 F.2.2.1, EXTEND). */
export function extend(bits: number, size: number): number {
  return bits < 1 << (size - 1) ? bits - (1 << size) + 1 : bits;
}
