import { read } from './input';

/** Bytes of a partition that are read at a time, an even number, and what a partition is followed by. */
const WINDOW_BYTES = 4096;
const WINDOW_SIZE = WINDOW_BYTES + 16;
/** The modes' and eight of coefficients (RFC 6386 section 9.5). */
const MOST_PARTITIONS = 9;

const windows: usize = memory.data(MOST_PARTITIONS * WINDOW_SIZE, 16);
const decoders: usize = memory.data(MOST_PARTITIONS * 32, 16);

/**
 * The boolean entropy decoder of VP8 (RFC 6386 section 7): an arithmetic decoder whose symbols are single bits, each
 * with its own probability of being 0, in 1/256. Beyond the end of its partition it reads zeros.
 *
 * The coefficient reader keeps the fields in local variables while it works (vp8-residuals.ts). `value` holds the 8-bit
 * window that is compared with the split, followed by `bits` bits of look-ahead; two bytes are taken at a time.
 */
@unmanaged
export class BoolDecoder {
  value: i32;
  range: i32;
  /** Look-ahead bits below the window; negative when the window has run past what was loaded. */
  bits: i32;
  /** Where the next two bytes are, and where those in memory end. */
  position: usize;
  end: usize;
  partition: i32;
  /** Have bytes been taken of which not one was in the partition? */
  ended: bool;

  start(partition: i32): void {
    this.value = 0;
    this.range = 255;
    this.bits = -8;
    this.position = 0;
    this.end = 0;
    this.partition = partition;
    this.ended = false;
  }

  /** Has a bit been used that lies beyond the partition's end? */
  get overrun(): bool {
    return this.ended || (this.position > this.end && this.bits < 8);
  }

  /** Makes two bytes or more of the partition follow. @returns the new position */
  refill(): usize {
    const window = windows + this.partition * WINDOW_SIZE;
    const count = read(this.partition, window, WINDOW_BYTES);
    store<u16>(window + count, 0);
    this.ended = count === 0;
    this.position = window;
    this.end = window + (count === 0 ? 2 : count);
    return window;
  }

  fill(): void {
    if (this.position >= this.end) this.refill();
    this.value = (this.value << 16) | nextTwo(this.position);
    this.position += 2;
    this.bits += 16;
  }

  /** @param probability of a 0, in 1/256 */
  bool(probability: i32): i32 {
    if (this.bits < 0) this.fill();
    const split = 1 + (((this.range - 1) * probability) >> 8);
    const bigSplit = split << this.bits;
    const bit = this.value >= bigSplit;
    if (bit) this.value -= bigSplit;
    const range = bit ? this.range - split : split;
    const shift = clz(range) - 24;
    this.range = range << shift;
    this.bits -= shift;
    return bit;
  }

  flag(): bool {
    return this.bool(128) === 1;
  }

  /** An unsigned number of `count` bits, most significant first. */
  literal(count: i32): i32 {
    let value = 0;
    for (let i = 0; i < count; i++) value = (value << 1) | this.bool(128);
    return value;
  }

  /** A magnitude of `count` bits followed by its sign; 0 when the flag before it says that it is absent. */
  optionalSigned(count: i32): i32 {
    if (!this.flag()) return 0;
    const magnitude = this.literal(count);
    return this.flag() ? -magnitude : magnitude;
  }

  /**
   * Walks a tree in the RFC's notation (section 8.1): positive entries are nodes, others are negated leaves.
   * The same as `bool` in a loop, with the state in local variables.
   */
  tree(tree: usize, probs: usize): i32 {
    let value = this.value;
    let range = this.range;
    let bits = this.bits;
    let node = 0;
    do {
      if (bits < 0) {
        this.value = value;
        this.bits = bits;
        this.fill();
        value = this.value;
        bits = this.bits;
      }
      const split = 1 + (((range - 1) * <i32>load<u8>(probs + (node >> 1))) >> 8);
      const bigSplit = split << bits;
      if (value < bigSplit) {
        range = split;
        node = load<i8>(tree + node);
      } else {
        value -= bigSplit;
        range -= split;
        node = load<i8>(tree + node, 1);
      }
      const shift = clz(range) - 24;
      range <<= shift;
      bits -= shift;
    } while (node > 0);
    this.value = value;
    this.range = range;
    this.bits = bits;
    return -node;
  }
}

/** The decoder of a partition, the modes' first. */
export function decoderOf(partition: i32): BoolDecoder {
  return changetype<BoolDecoder>(decoders + partition * 32);
}

export function startPartitions(): void {
  for (let partition = 0; partition < MOST_PARTITIONS; partition++) decoderOf(partition).start(partition);
}

/** Two bytes, the first the more significant. */
export function nextTwo(position: usize): i32 {
  return bswap<u16>(load<u16>(position));
}
