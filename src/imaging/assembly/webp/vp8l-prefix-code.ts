import { extendTo } from '../memory';
import {
  fail,
  INCOMPLETE_CODE,
  LENGTHS_TOO_FAR,
  SYMBOL_TOO_LARGE,
  TOO_MANY_ENTRIES,
  TOO_MANY_LENGTHS,
} from './failure';
import { bits } from './vp8l-bit-reader';

/** Codes up to this length are found in one look-up, longer ones in a second. */
const ROOT_BITS = 8;
const MAX_LENGTH = 15;
/** Literals, lengths and the largest colour cache. */
const MOST_SYMBOLS = 256 + 24 + 2048;

const LENGTH_SYMBOLS = 19;
/** Section 3.7.2.1.2: the order in which the lengths of the code length code come. */
const CODE_LENGTH_ORDER: usize = memory.data<u8>([17, 18, 0, 1, 2, 3, 4, 5, 16, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15]);

/** The symbols of a code that is being read, as entries: only those that it has, so that the others cost nothing. */
const symbols: usize = memory.data(MOST_SYMBOLS * 2, 16);
/** The same by length. */
const sorted: usize = memory.data(MOST_SYMBOLS * 2, 16);
/** How many there are of each length. */
const counts: usize = memory.data((MAX_LENGTH + 1) * 4, 16);
const places: usize = memory.data((MAX_LENGTH + 2) * 4, 16);
const lengthsOfLengths: usize = memory.data(LENGTH_SYMBOLS, 16);
let symbolCount: i32 = 0;

/** Where the entries of an image's codes begin, where they end, and where they have to. */
let entries: usize = 0;
let entriesEnd: usize = 0;
let mostEntries: i32 = 0;

/**
 * A canonical prefix code (RFC 9649 section 3.7.2.1) as look-up table.
 *
 * An entry is `symbol << 4 | length`, in 16 bits. The table starts with as many entries as the longest code, or
 * ROOT_BITS, can tell apart. An entry whose length exceeds ROOT_BITS leads to a second table, `entry >> 4` after the
 * first, and its length is the longest in there.
 */
@unmanaged
export class PrefixCode {
  /** Where the table is. */
  start: usize;
  /** Which bits index it. */
  mask: i32;

  /** @param window the next bits, 15 at least. @returns the entry of the code that they begin with */
  @inline
  find(window: u64): i32 {
    const entry: i32 = load<u16>(this.start + ((<i32>window & this.mask) << 1));
    return (entry & 15) > ROOT_BITS ? this.findSecond(entry, <i32>window) : entry;
  }

  findSecond(entry: i32, window: i32): i32 {
    const index = (window >> ROOT_BITS) & ((1 << ((entry & 15) - ROOT_BITS)) - 1);
    return load<u16>(this.start + (((entry >> 4) + index) << 1));
  }

  /** Decodes one symbol. */
  symbol(): i32 {
    if (bits.position > bits.limit) bits.refill();
    const entry = this.find(bits.peek(bits.position));
    bits.position += entry & 15;
    return entry >> 4;
  }

  /** Whether it has one symbol, so that it takes no bits. */
  get isConstant(): bool {
    return this.mask === 0;
  }

  /** Reads the code. @param alphabet how many symbols there are */
  read(alphabet: i32): void {
    if (!bits.read(1)) {
      readLengths(alphabet);
      build(this);
      return;
    }
    // Section 3.7.2.1.1: one or two symbols.
    const two = bits.read(1);
    const first = bits.read(bits.read(1) ? 8 : 1);
    const second = two ? bits.read(8) : first;
    if (max(first, second) >= alphabet) fail(SYMBOL_TOO_LARGE, max(first, second), alphabet);
    buildSimple(this, first, second);
  }
}

const lengthCode = changetype<PrefixCode>(memory.data(8, 4));

/** @param start where there is nothing behind: the codes that are read from now on have their tables there */
export function startCodes(start: usize, most: i32): void {
  entries = start;
  entriesEnd = start;
  mostEntries = most;
}

/** Without a look at the whole alphabet: a simple code takes 4 bits, and a file may have millions of them. */
function buildSimple(code: PrefixCode, first: i32, second: i32): void {
  const root = grow(first === second ? 1 : 2);
  code.start = root;
  if (first === second) {
    // A code of one symbol takes no bits.
    code.mask = 0;
    store<u16>(root, first << 4);
    return;
  }
  code.mask = 1;
  store<u16>(root, (min(first, second) << 4) | 1);
  store<u16>(root, (max(first, second) << 4) | 1, 2);
}

function clearSymbols(): void {
  symbolCount = 0;
  memory.fill(counts, 0, (MAX_LENGTH + 1) * 4);
}

function addSymbol(symbol: i32, length: i32): void {
  store<u16>(symbols + (symbolCount++ << 1), (symbol << 4) | length);
  const count = counts + (length << 2);
  store<i32>(count, load<i32>(count) + 1);
}

/** Reads the lengths of a code, which are coded in turn. */
function readLengths(alphabet: i32): void {
  const mark = entriesEnd;
  readLengthCode();
  let remaining = alphabet;
  if (bits.read(1)) {
    const count = bits.read(2 + 2 * bits.read(3)) + 2;
    if (count > alphabet) fail(TOO_MANY_LENGTHS, count, alphabet);
    remaining = count;
  }
  clearSymbols();
  let previous = 8;
  for (let symbol = 0; symbol < alphabet && remaining > 0; remaining--) {
    const length = lengthCode.symbol();
    if (length < 16) {
      if (length > 0) {
        previous = length;
        addSymbol(symbol, length);
      }
      symbol++;
      continue;
    }
    const repeat = length === 16 ? 3 + bits.read(2) : length === 17 ? 3 + bits.read(3) : 11 + bits.read(7);
    const end = symbol + repeat;
    if (end > alphabet) fail(LENGTHS_TOO_FAR, end, alphabet);
    if (length === 16) while (symbol < end) addSymbol(symbol++, previous);
    symbol = end;
  }
  entriesEnd = mark;
}

function readLengthCode(): void {
  memory.fill(lengthsOfLengths, 0, LENGTH_SYMBOLS);
  for (let i = 0, given = 4 + bits.read(4); i < given; i++) {
    store<u8>(lengthsOfLengths + load<u8>(CODE_LENGTH_ORDER + i), bits.read(3));
  }
  clearSymbols();
  for (let symbol = 0; symbol < LENGTH_SYMBOLS; symbol++) {
    const length = load<u8>(lengthsOfLengths + symbol);
    if (length > 0) addSymbol(symbol, length);
  }
  build(lengthCode);
}

/** Makes the table of the symbols that were added. */
function build(code: PrefixCode): void {
  if (symbolCount === 1) {
    // Whatever length it is given.
    const symbol = load<u16>(symbols) >> 4;
    buildSimple(code, symbol, symbol);
    return;
  }
  let used = 0;
  for (let length = 1; length <= MAX_LENGTH; length++) used += countOf(length) << (MAX_LENGTH - length);
  if (used !== 1 << MAX_LENGTH) fail(INCOMPLETE_CODE, used, symbolCount);

  sortByLength();
  const longest = lengthAt(symbolCount - 1);
  const rootBits = min(longest, ROOT_BITS);
  const rootSize = 1 << rootBits;
  const root = grow(rootSize);
  code.start = root;
  code.mask = rootSize - 1;
  let key = 0;
  for (let i = 0; i < symbolCount; i++) {
    const entry = load<u16>(sorted + (i << 1));
    const length = lengthAt(i);
    if (length <= rootBits) fill(root, key, 1 << length, rootSize, entry);
    else {
      const rootEntry = root + ((key & (rootSize - 1)) << 1);
      if (load<u16>(rootEntry) === 0) startSecondTable(root, rootEntry, length);
      const first: i32 = load<u16>(rootEntry);
      const size = 1 << ((first & 15) - ROOT_BITS);
      fill(root + ((first >> 4) << 1), key >> ROOT_BITS, 1 << (length - ROOT_BITS), size, entry);
    }
    const count = counts + (length << 2);
    store<i32>(count, load<i32>(count) - 1);
    key = nextKey(key, length);
  }
}

/** Of the symbol that is `i`th by length. */
function lengthAt(i: i32): i32 {
  return load<u16>(sorted + (i << 1)) & 15;
}

function countOf(length: i32): i32 {
  return load<i32>(counts + (length << 2));
}

function sortByLength(): void {
  store<i32>(places, 0, 4);
  for (let length = 1; length <= MAX_LENGTH; length++) {
    const place = places + (length << 2);
    store<i32>(place, load<i32>(place) + countOf(length), 4);
  }
  for (let i = 0; i < symbolCount; i++) {
    const entry = load<u16>(symbols + (i << 1));
    const place = places + ((entry & 15) << 2);
    const at = load<i32>(place);
    store<u16>(sorted + (at << 1), entry);
    store<i32>(place, at + 1);
  }
}

/** Every `step`th entry of a table from `index` on. */
function fill(table: usize, index: i32, step: i32, size: i32, entry: u16): void {
  for (; index < size; index += step) store<u16>(table + (index << 1), entry);
}

/** Makes it large enough for the codes that are still to come and share a root entry. */
function startSecondTable(root: usize, rootEntry: usize, length: i32): void {
  let size = length;
  let free = (1 << (length - ROOT_BITS)) - countOf(length);
  while (free > 0 && size < MAX_LENGTH) {
    size++;
    free = 2 * free - countOf(size);
  }
  const offset = (grow(1 << (size - ROOT_BITS)) - root) >> 1;
  store<u16>(rootEntry, ((<i32>offset) << 4) | size);
}

/** The canonical code after `key`, both with their bits reversed: adds one at the most significant end. */
function nextKey(key: i32, length: i32): i32 {
  let bit = 1 << (length - 1);
  while (key & bit) bit >>= 1;
  return bit === 0 ? 0 : (key & (bit - 1)) | bit;
}

/** @returns where so many more entries are, all 0 */
function grow(count: i32): usize {
  const start = entriesEnd;
  entriesEnd += count << 1;
  if (<i32>((entriesEnd - entries) >> 1) > mostEntries) fail(TOO_MANY_ENTRIES, 0, mostEntries);
  extendTo(entriesEnd);
  memory.fill(start, 0, count << 1);
  return start;
}
