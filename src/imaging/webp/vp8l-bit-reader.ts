/**
 * Reads bits from the least significant end, as the lossless format packs them (RFC 9649 section 3.1).
 * Beyond the end there are zeros; `overrun` tells.
 */
export class BitReader {
  /** In bits from the start. */
  position = 0;
  private readonly view: DataView;
  private readonly lastWord: number;

  constructor(data: Uint8Array) {
    this.view = new DataView(data.buffer, data.byteOffset, data.byteLength);
    this.lastWord = data.byteLength - 4;
  }

  get overrun(): boolean {
    return this.position > 8 * this.view.byteLength;
  }

  /** The next 25 bits at least, the first of them the lowest. The position stays. */
  peek(): number {
    const at = this.position >>> 3;
    const word = at <= this.lastWord ? this.view.getInt32(at, true) : this.lastBytes(at);
    return word >>> (this.position & 7);
  }

  /** @param count up to 24 */
  read(count: number): number {
    const value = this.peek() & ((1 << count) - 1);
    this.position += count;
    return value;
  }

  private lastBytes(at: number): number {
    let word = 0;
    for (let i = at; i < this.view.byteLength; i++) word |= this.view.getUint8(i) << (8 * (i - at));
    return word;
  }
}
