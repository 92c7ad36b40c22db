import { corrupt } from '../errors.ts';
import { LIMITS } from '../limits.ts';
import type { BitReader } from './vp8l-bit-reader.ts';

/** Codes up to this length are found in one look-up, longer ones in a second. */
const ROOT_BITS = 8;
const MAX_LENGTH = 15;

/** Section 3.7.2.1.2: the order in which the lengths of the code length code come. */
const CODE_LENGTH_ORDER = Uint8Array.of(17, 18, 0, 1, 2, 3, 4, 5, 16, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);

/**
 * Look-up tables of canonical prefix codes (RFC 9649 section 3.7.2.1).
 *
 * An entry is `symbol << 4 | length`. A code's table starts with as many entries as its longest code, or ROOT_BITS,
 * can tell apart. An entry whose length exceeds ROOT_BITS leads to a second table, `entry >> 4` after the first, and
 * its length is the longest in there.
 */
export class PrefixCodes {
  entries = new Uint16Array(1 << 10);
  /** By code: where its table starts, and which bits index it. */
  readonly starts: Int32Array;
  readonly masks: Uint8Array;
  private size = 0;
  private readonly lengths: Uint8Array;
  private readonly sorted: Uint16Array;
  private readonly counts = new Uint16Array(MAX_LENGTH + 1);

  /**
   * @param count how many codes will be read
   * @param largestAlphabet symbols of the largest of them
   */
  constructor(count: number, largestAlphabet: number) {
    // One more, for the code that the lengths of the others are in.
    this.starts = new Int32Array(count + 1);
    this.masks = new Uint8Array(count + 1);
    this.lengths = new Uint8Array(largestAlphabet);
    this.sorted = new Uint16Array(Math.max(largestAlphabet, CODE_LENGTH_ORDER.length));
  }

  /** Decodes one symbol of code `code`. The pixel loop has this written out. */
  symbol(bits: BitReader, code: number): number {
    const { entries, starts, masks } = this;
    const window = bits.peek();
    let entry = entries[starts[code] + (window & masks[code])];
    if ((entry & 15) > ROOT_BITS) entry = entries[secondIndex(starts[code], entry, window)];
    bits.position += entry & 15;
    return entry >> 4;
  }

  /** Reads code `code`, of an alphabet of `alphabet` symbols. */
  read(bits: BitReader, code: number, alphabet: number): void {
    if (!bits.read(1)) {
      const lengths = this.lengths.subarray(0, alphabet).fill(0);
      this.readLengths(bits, lengths);
      this.build(code, lengths);
      return;
    }
    // Section 3.7.2.1.1: one or two symbols.
    const two = bits.read(1);
    const first = bits.read(bits.read(1) ? 8 : 1);
    const second = two ? bits.read(8) : first;
    if (Math.max(first, second) >= alphabet) {
      throw corrupt('WebP', `a prefix code of ${alphabet} symbols names symbol ${Math.max(first, second)}`);
    }
    this.buildSimple(code, first, second);
  }

  /** Without a look at the whole alphabet: a simple code takes 4 bits, and a file may have millions of them. */
  private buildSimple(code: number, first: number, second: number): void {
    const root = this.size;
    this.starts[code] = root;
    if (first === second) {
      // A code of one symbol takes no bits.
      this.masks[code] = 0;
      this.grow(1);
      this.entries[root] = first << 4;
      return;
    }
    this.masks[code] = 1;
    this.grow(2);
    this.entries[root] = (Math.min(first, second) << 4) | 1;
    this.entries[root + 1] = (Math.max(first, second) << 4) | 1;
  }

  private readLengths(bits: BitReader, lengths: Uint8Array): void {
    const ofLengths = new Uint8Array(CODE_LENGTH_ORDER.length);
    const given = 4 + bits.read(4);
    for (let i = 0; i < given; i++) ofLengths[CODE_LENGTH_ORDER[i]] = bits.read(3);
    const lengthCode = this.starts.length - 1;
    const mark = this.size;
    this.build(lengthCode, ofLengths);

    let remaining = lengths.length;
    if (bits.read(1)) {
      const count = bits.read(2 + 2 * bits.read(3)) + 2;
      if (count > lengths.length) {
        throw corrupt('WebP', `${count} code lengths are given for ${lengths.length} symbols`);
      }
      remaining = count;
    }
    let previous = 8;
    for (let symbol = 0; symbol < lengths.length && remaining > 0; remaining--) {
      const length = this.symbol(bits, lengthCode);
      if (length < 16) {
        if (length > 0) previous = length;
        lengths[symbol++] = length;
        continue;
      }
      const repeat = length === 16 ? 3 + bits.read(2) : length === 17 ? 3 + bits.read(3) : 11 + bits.read(7);
      const end = symbol + repeat;
      if (end > lengths.length) throw corrupt('WebP', `code lengths for ${end} symbols of ${lengths.length} are given`);
      if (length === 16) lengths.fill(previous, symbol, end);
      symbol = end;
    }
    this.entries.fill(0, mark, this.size);
    this.size = mark;
  }

  private build(code: number, lengths: Uint8Array): void {
    const { counts, sorted } = this;
    const symbols = sortByLength(lengths, counts, sorted);
    if (symbols === 1) {
      // Whatever length it is given.
      this.buildSimple(code, sorted[0], sorted[0]);
      return;
    }
    let used = 0;
    for (let length = 1; length <= MAX_LENGTH; length++) used += counts[length] << (MAX_LENGTH - length);
    if (used !== 1 << MAX_LENGTH) {
      throw corrupt('WebP', `a prefix code of ${symbols} symbols uses ${used}/32768 of its code space`);
    }

    const root = this.size;
    this.starts[code] = root;
    const rootBits = Math.min(lengths[sorted[symbols - 1]], ROOT_BITS);
    const mask = (1 << rootBits) - 1;
    this.masks[code] = mask;
    this.grow(1 << rootBits);
    let key = 0;
    for (let i = 0; i < symbols; i++) {
      const length = lengths[sorted[i]];
      const entry = (sorted[i] << 4) | length;
      if (length <= rootBits) {
        for (let at = root + key; at <= root + mask; at += 1 << length) this.entries[at] = entry;
      } else {
        const rootIndex = root + (key & mask);
        if (this.entries[rootIndex] === 0) this.startSecondTable(root, rootIndex, length);
        const start = root + (this.entries[rootIndex] >> 4);
        const end = start + (1 << ((this.entries[rootIndex] & 15) - ROOT_BITS));
        for (let at = start + (key >> ROOT_BITS); at < end; at += 1 << (length - ROOT_BITS)) this.entries[at] = entry;
      }
      counts[length]--;
      key = nextKey(key, length);
    }
  }

  /** Makes it large enough for the codes that are still to come and share a root entry. */
  private startSecondTable(root: number, rootIndex: number, length: number): void {
    const { counts } = this;
    let bits = length;
    let free = (1 << (length - ROOT_BITS)) - counts[length];
    while (free > 0 && bits < MAX_LENGTH) {
      bits++;
      free = 2 * free - counts[bits];
    }
    const offset = this.size - root;
    this.grow(1 << (bits - ROOT_BITS));
    this.entries[rootIndex] = (offset << 4) | bits;
  }

  private grow(count: number): void {
    this.size += count;
    const most = LIMITS.webpPrefixEntries;
    if (this.size > most) throw corrupt('WebP', `prefix codes take more than ${most} table entries`);
    if (this.size > this.entries.length) {
      const entries = new Uint16Array(2 * Math.max(this.size, this.entries.length));
      entries.set(this.entries);
      this.entries = entries;
    }
  }
}

/** Index of the entry that `entry`, found in the table at `start`, leads to. */
export function secondIndex(start: number, entry: number, window: number): number {
  return start + (entry >> 4) + ((window >>> ROOT_BITS) & ((1 << ((entry & 15) - ROOT_BITS)) - 1));
}

/** Sorts the symbols that have a code by its length and counts the codes of each. @returns how many there are */
function sortByLength(lengths: Uint8Array, counts: Uint16Array, sorted: Uint16Array): number {
  counts.fill(0);
  for (let i = 0; i < lengths.length; i++) counts[lengths[i]]++;
  counts[0] = 0;
  const next = new Uint16Array(MAX_LENGTH + 2);
  for (let length = 1; length <= MAX_LENGTH; length++) next[length + 1] = next[length] + counts[length];
  for (let i = 0; i < lengths.length; i++) if (lengths[i] > 0) sorted[next[lengths[i]]++] = i;
  return next[MAX_LENGTH + 1];
}

/** The canonical code after `key`, both with their bits reversed: adds one at the most significant end. */
function nextKey(key: number, length: number): number {
  let bit = 1 << (length - 1);
  while (key & bit) bit >>= 1;
  return bit === 0 ? 0 : (key & (bit - 1)) | bit;
}
