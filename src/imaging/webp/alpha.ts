import { corrupt } from '../errors.ts';
import { LIMITS } from '../limits.ts';
import { WebpInstance } from '../wasm/webp.ts';

// Section 2.7.1.2.
const UNCOMPRESSED = 0;
const LOSSLESS = 1;

/**
 * Reads the alpha plane of a lossy picture row by row (RFC 9649 section 2.7.1.2). The hint that levels were
 * reduced needs no attention: they are shown as they are.
 */
export class AlphaReader {
  readonly #instance: WebpInstance;
  readonly #width: number;

  /**
   * @param payload of an ALPH chunk, possibly cut short
   * @throws ImagingError when the header is damaged
   */
  constructor(payload: Uint8Array, width: number, height: number) {
    if (payload.length === 0) throw corrupt('WebP', 'the ALPH chunk is empty');
    const compression = payload[0] & 3;
    if (compression > LOSSLESS) throw corrupt('WebP', `alpha compression 0 or 1 was expected; found ${compression}`);
    const filter = (payload[0] >> 2) & 3;
    this.#width = width;
    this.#instance = WebpInstance.take(payload.subarray(1));
    this.#instance.run.startAlpha(width, height, compression !== UNCOMPRESSED, filter, LIMITS.webpPrefixEntries);
  }

  /** @returns the next row, until the next call; `null` after the last, or where the data ends */
  nextRow(): Uint8Array | null {
    const row = this.#instance.run.nextAlphaRow();
    return row === 0 ? null : this.#instance.bytesAt(row, this.#width);
  }

  /** Call it when no more rows are needed. */
  close(): void {
    this.#instance.giveBack();
  }
}
