import { LIMITS } from '../limits.ts';
import { CODE_LENGTHS, DISTANCES, END_OF_BLOCK, HuffmanTable, LITERALS, STOP, SUBTABLE } from './huffman.ts';

/** History that a match may reach back to (RFC 1951, section 2). */
const HISTORY = 32_768;
/** Bytes inflated at one go, beyond the history and what the reader asked for. */
const BATCH = 65_536;
/** A match of the longest kind (RFC 1951, section 3.2.5), and what copying whole words may write beyond it. */
const OVERSHOOT = 258 + 8;
/** Compressed bytes copied in at one go. */
const INPUT = 32_768;
/** Bytes that decoding one match with its literals may look ahead; as many zeros follow the last compressed byte. */
const LOOKAHEAD = 24;
/** The longest header of a block (RFC 1951, section 3.2.7): 17 bits, 19 × 3, and 320 lengths of 7 + 7 bits; in bytes. */
const LONGEST_HEADER = 600;

/** Bits that index a table at once; longer codes go on in a second table. */
const LITERAL_BITS = 11;
const DISTANCE_BITS = 8;
const CODE_LENGTH_BITS = 7;

/** The order that code lengths' own code lengths come in (RFC 1951, section 3.2.7). */
const CODE_LENGTH_ORDER = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];

const NOTHING = new Uint8Array(0);

/** What the inflater is in the middle of. */
const STATE = { start: 0, header: 1, stored: 2, compressed: 3, ended: 4 } as const;

/**
 * Inflates a zlib stream (RFC 1950, RFC 1951) piece by piece, in about 0.3 MB whatever the stream's size.
 *
 * Nothing is thrown: where the compressed bytes end early or break the rules, reading ends after the last byte that
 * could be inflated, as a truncated picture is to be shown as far as it goes. The checksum is not looked at.
 */
export class Inflater {
  /** Holds what `read` pointed at, until the next `read`. */
  readonly buffer: Uint8Array;
  /** The same bytes, for words. At least 8 bytes follow any that `read` points at. */
  readonly view: DataView;
  /** `buffer[#start, #end)` is inflated and not read yet. */
  #start = 0;
  #end = 0;

  #parts: Iterator<Uint8Array> = [][Symbol.iterator]();
  /** What is left of the part that is being copied in. */
  #part: Uint8Array = NOTHING;
  #partsLeft = false;
  readonly #input = new Uint8Array(INPUT + LOOKAHEAD);
  readonly #inputView = new DataView(this.#input.buffer);
  /** `#input[#position, #inputEnd)` is not taken in yet; `#hold` has the `#bits` bits before it. */
  #position = 0;
  #inputEnd = 0;
  #hold = 0;
  #bits = 0;

  #state: number = STATE.ended;
  #lastBlock = false;
  #storedLeft = 0;
  readonly #literals = new HuffmanTable(LITERAL_BITS, LITERALS);
  readonly #distances = new HuffmanTable(DISTANCE_BITS, DISTANCES);
  /** Whether these two are the fixed codes: blocks of them may be tiny and many. */
  #areFixed = false;
  /** Blocks of all streams so far that had codes of their own. */
  #codedBlocks = 0;
  readonly #codeLengths = new HuffmanTable(CODE_LENGTH_BITS, CODE_LENGTHS);
  readonly #lengths = new Uint8Array(320);

  /** @param longest the most bytes that will be asked for in one `read` */
  constructor(longest: number) {
    this.buffer = new Uint8Array(HISTORY + BATCH + longest + OVERSHOOT);
    this.view = new DataView(this.buffer.buffer);
  }

  /**
   * Begins a stream.
   * @param parts its bytes, in as many parts as they come in
   */
  start(parts: Iterable<Uint8Array>): void {
    this.#parts = parts[Symbol.iterator]();
    this.#part = NOTHING;
    this.#partsLeft = true;
    this.#start = this.#end = 0;
    this.#position = this.#inputEnd = 0;
    this.#hold = this.#bits = 0;
    this.#state = STATE.start;
  }

  /**
   * Reads `count` bytes.
   * @returns where they are in `buffer`; −1 when the stream ends before
   */
  read(count: number): number {
    if (this.#end - this.#start < count && !this.#inflate(count)) return -1;
    const at = this.#start;
    this.#start += count;
    return at;
  }

  #inflate(count: number): boolean {
    const limit = this.buffer.length - OVERSHOOT;
    if (this.#start + count > limit || this.#end >= limit) {
      const keep = Math.min(this.#start, Math.max(0, this.#end - HISTORY));
      this.buffer.copyWithin(0, keep, this.#end);
      this.#start -= keep;
      this.#end -= keep;
    }
    while (this.#end < limit && this.#state !== STATE.ended) {
      if (this.#state === STATE.compressed) this.#inflateBlock(limit);
      else if (this.#state === STATE.stored) this.#copyStored(limit);
      else if (this.#state === STATE.header) this.#readHeader();
      else this.#readZlibHeader();
    }
    return this.#end - this.#start >= count;
  }

  /** Moves what is left of the input to the front and fills it up; zeros follow the last byte of all. */
  #fillInput(): void {
    const input = this.#input;
    input.copyWithin(0, this.#position, this.#inputEnd);
    let end = this.#inputEnd - this.#position;
    while (end < INPUT && this.#partsLeft) {
      if (this.#part.length === 0) {
        const next = this.#parts.next();
        this.#partsLeft = next.done !== true;
        if (next.done !== true) this.#part = next.value;
      }
      const piece = this.#part.subarray(0, INPUT - end);
      input.set(piece, end);
      end += piece.length;
      this.#part = this.#part.subarray(piece.length);
    }
    input.fill(0, end, end + LOOKAHEAD);
    this.#position = 0;
    this.#inputEnd = end;
  }

  /** Gives whole bytes back from the bit reader, and makes sure of `count` bytes of input, if there are as many. */
  #prepare(count: number): void {
    this.#position -= this.#bits >> 3;
    this.#bits &= 7;
    this.#hold &= (1 << this.#bits) - 1;
    if (this.#position + count > this.#inputEnd && this.#partsLeft) this.#fillInput();
  }

  /** Makes sure of `count` bits, at most 16. After the end of the stream they are zeros. */
  #fillBits(count: number): void {
    while (this.#bits < count) {
      this.#hold |= this.#input[this.#position++] << this.#bits;
      this.#bits += 8;
    }
  }

  #readBits(count: number): number {
    this.#fillBits(count);
    const value = this.#hold & ((1 << count) - 1);
    this.#hold >>>= count;
    this.#bits -= count;
    return value;
  }

  /** Whether bits were taken that come after the last byte of the stream. */
  #isOverrun(): boolean {
    return this.#position - (this.#bits >> 3) > this.#inputEnd;
  }

  /** RFC 1950, section 2.2. */
  #readZlibHeader(): void {
    this.#prepare(2);
    const method = this.#readBits(8) & 15;
    const presetDictionary = (this.#readBits(8) & 0x20) !== 0;
    this.#state = method === 8 && !presetDictionary && !this.#isOverrun() ? STATE.header : STATE.ended;
  }

  /** RFC 1951, section 3.2.3. */
  #readHeader(): void {
    this.#prepare(LONGEST_HEADER);
    this.#lastBlock = this.#readBits(1) === 1;
    const type = this.#readBits(2);
    let sound: boolean;
    if (type === 0) {
      this.#readBits(this.#bits & 7);
      this.#storedLeft = this.#readBits(16);
      sound = this.#readBits(16) === (~this.#storedLeft & 0xffff);
      this.#state = STATE.stored;
    } else {
      sound = type === 1 ? this.#useFixedCodes() : type === 2 && this.#readDynamicCodes();
      this.#state = STATE.compressed;
    }
    if (!sound || this.#isOverrun()) this.#state = STATE.ended;
  }

  /** RFC 1951, section 3.2.6. */
  #useFixedCodes(): boolean {
    if (this.#areFixed) return true;
    const lengths = this.#lengths;
    lengths.fill(8, 0, 144).fill(9, 144, 256).fill(7, 256, 280).fill(8, 280, 288).fill(5, 288, 320);
    this.#areFixed = true;
    return this.#literals.build(lengths.subarray(0, 288)) && this.#distances.build(lengths.subarray(288, 320));
  }

  /** RFC 1951, section 3.2.7. */
  #readDynamicCodes(): boolean {
    const lengths = this.#lengths;
    const literals = this.#readBits(5) + 257;
    const total = literals + this.#readBits(5) + 1;
    const given = this.#readBits(4) + 4;
    if (literals > 286 || this.#codedBlocks++ === LIMITS.deflateBlocks) return false;
    this.#areFixed = false;
    lengths.fill(0);
    for (let i = 0; i < given; i++) lengths[CODE_LENGTH_ORDER[i]] = this.#readBits(3);
    if (!this.#codeLengths.build(lengths.subarray(0, 19))) return false;

    for (let i = 0; i < total; ) {
      this.#fillBits(CODE_LENGTH_BITS);
      const entry = this.#codeLengths.entries[this.#hold & ((1 << CODE_LENGTH_BITS) - 1)];
      if (entry & STOP) return false;
      this.#readBits(entry & 31);
      const symbol = entry >> 8;
      if (symbol < 16) {
        lengths[i++] = symbol;
        continue;
      }
      if (symbol === 16 && i === 0) return false;
      const repeated = symbol === 16 ? lengths[i - 1] : 0;
      const end =
        i + (symbol === 16 ? 3 + this.#readBits(2) : symbol === 17 ? 3 + this.#readBits(3) : 11 + this.#readBits(7));
      if (end > total) return false;
      lengths.fill(repeated, i, end);
      i = end;
    }
    return (
      this.#literals.build(lengths.subarray(0, literals)) && this.#distances.build(lengths.subarray(literals, total))
    );
  }

  /** RFC 1951, section 3.2.4. */
  #copyStored(limit: number): void {
    this.#prepare(1);
    const count = Math.min(this.#storedLeft, limit - this.#end, this.#inputEnd - this.#position);
    this.buffer.set(this.#input.subarray(this.#position, this.#position + count), this.#end);
    this.#position += count;
    this.#end += count;
    this.#storedLeft -= count;
    if (this.#storedLeft === 0) this.#state = this.#lastBlock ? STATE.ended : STATE.header;
    else if (count === 0) this.#state = STATE.ended;
  }

  #inflateBlock(limit: number): void {
    this.#prepare(LOOKAHEAD + 1);
    const safe = this.#inputEnd - LOOKAHEAD;
    if (this.#position < safe) {
      this.#decodeSymbols(limit, safe);
      return;
    }
    // The last bytes of the stream: a step at a time, so that nothing is kept that was read from the zeros after them.
    const end = this.#end;
    this.#decodeSymbols(end + 1, this.#inputEnd + LOOKAHEAD);
    if (this.#isOverrun()) {
      this.#end = end;
      this.#state = STATE.ended;
    }
  }

  /** RFC 1951, section 3.2.3: literals and matches, while `#end < limit` and `#position < safe`. */
  #decodeSymbols(limit: number, safe: number): void {
    const literals = this.#literals.entries;
    const distances = this.#distances.entries;
    const input = this.#inputView;
    const buffer = this.buffer;
    const view = this.view;
    let position = this.#position;
    let hold = this.#hold;
    let bits = this.#bits;
    let end = this.#end;

    while (end < limit && position < safe) {
      // Fills up to 24 to 31 bits. The bits above them may be filled in too; the next time, the same ones are.
      hold |= input.getInt32(position, true) << bits;
      position += (31 - bits) >> 3;
      bits |= 24;

      let entry = literals[hold & ((1 << LITERAL_BITS) - 1)];
      if (entry >= 0) {
        buffer[end++] = entry >> 8;
        hold >>>= entry;
        bits -= entry & 31;
        // At least 13 bits are left: enough for the first table, but not for a length and its extra bits.
        entry = literals[hold & ((1 << LITERAL_BITS) - 1)];
        if (entry >= 0) {
          buffer[end++] = entry >> 8;
          hold >>>= entry;
          bits -= entry & 31;
          continue;
        }
        hold |= input.getInt32(position, true) << bits;
        position += (31 - bits) >> 3;
        bits |= 24;
      }
      if (entry & SUBTABLE) {
        hold >>>= LITERAL_BITS;
        bits -= LITERAL_BITS;
        entry = literals[((entry >> 12) & 0x1ffff) + (hold & ((1 << ((entry >> 8) & 15)) - 1))];
        if (entry >= 0) {
          buffer[end++] = entry >> 8;
          hold >>>= entry;
          bits -= entry & 31;
          continue;
        }
      }
      hold >>>= entry;
      bits -= entry & 31;
      if (entry & STOP) {
        this.#state = (entry & END_OF_BLOCK) !== 0 && !this.#lastBlock ? STATE.header : STATE.ended;
        break;
      }
      let extraBits = (entry >> 8) & 15;
      const length = ((entry >> 12) & 0x1ffff) + (hold & ((1 << extraBits) - 1));
      hold >>>= extraBits;
      bits -= extraBits;

      hold |= input.getInt32(position, true) << bits;
      position += (31 - bits) >> 3;
      bits |= 24;
      entry = distances[hold & ((1 << DISTANCE_BITS) - 1)];
      if (entry & SUBTABLE) {
        hold >>>= DISTANCE_BITS;
        bits -= DISTANCE_BITS;
        entry = distances[((entry >> 12) & 0x1ffff) + (hold & ((1 << ((entry >> 8) & 15)) - 1))];
      }
      hold >>>= entry;
      bits -= entry & 31;
      extraBits = (entry >> 8) & 15;
      if (bits < extraBits) {
        hold |= input.getInt32(position, true) << bits;
        position += (31 - bits) >> 3;
        bits |= 24;
      }
      const distance = ((entry >> 12) & 0x1ffff) + (hold & ((1 << extraBits) - 1));
      hold >>>= extraBits;
      bits -= extraBits;
      if (entry & STOP || distance > end) {
        this.#state = STATE.ended;
        break;
      }

      const stop = end + length;
      let from = end - distance;
      if (distance < 4) {
        // The pattern is repeated until a whole number of them, `period` bytes, is no shorter than a word.
        const period = distance === 3 ? 6 : 4;
        while (end < from + period) {
          buffer[end] = buffer[end - distance];
          end++;
        }
      }
      while (end < stop) {
        view.setInt32(end, view.getInt32(from, true), true);
        end += 4;
        from += 4;
      }
      end = stop;
    }
    this.#position = position;
    this.#hold = hold | 0;
    this.#bits = bits;
    this.#end = end;
  }
}
