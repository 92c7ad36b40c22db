/**
 * Bits that one look-up sees. Wide enough for nearly every code together with its value bits, and narrow enough for
 * the tables in use to stay in the first-level cache.
 */
export const LOOKUP_BITS = 11;
const LOOKUP_SIZE = 1 << LOOKUP_BITS;
/** Leaves those of a window of 64 bits. */
export const LOOKUP_SHIFT: u64 = 64 - LOOKUP_BITS;

/** An end of block moves the zigzag index this far: past the last coefficient, from wherever it was. */
const PAST_BLOCK = 64;

/** Added to the advance of a `skips` entry that an end of block closes: tells it from running over the block. */
export const BLOCK_ENDED = 128;

const LONGEST = 16;

/** What a table's coefficient look-up is for. */
const NOTHING = 0;
const SEQUENTIAL = 1;
const PROGRESSIVE = 2;

/**
 * A Huffman table (T.81 C and F.2.2.3) and the look-ups made from it, each on its first use.
 *
 * A look-up is indexed by the next `LOOKUP_BITS` bits of the stream.
 */
@unmanaged
export class HuffmanTable {
  /** 256 bytes: what the codes stand for, in their order. */
  symbols: usize;
  /** 16 bits each: what `decode` returns, or 0 for codes that are longer. */
  short: usize;
  /** For each code length, 32 bits: the first 16-bit window (left-aligned code) above all codes of that length. */
  above: usize;
  /** For each code length, 32 bits: the first symbol's index less the first code. */
  delta: usize;
  /**
   * 32 bits each: value << 16 | zero run << 5 | bits of code and value together. 0 where code and value do not fit in
   * the look-up. An end of block is a run of 64 in sequential scans; in progressive ones (EOBn) it is left to `decode`.
   */
  coefficients: usize;
  /**
   * For passing over AC coefficients of sequential scans, as many at once as the look-up sees the codes of, 16 bits
   * each: zigzag indices << 5 | bits. The advance has `BLOCK_ENDED` added where an end of block comes last. The last
   * value may reach out of the look-up: its bits need not be seen to be passed over. An advance of 64 with no bits where
   * not even one code fits.
   */
  skips: usize;
  coefficientsFor: i32;
  hasSkips: bool;

  /**
   * Decodes one symbol.
   *
   * @param window the next 16 bits
   * @returns length << 8 | symbol. Bits that are no code read as symbol 0 of 16 bits (an end of block, or no
   * difference), so that damage never stops the decoder.
   */
  decode(window: i32): i32 {
    const short = load<u16>(this.short + ((<usize>window >> (16 - LOOKUP_BITS)) << 1));
    if (short !== 0) return short;
    let length = LOOKUP_BITS + 1;
    while (window >= load<i32>(this.above + ((<usize>length) << 2))) length++;
    if (length > LONGEST) return LONGEST << 8;
    const index = (window >> (LONGEST - length)) + load<i32>(this.delta + ((<usize>length) << 2));
    return (length << 8) | load<u8>(this.symbols + <usize>(index & 255));
  }

  /**
   * Decodes a code that the look-up has no entry for.
   *
   * @param window the next 31 bits or more, on top
   * @returns an entry as of a sequential scan's `coefficients`
   */
  longCoefficient(window: u64): i32 {
    const decoded = this.decode(<i32>(window >>> 48));
    const length = decoded >> 8;
    const run = (decoded >> 4) & 15;
    const size = decoded & 15;
    if (size === 0) return ((run === 15 ? 15 : PAST_BLOCK) << 5) | length;
    const bits = <i32>((window << (<u64>length)) >>> <u64>(64 - size));
    return (extend(bits, size) << 16) | (run << 5) | (length + size);
  }

  prepareCoefficients(progressive: bool): void {
    const purpose = progressive ? PROGRESSIVE : SEQUENTIAL;
    if (this.coefficientsFor === purpose) return;
    this.coefficientsFor = purpose;
    for (let bits = 0; bits < LOOKUP_SIZE; bits++) {
      const decoded = this.decode(bits << (16 - LOOKUP_BITS));
      const isEndOfBlock = (decoded & 15) === 0 && (decoded & 0xff) !== 0xf0;
      const entry = progressive && isEndOfBlock ? 0 : this.longCoefficient((<u64>bits) << LOOKUP_SHIFT);
      store<i32>(this.coefficients + ((<usize>bits) << 2), (entry & 31) > LOOKUP_BITS ? 0 : entry);
    }
  }

  prepareSkips(): void {
    if (this.hasSkips) return;
    this.hasSkips = true;
    for (let bits = 0; bits < LOOKUP_SIZE; bits++) store<u16>(this.skips + ((<usize>bits) << 1), this.skip(bits));
  }

  /** @returns the entry of `skips` for the bits */
  skip(bits: i32): i32 {
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
    return used === 0 ? PAST_BLOCK << 5 : (advance << 5) | used;
  }
}

/** A value from its magnitude bits (T.81 F.2.2.1, EXTEND). */
export function extend(bits: i32, size: i32): i32 {
  return bits < 1 << (size - 1) ? bits - (1 << size) + 1 : bits;
}

/** The most that a picture can have at a time: four sequential scans, of one to four components, with two tables each. */
export const MOST_TABLES = 20;

const SYMBOLS_BYTES = 256;
const SHORT_BYTES = LOOKUP_SIZE << 1;
const LENGTHS_BYTES = (LONGEST + 2) << 2;
const COEFFICIENTS_BYTES = LOOKUP_SIZE << 2;
const SKIPS_BYTES = LOOKUP_SIZE << 1;
const STRUCT_BYTES = 32;
const TABLE_BYTES = STRUCT_BYTES + SYMBOLS_BYTES + SHORT_BYTES + 2 * LENGTHS_BYTES + COEFFICIENTS_BYTES + SKIPS_BYTES;
const tables: usize = memory.data(MOST_TABLES * TABLE_BYTES, 16);

export function tableAt(slot: i32): HuffmanTable {
  return changetype<HuffmanTable>(tables + <usize>slot * TABLE_BYTES);
}

/**
 * Makes a table, which stays until another is made in its slot.
 *
 * @param counts how many codes there are of each length, 1 to 16 bits, a byte each: no more than fit
 * @param symbols 256 bytes, of which those that have no code do not matter
 */
export function makeTable(slot: i32, counts: usize, symbols: usize): void {
  const table = tableAt(slot);
  table.symbols = changetype<usize>(table) + STRUCT_BYTES;
  table.short = table.symbols + SYMBOLS_BYTES;
  table.above = table.short + SHORT_BYTES;
  table.delta = table.above + LENGTHS_BYTES;
  table.coefficients = table.delta + LENGTHS_BYTES;
  table.skips = table.coefficients + COEFFICIENTS_BYTES;
  table.coefficientsFor = NOTHING;
  table.hasSkips = false;
  memory.copy(table.symbols, symbols, SYMBOLS_BYTES);
  memory.fill(table.short, 0, SHORT_BYTES);
  let code = 0;
  let index = 0;
  for (let length = 1; length <= LONGEST; length++) {
    store<i32>(table.delta + ((<usize>length) << 2), index - code);
    for (const end = index + load<u8>(counts + length - 1); index < end; index++, code++) {
      if (length > LOOKUP_BITS) continue;
      const decoded = (length << 8) | load<u8>(table.symbols + (index & 255));
      const spare = LOOKUP_BITS - length;
      for (let bits = code << spare; bits < (code + 1) << spare; bits++) {
        store<u16>(table.short + ((<usize>(bits & (LOOKUP_SIZE - 1))) << 1), decoded);
      }
    }
    store<i32>(table.above + ((<usize>length) << 2), code << (LONGEST - length));
    code <<= 1;
  }
  store<i32>(table.above + ((LONGEST + 1) << 2), 0x10000);
}
