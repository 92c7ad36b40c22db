import { Vp8Instance } from '../wasm/vp8.ts';
import { readVp8Frame, splitPartitions } from './vp8-frame.ts';

/**
 * Decodes a VP8 key frame (RFC 6386) row by row, in an instance of the WebAssembly module that it holds until it is closed.
 */
export class Vp8Decoder {
  readonly width: number;
  readonly height: number;
  readonly #instance: Vp8Instance;
  readonly #rgba: Uint8Array;

  /**
   * @param data payload of a VP8 chunk, possibly cut short
   * @param factor 1, or 4 or 8 for a picture reduced by it, sides rounded up
   * @throws ImagingError when the header cannot be read
   */
  constructor(data: Uint8Array, factor: number) {
    const { width, height, firstPartition } = readVp8Frame(data);
    this.width = width;
    this.height = height;
    this.#instance = Vp8Instance.take(data);
    const { run } = this.#instance;
    const count = run.begin(width, height, firstPartition.start, firstPartition.end);
    for (const { start, end } of splitPartitions(data, firstPartition.end, count)) run.addPartition(start, end);
    this.#rgba = this.#instance.bytesAt(run.startRows(Math.log2(factor)), 4 * Math.ceil(width / factor));
  }

  /** @returns the next row of opaque RGBA, which is good until the next; `null` after the last, or where the data ends */
  nextRow(): Uint8Array | null {
    return this.#instance.run.nextRow() ? this.#rgba : null;
  }

  close(): void {
    this.#instance.giveBack();
  }
}
