import { PngInstance } from '../wasm/png.ts';

/** Uncompresses a strip or a tile, a row at a time: in little memory, however large it is. */
export interface RowReader {
  /**
   * Begins a strip or tile.
   *
   * @param data its bytes, as stored
   * @throws ImagingError where they cannot be read
   */
  start(data: Uint8Array): void;
  /**
   * Fills `row`.
   *
   * @returns false where the data ends, or is broken, before the row is full
   */
  read(row: Uint8Array): boolean;
  /** Lets go of what it reads with. Nothing is read after that. */
  close?(): void;
}

/** TIFF 6.0, "Compression" 1. */
export class PlainRows implements RowReader {
  #data: Uint8Array = new Uint8Array(0);
  #position = 0;

  start(data: Uint8Array): void {
    this.#data = data;
    this.#position = 0;
  }

  read(row: Uint8Array): boolean {
    const end = this.#position + row.length;
    if (end > this.#data.length) return false;
    row.set(this.#data.subarray(this.#position, end));
    this.#position = end;
    return true;
  }
}

/** TIFF 6.0, section 9: runs of bytes. */
export class PackBitsRows implements RowReader {
  #data: Uint8Array = new Uint8Array(0);
  #position = 0;
  /** Bytes that are left of the present run, and whether they are all the one at the position. */
  #left = 0;
  #repeats = false;

  start(data: Uint8Array): void {
    this.#data = data;
    this.#position = this.#left = 0;
  }

  read(row: Uint8Array): boolean {
    const data = this.#data;
    for (let filled = 0; filled < row.length; ) {
      if (this.#left === 0) this.#nextRun();
      const count = Math.min(this.#left, row.length - filled);
      const start = this.#position;
      if (count === 0 || start + (this.#repeats ? 1 : count) > data.length) return false;
      if (this.#repeats) row.fill(data[start], filled, filled + count);
      else row.set(data.subarray(start, start + count), filled);
      filled += count;
      this.#left -= count;
      if (!this.#repeats || this.#left === 0) this.#position += this.#repeats ? 1 : count;
    }
    return true;
  }

  #nextRun(): void {
    const data = this.#data;
    // −128 stands for nothing.
    while (data[this.#position] === 0x80) this.#position++;
    if (this.#position >= data.length) return;
    const length = data[this.#position++];
    this.#repeats = length > 0x80;
    this.#left = this.#repeats ? 257 - length : length + 1;
  }
}

/** Adobe Photoshop TIFF Technical Notes, 2002: a zlib stream. */
export class DeflatedRows implements RowReader {
  readonly #inflater: PngInstance;

  /** @param rowBytes of the longest row */
  constructor(rowBytes: number) {
    this.#inflater = PngInstance.forBytes(rowBytes);
  }

  start(data: Uint8Array): void {
    this.#inflater.startStream([data]);
  }

  read(row: Uint8Array): boolean {
    const bytes = this.#inflater.read(row.length);
    if (bytes === null) return false;
    row.set(bytes);
    return true;
  }

  close(): void {
    this.#inflater.giveBack();
  }
}

/** Pixels of a chroma sample. */
export type Subsampling = [across: number, down: number];

/** Bytes of a row of units, each of some luma samples and one of Cb and Cr: TIFF 6.0, section 21. */
export function unitRowBytes(width: number, [across, down]: Subsampling): number {
  return Math.ceil(width / across) * (across * down + 2);
}

/**
 * TIFF 6.0, section 21: YCbCr that is stored in units, of some luma samples and one of Cb and Cr each. Makes it rows of
 * three samples a pixel.
 */
export class SubsampledRows implements RowReader {
  readonly #units: RowReader;
  readonly #across: number;
  readonly #down: number;
  readonly #stored: Uint8Array;
  /** Of the stored row: which of its rows of pixels comes next. */
  #line = 0;

  /**
   * @param units reads what is stored
   * @param width pixels
   */
  constructor(units: RowReader, width: number, subsampling: Subsampling) {
    this.#units = units;
    [this.#across, this.#down] = subsampling;
    this.#stored = new Uint8Array(unitRowBytes(width, subsampling));
  }

  start(data: Uint8Array): void {
    this.#units.start(data);
    this.#line = 0;
  }

  read(row: Uint8Array): boolean {
    if (this.#line === 0 && !this.#units.read(this.#stored)) return false;
    const stored = this.#stored;
    const across = this.#across;
    const lumas = across * this.#down;
    const first = this.#line * across;
    for (let unit = 0, to = 0; to < row.length; unit += lumas + 2) {
      for (let x = 0; x < across && to < row.length; x++, to += 3) {
        row[to] = stored[unit + first + x];
        row[to + 1] = stored[unit + lumas];
        row[to + 2] = stored[unit + lumas + 1];
      }
    }
    this.#line = (this.#line + 1) % this.#down;
    return true;
  }

  close(): void {
    this.#units.close?.();
  }
}
