import { allocate } from '../memory';
import { addressOf, available, markerCode, nextMarker, RST0, RST7, SOF0 } from './file';

/** Bytes of entropy-coded data held at a time, at least. */
const CHUNK_BYTES = 1 << 14;

/** The most bytes a block can take: 64 coefficients, each a code of 16 bits and at most 15 of a value. */
const BLOCK_BYTES = 64 * 4;

/** Bits of a window that are sure to be there. */
export const WINDOW_BITS = 57;

/**
 * The bits of a scan's entropy-coded data, byte stuffing (T.81 F.1.2.3) taken out a chunk ahead, and the state that
 * a restart marker resets.
 *
 * A bit is addressed by its position in the chunk, so that reading is one unaligned load and a shift, with nothing to
 * refill in between. Bytes are in memory from the last to the first: a load then has the first of them on top.
 * Before each MCU, `beginMcu` sees to it that a whole one can be read. Past the end of the data come zero bits,
 * enough for the MCU that runs into it.
 */
@unmanaged
export class EntropyDecoder {
  /** Of the next bit, from the start of the chunk. */
  position: i32;
  /** From this bit on there is less than an MCU may take, or nothing. */
  threshold: i32;
  untilRestart: i32;
  restartInterval: i32;
  /** Restart markers that are behind. */
  restarts: i32;
  /** Blocks of a progressive AC scan that are still to be passed over as having ended. */
  endOfBandRun: i32;
  /** DC predictions of the components, in the scan's order: 32 bits each. */
  predictions: usize;
  /** Whether the scan's data is used up for good: no restart marker follows. */
  finished: bool;
  /** Whether this is the scan's start, or a restart has come: until whoever asks sets it to false. */
  restarted: bool;
  /** Whether the chunk holds all that there is up to the next marker, which `from` is at. */
  ended: bool;
  /** The next byte of the file to take into the chunk. */
  from: i32;
  /** Bytes in the chunk, and that it takes at most: there is room for another `reserve` of zeros. */
  length: i32;
  capacity: i32;
  /** Bytes that an MCU may take. */
  reserve: i32;
  /** After the chunk's first byte, in memory. */
  top: usize;

  /** @returns the next bits, on top: `WINDOW_BITS` of them */
  @inline
  window(position: i32): u64 {
    return load<u64>(this.top - 8 - (<usize>position >>> 3)) << (<u64>position & 7);
  }

  /** @param count 1–25 */
  @inline
  bits(position: i32, count: i32): i32 {
    return <i32>(this.window(position) >>> <u64>(64 - count));
  }

  /**
   * Passes the restart marker that may be due, and makes sure that a whole MCU can be read.
   *
   * @returns false when the MCU's data is missing
   */
  @inline
  beginMcu(): bool {
    if (this.untilRestart-- === 0) this.restart();
    return this.position < this.threshold || this.refill();
  }

  /** Takes in more of the file. Returns false when the data up to the next marker is used up. */
  refill(): bool {
    if (this.ended) {
      if (this.restartInterval === 0) this.finished = true;
      return false;
    }
    const rest = this.length - (this.position >>> 3);
    memory.copy(this.top - rest, this.top - this.length, rest);
    this.position &= 7;
    this.length = this.unstuff(rest);
    if (this.ended) {
      memory.fill(this.top - this.length - this.reserve, 0, this.reserve);
      this.threshold = this.length << 3;
    } else {
      this.threshold = (this.length - this.reserve) << 3;
    }
    return this.position < this.threshold;
  }

  /** Takes bytes into the chunk from `to` on, up to its capacity or the next marker. Returns the new length. */
  unstuff(to: i32): i32 {
    let from = this.from;
    while (to < this.capacity) {
      const count = min(available(from), this.capacity - to);
      const plain = copyReversed(addressOf(from), count, this.top - to);
      to += plain;
      from += plain;
      if (plain < count || count === 0) {
        const next = markerCode(from + 1);
        if (count === 0 || (next >= SOF0 && next !== 0xff)) {
          this.ended = true;
          break;
        }
        if (next === 0) store<u8>(this.top - ++to, 0xff);
        // FF 01 … FF BF is neither data nor a marker: damage, and both bytes are dropped. Of FF FF, the first is a
        // fill byte.
        from += next === 0xff ? 1 : 2;
      }
    }
    this.from = from;
    return to;
  }

  /**
   * T.81 F.2.1.3.1 and E.2.4. Bits left before the marker are dropped. Where another restart marker is found than
   * expected, some were lost or came twice: the nearer explanation is taken. Where it was lost, so is the interval that
   * it starts.
   */
  restart(): void {
    const expected = this.restarts & 7;
    this.restarts++;
    this.untilRestart = this.restartInterval - 1;
    v128.store(this.predictions, i32x4.splat(0));
    this.endOfBandRun = 0;
    this.restarted = true;
    this.position = 0;
    this.length = 0;
    this.threshold = 0;
    this.ended = true;
    for (;;) {
      this.from = nextMarker(this.from);
      const marker = markerCode(this.from + 1);
      const ahead = (marker - RST0 - expected) & 7;
      this.finished = marker < RST0 || marker > RST7;
      if (this.finished || ahead === 1 || ahead === 2) return;
      this.from += 2;
      // One that is 1 or 2 behind came late, and the expected one is still to come.
      if (ahead < 6) break;
    }
    this.ended = false;
  }
}

/**
 * Copies bytes up to the first FF, in reverse order.
 *
 * @param end after the place of the first
 * @returns how many there are
 */
function copyReversed(from: usize, count: i32, end: usize): i32 {
  let i = 0;
  for (; i + 16 <= count; i += 16) {
    const bytes = v128.load(from + i);
    if (v128.any_true(i8x16.eq(bytes, i8x16.splat(-1)))) break;
    v128.store(end - i - 16, i8x16.shuffle(bytes, bytes, 15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0));
  }
  for (; i < count; i++) {
    const byte = load<u8>(from + i);
    if (byte === 0xff) break;
    store<u8>(end - i - 1, byte);
  }
  return i;
}

/**
 * @param start of the data, in the file
 * @param restartInterval MCUs between two restart markers; 0 for none
 */
export function decodeEntropy(start: i32, restartInterval: i32, blocksPerMcu: i32): EntropyDecoder {
  const decoder = changetype<EntropyDecoder>(allocate(offsetof<EntropyDecoder>()));
  decoder.predictions = allocate(16);
  decoder.from = start;
  decoder.restartInterval = restartInterval;
  // Counts down and never meets 0 where there are no restarts.
  decoder.untilRestart = restartInterval === 0 ? -1 : restartInterval;
  decoder.restarted = true;
  decoder.reserve = blocksPerMcu * BLOCK_BYTES + 8;
  decoder.capacity = CHUNK_BYTES + decoder.reserve;
  const bytes = decoder.capacity + decoder.reserve;
  decoder.top = allocate(bytes) + bytes;
  return decoder;
}
