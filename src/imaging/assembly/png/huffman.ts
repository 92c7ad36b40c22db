/** The longest code of a deflate stream (RFC 1951, section 3.2.7). */
const LONGEST_CODE = 15;

/*
 * A table entry has 32 bits. The low 6 bits are always the bits to drop, so that `hold >>>= entry` does it (a shift of 64
 * bits takes its count modulo 64).
 *
 *   literal               its value 15–8 | code length 5–0
 *   length or distance    NOT_LITERAL | base 28–12 | extra bits 11–8 | code length 5–0
 *   longer code           NOT_LITERAL | SUBTABLE | offset 28–12 | index bits 11–8 | bits of the first table 5–0
 *   end, or no such code  NOT_LITERAL | STOP | 1 at bit 12 for the end of the block | code length 5–0
 */
export const NOT_LITERAL: i32 = 1 << 31;
export const SUBTABLE: i32 = 1 << 30;
export const STOP: i32 = 1 << 29;
export const END_OF_BLOCK: i32 = 1 << 12;
const NO_CODE: i32 = NOT_LITERAL | STOP;

const LITERAL_SYMBOLS = 288;
const DISTANCE_SYMBOLS = 32;
const CODE_LENGTH_SYMBOLS = 19;

/** What the symbols of an alphabet mean, 32 bits each: table entries without their code lengths. */
const literalAlphabet: usize = memory.data(LITERAL_SYMBOLS * 4, 4);
const distanceAlphabet: usize = memory.data(DISTANCE_SYMBOLS * 4, 4);
const codeLengthAlphabet: usize = memory.data(CODE_LENGTH_SYMBOLS * 4, 4);

/** Bits that index a table at once; longer codes go on in a second table. */
export const LITERAL_BITS = 11;
export const DISTANCE_BITS = 8;
export const CODE_LENGTH_BITS = 7;

/*
 * Prefix codes (RFC 1951, section 3.2.2) as tables that are indexed by the next bits of the stream: a first one, of
 * `1 << bits` entries, then those that longer codes go on in. At worst, every symbol has a second table of its own. A
 * vector may be stored at the last entry.
 */
export const literals: usize = memory.data(
  ((1 << LITERAL_BITS) + (LITERAL_SYMBOLS << (LONGEST_CODE - LITERAL_BITS)) + 4) * 4,
  16,
);
export const distances: usize = memory.data(
  ((1 << DISTANCE_BITS) + (DISTANCE_SYMBOLS << (LONGEST_CODE - DISTANCE_BITS)) + 4) * 4,
  16,
);
export const codeLengths: usize = memory.data((1 << CODE_LENGTH_BITS) * 4, 16);

/** The symbols that have a code, by its length, 16 bits each. */
const sorted: usize = memory.data(LITERAL_SYMBOLS * 2, 4);
/** For each length, 32 bits: how many codes there are, which the first is, and where their symbols start in `sorted`. */
const counts: usize = memory.data((LONGEST_CODE + 1) * 4, 4);
const firstCodes: usize = memory.data((LONGEST_CODE + 1) * 4, 4);
const starts: usize = memory.data((LONGEST_CODE + 2) * 4, 4);
/** Where the next symbol goes in `sorted`. */
const places: usize = memory.data((LONGEST_CODE + 2) * 4, 4);

function at(words: usize, index: i32): i32 {
  return load<i32>(words + ((<usize>index) << 2));
}

function put(words: usize, index: i32, value: i32): void {
  store<i32>(words + ((<usize>index) << 2), value);
}

layOutAlphabets();

/** RFC 1951, sections 3.2.5 and 3.2.7. */
function layOutAlphabets(): void {
  for (let symbol = 0; symbol < CODE_LENGTH_SYMBOLS; symbol++) put(codeLengthAlphabet, symbol, symbol << 8);
  for (let literal = 0; literal < 256; literal++) put(literalAlphabet, literal, literal << 8);
  put(literalAlphabet, 256, NOT_LITERAL | STOP | END_OF_BLOCK);
  for (let symbol = 257, base = 3; symbol < 285; symbol++) {
    const extraBits = max(0, (symbol - 261) >> 2);
    put(literalAlphabet, symbol, NOT_LITERAL | (base << 12) | (extraBits << 8));
    base += 1 << extraBits;
  }
  put(literalAlphabet, 285, NOT_LITERAL | (258 << 12));
  for (let symbol = 286; symbol < LITERAL_SYMBOLS; symbol++) put(literalAlphabet, symbol, NO_CODE);
  for (let symbol = 0, base = 1; symbol < 30; symbol++) {
    const extraBits = max(0, (symbol - 2) >> 1);
    put(distanceAlphabet, symbol, NOT_LITERAL | (base << 12) | (extraBits << 8));
    base += 1 << extraBits;
  }
  for (let symbol = 30; symbol < DISTANCE_SYMBOLS; symbol++) put(distanceAlphabet, symbol, NO_CODE);
}

/**
 * Makes the table of literals and lengths. Where bits are no symbol's code, an entry says STOP.
 *
 * @param lengths bits of each symbol's code, a byte each, at most 15; 0 for a symbol that has none
 * @param symbols how many there are: at most as many as the alphabet has
 * @returns false when these are more codes than there can be
 */
export function buildLiterals(lengths: usize, symbols: i32): bool {
  return build(literals, LITERAL_BITS, literalAlphabet, lengths, symbols);
}

/** The same for distances. */
export function buildDistances(lengths: usize, symbols: i32): bool {
  return build(distances, DISTANCE_BITS, distanceAlphabet, lengths, symbols);
}

/** The same for code lengths, of at most 7 bits, which a block's header is written in. */
export function buildCodeLengths(lengths: usize): bool {
  return build(codeLengths, CODE_LENGTH_BITS, codeLengthAlphabet, lengths, CODE_LENGTH_SYMBOLS);
}

function build(table: usize, bits: i32, alphabet: usize, lengths: usize, symbols: i32): bool {
  if (!sortSymbols(lengths, symbols)) return false;
  let used = 1 << bits;
  clearEntries(table, 0, used);
  // From the longest code, so that the first one with a prefix tells the size of the prefix's second table.
  for (let length = LONGEST_CODE; length > 0; length--) {
    for (let i = at(counts, length) - 1; i >= 0; i--) {
      const code = reverse(at(firstCodes, length) + i, length);
      const symbol = load<u16>(sorted + ((<usize>(at(starts, length) + i)) << 1));
      const entry = at(alphabet, symbol);
      if (length <= bits) {
        fillEntries(table, code, 1 << bits, 1 << length, entry | length);
        continue;
      }
      const prefix = code & ((1 << bits) - 1);
      if ((at(table, prefix) & SUBTABLE) === 0) {
        const size = length - bits;
        put(table, prefix, NOT_LITERAL | SUBTABLE | (used << 12) | (size << 8) | bits);
        clearEntries(table, used, used + (1 << size));
        used += 1 << size;
      }
      const offset = (at(table, prefix) >> 12) & 0x1ffff;
      const end = offset + (1 << ((at(table, prefix) >> 8) & 15));
      fillEntries(table, offset + (code >> bits), end, 1 << (length - bits), entry | (length - bits));
    }
  }
  return true;
}

/** Four at a time: up to three beyond are cleared, too. A hostile file does it all the time. */
function clearEntries(table: usize, from: i32, to: i32): void {
  for (let index = from; index < to; index += 4) v128.store(table + ((<usize>index) << 2), i32x4.splat(NO_CODE));
}

function fillEntries(table: usize, from: i32, to: i32, step: i32, entry: i32): void {
  for (let index = from; index < to; index += step) put(table, index, entry);
}

/** RFC 1951, section 3.2.2. @returns false when these are more codes than there can be */
function sortSymbols(lengths: usize, symbols: i32): bool {
  memory.fill(counts, 0, (LONGEST_CODE + 1) * 4);
  for (let symbol = 0; symbol < symbols; symbol++) {
    const length = load<u8>(lengths + symbol);
    put(counts, length, at(counts, length) + 1);
  }
  put(counts, 0, 0);
  let code = 0;
  let start = 0;
  for (let length = 1; length <= LONGEST_CODE; length++) {
    code = (code + at(counts, length - 1)) << 1;
    const count = at(counts, length);
    if (code + count > 1 << length) return false;
    put(firstCodes, length, code);
    put(starts, length, start);
    put(places, length, start);
    start += count;
  }
  for (let symbol = 0; symbol < symbols; symbol++) {
    const length = load<u8>(lengths + symbol);
    if (length === 0) continue;
    const place = at(places, length);
    put(places, length, place + 1);
    store<u16>(sorted + ((<usize>place) << 1), symbol);
  }
  return true;
}

/** Huffman codes come with their first bit lowest (RFC 1951, section 3.1.1). */
function reverse(code: i32, length: i32): i32 {
  let bits = ((code & 0x5555) << 1) | ((code >> 1) & 0x5555);
  bits = ((bits & 0x3333) << 2) | ((bits >> 2) & 0x3333);
  bits = ((bits & 0x0f0f) << 4) | ((bits >> 4) & 0x0f0f);
  return (((bits & 0xff) << 8) | (bits >> 8)) >> (16 - length);
}
