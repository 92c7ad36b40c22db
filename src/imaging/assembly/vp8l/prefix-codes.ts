import { extend, freeFrom, mark } from '../jpeg/memory';
import { peek, position, prepare, readBits, setPosition } from './bit-reader';
import {
  INCOMPLETE_CODE,
  LENGTHS_BEYOND_ALPHABET,
  NO_SUCH_SYMBOL,
  refuse,
  TOO_MANY_ENTRIES,
  TOO_MANY_LENGTHS,
} from './file';

/** Codes up to this length are found in one look-up, longer ones in a second. */
const ROOT_BITS = 8;
const MAX_LENGTH = 15;

/** Green, lengths and a colour cache of 11 bits. */
const LARGEST_ALPHABET = 256 + 24 + (1 << 11);

/** Section 3.7.2.1.2: the order in which the lengths of the code length code come. */
const CODE_LENGTH_ORDER: usize = memory.data<u8>([17, 18, 0, 1, 2, 3, 4, 5, 16, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15]);
const CODE_LENGTHS = 19;

/** Of the symbols, a byte each; of code length symbols; and symbols that have a code by its length, 16 bits each. */
const lengths: usize = memory.data(LARGEST_ALPHABET, 16);
const lengthsOfLengths: usize = memory.data(CODE_LENGTHS, 4);
const sorted: usize = memory.data(LARGEST_ALPHABET * 2, 4);
/** How many codes have each length, and where the first of them is sorted in: 16 bits each. */
const counts: usize = memory.data((MAX_LENGTH + 1) * 2, 4);
const places: usize = memory.data((MAX_LENGTH + 2) * 2, 4);

/**
 * Look-up table of a canonical prefix code (RFC 9649 section 3.7.2.1).
 *
 * An entry is `symbol << 4 | length`, 16 bits. The table starts with as many entries as the longest code, or ROOT_BITS,
 * can tell apart. An entry whose length exceeds ROOT_BITS leads to a second table, `entry >> 4` after the first, and
 * its length is the longest in there.
 */
@unmanaged
export class PrefixCode {
  entries: usize;
  mask: i32;

  /** @returns the entry of the code that the bits begin with */
  @inline
  entry(bits: u64): i32 {
    const first = <i32>load<u16>(this.entries + ((<usize>(<i32>bits & this.mask)) << 1));
    return (first & 15) > ROOT_BITS ? this.second(first, bits) : first;
  }

  second(first: i32, bits: u64): i32 {
    const index = <i32>(bits >> ROOT_BITS) & ((1 << ((first & 15) - ROOT_BITS)) - 1);
    return load<u16>(this.entries + ((<usize>((first >> 4) + index)) << 1));
  }

  /** Reads a symbol, all of whose bits are in the window. */
  symbol(): i32 {
    const entry = this.entry(peek(position));
    setPosition(position + (entry & 15));
    return entry >> 4;
  }
}

/** Bytes of a `PrefixCode`. */
export const CODE_BYTES = 8;

/** Of all tables of the picture's codes and subimages: entries that are in use, and how many there may be. */
let entryCount: i32 = 0;
let mostEntries: i32 = 0;

/** @param most entries of an image's tables together */
export function limitEntries(most: i32): void {
  mostEntries = most;
}

/** Starts the tables of an image. They follow what was allocated last: nothing may be allocated until all are read. */
export function startTables(): void {
  entryCount = 0;
}

/** The code that the lengths of another are in. */
const lengthCode: PrefixCode = changetype<PrefixCode>(memory.data(CODE_BYTES, 4));

/** Reads a code of an alphabet of so many symbols. */
export function readCode(code: PrefixCode, alphabet: i32): void {
  if (readBits(1) === 0) {
    memory.fill(lengths, 0, alphabet);
    readLengths(alphabet);
    build(code, lengths, alphabet);
    return;
  }
  // Section 3.7.2.1.1: one or two symbols.
  const two = readBits(1) === 1;
  const first = readBits(readBits(1) === 1 ? 8 : 1);
  const second = two ? readBits(8) : first;
  const larger = max(first, second);
  if (larger >= alphabet) refuse(NO_SUCH_SYMBOL, larger, alphabet);
  buildSimple(code, first, second);
}

/** Without a look at the whole alphabet: a simple code takes 4 bits, and a file may have millions of them. */
function buildSimple(code: PrefixCode, first: i32, second: i32): void {
  if (first === second) {
    // A code of one symbol takes no bits.
    code.mask = 0;
    code.entries = grow(1);
    store<u16>(code.entries, first << 4);
    return;
  }
  code.mask = 1;
  code.entries = grow(2);
  store<u16>(code.entries, (min(first, second) << 4) | 1);
  store<u16>(code.entries, (max(first, second) << 4) | 1, 2);
}

function readLengths(alphabet: i32): void {
  memory.fill(lengthsOfLengths, 0, CODE_LENGTHS);
  const given = 4 + readBits(4);
  for (let i = 0; i < given; i++) store<u8>(lengthsOfLengths + load<u8>(CODE_LENGTH_ORDER + i), readBits(3));
  const before = mark();
  const entriesBefore = entryCount;
  build(lengthCode, lengthsOfLengths, CODE_LENGTHS);

  let remaining = alphabet;
  if (readBits(1) === 1) {
    const bits = 2 + 2 * readBits(3);
    remaining = readBits(bits) + 2;
    if (remaining > alphabet) refuse(TOO_MANY_LENGTHS, remaining, alphabet);
  }
  let previous = 8;
  for (let symbol = 0; symbol < alphabet && remaining > 0; remaining--) {
    prepare();
    const length = lengthCode.symbol();
    if (length < 16) {
      if (length > 0) previous = length;
      store<u8>(lengths + symbol, length);
      symbol++;
      continue;
    }
    const repeat = length === 16 ? 3 + readBits(2) : length === 17 ? 3 + readBits(3) : 11 + readBits(7);
    const end = symbol + repeat;
    if (end > alphabet) refuse(LENGTHS_BEYOND_ALPHABET, end, alphabet);
    if (length === 16) memory.fill(lengths + symbol, <u8>previous, repeat);
    symbol = end;
  }
  freeFrom(before);
  entryCount = entriesBefore;
}

function build(code: PrefixCode, symbolLengths: usize, alphabet: i32): void {
  const symbols = sortByLength(symbolLengths, alphabet);
  if (symbols === 1) {
    // Whatever length it is given.
    buildSimple(code, sortedSymbol(0), sortedSymbol(0));
    return;
  }
  let used = 0;
  for (let length = 1; length <= MAX_LENGTH; length++) used += countOf(length) << (MAX_LENGTH - length);
  if (used !== 1 << MAX_LENGTH) refuse(INCOMPLETE_CODE, symbols, used);

  const rootBits = min(<i32>load<u8>(symbolLengths + sortedSymbol(symbols - 1)), ROOT_BITS);
  const mask = (1 << rootBits) - 1;
  const root = grow(1 << rootBits);
  code.entries = root;
  code.mask = mask;
  let size = 1 << rootBits;
  let key = 0;
  for (let i = 0; i < symbols; i++) {
    const symbol = sortedSymbol(i);
    const length = <i32>load<u8>(symbolLengths + symbol);
    const entry = (symbol << 4) | length;
    if (length <= rootBits) {
      for (let at = key; at <= mask; at += 1 << length) store<u16>(root + (at << 1), entry);
    } else {
      const rootEntry = root + ((key & mask) << 1);
      if (load<u16>(rootEntry) === 0) {
        const bits = secondBits(length);
        store<u16>(rootEntry, (size << 4) | bits);
        grow(1 << (bits - ROOT_BITS));
        size += 1 << (bits - ROOT_BITS);
      }
      const start = <i32>load<u16>(rootEntry) >> 4;
      const end = start + (1 << ((load<u16>(rootEntry) & 15) - ROOT_BITS));
      for (let at = start + (key >> ROOT_BITS); at < end; at += 1 << (length - ROOT_BITS)) {
        store<u16>(root + (at << 1), entry);
      }
    }
    store<u16>(counts + (length << 1), countOf(length) - 1);
    key = nextKey(key, length);
  }
}

/** @returns how long codes are in a second table that has room for those that are still to come and share a root entry */
function secondBits(length: i32): i32 {
  let bits = length;
  let free = (1 << (length - ROOT_BITS)) - countOf(length);
  while (free > 0 && bits < MAX_LENGTH) {
    bits++;
    free = 2 * free - countOf(bits);
  }
  return bits;
}

/** @returns the address of so many entries, which are 0 */
function grow(count: i32): usize {
  entryCount += count;
  if (entryCount > mostEntries) refuse(TOO_MANY_ENTRIES, entryCount, mostEntries);
  return extend(count << 1);
}

/** Sorts the symbols that have a code by its length and counts the codes of each. @returns how many there are */
function sortByLength(symbolLengths: usize, alphabet: i32): i32 {
  memory.fill(counts, 0, (MAX_LENGTH + 1) << 1);
  for (let i = 0; i < alphabet; i++) {
    const length = <i32>load<u8>(symbolLengths + i);
    store<u16>(counts + (length << 1), countOf(length) + 1);
  }
  store<u16>(counts, 0);
  let place = 0;
  for (let length = 1; length <= MAX_LENGTH; length++) {
    store<u16>(places + (length << 1), place);
    place += countOf(length);
  }
  for (let i = 0; i < alphabet; i++) {
    const length = <i32>load<u8>(symbolLengths + i);
    if (length === 0) continue;
    const at = places + (length << 1);
    store<u16>(sorted + ((<usize>load<u16>(at)) << 1), i);
    store<u16>(at, load<u16>(at) + 1);
  }
  return place;
}

function countOf(length: i32): i32 {
  return load<u16>(counts + (length << 1));
}

function sortedSymbol(index: i32): i32 {
  return load<u16>(sorted + (index << 1));
}

/** The canonical code after `key`, both with their bits reversed: adds one at the most significant end. */
function nextKey(key: i32, length: i32): i32 {
  let bit = 1 << (length - 1);
  while (key & bit) bit >>= 1;
  return bit === 0 ? 0 : (key & (bit - 1)) | bit;
}
