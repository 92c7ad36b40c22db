import type { Rect } from './image.ts';
import { beginKernel, type Kernels } from './wasm/kernels.ts';

/** Rows of the same boxes are added together, as long as they take no more bytes: each call takes its time. */
const MOST_WAITING = 32_768;
/** Red, green and blue times alpha, and alpha. */
const SUMS_OF_BOX = 4;

/** A row of boxes that pixels are missing of. */
interface Unfinished {
  /** `SUMS_OF_BOX` for each box. */
  sums: Float32Array;
  /** How many pixels did not come yet. */
  missing: number;
}

/**
 * The sums of boxes of more than one pixel. Those of a row of boxes are kept no longer than pixels of it are missing: where
 * rows come in their order, that is one row of boxes at a time. Columns and rows are counted from the area's left and top.
 */
export class BoxSums {
  readonly #box: { width: number; height: number };
  readonly #means: Uint32Array;
  readonly #columns: number;
  #dirty: Rect = { left: 0, top: 0, width: 0, height: 0 };
  #pixels: Rect = this.#dirty;
  /** By the row of boxes. */
  readonly #unfinished = new Map<number, Unfinished>();
  /** Rows that are yet to be added, one after the other, all of one row of boxes: so many pixels from `column` on. */
  #waiting = new Uint8Array(0);
  #filled = 0;
  #boxRow = 0;
  #column = 0;
  #count = 0;
  /** How many of them came; the others lie between them. */
  #came = 0;

  /**
   * @param box in source pixels
   * @param means takes a premultiplied pixel for each box, `columns` a row
   */
  constructor(box: { width: number; height: number }, means: Uint32Array, columns: number) {
    this.#box = box;
    this.#means = means;
    this.#columns = columns;
  }

  /** Starts a frame. @param dirty the boxes that will change @param pixels all that are in them */
  begin(dirty: Rect, pixels: Rect): void {
    this.#dirty = dirty;
    this.#pixels = pixels;
  }

  /** Adds straight RGBA pixels in `column`, `column + step` …, all of them in boxes that change. */
  add(row: number, rgba: Uint8Array, column: number, step: number): void {
    const boxRow = Math.floor(row / this.#box.height);
    const count = (rgba.length / 4 - 1) * step + 1;
    const isNext = boxRow === this.#boxRow && column === this.#column && count === this.#count;
    if (!isNext || this.#filled + count * 4 > this.#waiting.length) {
      this.#addWaiting();
      this.#boxRow = boxRow;
      this.#column = column;
      this.#count = count;
      const wanted = Math.max(count * 4, Math.min(MOST_WAITING, count * 4 * this.#box.height));
      if (this.#waiting.length < wanted) this.#waiting = new Uint8Array(wanted);
    }
    if (step === 1) this.#waiting.set(rgba, this.#filled);
    else {
      // Between them lie transparent ones.
      const run = new Uint32Array(this.#waiting.buffer, this.#filled, count).fill(0);
      spread(rgba, run, step);
    }
    this.#filled += count * 4;
    this.#came += rgba.length / 4;
  }

  /** Ends the frame: what did not come is transparent. */
  end(): void {
    this.#addWaiting();
    for (const [boxRow, { sums }] of this.#unfinished) {
      const kernels = beginKernel();
      this.#average(kernels, boxRow, kernels.put(sums));
    }
    this.#unfinished.clear();
  }

  #addWaiting(): void {
    if (this.#filled === 0) return;
    const { left, width } = this.#dirty;
    const boxRow = this.#boxRow;
    const unfinished = this.#unfinished.get(boxRow);
    const length = width * SUMS_OF_BOX;
    const kernels = beginKernel();
    const sums = unfinished ? kernels.put(unfinished.sums) : kernels.reserve(length * 4);
    if (!unfinished) kernels.floats(sums, length).fill(0);
    const box = Math.floor(this.#column / this.#box.width);
    kernels.run.addRows(
      kernels.put(this.#waiting.subarray(0, this.#filled)),
      this.#filled / this.#count / 4,
      this.#count,
      (box + 1) * this.#box.width - this.#column,
      this.#box.width,
      sums + (box - left) * SUMS_OF_BOX * 4,
    );
    const missing = (unfinished?.missing ?? this.#pixels.width * this.#heightOf(boxRow)) - this.#came;
    this.#filled = 0;
    this.#came = 0;
    if (missing > 0) {
      const kept = unfinished ?? { sums: new Float32Array(length), missing };
      kept.sums.set(kernels.floats(sums, length));
      kept.missing = missing;
      this.#unfinished.set(boxRow, kept);
      return;
    }
    this.#unfinished.delete(boxRow);
    this.#average(kernels, boxRow, sums);
  }

  /** Pixels: the last row of boxes may be cut. */
  #heightOf(boxRow: number): number {
    const { top, height } = this.#pixels;
    return Math.min(this.#box.height, top + height - boxRow * this.#box.height);
  }

  /** @param sums where the kernels find those of the row */
  #average(kernels: Kernels, boxRow: number, sums: number): void {
    const { left, width } = this.#dirty;
    const tall = this.#heightOf(boxRow);
    const lastWide = this.#pixels.left + this.#pixels.width - (left + width - 1) * this.#box.width;
    const means = kernels.reserve(width * 4);
    kernels.run.average(sums, width, 1 / (this.#box.width * tall), 1 / (lastWide * tall), means);
    this.#means.set(kernels.words(means, width), boxRow * this.#columns + left);
  }
}

/** Lays down pixels that do not touch, as a pass of an interlaced picture has them. */
export function spread(rgba: Uint8Array, target: Uint32Array, step: number): void {
  const pixels = new Uint32Array(rgba.buffer, rgba.byteOffset, rgba.length / 4);
  for (let i = 0, to = 0; i < pixels.length; i++, to += step) target[to] = pixels[i];
}
