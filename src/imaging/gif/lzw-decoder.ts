import { beginKernel } from '../wasm/kernels.ts';

/** About how many pixels are handed over at once, and how many packed bytes are taken: both stay in the caches. */
const BATCH = 8192;
const INPUT = 16384;
/** A sub-block's data (GIF89a, section 15). */
const LONGEST_SUB_BLOCK = 255;

// Why the kernel stops: as in `assembly/lzw.ts`, where the data ends it is 0.
const NEEDS_INPUT = 1;
const FULL = 2;

/**
 * Takes colour table indices as they are decoded: `count` of them from the start of `indices`. They are whole rows, but
 * for the last call, which ends in the middle of a row where the data does. The array is reused after the call.
 */
export type IndexSink = (indices: Uint8Array, count: number) => void;

/**
 * The variable-length-code LZW of GIF (GIF89a, appendix F), read straight from the sub-blocks of an image.
 *
 * Forgives as browsers do: no clear code at the start, a full table that is kept (deferred clear), no end code, too many
 * or too few pixels, a code that is not in the table (the image ends there).
 */
export class LzwDecoder {
  /** What is handed over: not the kernel's own memory, which moves when a sink calls a kernel that needs more of it. */
  #indices = new Uint8Array(0);

  /**
   * @param bytes the whole file
   * @param position where the image data starts: its minimum code size, then sub-blocks
   * @param width of a row, in pixels, at most 65,535
   * @param rows how many rows are wanted; what comes after is not decoded
   * @param sink takes the indices; must not decode another image meanwhile
   * @returns the pixels handed over: fewer than `width × rows` where the data ends early
   */
  decode(bytes: Uint8Array, position: number, width: number, rows: number, sink: IndexSink): number {
    const minimumCodeSize = bytes[position++];
    const total = width * rows;
    // The specification stops at 8 bits; a few encoders write more for no reason, and only 11 leave room for a code.
    if (!(minimumCodeSize < 12) || total === 0) return 0;
    const batch = width * Math.max(1, Math.floor(BATCH / width));
    if (this.#indices.length < batch) this.#indices = new Uint8Array(batch);
    const { run } = beginKernel();
    run.startLzw(minimumCodeSize);
    let done = 0;
    const handOver = (count: number): void => {
      this.#indices.set(beginKernel().bytes(run.lzwWindow(), count));
      run.takeLzw(count);
      done += count;
      sink(this.#indices, count);
    };

    let length = 0;
    for (;;) {
      const wanted = Math.min(batch, total - done);
      const why = run.decodeLzw(length, wanted);
      if (why === FULL) {
        handOver(wanted);
        if (done === total) return total;
        continue;
      }
      if (why !== NEEDS_INPUT) break;
      const left = run.compactLzwInput();
      const input = beginKernel().bytes(run.lzwInput(), INPUT + LONGEST_SUB_BLOCK);
      for (length = left; length < INPUT; ) {
        // Stays at the terminator, to find it again.
        const size = position < bytes.length ? bytes[position] : 0;
        if (size === 0) break;
        const block = bytes.subarray(position + 1, position + 1 + size);
        input.set(block, length);
        length += block.length;
        position += size + 1;
      }
      if (length === left) break;
    }
    const rest = run.lzwFilled();
    if (rest > 0) handOver(rest);
    return done;
  }
}
