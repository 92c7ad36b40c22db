/** More distinct colours than this are merged with their neighbours: a palette of 256 does not tell them apart. */
const MOST_COLOURS = 16_384;
const SLOTS = MOST_COLOURS * 2;

/**
 * Counts the colours of pixels: 32-bit words with red in the low byte, 0 for a transparent pixel. Exact up to 16,384
 * colours; beyond that, low bits are dropped until the colours fit, and the first of each group stands for it.
 */
export class Histogram {
  /** Distinct colours, as pixels; the first `size` are valid. */
  readonly colours = new Uint32Array(MOST_COLOURS);
  /** How often each came. */
  readonly counts = new Uint32Array(MOST_COLOURS);
  size = 0;
  /** Whether colours are as they came. */
  exact = true;
  hasTransparency = false;
  /** Bits of a pixel by which colours are told apart. */
  #mask = 0xffffffff | 0;
  /** Open addressing: an index into `colours` plus 1, or 0 for a free slot. */
  readonly #slots = new Uint16Array(SLOTS);
  /** Odd, and never the same: whoever knew it could make a picture whose colours all want one slot. */
  readonly #multiplier = (Math.random() * 2 ** 32) | 1;

  /** @param passedOver 1 for each pixel that is not to be counted; `null` to count all */
  add(pixels: Uint32Array, passedOver: Uint8Array | null = null): void {
    let last = 0;
    let lastEntry = -1;
    for (let i = 0; i < pixels.length; i++) {
      if (passedOver !== null && passedOver[i] === 1) continue;
      const pixel = pixels[i];
      if (pixel === 0) {
        this.hasTransparency = true;
        continue;
      }
      if (pixel !== last || lastEntry < 0) {
        last = pixel;
        lastEntry = this.#entry(pixel, 0);
      }
      this.counts[lastEntry]++;
    }
  }

  #entry(pixel: number, count: number): number {
    const key = pixel & this.#mask;
    // The high bits of the product are the well mixed ones. What is counted does not depend on where.
    let slot = Math.imul(key, this.#multiplier) >>> 17;
    for (;;) {
      const found = this.#slots[slot];
      if (found === 0) break;
      if ((this.colours[found - 1] & this.#mask) === key) {
        this.counts[found - 1] += count;
        return found - 1;
      }
      slot = (slot + 1) % SLOTS;
    }
    if (this.size === MOST_COLOURS) {
      this.#coarsen();
      return this.#entry(pixel, count);
    }
    this.colours[this.size] = pixel;
    this.counts[this.size] = count;
    this.#slots[slot] = ++this.size;
    return this.size - 1;
  }

  /** Drops one more bit of each channel. */
  #coarsen(): void {
    const colours = this.colours.slice(0, this.size);
    const counts = this.counts.slice(0, this.size);
    this.exact = false;
    this.#mask = (this.#mask << 1) & 0xfefefefe;
    this.#slots.fill(0);
    this.size = 0;
    for (let i = 0; i < colours.length; i++) this.#entry(colours[i], counts[i]);
  }
}
