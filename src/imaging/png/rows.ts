import { COLOUR_TYPE, type Expand, expanderOf, LAYOUTS, type PixelFormat, transparentColour } from './format.ts';
import { unfilter, unfilterPixels } from './unfilter.ts';

/** Bytes, and the same for words. At least 3 bytes follow those of a scanline. */
export interface Source {
  readonly buffer: Uint8Array;
  readonly view: DataView;
}

/** Turns scanlines into RGBA, one after the other: what a scanline holds builds on the one above. */
export interface RowDecoder {
  /** Bytes of a scanline of `count` pixels, without its filter type. */
  byteLength(count: number): number;
  /** Makes the next scanline the first of an image, or of a pass. */
  start(): void;
  /**
   * @param filter the scanline's filter type
   * @param at where its bytes are in `source`
   * @param count pixels
   * @returns straight RGBA; good until the next call
   */
  decode(filter: number, source: Source, at: number, count: number): Uint8Array;
}

/** @param width pixels of the longest row that will be asked for */
export function createRowDecoder(format: PixelFormat, width: number): RowDecoder {
  const { colourType, bitDepth } = format;
  const [red, green, blue] = transparentColour(format);
  const hasTransparentColour = red >= 0;
  if (bitDepth === 16 && !hasTransparentColour) {
    return new HighByteRows(createRowDecoder({ ...format, bitDepth: 8 }, width), width);
  }
  if (bitDepth === 8 && colourType === COLOUR_TYPE.truecolourAlpha) return new PixelRows(width, 4, -1);
  if (bitDepth === 8 && colourType === COLOUR_TYPE.truecolour) {
    return new PixelRows(width, 3, red | (green << 8) | (blue << 16));
  }
  return new SampleRows(width, LAYOUTS[colourType].samples * bitDepth, expanderOf(format));
}

/** 8-bit RGB and RGBA, by far the most frequent: unfiltered as RGBA words, which then are the row. */
class PixelRows implements RowDecoder {
  #row: Int32Array;
  #above: Int32Array;
  readonly #size: 3 | 4;
  readonly #transparent: number;

  /**
   * @param size bytes of a stored pixel
   * @param transparent the colour that is, red lowest; −1 for none
   */
  constructor(width: number, size: 3 | 4, transparent: number) {
    this.#row = new Int32Array(width);
    this.#above = new Int32Array(width);
    this.#size = size;
    this.#transparent = transparent;
  }

  byteLength(count: number): number {
    return count * this.#size;
  }

  start(): void {
    this.#row.fill(0);
  }

  decode(filter: number, source: Source, at: number, count: number): Uint8Array {
    const row = this.#above;
    this.#above = this.#row;
    this.#row = row;
    unfilterPixels(filter, source.view, at, this.#above, row, count, this.#size);
    const transparent = this.#transparent;
    if (transparent >= 0) {
      // The next row is unfiltered as well with this one above it: of RGB, no filter looks at alpha.
      for (let i = 0; i < count; i++) if ((row[i] & 0xffffff) === transparent) row[i] = transparent;
    }
    return new Uint8Array(row.buffer, 0, count * 4);
  }
}

/** The other formats: unfiltered as bytes, then made RGBA. */
class SampleRows implements RowDecoder {
  #row: Uint8Array;
  #above: Uint8Array;
  readonly #rgba: Uint32Array;
  readonly #bits: number;
  readonly #expand: Expand;

  /** @param bits of a stored pixel */
  constructor(width: number, bits: number, expand: Expand) {
    this.#bits = bits;
    this.#row = new Uint8Array(this.byteLength(width));
    this.#above = new Uint8Array(this.#row.length);
    this.#rgba = new Uint32Array(width);
    this.#expand = expand;
  }

  byteLength(count: number): number {
    return Math.ceil((count * this.#bits) / 8);
  }

  start(): void {
    this.#row.fill(0);
  }

  decode(filter: number, source: Source, at: number, count: number): Uint8Array {
    const row = this.#above;
    this.#above = this.#row;
    this.#row = row;
    // Filters take pixels of less than a byte as bytes (section 9.2).
    const step = Math.max(1, this.#bits >> 3);
    unfilter(filter, source.buffer, at, this.#above, row, this.byteLength(count), step);
    this.#expand(row, count, this.#rgba);
    return new Uint8Array(this.#rgba.buffer, 0, count * 4);
  }
}

/**
 * 16-bit samples, reduced to their high bytes as browsers do. Filters work on each byte of a pixel by itself
 * (section 9.2), so that the low bytes can be left out before anything else.
 */
class HighByteRows implements RowDecoder {
  readonly #rows: RowDecoder;
  readonly buffer: Uint8Array;
  readonly view: DataView;

  /** @param rows takes the same pixels with 8-bit samples */
  constructor(rows: RowDecoder, width: number) {
    this.#rows = rows;
    this.buffer = new Uint8Array(rows.byteLength(width) + 3);
    this.view = new DataView(this.buffer.buffer);
  }

  byteLength(count: number): number {
    return 2 * this.#rows.byteLength(count);
  }

  start(): void {
    this.#rows.start();
  }

  decode(filter: number, source: Source, at: number, count: number): Uint8Array {
    const from = source.buffer;
    const to = this.buffer;
    const length = this.#rows.byteLength(count);
    for (let i = 0; i < length; i++, at += 2) to[i] = from[at];
    return this.#rows.decode(filter, this, 0, count);
  }
}
