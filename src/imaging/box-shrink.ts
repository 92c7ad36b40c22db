import type { Rect } from './image.ts';
import { beginKernel } from './wasm/kernels.ts';

interface Size {
  width: number;
  height: number;
}

/**
 * Averages pixels over boxes of whole pixels, as rows come, in any order. Means are of premultiplied samples, so that
 * colours under transparent pixels count for nothing; a pixel that does not come counts as transparent.
 */
export class BoxShrink {
  /** Boxes a row, and rows of boxes. */
  readonly columns: number;
  readonly rows: number;
  /** A premultiplied RGBA pixel for each box, red in the low byte; right after `end`. */
  readonly means: Uint32Array;
  /** The pixels that are averaged; those outside are passed over. */
  readonly #area: Rect;
  readonly #box: Size;
  /** Of each box, the sums of red, green and blue times alpha, and of alpha; `null` where a box is one pixel. */
  readonly #sums: Float32Array | null;
  /** Kept from row to row: new ones would pile up as garbage. */
  #spreadRow = new Uint32Array(0);
  /** The boxes that the present frame changes. */
  #dirty: Rect = { left: 0, top: 0, width: 0, height: 0 };

  /**
   * @param area in source pixels
   * @param box in source pixels; the last of a row or column may be cut by the area's edge
   */
  constructor(area: Rect, box: Size) {
    this.columns = Math.ceil(area.width / box.width);
    this.rows = Math.ceil(area.height / box.height);
    this.means = new Uint32Array(this.columns * this.rows);
    this.#area = area;
    this.#box = box;
    this.#sums = box.width * box.height === 1 ? null : new Float32Array(this.columns * this.rows * 4);
  }

  /**
   * Starts a frame.
   *
   * @param changed the source pixels that may differ from the frame before; `null` for all
   * @returns the boxes that they are in
   */
  begin(changed: Rect | null): Rect {
    const area = this.#area;
    const { left, top, width, height } = changed ?? area;
    const first = Math.max(0, Math.floor((left - area.left) / this.#box.width));
    const upper = Math.max(0, Math.floor((top - area.top) / this.#box.height));
    const last = Math.min(this.columns, Math.ceil((left + width - area.left) / this.#box.width));
    const lower = Math.min(this.rows, Math.ceil((top + height - area.top) / this.#box.height));
    this.#dirty = { left: first, top: upper, width: Math.max(0, last - first), height: Math.max(0, lower - upper) };
    for (let row = upper; row < lower; row++) {
      const start = row * this.columns + first;
      this.means.fill(0, start, start + this.#dirty.width);
      this.#sums?.fill(0, start * 4, (start + this.#dirty.width) * 4);
    }
    return this.#dirty;
  }

  /** Takes a row of the frame; a `RowSink`. */
  readonly row = (y: number, rgba: Uint8Array, x: number, step: number, count: number): void => {
    const boxRow = Math.floor((y - this.#area.top) / this.#box.height);
    const { left, top, width, height } = this.#dirty;
    if (boxRow < top || boxRow >= top + height) return;
    const leftmost = this.#area.left + left * this.#box.width;
    const end = Math.min(this.#area.left + this.#area.width, leftmost + width * this.#box.width);
    const run = step === 1 ? rgba : this.#spread(rgba, step, count);
    const from = Math.max(x, leftmost);
    const to = Math.min(x + (count - 1) * step + 1, end);
    if (from >= to) return;
    const pixels = run.subarray((from - x) * 4, (to - x) * 4);
    if (this.#sums) this.#addRun(this.#sums, boxRow, pixels, from);
    else this.#place(boxRow, pixels, from);
  };

  /** Pixels that do not touch, as a pass of an interlaced picture has them, with transparent ones between. */
  #spread(rgba: Uint8Array, step: number, count: number): Uint8Array {
    const words = new Uint32Array(rgba.buffer, rgba.byteOffset, count);
    const length = (count - 1) * step + 1;
    if (this.#spreadRow.length < length) this.#spreadRow = new Uint32Array(length);
    const run = this.#spreadRow.fill(0, 0, length);
    for (let i = 0; i < count; i++) run[i * step] = words[i];
    return new Uint8Array(run.buffer, 0, length * 4);
  }

  /** Adds pixels from column `from` on. */
  #addRun(sums: Float32Array, boxRow: number, rgba: Uint8Array, from: number): void {
    const { width } = this.#box;
    const count = rgba.length / 4;
    const column = Math.floor((from - this.#area.left) / width);
    const first = this.#area.left + (column + 1) * width - from;
    const boxes = 1 + Math.max(0, Math.ceil((count - first) / width));
    const start = (boxRow * this.columns + column) * 4;
    const row = sums.subarray(start, start + boxes * 4);
    const kernels = beginKernel();
    const pixels = kernels.put(rgba);
    const result = kernels.put(row);
    kernels.run.addRow(pixels, count, first, width, result);
    row.set(kernels.floats(result, boxes * 4));
  }

  /** The same where each box is one pixel. */
  #place(boxRow: number, rgba: Uint8Array, from: number): void {
    const count = rgba.length / 4;
    const start = boxRow * this.columns + from - this.#area.left;
    const row = this.means.subarray(start, start + count);
    const kernels = beginKernel();
    const pixels = kernels.put(rgba);
    const result = kernels.put(row);
    kernels.run.premultiply(pixels, count, result);
    row.set(kernels.words(result, count));
  }

  /** Ends the frame. */
  end(): void {
    const sums = this.#sums;
    if (!sums) return;
    const { left, top, width, height } = this.#dirty;
    const right = left + width;
    const lastWide = Math.min(this.#box.width, this.#area.width - (right - 1) * this.#box.width);
    for (let row = top; row < top + height; row++) {
      const tall = Math.min(this.#box.height, this.#area.height - row * this.#box.height);
      const start = row * this.columns + left;
      const kernels = beginKernel();
      const means = kernels.reserve(width * 4);
      const from = kernels.put(sums.subarray(start * 4, (start + width) * 4));
      kernels.run.average(from, width, 1 / (this.#box.width * tall), 1 / (lastWide * tall), means);
      this.means.set(kernels.words(means, width), start);
    }
  }
}
