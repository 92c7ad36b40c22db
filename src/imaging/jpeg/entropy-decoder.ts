import { extend, type HuffmanTable } from './huffman.ts';
import { isRestart, MARKER, nextMarker } from './markers.ts';

/** Bytes of entropy-coded data held at a time. */
const CHUNK_BYTES = 1 << 16;

/** The most bytes a block can take: 64 coefficients, each a code of 16 bits and at most 15 of a value. */
const BLOCK_BYTES = 64 * 4;

/** Where entropy-coded data is, and how it is cut up. */
export interface EntropyCodedData {
  /** The whole file. */
  bytes: Uint8Array;
  /** Of the first byte of data. */
  start: number;
  /** MCUs between two restart markers; 0 for none. */
  restartInterval: number;
  blocksPerMcu: number;
}

/**
 * The bits of a scan's entropy-coded data, byte stuffing (T.81 F.1.2.3) taken out a chunk ahead, and the state that
 * a restart marker resets.
 *
 * A bit is addressed by its position in the chunk, so that reading is one unaligned load, a shift and an addition, with
 * nothing to refill in between: `view.getInt32(position >>> 3) << (position & 7)` has the next 25 bits on top.
 * Before each MCU, `beginMcu` sees to it that a whole one can be read. Past the end of the data come zero bits,
 * enough for
 * the MCU that runs into it.
 */
export class EntropyDecoder {
  readonly view: DataView;
  /** Of the next bit, from the start of the chunk. */
  position = 0;
  /** DC predictions of the components, in the scan's order. */
  readonly predictions = new Int32Array(4);
  /** Blocks of a progressive AC scan that are still to be passed over as having ended. */
  endOfBandRun = 0;
  /** Whether the scan's data is used up for good: no restart marker follows. */
  finished = false;

  readonly #bytes: Uint8Array;
  readonly #chunk: Uint8Array;
  /** Bytes that an MCU may take. */
  readonly #reserve: number;
  readonly #restartInterval: number;
  #untilRestart: number;
  /** Restart markers that are behind. */
  #restarts = 0;
  /** The next byte of the file to take into the chunk. */
  #from: number;
  /** The first byte FF from there on, or the file's length. */
  #nextFf = -1;
  /** Bytes in the chunk. */
  #length = 0;
  /** From this bit on there is less than an MCU may take, or nothing. */
  #threshold = 0;
  /** Whether the chunk holds all that there is up to the next marker, which `#from` is at. */
  #ended = false;

  constructor({ bytes, start, restartInterval, blocksPerMcu }: EntropyCodedData) {
    this.#bytes = bytes;
    this.#from = start;
    this.#restartInterval = restartInterval;
    // Counts down and never meets 0 where there are no restarts.
    this.#untilRestart = restartInterval || -1;
    this.#reserve = blocksPerMcu * BLOCK_BYTES + 8;
    this.#chunk = new Uint8Array(Math.min(CHUNK_BYTES, bytes.length - start) + 2 * this.#reserve);
    this.view = new DataView(this.#chunk.buffer);
  }

  /**
   * Passes the restart marker that may be due, and makes sure that a whole MCU can be read.
   *
   * @returns false when the MCU's data is missing
   */
  beginMcu(): boolean {
    if (this.#untilRestart-- === 0) this.#restart();
    return this.position < this.#threshold || this.#refill();
  }

  /**
   * Decodes a code that the look-up has no entry for.
   *
   * @param position of the code's first bit
   * @returns an entry as of `HuffmanTable.coefficients`
   */
  longCoefficient(table: HuffmanTable, position: number): number {
    const decoded = table.decode(this.bits(position, 16));
    const length = decoded >> 8;
    const run = (decoded >> 4) & 15;
    const size = decoded & 15;
    if (size === 0) return ((run === 15 ? 15 : 64) << 5) | length;
    const value = extend(this.bits(position + length, size), size);
    return (value << 16) | (run << 5) | (length + size);
  }

  /** @param count 1–25 */
  bits(position: number, count: number): number {
    return (this.view.getInt32(position >>> 3) << (position & 7)) >>> (32 - count);
  }

  /** Takes in more of the file. Returns false when the data up to the next marker is used up. */
  #refill(): boolean {
    if (this.#ended) {
      this.finished ||= this.#restartInterval === 0;
      return false;
    }
    const chunk = this.#chunk;
    const consumed = this.position >>> 3;
    chunk.copyWithin(0, consumed, this.#length);
    this.position &= 7;
    this.#length = this.#unstuff(this.#length - consumed);
    if (this.#ended) {
      chunk.fill(0, this.#length);
      this.#threshold = this.#length * 8;
    } else {
      this.#threshold = (this.#length - this.#reserve) * 8;
    }
    return this.position < this.#threshold;
  }

  /** Copies into the chunk from `to` on, up to its capacity or the next marker. Returns the new length. */
  #unstuff(to: number): number {
    const bytes = this.#bytes;
    const chunk = this.#chunk;
    const capacity = chunk.length - this.#reserve;
    let from = this.#from;
    while (to < capacity) {
      if (this.#nextFf < from) this.#nextFf = indexOfFf(bytes, from);
      const end = Math.min(this.#nextFf, from + capacity - to);
      to = copy(bytes, from, end, chunk, to);
      from = end;
      if (to === capacity) break;
      const next = bytes[from + 1] ?? MARKER.EOI;
      if (from >= bytes.length || (next >= MARKER.SOF0 && next !== 0xff)) {
        this.#ended = true;
        break;
      }
      if (next === 0) chunk[to++] = 0xff;
      // FF 01 … FF BF is neither data nor a marker: damage, and both bytes are dropped. Of FF FF, the first is a
      // fill byte.
      from += next === 0xff ? 1 : 2;
    }
    this.#from = from;
    return to;
  }

  /**
   * T.81 F.2.1.3.1 and E.2.4. Bits left before the marker are dropped. Where another restart marker is found than
   * expected,
   * some were lost or came twice: the nearer explanation is taken. Where it was lost, so is the interval that it
   * starts.
   */
  #restart(): void {
    const expected = this.#restarts & 7;
    this.#restarts++;
    this.#untilRestart = this.#restartInterval - 1;
    this.predictions.fill(0);
    this.endOfBandRun = 0;
    this.position = 0;
    this.#length = 0;
    this.#threshold = 0;
    this.#ended = true;
    for (;;) {
      this.#from = nextMarker(this.#bytes, this.#from);
      const marker = this.#bytes[this.#from + 1] ?? MARKER.EOI;
      const ahead = (marker - MARKER.RST0 - expected) & 7;
      this.finished = !isRestart(marker);
      if (this.finished || ahead === 1 || ahead === 2) return;
      this.#from += 2;
      // One that is 1 or 2 behind came late, and the expected one is still to come.
      if (ahead < 6) break;
    }
    this.#ended = false;
  }
}

function indexOfFf(bytes: Uint8Array, from: number): number {
  const at = bytes.indexOf(0xff, from);
  return at < 0 ? bytes.length : at;
}

/** Returns where the copy ends. Short runs are not worth a view on them. */
function copy(bytes: Uint8Array, from: number, end: number, chunk: Uint8Array, to: number): number {
  const length = end - from;
  if (length < 32) for (let i = 0; i < length; i++) chunk[to + i] = bytes[from + i];
  else chunk.set(bytes.subarray(from, end), to);
  return to + length;
}
