import { allocate } from '../jpeg/memory';
import { read } from './file';

/** Bytes of a partition that are in memory at a time. */
const WINDOW_BYTES = 1 << 13;

/**
 * The boolean entropy decoder of VP8 (RFC 6386 section 7): an arithmetic decoder whose symbols are single bits, each
 * with its own probability of being 0, in 1/256. Beyond the end of its partition it reads zeros.
 *
 * `value` holds the 8-bit window that is compared with the split, followed by `bits` bits of look-ahead. The readers of
 * coefficients and of trees keep it in local variables while they work.
 */
@unmanaged
export class BoolDecoder {
  value: u64;
  range: i32;
  /** Look-ahead bits below the window; negative when the window has run past what was loaded. */
  bits: i32;
  /** How many bits the last `fill` added. */
  filled: i32;
  window: usize;
  /** Addresses of the next byte, and of where those in the window end. */
  position: usize;
  end: usize;
  /** The partition's bytes that have not come into the window yet. */
  from: i32;
  to: i32;

  /** Has a bit been used that lies beyond the partition's end? */
  get overrun(): bool {
    return <i32>(this.position - this.end) * 8 > max(this.bits, 0);
  }

  /** @returns the value, with `filled` more bits at its end: 48, or 16 where the partition ends */
  fill(value: u64): u64 {
    if (<i32>(this.end - this.position) < 8 && this.from < this.to) this.slide();
    const at = this.position;
    if (at + 8 <= this.end) {
      this.position = at + 6;
      this.filled = 48;
      return (value << 48) | (bswap<u64>(load<u64>(at)) >>> 16);
    }
    this.position = at + 2;
    this.filled = 16;
    const high = at < this.end ? <u64>load<u8>(at) : 0;
    const low = at + 1 < this.end ? <u64>load<u8>(at, 1) : 0;
    return (value << 16) | (high << 8) | low;
  }

  /** Reads on, behind what is left in the window. */
  private slide(): void {
    const left = <i32>(this.end - this.position);
    memory.copy(this.window, this.position, left);
    const count = min(WINDOW_BYTES - left, this.to - this.from);
    read(this.from, this.window + left, count);
    this.from += count;
    this.position = this.window;
    this.end = this.window + left + count;
  }

  /** @param probability of a 0, in 1/256 */
  bool(probability: i32): i32 {
    if (this.bits < 0) {
      this.value = this.fill(this.value);
      this.bits += this.filled;
    }
    const split = 1 + (((this.range - 1) * probability) >> 8);
    const bigSplit = (<u64>split) << (<u64>this.bits);
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

  /** Walks a tree in the RFC's notation (section 8.1): positive entries are nodes, others are negated leaves. */
  tree(tree: usize, probs: usize): i32 {
    let value = this.value;
    let range = this.range;
    let bits = this.bits;
    let node = 0;
    do {
      if (bits < 0) {
        value = this.fill(value);
        bits += this.filled;
      }
      const split = 1 + (((range - 1) * <i32>load<u8>(probs + (node >> 1))) >> 8);
      const bigSplit = (<u64>split) << (<u64>bits);
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

/** @param from where the partition starts in the picture's data, and `to` where it ends */
export function newBoolDecoder(from: i32, to: i32): BoolDecoder {
  const decoder = changetype<BoolDecoder>(allocate(offsetof<BoolDecoder>()));
  decoder.value = 0;
  decoder.range = 255;
  decoder.bits = -8;
  decoder.window = allocate(WINDOW_BYTES);
  decoder.position = decoder.window;
  decoder.end = decoder.window;
  decoder.from = from;
  decoder.to = to;
  return decoder;
}
