import { WebpInstance } from '../wasm/webp.ts';
import type { AlphaReader } from './alpha.ts';
import { readVp8Size, splitFrame, splitPartitions } from './vp8-header.ts';

/** Decodes a VP8 key frame (RFC 6386), one row of macroblocks after the other. */
export class Vp8Decoder {
  readonly width: number;
  readonly height: number;
  /** Coefficients come in 1, 2, 4 or 8 of them. */
  readonly partitionCount: number;
  readonly #instance: WebpInstance;

  /**
   * @param data payload of a VP8 chunk, possibly cut short
   * @throws ImagingError when the header cannot be read
   */
  constructor(data: Uint8Array) {
    const { width, height } = readVp8Size(data);
    const { modes, rest } = splitFrame(data);
    const instance = WebpInstance.take(modes);
    this.width = width;
    this.height = height;
    this.#instance = instance;
    this.partitionCount = instance.run.startFrame(width, height);
    instance.addStreams(splitPartitions(rest, data.length, this.partitionCount));
  }

  /**
   * Hands over rows of RGBA from the top, as far as the data goes. Call it once.
   *
   * @param factor 1, or 4 or 8 for a picture reduced by it, sides rounded up
   * @param alpha of a picture that is not reduced; where it ends early, rows are left out. Without it, all is opaque
   * @param emit the array is reused for the next row
   */
  decode(factor: number, alpha: AlphaReader | null, emit: (y: number, rgba: Uint8Array) => void): void {
    const instance = this.#instance;
    const { run } = instance;
    const macroblockRows = Math.ceil(this.height / 16);
    const rowBytes = 4 * Math.ceil(this.width / factor);
    let y = 0;
    for (let row = 0, complete = true; complete && row < macroblockRows; row++) {
      complete = run.decodeMacroblockRow() !== 0;
      const isLast = complete && row === macroblockRows - 1;
      // Chroma row 8·row − 4 is the last that the filter of the next row leaves alone.
      const end = isLast ? Math.ceil(this.height / factor) : Math.floor((16 * row - 8) / factor);
      for (; y < end; y++) {
        if (alpha) {
          const levels = alpha.nextRow();
          if (!levels) continue;
          instance.bytesAt(run.alphaRow(), levels.length).set(levels);
        }
        emit(y, instance.bytesAt(factor === 1 ? run.rgbaRow(y) : run.reducedRgbaRow(y, factor), rowBytes));
      }
    }
    instance.giveBack();
  }
}
