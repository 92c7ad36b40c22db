import { corrupt } from '../errors.ts';
import { Vp8lDecoder } from './vp8l-decoder.ts';

// Section 2.7.1.2.
const UNCOMPRESSED = 0;
const LOSSLESS = 1;
const HORIZONTAL = 1;
const VERTICAL = 2;
const GRADIENT = 3;

/**
 * Reads the alpha plane of a lossy picture row by row (RFC 9649 section 2.7.1.2). The hint that levels were
 * reduced needs no attention: they are shown as they are.
 */
export class AlphaReader {
  private readonly data: Uint8Array;
  private readonly filter: number;
  /** The green channel of a lossless image without header; `null` where the plane is stored as it is. */
  private readonly lossless: Vp8lDecoder | null;
  private readonly width: number;
  /** The row before, which the filters refer to. */
  private readonly row: Uint8Array;
  private y = 0;

  /**
   * @param payload of an ALPH chunk, possibly cut short
   * @throws ImagingError when the header is damaged
   */
  constructor(payload: Uint8Array, width: number, height: number) {
    if (payload.length === 0) throw corrupt('WebP', 'the ALPH chunk is empty');
    const compression = payload[0] & 3;
    if (compression > LOSSLESS) throw corrupt('WebP', `alpha compression 0 or 1 was expected; found ${compression}`);
    this.filter = (payload[0] >> 2) & 3;
    this.data = payload.subarray(1);
    this.lossless = compression === UNCOMPRESSED ? null : new Vp8lDecoder(this.data, width, height);
    this.width = width;
    this.row = new Uint8Array(width);
  }

  /** @returns the next row, until the next call; `null` after the last, or where the data ends */
  nextRow(): Uint8Array | null {
    const { width, row, data, y } = this;
    // What is left of the first pixel, for all filters: the pixel above, or 0 in the corner.
    let left = y === 0 ? 0 : row[0];
    let topLeft = left;
    const filter = y === 0 && this.filter !== 0 ? HORIZONTAL : this.filter;
    const pixels = this.lossless?.nextRow();
    if (pixels === null || (!pixels && width * (y + 1) > data.length)) return null;
    for (let x = 0; x < width; x++) {
      const residual = pixels ? pixels[4 * x + 1] : data[width * y + x];
      const top = row[x];
      let prediction = 0;
      if (filter === HORIZONTAL) prediction = left;
      else if (filter === VERTICAL) prediction = top;
      else if (filter === GRADIENT) prediction = x === 0 ? top : clamp(left + top - topLeft);
      left = (prediction + residual) & 0xff;
      topLeft = top;
      row[x] = left;
    }
    this.y++;
    return row;
  }

  close(): void {
    this.lossless?.close();
  }
}

function clamp(value: number): number {
  return Math.max(0, Math.min(255, value));
}
