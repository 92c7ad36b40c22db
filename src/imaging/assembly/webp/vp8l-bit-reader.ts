import { read } from './input';

/** Bytes that are read at a time. */
const WINDOW_BYTES = 16_384;
/** More than a pixel or a number takes, and the eight bytes that are looked at. */
const MARGIN = 16;
const window: usize = memory.data(WINDOW_BYTES + 64, 16);

/**
 * Reads bits from the least significant end, as the lossless format packs them (RFC 9649 section 3.1). Beyond the end
 * of the data there are zeros; `overrun` tells.
 *
 * The pixel loop keeps the position in a local variable (vp8l-entropy-image.ts).
 */
@unmanaged
export class BitReader {
  /** In bits from the start of the window. */
  position: i32;
  /** Up to here there are `MARGIN` bytes to read without a look at the end. */
  limit: i32;
  /** Bytes of data in the window; zeros follow. */
  filled: i32;
  /** Whether these are the last. */
  ended: bool;

  start(): void {
    this.position = 0;
    this.filled = 0;
    this.ended = false;
    this.refill();
  }

  get overrun(): bool {
    return this.position > this.filled << 3;
  }

  /** Call it when the position is beyond the limit. */
  refill(): void {
    if (this.ended) {
      // Far beyond the end: it stays there.
      this.position = (this.filled + 1) << 3;
      return;
    }
    const start = this.position >> 3;
    const left = this.filled - start;
    memory.copy(window, window + start, left);
    const wanted = WINDOW_BYTES - left;
    const count = read(0, window + left, wanted);
    this.position &= 7;
    this.filled = left + count;
    this.ended = count < wanted;
    memory.fill(window + this.filled, 0, 4 * MARGIN);
    this.limit = (this.filled + (this.ended ? MARGIN : -MARGIN)) << 3;
  }

  /** At least 57 bits from a position on, which is within the limit or up to 64 bits beyond; the first is the lowest. */
  @inline
  peek(position: i32): u64 {
    return load<u64>(window + (position >> 3)) >> (position & 7);
  }

  /** @param count up to 24 */
  read(count: i32): i32 {
    if (this.position > this.limit) this.refill();
    const value = <i32>this.peek(this.position) & ((1 << count) - 1);
    this.position += count;
    return value;
  }
}

/** There is one stream. */
export const bits = changetype<BitReader>(memory.data(16, 4));
