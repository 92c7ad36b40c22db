import type { Geometry, Plane } from './geometry.ts';
import { INVERSE_DCT, type InverseDct } from './idct.ts';
import { wideInverseDct } from './wide-idct.ts';
import { placeQuantisation } from './zigzag.ts';

/**
 * Rows of samples that are kept from the rows of MCUs before. A row of pixels waits for the next row of a subsampled
 * plane:
 * for at most half a sample of it, where a sample is at most 4 rows of pixels.
 */
const ROWS_BEFORE = 4;

const FRACTION = 8;
const ONE = 1 << FRACTION;

/** A row of a component's samples, as many as there are pixels: from `offset` on. */
export interface SampleRow {
  data: Uint8ClampedArray;
  offset: number;
}

/**
 * A window on a component's samples, one row of MCUs high, and the rows of pixels that they stretch to.
 *
 * Subsampled components are interpolated linearly between the centres of their samples: what JFIF asks for, and the
 * "fancy" or triangle filter of other decoders where the factor is 2.
 */
export class PlaneSamples implements SampleRow {
  readonly #plane: Plane;
  readonly #quantisation: Int32Array;
  readonly #inverseDct: InverseDct;
  readonly #samples: Uint8ClampedArray;
  readonly #stride: number;
  readonly #rowsPerMcu: number;
  /** The row of the component that the window starts at; below 0 before there are that many. */
  #top: number;

  /**
   * For each pixel of a row: its sample, and the share of the one after it, of `ONE`. Empty where the plane is full
   * width.
   */
  readonly #columns: Int32Array;
  readonly #shares: Int32Array;
  /** A row between two rows of samples, each times `ONE`; one more than there are, for the last one's neighbour. */
  readonly #blended: Int32Array;
  readonly #stretched: Uint8ClampedArray;

  /** A row of pixels, after `row`: from `offset` on. */
  data: Uint8ClampedArray;
  offset = 0;

  /**
   * @param quantisation in zigzag order
   * @param precision bits of a sample, as stored
   */
  constructor(plane: Plane, geometry: Geometry, quantisation: Uint16Array, precision: number) {
    this.#plane = plane;
    this.#quantisation = placeQuantisation(quantisation, plane.blockSize);
    this.#inverseDct = precision === 8 ? INVERSE_DCT[plane.blockSize] : wideInverseDct(plane.blockSize, precision);
    this.#stride = plane.blockStride * plane.blockSize;
    this.#rowsPerMcu = plane.vertical * plane.blockSize;
    this.#samples = new Uint8ClampedArray(this.#stride * (ROWS_BEFORE + this.#rowsPerMcu));
    this.#top = -ROWS_BEFORE - this.#rowsPerMcu;

    const stretchedWidth = plane.across < 1 ? geometry.width : 0;
    this.#columns = new Int32Array(stretchedWidth);
    this.#shares = new Int32Array(stretchedWidth);
    for (let x = 0; x < stretchedWidth; x++) {
      const centre = this.#centre(x, plane.across, plane.width);
      this.#columns[x] = Math.floor(centre);
      this.#shares[x] = Math.round((centre % 1) * ONE);
    }
    const subsampled = plane.across < 1 || plane.down < 1;
    this.#blended = new Int32Array(subsampled ? plane.width + 1 : 0);
    this.#stretched = new Uint8ClampedArray(subsampled ? geometry.width : 0);
    this.data = this.#samples;
  }

  /**
   * Takes in a row of MCUs.
   *
   * @param coefficients in rows of the plane's blocks, quantised
   * @param index of the row of MCUs in them
   */
  takeRow(coefficients: Int16Array, index: number): void {
    const { blockSize, blockStride, vertical } = this.#plane;
    const inverseDct = this.#inverseDct;
    const samples = this.#samples;
    const stride = this.#stride;
    samples.copyWithin(0, this.#rowsPerMcu * stride);
    this.#top += this.#rowsPerMcu;
    let at = index * vertical * blockStride * blockSize ** 2;
    for (let row = 0; row < vertical; row++) {
      let to = (ROWS_BEFORE + row * blockSize) * stride;
      for (let column = 0; column < blockStride; column++) {
        inverseDct(coefficients, at, this.#quantisation, samples, to, stride);
        at += blockSize * blockSize;
        to += blockSize;
      }
    }
  }

  /** Whether the samples that row `y` of the pixels needs have been taken in. */
  reaches(y: number): boolean {
    const { down, height } = this.#plane;
    const lower = down === 1 ? y : Math.min(Math.floor((y + 0.5) * down - 0.5) + 1, height - 1);
    return lower < this.#top + ROWS_BEFORE + this.#rowsPerMcu;
  }

  /** Sets `data` and `offset` to row `y` of the pixels. */
  row(y: number): void {
    const { down, height } = this.#plane;
    const centre = this.#centre(y, down, height);
    const upper = Math.floor(centre);
    const share = Math.round((centre - upper) * ONE);
    const upperAt = (upper - this.#top) * this.#stride;
    if (this.#blended.length === 0) {
      this.offset = upperAt;
      return;
    }
    const lowerAt = share === 0 ? upperAt : upperAt + this.#stride;
    this.#blend(upperAt, lowerAt, share);
    this.#stretch();
    this.data = this.#stretched;
  }

  /** Where among the samples of one axis a pixel lies. Like libjpeg, and so browsers, two columns are not interpolated. */
  #centre(pixel: number, scale: number, samples: number): number {
    if (this.#plane.across === 0.5 && this.#plane.width <= 2) return Math.floor(pixel * scale);
    return Math.min(Math.max((pixel + 0.5) * scale - 0.5, 0), samples - 1);
  }

  #blend(upperAt: number, lowerAt: number, share: number): void {
    const samples = this.#samples;
    const blended = this.#blended;
    const width = this.#plane.width;
    for (let x = 0; x < width; x++) {
      blended[x] = samples[upperAt + x] * (ONE - share) + samples[lowerAt + x] * share;
    }
    blended[width] = blended[width - 1];
  }

  #stretch(): void {
    const blended = this.#blended;
    const stretched = this.#stretched;
    const columns = this.#columns;
    const shares = this.#shares;
    if (columns.length === 0) {
      for (let x = 0; x < stretched.length; x++) stretched[x] = (blended[x] + ONE / 2) >> FRACTION;
      return;
    }
    for (let x = 0; x < stretched.length; x++) {
      const at = columns[x];
      const share = shares[x];
      stretched[x] = (blended[at] * (ONE - share) + blended[at + 1] * share + (ONE * ONE) / 2) >> (2 * FRACTION);
    }
  }
}
