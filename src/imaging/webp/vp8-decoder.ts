import { boxRowToRgba, rowToRgba } from './vp8-colour.ts';
import { readVp8Header, type Vp8Header } from './vp8-header.ts';
import {
  type FilterLimits,
  filterLimits,
  filterMacroblockEdge,
  filterSimple,
  filterSubblockEdge,
} from './vp8-loop-filter.ts';
import { B_PRED, ModeReader } from './vp8-modes.ts';
import { predictBlock, predictSubblock } from './vp8-predict.ts';
import { ResidualReader } from './vp8-residuals.ts';
import { addDc, addInverseDct } from './vp8-transform.ts';

/** Columns to the left of a plane's first pixel; the last one is the border of 129s. */
const LEFT = 4;
/** Columns to the right: the row above continues there for the rightmost subblocks. */
const RIGHT = 4;

/** Three rows of macroblocks of one plane. See `Vp8Decoder`. */
class Plane {
  readonly pixels: Uint8ClampedArray;
  /** The same memory, four pixels at a time. */
  readonly words: Int32Array;
  readonly stride: number;
  /** Rows of a macroblock: 16 for luma, 8 for chroma. */
  readonly size: number;
  private readonly width: number;

  constructor(size: number, macroblocksPerRow: number) {
    this.size = size;
    this.width = size * macroblocksPerRow;
    this.stride = LEFT + this.width + RIGHT;
    this.pixels = new Uint8ClampedArray(3 * size * this.stride);
    this.words = new Int32Array(this.pixels.buffer);
    // Section 12.2: 129 to the left of the picture, 127 above it, its corner included.
    for (let row = 0; row < 3 * size; row++) this.pixels[row * this.stride + LEFT - 1] = 129;
    this.pixels.fill(127, (2 * size - 1) * this.stride, 2 * size * this.stride);
  }

  /** Index of a macroblock's first pixel. @param row 0 to 2, the newest last */
  index(row: number, column: number): number {
    return row * this.size * this.stride + LEFT + column * this.size;
  }

  /** Index of the first pixel of a row of the picture. @param newestRow the macroblock row at 2 */
  rowIndex(y: number, newestRow: number): number {
    return LEFT + (y - (newestRow - 2) * this.size) * this.stride;
  }

  /** Makes room for the next row of macroblocks. */
  advance(): void {
    const { pixels, stride, size, width } = this;
    pixels.copyWithin(0, size * stride);
    const end = (2 * size - 1) * stride + LEFT + width;
    pixels.fill(pixels[end - 1], end, end + RIGHT);
  }
}

/**
 * Decodes a VP8 key frame (RFC 6386), one row of macroblocks after the other.
 *
 * The planes hold three such rows. Prediction needs the row above before the loop filter changes it, so that the
 * filter runs one row behind; it changes up to three pixel rows of the row above its own, so that pixels are final
 * one more row behind.
 */
export class Vp8Decoder {
  private readonly header: Vp8Header;
  private readonly columns: number;
  private readonly macroblockRows: number;
  private readonly luma: Plane;
  private readonly chroma: [Plane, Plane];
  private readonly modes: ModeReader;
  private readonly residuals: ResidualReader;
  private readonly limits: FilterLimits[];
  /** Filter level and "are the inner edges filtered?" of each macroblock, of the newest row and the one before. */
  private levels: Uint8Array;
  private inner: Uint8Array;
  private previousLevels: Uint8Array;
  private previousInner: Uint8Array;

  /**
   * @param data payload of a VP8 chunk, possibly cut short
   * @throws ImagingError when the header cannot be read
   */
  constructor(data: Uint8Array) {
    const header = readVp8Header(data);
    const columns = (header.width + 15) >> 4;
    this.header = header;
    this.columns = columns;
    this.macroblockRows = (header.height + 15) >> 4;
    this.luma = new Plane(16, columns);
    this.chroma = [new Plane(8, columns), new Plane(8, columns)];
    this.modes = new ModeReader(header, columns);
    this.residuals = new ResidualReader(header.coefficientProbs, columns);
    this.limits = filterLimits(header.sharpness);
    this.levels = new Uint8Array(columns);
    this.inner = new Uint8Array(columns);
    this.previousLevels = new Uint8Array(columns);
    this.previousInner = new Uint8Array(columns);
  }

  /**
   * Hands over rows of opaque RGBA from the top, as far as the data goes.
   * @param factor 1, or 4 or 8 for a picture reduced by it, sides rounded up
   * @param emit the array is reused for the next row; alpha that `emit` writes there stays
   */
  decode(factor: number, emit: (y: number, rgba: Uint8Array) => void): void {
    const rgba = new Uint8ClampedArray(4 * Math.ceil(this.width / factor)).fill(255);
    const unclamped = new Uint8Array(rgba.buffer);
    let emitted = 0;
    const emitUntil = (end: number, newestRow: number): void => {
      for (; emitted < end; emitted++) {
        if (factor === 1) this.toRgba(emitted, newestRow, rgba);
        else this.toReducedRgba(emitted, newestRow, factor, rgba);
        emit(emitted, unclamped);
      }
    };
    for (let row = 0; row < this.macroblockRows; row++) {
      if (row > 0) this.advance();
      const complete = this.reconstructRow(row);
      if (row > 0) this.filterRow(row - 1, 1);
      // Chroma row 8·row − 4 is the last that the filter of the next row leaves alone.
      emitUntil(Math.floor((16 * row - 8) / factor), row);
      if (!complete) return;
    }
    this.filterRow(this.macroblockRows - 1, 2);
    emitUntil(Math.ceil(this.height / factor), this.macroblockRows - 1);
  }

  get width(): number {
    return this.header.width;
  }

  get height(): number {
    return this.header.height;
  }

  private advance(): void {
    this.luma.advance();
    for (const plane of this.chroma) plane.advance();
    [this.levels, this.previousLevels] = [this.previousLevels, this.levels];
    [this.inner, this.previousInner] = [this.previousInner, this.inner];
  }

  /** @returns false where the data ends before the row does */
  private reconstructRow(row: number): boolean {
    const { header, modes, residuals } = this;
    const partition = header.partitions[row & (header.partitions.length - 1)];
    modes.startRow();
    residuals.startRow();
    for (let column = 0; column < this.columns; column++) {
      modes.read(column);
      const bySubblock = modes.lumaMode === B_PRED;
      let hasCoefficients = false;
      if (modes.skipped) residuals.skip(column, !bySubblock);
      else hasCoefficients = residuals.read(partition, column, !bySubblock, header.quantisers[modes.segment]);
      if (header.modes.overrun || partition.overrun) return false;
      const level = header.filterLevels[modes.segment];
      this.levels[column] = bySubblock ? level.subblocks : level.whole;
      this.inner[column] = bySubblock || hasCoefficients ? 1 : 0;
      this.reconstructLuma(row, column);
      this.reconstructChroma(row, column);
    }
    return true;
  }

  private reconstructLuma(row: number, column: number): void {
    const { pixels, words, stride } = this.luma;
    const { lumaMode, subblockModes } = this.modes;
    const { coefficients, extent } = this.residuals;
    const at = this.luma.index(2, column);
    const bySubblock = lumaMode === B_PRED;
    if (!bySubblock) predictBlock(lumaMode, pixels, words, at, stride, 16, row > 0, column > 0);
    for (let i = 0; i < 16; i++) {
      const block = at + (i >> 2) * 4 * stride + (i & 3) * 4;
      if (bySubblock) {
        // Section 12.3: what is right of the macroblock is not there yet, so that all rows use what is above it.
        const aboveRight = (i & 3) === 3 ? at - stride + 16 : block - stride + 4;
        predictSubblock(subblockModes[i], pixels, block, stride, aboveRight);
      }
      if (extent[i] > 1) addInverseDct(coefficients, 16 * i, pixels, block, stride);
      else if (extent[i] === 1) addDc(coefficients, 16 * i, pixels, block, stride);
    }
  }

  private reconstructChroma(row: number, column: number): void {
    const { coefficients, extent } = this.residuals;
    const { stride } = this.chroma[0];
    const at = this.chroma[0].index(2, column);
    for (let i = 0; i < 8; i++) {
      const { pixels, words } = this.chroma[i >> 2];
      if ((i & 3) === 0) predictBlock(this.modes.chromaMode, pixels, words, at, stride, 8, row > 0, column > 0);
      const block = at + ((i >> 1) & 1) * 4 * stride + (i & 1) * 4;
      if (extent[16 + i] > 1) addInverseDct(coefficients, 256 + 16 * i, pixels, block, stride);
      else if (extent[16 + i] === 1) addDc(coefficients, 256 + 16 * i, pixels, block, stride);
    }
  }

  /** Section 15.1: left edge, inner vertical edges, top edge, inner horizontal edges; macroblock by macroblock. */
  private filterRow(row: number, planeRow: 1 | 2): void {
    const levels = planeRow === 2 ? this.levels : this.previousLevels;
    const inner = planeRow === 2 ? this.inner : this.previousInner;
    const planes = [this.luma, ...this.chroma];
    for (let column = 0; column < this.columns; column++) {
      if (levels[column] === 0) continue;
      const limits = this.limits[levels[column]];
      if (this.header.simpleFilter) {
        const { pixels, stride } = this.luma;
        const at = this.luma.index(planeRow, column);
        const { macroblockEdge, subblockEdge } = limits;
        if (column > 0) filterSimple(pixels, at, 1, stride, macroblockEdge);
        if (inner[column]) {
          for (let x = 4; x < 16; x += 4) filterSimple(pixels, at + x, 1, stride, subblockEdge);
        }
        if (row > 0) filterSimple(pixels, at, stride, 1, macroblockEdge);
        if (inner[column]) {
          for (let y = 4; y < 16; y += 4) filterSimple(pixels, at + y * stride, stride, 1, subblockEdge);
        }
        continue;
      }
      for (const plane of planes) {
        const { pixels, stride, size } = plane;
        const at = plane.index(planeRow, column);
        if (column > 0) filterMacroblockEdge(pixels, at, 1, stride, size, limits);
        if (inner[column]) {
          for (let x = 4; x < size; x += 4) filterSubblockEdge(pixels, at + x, 1, stride, size, limits);
        }
        if (row > 0) filterMacroblockEdge(pixels, at, stride, 1, size, limits);
        if (inner[column]) {
          for (let y = 4; y < size; y += 4) filterSubblockEdge(pixels, at + y * stride, stride, 1, size, limits);
        }
      }
    }
  }

  private toRgba(y: number, newestRow: number, rgba: Uint8ClampedArray): void {
    const { width, height } = this;
    const [u, v] = this.chroma;
    const near = y >> 1;
    const far = Math.max(0, Math.min((height - 1) >> 1, y & 1 ? near + 1 : near - 1));
    const lumaAt = this.luma.rowIndex(y, newestRow);
    const nearAt = u.rowIndex(near, newestRow);
    const farAt = u.rowIndex(far, newestRow);
    rowToRgba(this.luma.pixels, lumaAt, u.pixels, v.pixels, nearAt, farAt, width, rgba);
  }

  private toReducedRgba(y: number, newestRow: number, factor: number, rgba: Uint8ClampedArray): void {
    const { width, height } = this;
    const [luma, u, v] = [this.luma, ...this.chroma].map((plane) => {
      const at = plane.rowIndex((y * factor * plane.size) / 16, newestRow);
      return { pixels: plane.pixels, at, stride: plane.stride };
    });
    boxRowToRgba(luma, u, v, factor, width, Math.min(factor, height - y * factor), rgba);
  }
}
