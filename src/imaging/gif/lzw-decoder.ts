/** Codes of at most 12 bits (GIF89a, appendix F): a full table has 4096. */
const TABLE_SIZE = 4096;

/** About how many pixels are handed over at once, and how many packed bytes are taken: both stay in the caches. */
const BATCH = 8192;
const INPUT = 16384;

/**
 * Takes colour table indices as they are decoded: `count` of them from the start of `indices`. They are whole rows, but
 * for the last call, which ends in the middle of a row where the data does. The array is reused after the call.
 */
export type IndexSink = (indices: Uint8Array, count: number) => void;

/**
 * The variable-length-code LZW of GIF (GIF89a, appendix F), read straight from the sub-blocks of an image.
 *
 * Forgives as browsers do: no clear code at the start, a full table that is kept (deferred clear), no end code, too many
 * or too few pixels, a code that is not in the table (the image ends there). The tables are kept from image to image.
 *
 * A string is kept in pieces of four indices, the last piece of 1 to 4 with the code of the string before it, so that
 * most strings are written by one store.
 */
export class LzwDecoder {
  /** The last piece of each string, its first index in the lowest byte. */
  readonly #tails = new Int32Array(TABLE_SIZE);
  /** The code of the string before the last piece; without meaning where there is none. */
  readonly #heads = new Uint16Array(TABLE_SIZE);
  readonly #firsts = new Uint8Array(TABLE_SIZE);
  readonly #lengths = new Uint16Array(TABLE_SIZE);
  /** Packed bytes without the sizes between them. A sub-block may start before it is full; a code takes 3 bytes. */
  readonly #input = new Uint8Array(INPUT + 255 + 3);
  #window = new DataView(new ArrayBuffer(0));

  /**
   * @param bytes the whole file
   * @param position where the image data starts: its minimum code size, then sub-blocks
   * @param width of a row, in pixels
   * @param rows how many rows are wanted; what comes after is not decoded
   * @param sink takes the indices
   * @returns the pixels handed over: fewer than `width × rows` where the data ends early
   */
  decode(bytes: Uint8Array, position: number, width: number, rows: number, sink: IndexSink): number {
    const minimumCodeSize = bytes[position++];
    const total = width * rows;
    // The specification stops at 8 bits; a few encoders write more for no reason, and only 11 leave room for a code.
    if (!(minimumCodeSize < 12) || total === 0) return 0;

    const tails = this.#tails;
    const heads = this.#heads;
    const firsts = this.#firsts;
    const lengths = this.#lengths;
    const clearCode = 1 << minimumCodeSize;
    const endCode = clearCode + 1;
    for (let index = 0; index < clearCode; index++) {
      tails[index] = index;
      firsts[index] = index;
      lengths[index] = 1;
    }

    const batch = width * Math.max(1, Math.floor(BATCH / width));
    // The longest string may start one pixel before the batch is full, and its last piece is stored as four.
    const room = batch + TABLE_SIZE + 3;
    if (this.#window.byteLength < room) this.#window = new DataView(new ArrayBuffer(room));
    const window = this.#window;
    const indices = new Uint8Array(window.buffer);
    let filled = 0;
    let remaining = total;
    let wanted = Math.min(batch, total);

    const input = this.#input;
    let bit = 0;
    let bitEnd = 0;
    let codeSize = minimumCodeSize + 1;
    let nextCode = endCode + 1;
    let previous = -1;
    let first = 0;

    for (;;) {
      if (bit + codeSize > bitEnd) {
        const start = bit >> 3;
        const end = bitEnd >> 3;
        input.copyWithin(0, start, end);
        let length = end - start;
        while (length < INPUT) {
          // Stays at the terminator, to find it again.
          const size = position < bytes.length ? bytes[position] : 0;
          if (size === 0) break;
          const block = bytes.subarray(position + 1, position + 1 + size);
          input.set(block, length);
          length += block.length;
          position += size + 1;
        }
        bit &= 7;
        bitEnd = length << 3;
        if (bit + codeSize > bitEnd) break;
      }
      const at = bit >> 3;
      const packed = input[at] | (input[at + 1] << 8) | (input[at + 2] << 16);
      const code = (packed >> (bit & 7)) & ((1 << codeSize) - 1);
      bit += codeSize;

      if (code === clearCode) {
        codeSize = minimumCodeSize + 1;
        nextCode = endCode + 1;
        previous = -1;
        continue;
      }
      if (code === endCode) break;
      if (previous < 0) {
        if (code > clearCode) break;
      } else if (nextCode < TABLE_SIZE) {
        if (code > nextCode) break;
        // The new string is the previous one and the first index of this one, which may be the new string itself.
        const length = lengths[previous];
        firsts[nextCode] = first;
        lengths[nextCode] = length + 1;
        const shift = (length & 3) << 3;
        heads[nextCode] = shift === 0 ? previous : heads[previous];
        tails[nextCode] = shift === 0 ? firsts[code] : tails[previous] | (firsts[code] << shift);
        nextCode++;
      }
      if (nextCode === 1 << codeSize && codeSize < 12) codeSize++;
      previous = code;
      first = firsts[code];

      const length = lengths[code];
      let piece = filled + ((length - 1) & ~3);
      window.setInt32(piece, tails[code], true);
      for (let head = code; piece > filled; ) {
        head = heads[head];
        piece -= 4;
        window.setInt32(piece, tails[head], true);
      }
      filled += length;

      if (filled >= wanted) {
        sink(indices, wanted);
        remaining -= wanted;
        if (remaining === 0) return total;
        indices.copyWithin(0, wanted, filled);
        filled -= wanted;
        wanted = Math.min(batch, remaining);
      }
    }
    if (filled > 0) sink(indices, filled);
    return total - remaining + filled;
  }
}
