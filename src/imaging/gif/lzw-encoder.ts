/** Codes of at most 12 bits (GIF89a, appendix F): a full table has 4096. */
const TABLE_SIZE = 4096;

/** Bits of a slot's number in the hash table: at most half of the slots are in use. */
const SLOT_BITS = 13;
const SLOTS = 1 << SLOT_BITS;
const EMPTY = -1;

/**
 * The variable-length-code LZW of GIF (GIF89a, appendix F). The tables are kept from image to image.
 *
 * Takes the longest string that it knows, and clears the table when it is full: on emoji and photos of 100×100 that is
 * smaller than to keep a full table (by 8 %) or to clear it when it pays no longer (by 0.2 %); looking ahead for a
 * shorter string that makes the next one longer would save 0.2 % for a multiple of the time.
 */
export class LzwEncoder {
  /** Open addressing. A slot is the string (its prefix's code and its last index, 20 bits), then its code (12 bits). */
  readonly #slots = new Int32Array(SLOTS);
  #output = new Uint8Array(0);

  /**
   * @param indices colour table indices, row by row
   * @param minimumCodeSize 2 to 8; every index is below `2 ** minimumCodeSize`
   * @param alike for each index, those below `2 ** minimumCodeSize` that may be written in its place; `null` for none.
   * Where the index would end a string and another goes on with it, that one is written, and put into `indices`
   * @returns the codes, packed, not yet in sub-blocks. The array is reused by the next call.
   */
  encode(indices: Uint8Array, minimumCodeSize: number, alike: readonly Uint8Array[] | null = null): Uint8Array {
    // At worst each index is a code of 12 bits; then there are clear codes, one for each filled table, and the end.
    const bound = Math.ceil(indices.length * 1.5) + Math.ceil(indices.length / 2048) * 2 + 8;
    if (this.#output.length < bound) this.#output = new Uint8Array(bound);
    const output = this.#output;
    const slots = this.#slots;
    const clearCode = 1 << minimumCodeSize;
    const endCode = clearCode + 1;

    let position = 0;
    let bits = clearCode;
    let codeSize = minimumCodeSize + 1;
    let bitCount = codeSize;
    let nextCode = endCode + 1;
    slots.fill(EMPTY);

    let prefix = indices[0] ?? endCode;
    for (let i = 1; i < indices.length; i++) {
      const index = indices[i];
      let slot = this.#slotOf(prefix, index);
      if (slots[slot] === EMPTY && alike !== null) {
        const other = alike[index].find((candidate) => slots[this.#slotOf(prefix, candidate)] !== EMPTY);
        if (other !== undefined) {
          indices[i] = other;
          slot = this.#slotOf(prefix, other);
        }
      }
      const entry = slots[slot];
      if (entry !== EMPTY) {
        prefix = entry & (TABLE_SIZE - 1);
        continue;
      }
      bits |= prefix << bitCount;
      bitCount += codeSize;
      while (bitCount >= 8) {
        output[position++] = bits;
        bits >>>= 8;
        bitCount -= 8;
      }
      if (nextCode < TABLE_SIZE) {
        slots[slot] = (((prefix << 8) | index) << 12) | nextCode;
        // The decoder is one string behind: it widens its codes when this one is known to it.
        if (nextCode++ === 1 << codeSize) codeSize++;
      } else {
        bits |= clearCode << bitCount;
        bitCount += codeSize;
        codeSize = minimumCodeSize + 1;
        nextCode = endCode + 1;
        slots.fill(EMPTY);
      }
      prefix = index;
    }
    bits |= prefix << bitCount;
    bitCount += codeSize;
    if (prefix !== endCode) {
      while (bitCount >= 8) {
        output[position++] = bits;
        bits >>>= 8;
        bitCount -= 8;
      }
      // Known to the decoder as well: the string that ends here may be the one that widens the codes.
      if (nextCode === 1 << codeSize && codeSize < 12) codeSize++;
      bits |= endCode << bitCount;
      bitCount += codeSize;
    }
    for (; bitCount > 0; bitCount -= 8) {
      output[position++] = bits;
      bits >>>= 8;
    }
    return output.subarray(0, position);
  }

  /** @returns where a string is in the table, or would be */
  #slotOf(prefix: number, index: number): number {
    const slots = this.#slots;
    const string = (prefix << 8) | index;
    let slot = Math.imul(string, 0x9e3779b1) >>> (32 - SLOT_BITS);
    while (slots[slot] !== EMPTY && slots[slot] >>> 12 !== string) slot = (slot + 1) & (SLOTS - 1);
    return slot;
  }
}
