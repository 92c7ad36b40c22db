/** The longest code of a deflate stream (RFC 1951, section 3.2.7). */
export const LONGEST_CODE = 15;

/*
 * A table entry is a 32-bit integer. The low 5 bits are always the bits to drop, so that `hold >>>= entry` does it
 * (a shift takes its count modulo 32).
 *
 *   literal               its value 15–8 | code length 4–0
 *   length or distance    NOT_LITERAL | base 28–12 | extra bits 11–8 | code length 4–0
 *   longer code           NOT_LITERAL | SUBTABLE | offset 28–12 | index bits 11–8 | bits of the first table 4–0
 *   end, or no such code  NOT_LITERAL | STOP | 1 at bit 12 for the end of the block | code length 4–0
 */
export const NOT_LITERAL = 1 << 31;
export const SUBTABLE = 1 << 30;
export const STOP = 1 << 29;
export const END_OF_BLOCK = 1 << 12;
const NO_CODE = NOT_LITERAL | STOP;

/** What the symbols of one alphabet mean: table entries without their code lengths. */
export type Alphabet = Int32Array;

/** Literals and lengths (RFC 1951, section 3.2.5). */
export const LITERALS: Alphabet = new Int32Array(288).fill(NO_CODE);
/** Distances (RFC 1951, section 3.2.5). */
export const DISTANCES: Alphabet = new Int32Array(32).fill(NO_CODE);
/** Code lengths, which a block's header is written in (RFC 1951, section 3.2.7). */
export const CODE_LENGTHS: Alphabet = Int32Array.from({ length: 19 }, (_, symbol) => symbol << 8);

for (let literal = 0; literal < 256; literal++) LITERALS[literal] = literal << 8;
LITERALS[256] = NOT_LITERAL | STOP | END_OF_BLOCK;
for (let symbol = 257, base = 3; symbol < 285; symbol++) {
  const extraBits = Math.max(0, (symbol - 261) >> 2);
  LITERALS[symbol] = NOT_LITERAL | (base << 12) | (extraBits << 8);
  base += 1 << extraBits;
}
LITERALS[285] = NOT_LITERAL | (258 << 12);
for (let symbol = 0, base = 1; symbol < 30; symbol++) {
  const extraBits = Math.max(0, (symbol - 2) >> 1);
  DISTANCES[symbol] = NOT_LITERAL | (base << 12) | (extraBits << 8);
  base += 1 << extraBits;
}

/** A prefix code (RFC 1951, section 3.2.2) as tables that are indexed by the next bits of the stream. */
export class HuffmanTable {
  /** The first table, of `1 << bits` entries, then the tables that longer codes go on in. */
  readonly entries: Int32Array;
  readonly #bits: number;
  readonly #alphabet: Alphabet;
  /** The symbols that have a code, by its length. */
  readonly #sorted: Uint16Array;
  /** For each length: how many codes there are, which the first is, and where their symbols start in `#sorted`. */
  readonly #counts = new Uint16Array(LONGEST_CODE + 1);
  readonly #firstCodes = new Uint16Array(LONGEST_CODE + 1);
  readonly #starts = new Uint16Array(LONGEST_CODE + 2);
  readonly #next = new Uint16Array(LONGEST_CODE + 2);

  /**
   * @param bits bits that index the first table
   * @param alphabet what the symbols mean
   */
  constructor(bits: number, alphabet: Alphabet) {
    this.#bits = bits;
    this.#alphabet = alphabet;
    this.#sorted = new Uint16Array(alphabet.length);
    // At worst, every symbol has a second table of its own.
    this.entries = new Int32Array((1 << bits) + (alphabet.length << Math.max(0, LONGEST_CODE - bits)));
  }

  /**
   * Where bits are no symbol's code, the entry says STOP.
   * @param lengths bits of each symbol's code; 0 for a symbol that has none
   * @returns false when these are more codes than there can be
   */
  build(lengths: Uint8Array): boolean {
    const entries = this.entries;
    const bits = this.#bits;
    const sorted = this.#sorted;

    const counts = this.#counts.fill(0);
    for (let symbol = 0; symbol < lengths.length; symbol++) counts[lengths[symbol]]++;
    counts[0] = 0;
    // Section 3.2.2, step 2.
    const firstCodes = this.#firstCodes;
    const starts = this.#starts;
    for (let length = 1, code = 0; length <= LONGEST_CODE; length++) {
      code = (code + counts[length - 1]) << 1;
      if (code + counts[length] > 1 << length) return false;
      firstCodes[length] = code;
      starts[length + 1] = starts[length] + counts[length];
    }
    const next = this.#next;
    next.set(starts);
    for (let symbol = 0; symbol < lengths.length; symbol++) {
      if (lengths[symbol] > 0) sorted[next[lengths[symbol]]++] = symbol;
    }

    entries.fill(NO_CODE, 0, 1 << bits);
    // From the longest code, so that the first one with a prefix tells the size of the prefix's second table.
    let used = 1 << bits;
    for (let length = LONGEST_CODE; length > 0; length--) {
      for (let i = counts[length] - 1; i >= 0; i--) {
        const code = reverse(firstCodes[length] + i, length);
        const entry = this.#alphabet[sorted[starts[length] + i]];
        if (length <= bits) {
          for (let index = code; index < 1 << bits; index += 1 << length) entries[index] = entry | length;
          continue;
        }
        const prefix = code & ((1 << bits) - 1);
        if ((entries[prefix] & SUBTABLE) === 0) {
          const size = length - bits;
          entries[prefix] = NOT_LITERAL | SUBTABLE | (used << 12) | (size << 8) | bits;
          entries.fill(NO_CODE, used, used + (1 << size));
          used += 1 << size;
        }
        const offset = (entries[prefix] >> 12) & 0x1ffff;
        const size = 1 << ((entries[prefix] >> 8) & 15);
        for (let index = code >> bits; index < size; index += 1 << (length - bits)) {
          entries[offset + index] = entry | (length - bits);
        }
      }
    }
    return true;
  }
}

/** Huffman codes come with their first bit lowest (RFC 1951, section 3.1.1). */
function reverse(code: number, length: number): number {
  let bits = ((code & 0x5555) << 1) | ((code >> 1) & 0x5555);
  bits = ((bits & 0x3333) << 2) | ((bits >> 2) & 0x3333);
  bits = ((bits & 0x0f0f) << 4) | ((bits >> 4) & 0x0f0f);
  return (((bits & 0xff) << 8) | (bits >> 8)) >> (16 - length);
}
