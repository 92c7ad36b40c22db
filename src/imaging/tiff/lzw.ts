import type { RowReader } from './rows.ts';

const CLEAR = 256;
const END = 257;
const FIRST_FREE = 258;
/** Bits of the codes after a clear, and when the table is full. */
const SHORTEST_CODE = 9;
const LONGEST_CODE = 12;
const TABLE_SIZE = 1 << LONGEST_CODE;
/** Bytes uncompressed at one go. */
const BATCH = 16_384;

/**
 * TIFF 6.0, section 13: LZW with the highest bit of a code first, whose codes get longer one code early. Files older than
 * that section have the lowest bit first, as GIF does, and no such haste; they are told by their first code, a clear.
 *
 * As in other decoders, a table that is full stays as it is until the next clear.
 */
export class LzwRows implements RowReader {
  readonly #prefixes = new Uint16Array(TABLE_SIZE);
  readonly #suffixes = new Uint8Array(TABLE_SIZE);
  readonly #firsts = new Uint8Array(TABLE_SIZE);
  readonly #lengths = new Uint16Array(TABLE_SIZE);
  /** `#buffer[#start, #end)` is uncompressed and not read yet. The longest string may start where a batch ends. */
  readonly #buffer = new Uint8Array(BATCH + TABLE_SIZE);
  #start = 0;
  #end = 0;

  #data: Uint8Array = new Uint8Array(0);
  #position = 0;
  #lowBitFirst = false;
  /** The `#bits` bits that are taken from the data, and not from here yet. */
  #hold = 0;
  #bits = 0;
  #codeSize = SHORTEST_CODE;
  #nextCode = FIRST_FREE;
  /** −1 after a clear. */
  #previous = -1;

  constructor() {
    for (let code = 0; code < CLEAR; code++) {
      this.#suffixes[code] = this.#firsts[code] = code;
      this.#lengths[code] = 1;
    }
  }

  start(data: Uint8Array): void {
    this.#data = data;
    this.#lowBitFirst = data[0] === 0 && (data[1] & 1) === 1;
    this.#position = this.#hold = this.#bits = 0;
    this.#start = this.#end = 0;
    this.#codeSize = SHORTEST_CODE;
    this.#nextCode = FIRST_FREE;
    this.#previous = -1;
  }

  read(row: Uint8Array): boolean {
    for (let filled = 0; filled < row.length; ) {
      if (this.#start === this.#end) {
        this.#uncompress();
        if (this.#start === this.#end) return false;
      }
      const count = Math.min(this.#end - this.#start, row.length - filled);
      row.set(this.#buffer.subarray(this.#start, this.#start + count), filled);
      this.#start += count;
      filled += count;
    }
    return true;
  }

  /** Fills the buffer anew, as far as the data goes. */
  #uncompress(): void {
    const data = this.#data;
    const buffer = this.#buffer;
    const prefixes = this.#prefixes;
    const suffixes = this.#suffixes;
    const firsts = this.#firsts;
    const lengths = this.#lengths;
    const lowBitFirst = this.#lowBitFirst;
    const early = lowBitFirst ? 0 : 1;
    let position = this.#position;
    let hold = this.#hold;
    let bits = this.#bits;
    let codeSize = this.#codeSize;
    let nextCode = this.#nextCode;
    let previous = this.#previous;
    let end = 0;

    while (end < BATCH) {
      while (bits < codeSize && position < data.length) {
        const byte = data[position++];
        hold = lowBitFirst ? hold | (byte << bits) : (hold << 8) | byte;
        bits += 8;
      }
      if (bits < codeSize) break;
      bits -= codeSize;
      const code = (lowBitFirst ? hold : hold >>> bits) & ((1 << codeSize) - 1);
      if (lowBitFirst) hold >>>= codeSize;

      if (code === CLEAR) {
        codeSize = SHORTEST_CODE;
        nextCode = FIRST_FREE;
        previous = -1;
        continue;
      }
      if (code === END || code > (previous < 0 ? END : nextCode)) {
        // Whatever follows is not the picture's.
        position = data.length;
        bits = 0;
        break;
      }
      if (previous >= 0 && nextCode < TABLE_SIZE) {
        // The string before, and the first byte of this one, which may be the new string itself.
        prefixes[nextCode] = previous;
        firsts[nextCode] = firsts[previous];
        suffixes[nextCode] = firsts[code];
        lengths[nextCode] = lengths[previous] + 1;
        nextCode++;
        if (nextCode + early === 1 << codeSize && codeSize < LONGEST_CODE) codeSize++;
      }
      previous = code;
      const start = end;
      end += lengths[code];
      for (let at = end - 1, rest = code; at >= start; at--) {
        buffer[at] = suffixes[rest];
        rest = prefixes[rest];
      }
    }
    this.#position = position;
    this.#hold = hold;
    this.#bits = bits;
    this.#codeSize = codeSize;
    this.#nextCode = nextCode;
    this.#previous = previous;
    this.#start = 0;
    this.#end = end;
  }
}
