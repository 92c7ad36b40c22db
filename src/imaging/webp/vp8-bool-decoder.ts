/**
 * The boolean entropy decoder of VP8 (RFC 6386 section 7): an arithmetic decoder whose symbols are single bits, each
 * with its own probability of being 0, in 1/256.
 *
 * The fields are open because the coefficient reader keeps them in local variables while it works
 * (vp8-residuals.ts). `value` holds the 8-bit window that is compared with the split, followed by `bits` bits of
 * look-ahead; two bytes are taken at a time, so `value` stays below 2^24 and is always a small integer to the engine.
 */
export class BoolDecoder {
  readonly data: Uint8Array;
  /** Where the partition ends in `data`. Beyond it the decoder reads zeros. */
  readonly end: number;
  pos: number;
  value = 0;
  range = 255;
  /** Look-ahead bits below the window; negative when the window has run past what was loaded. */
  bits = -8;

  constructor(data: Uint8Array, start: number, end: number) {
    this.data = data;
    this.end = end;
    this.pos = start;
  }

  /** Has a bit been used that lies beyond the partition's end? */
  get overrun(): boolean {
    return 8 * this.pos - Math.max(this.bits, 0) > 8 * this.end;
  }

  /** @param probability of a 0, in 1/256 */
  bool(probability: number): number {
    if (this.bits < 0) this.fill();
    const split = 1 + (((this.range - 1) * probability) >> 8);
    const bigSplit = split << this.bits;
    let bit: number;
    let range: number;
    if (this.value >= bigSplit) {
      this.value -= bigSplit;
      range = this.range - split;
      bit = 1;
    } else {
      range = split;
      bit = 0;
    }
    const shift = Math.clz32(range) - 24;
    this.range = range << shift;
    this.bits -= shift;
    return bit;
  }

  flag(): boolean {
    return this.bool(128) === 1;
  }

  /** An unsigned number of `count` bits, most significant first. */
  literal(count: number): number {
    let value = 0;
    for (let i = 0; i < count; i++) value = (value << 1) | this.bool(128);
    return value;
  }

  /** A magnitude of `count` bits followed by its sign; 0 when the flag before it says that it is absent. */
  optionalSigned(count: number): number {
    if (!this.flag()) return 0;
    const magnitude = this.literal(count);
    return this.flag() ? -magnitude : magnitude;
  }

  /**
   * Walks a tree in the RFC's notation (section 8.1): positive entries are nodes, others are negated leaves.
   * The same as `bool` in a loop, with the state in local variables: subblock modes are a tenth of a picture's time.
   */
  tree(tree: Int8Array, probs: Uint8Array, offset: number): number {
    let { value, range, bits } = this;
    let node = 0;
    do {
      if (bits < 0) {
        this.value = value;
        this.bits = bits;
        this.fill();
        value = this.value;
        bits = this.bits;
      }
      const split = 1 + (((range - 1) * probs[offset + (node >> 1)]) >> 8);
      const bigSplit = split << bits;
      if (value < bigSplit) {
        range = split;
        node = tree[node];
      } else {
        value -= bigSplit;
        range -= split;
        node = tree[node + 1];
      }
      const shift = Math.clz32(range) - 24;
      range <<= shift;
      bits -= shift;
    } while (node > 0);
    this.value = value;
    this.range = range;
    this.bits = bits;
    return -node;
  }

  private fill(): void {
    const { data, end, pos } = this;
    const high = pos < end ? data[pos] : 0;
    const low = pos + 1 < end ? data[pos + 1] : 0;
    this.value = (this.value << 16) | (high << 8) | low;
    this.pos = pos + 2;
    this.bits += 16;
  }
}
