import { type CodeTable, MODE, MODE_BITS, MODE_TABLE, RUN_BITS, RUN_TABLES } from './fax-codes.ts';
import type { RowReader } from './rows.ts';

/** How rows of a fax are coded, and told apart. */
export interface FaxCoding {
  /** Whether rows are coded by themselves (T.4, 4.1), by the row above (T.6), or as a bit before each says (T.4, 4.2). */
  rows: 'alone' | 'byRowAbove' | 'mixed';
  /** What parts a row from the one before: that it starts with a new byte, or an end-of-line code. */
  separation: 'none' | 'byte' | 'endOfLine';
}

/** Zeros of an end-of-line code; a 1 ends it. There may be more: they fill up the time, or the byte. */
const END_OF_LINE_ZEROS = 11;
/** Bits that can be looked at together. */
const MOST_BITS = 17;
/** Places in the list of changes after the last change of a row: whichever colour is looked for, it ends there. */
const SENTINELS = 4;

/**
 * Black and white rows as faxes send them: ITU-T T.4 (Group 3) and T.6 (Group 4). Read as bits of which 1 is black.
 *
 * A row is known by its changes: where white turns black, black turns white, and so on.
 */
export class FaxRows implements RowReader {
  readonly #width: number;
  readonly #coding: FaxCoding;
  #data: Uint8Array = new Uint8Array(0);
  /** In bits. */
  #position = 0;
  #changes: Int32Array;
  #above: Int32Array;
  /** Changes of the present row. */
  #count = 0;

  /** @param width pixels */
  constructor(width: number, coding: FaxCoding) {
    this.#width = width;
    this.#coding = coding;
    this.#changes = new Int32Array(width + 2 + SENTINELS);
    this.#above = new Int32Array(width + 2 + SENTINELS);
  }

  start(data: Uint8Array): void {
    this.#data = data;
    this.#position = 0;
    this.#count = 0;
    this.#changes.fill(this.#width, 0, SENTINELS);
  }

  read(row: Uint8Array): boolean {
    const { rows, separation } = this.#coding;
    const hasEndOfLine = separation === 'endOfLine';
    if (separation === 'byte') this.#position = (this.#position + 7) & ~7;
    if (hasEndOfLine && !this.#passEndOfLine()) return false;
    if (this.#position >= this.#data.length * 8) return false;
    const isAlone = rows === 'alone' || (rows === 'mixed' && this.#bits(1) === 1);
    if (rows === 'mixed') this.#position++;
    const above = this.#above;
    this.#above = this.#changes;
    this.#changes = above;
    this.#count = 0;
    const isSound = isAlone ? this.#decodeAlone() : this.#decodeByRowAbove();
    // What is left of a broken row is white.
    if (!isSound) this.#count &= ~1;
    this.#changes.fill(this.#width, this.#count, this.#count + SENTINELS);
    if (!isSound) {
      // Without ends of lines there is no telling where the next row starts.
      if (!hasEndOfLine) return false;
      this.#seekEndOfLine();
    }
    this.#paint(row);
    return true;
  }

  /** The next bits, `MOST_BITS` at most; after the data come zeros. */
  #bits(count: number): number {
    const data = this.#data;
    const at = this.#position >>> 3;
    const word = at + 2 < data.length ? (data[at] << 16) | (data[at + 1] << 8) | data[at + 2] : this.#lastBits(at);
    return (word >>> (24 - (this.#position & 7) - count)) & ((1 << count) - 1);
  }

  #lastBits(at: number): number {
    return ((this.#data[at] ?? 0) << 16) | ((this.#data[at + 1] ?? 0) << 8) | (this.#data[at + 2] ?? 0);
  }

  /**
   * Rows of Group 3 by themselves often come without ends of lines, but those that are mixed cannot.
   *
   * @returns false at the end of the data, which six ends of lines mark
   */
  #passEndOfLine(): boolean {
    if (this.#coding.rows === 'mixed') this.#seekEndOfLine();
    if (this.#bits(END_OF_LINE_ZEROS) !== 0) return true;
    const end = this.#data.length * 8;
    for (let bits = 0; bits === 0 && this.#position < end; ) {
      bits = this.#bits(MOST_BITS);
      this.#position += Math.clz32(bits) - (32 - MOST_BITS);
    }
    this.#position++;
    const tagBits = this.#coding.rows === 'mixed' ? 1 : 0;
    return this.#bits(tagBits + END_OF_LINE_ZEROS) << (32 - END_OF_LINE_ZEROS) !== 0;
  }

  #seekEndOfLine(): void {
    const end = this.#data.length * 8;
    for (let bits = this.#bits(END_OF_LINE_ZEROS); bits !== 0 && this.#position < end; ) {
      // Its zeros can only come after the last 1 of these.
      this.#position += END_OF_LINE_ZEROS - trailingZeros(bits);
      bits = this.#bits(END_OF_LINE_ZEROS);
    }
  }

  /** @returns −1 where there is no such code */
  #run(table: CodeTable): number {
    for (let run = 0; ; ) {
      const entry = table[this.#bits(RUN_BITS)];
      if (entry === 0) return -1;
      this.#position += entry & 15;
      const length = entry >> 4;
      run += length;
      if (length < 64) return run;
      if (run > this.#width) return -1;
    }
  }

  /** Adds a change; @returns false where it cannot be. */
  #change(at: number): boolean {
    if (at > this.#width || this.#count > this.#width + 1) return false;
    this.#changes[this.#count++] = at;
    return true;
  }

  /** T.4, 4.1: runs of white and black in turn. */
  #decodeAlone(): boolean {
    for (let at = 0, colour = 0; at < this.#width; colour ^= 1) {
      const run = this.#run(RUN_TABLES[colour]);
      at += run;
      if (run < 0 || !this.#change(at)) return false;
    }
    return true;
  }

  /** T.4, 4.2.1.3: a0, b1 and b2 are named as there. */
  #decodeByRowAbove(): boolean {
    const above = this.#above;
    const width = this.#width;
    let a0 = -1;
    let colour = 0;
    /** Of b1 in the row above: its parity is the colour, since changes to black come first. */
    let b = 0;
    while (a0 < width) {
      while (above[b] <= a0 && above[b] < width) b += 2;
      const entry = MODE_TABLE[this.#bits(MODE_BITS)];
      if (entry === 0) return false;
      this.#position += entry & 15;
      const mode = entry >> 4;
      if (mode === MODE.pass) {
        a0 = above[b + 1];
      } else if (mode === MODE.horizontal) {
        const first = this.#run(RUN_TABLES[colour]);
        const second = first < 0 ? -1 : this.#run(RUN_TABLES[colour ^ 1]);
        const a1 = Math.max(a0, 0) + first;
        if (second < 0 || !this.#change(a1) || !this.#change(a1 + second)) return false;
        a0 = a1 + second;
      } else {
        const a1 = above[b] + mode - MODE.vertical;
        if (a1 < Math.max(a0, 0) || !this.#change(a1)) return false;
        a0 = a1;
        colour ^= 1;
        b += b > 0 ? -1 : 1;
      }
    }
    return true;
  }

  #paint(row: Uint8Array): void {
    row.fill(0);
    for (let i = 0; i < this.#count; i += 2) paintBlack(row, this.#changes[i], this.#changes[i + 1]);
  }
}

function trailingZeros(bits: number): number {
  return 31 - Math.clz32(bits & -bits);
}

/** Sets the bits from `start` to before `end`. */
function paintBlack(row: Uint8Array, start: number, end: number): void {
  if (start >= end) return;
  const first = start >> 3;
  const last = (end - 1) >> 3;
  const firstMask = 0xff >> (start & 7);
  const lastMask = 0xff00 >> (((end - 1) & 7) + 1);
  if (first === last) {
    row[first] |= firstMask & lastMask;
    return;
  }
  row[first] |= firstMask;
  row.fill(0xff, first + 1, last);
  row[last] |= lastMask;
}
