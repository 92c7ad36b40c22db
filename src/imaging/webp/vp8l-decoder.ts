import { corrupt } from '../errors.ts';
import { LIMITS } from '../limits.ts';
import { Vp8lInstance } from '../wasm/vp8l.ts';

const SIGNATURE = 0x2f;
export const VP8L_HEADER_BYTES = 5;

export interface Vp8lHeader {
  width: number;
  height: number;
  /** When false, the alpha channel means nothing and the picture is opaque. */
  hasAlpha: boolean;
}

/** RFC 9649 section 3.4. @param data payload of a VP8L chunk */
export function readVp8lHeader(data: Uint8Array): Vp8lHeader {
  if (data.length < VP8L_HEADER_BYTES) {
    throw corrupt('WebP', `the lossless header takes ${VP8L_HEADER_BYTES} bytes; the file has ${data.length}`);
  }
  if (data[0] !== SIGNATURE) {
    throw corrupt('WebP', `the lossless signature 2f was expected; found ${data[0].toString(16).padStart(2, '0')}`);
  }
  const width = (data[1] | ((data[2] & 0x3f) << 8)) + 1;
  const height = ((data[2] >> 6) | (data[3] << 2) | ((data[4] & 0x0f) << 10)) + 1;
  const hasAlpha = (data[4] & 0x10) !== 0;
  const version = data[4] >> 5;
  if (version !== 0) throw corrupt('WebP', `lossless version 0 was expected; found ${version}`);
  return { width, height, hasAlpha };
}

/**
 * Decodes a lossless image row by row (RFC 9649 section 3), in an instance of the WebAssembly module that it holds until it
 * is closed.
 */
export class Vp8lDecoder {
  readonly #instance: Vp8lInstance;
  readonly #row: Uint8Array;

  /**
   * @param data what follows the header: transforms and image; possibly cut short
   * @throws ImagingError when no row can be decoded for want of transforms or prefix codes
   */
  constructor(data: Uint8Array, width: number, height: number) {
    const instance = Vp8lInstance.take(data);
    this.#instance = instance;
    try {
      const row = instance.run.begin(data.length, width, height, LIMITS.webpPrefixEntries);
      this.#row = new Uint8Array(instance.memory.buffer, row, 4 * width);
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /** @returns the next row's pixels as B, G, R, A, until the next call; `null` after the last, or where the data ends */
  nextRow(): Uint8Array | null {
    return this.#instance.run.nextRow() ? this.#row : null;
  }

  /** The same as R, G, B, A. @param opaque whether its alpha means nothing */
  nextRgbaRow(opaque: boolean): Uint8Array | null {
    const row = this.nextRow();
    if (row) this.#instance.run.toRgba(Number(opaque));
    return row;
  }

  close(): void {
    this.#instance.giveBack();
  }
}
