import { BoxSums, spread } from './box-sums.ts';
import type { Rect } from './image.ts';
import { beginKernel } from './wasm/kernels.ts';

interface Size {
  width: number;
  height: number;
}

/**
 * Averages pixels over boxes of whole pixels, as rows come, in any order. Means are of premultiplied samples, so that
 * colours under transparent pixels count for nothing; a pixel that does not come counts as transparent.
 *
 * Scalers that lay the same boxes share one: each begins and ends the frame, whose rows come once.
 */
export class BoxShrink {
  /** Boxes a row, and rows of boxes. */
  readonly columns: number;
  readonly rows: number;
  /** A premultiplied RGBA pixel for each box, red in the low byte; right after `end`. */
  readonly means: Uint32Array;
  readonly #bytes: Uint8Array;
  /** The pixels that are averaged; those outside are passed over. */
  readonly #area: Rect;
  readonly #box: Size;
  /** `null` where a box is one pixel. */
  readonly #sums: BoxSums | null;
  /** Whether a frame was begun, and not ended. */
  #isOpen = false;
  /** The boxes that the present frame changes, and their pixels. */
  #dirty: Rect = { left: 0, top: 0, width: 0, height: 0 };
  #pixels: Rect = this.#dirty;

  /**
   * @param area in source pixels
   * @param box in source pixels; the last of a row or column may be cut by the area's edge
   */
  constructor(area: Rect, box: Size) {
    this.columns = Math.ceil(area.width / box.width);
    this.rows = Math.ceil(area.height / box.height);
    this.means = new Uint32Array(this.columns * this.rows);
    this.#bytes = new Uint8Array(this.means.buffer);
    this.#area = area;
    this.#box = box;
    this.#sums = box.width * box.height === 1 ? null : new BoxSums(box, this.means, this.columns);
  }

  /**
   * Starts a frame.
   *
   * @param changed the source pixels that may differ from the frame before; `null` for all
   * @returns the boxes that they are in
   */
  begin(changed: Rect | null): Rect {
    if (this.#isOpen) return this.#dirty;
    this.#isOpen = true;
    const area = this.#area;
    const box = this.#box;
    const { left, top, width, height } = changed ?? area;
    const first = Math.max(0, Math.floor((left - area.left) / box.width));
    const upper = Math.max(0, Math.floor((top - area.top) / box.height));
    const last = Math.min(this.columns, Math.ceil((left + width - area.left) / box.width));
    const lower = Math.min(this.rows, Math.ceil((top + height - area.top) / box.height));
    this.#dirty = { left: first, top: upper, width: Math.max(0, last - first), height: Math.max(0, lower - upper) };
    this.#pixels = {
      left: first * box.width,
      top: upper * box.height,
      width: Math.min(last * box.width, area.width) - first * box.width,
      height: Math.min(lower * box.height, area.height) - upper * box.height,
    };
    for (let row = upper; row < lower; row++) {
      const start = row * this.columns + first;
      this.means.fill(0, start, start + this.#dirty.width);
    }
    this.#sums?.begin(this.#dirty, this.#pixels);
    return this.#dirty;
  }

  /** Takes a row of the frame; a `RowSink`. */
  readonly row = (y: number, rgba: Uint8Array, x: number, step: number, count: number): void => {
    const { left, top, width, height } = this.#pixels;
    const row = y - this.#area.top;
    if (row < top || row >= top + height) return;
    // Of the pixels that came, those that belong to boxes which change.
    const start = x - this.#area.left;
    const from = Math.max(0, Math.ceil((left - start) / step));
    const to = Math.min(count, Math.ceil((left + width - start) / step));
    if (from >= to) return;
    const pixels = rgba.subarray(from * 4, to * 4);
    if (this.#sums) this.#sums.add(row, pixels, start + from * step, step);
    else this.#place(row, pixels, start + from * step, step);
  };

  /** Where each box is one pixel, pixels are premultiplied in the end. */
  #place(row: number, rgba: Uint8Array, column: number, step: number): void {
    const at = row * this.columns + column;
    if (step === 1) this.#bytes.set(rgba, at * 4);
    else spread(rgba, this.means.subarray(at), step);
  }

  /** Ends the frame. */
  end(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    if (this.#sums) this.#sums.end();
    else this.#premultiply();
  }

  #premultiply(): void {
    const { left, top, width, height } = this.#dirty;
    if (width === 0 || height === 0) return;
    const changed = this.means.subarray(top * this.columns + left, (top + height - 1) * this.columns + left + width);
    const kernels = beginKernel();
    const at = kernels.put(changed);
    kernels.run.premultiply(at, width, height, this.columns);
    changed.set(kernels.words(at, changed.length));
  }
}

/** The boxes that several scalers lay over the same frames: equal ones are one. */
export class SharedBoxes {
  readonly #laid = new Map<string, BoxShrink>();

  /** @param area and `box` as for `BoxShrink` */
  lay(area: Rect, box: Size): BoxShrink {
    const key = [area.left, area.top, area.width, area.height, box.width, box.height].join();
    const boxes = this.#laid.get(key) ?? new BoxShrink(area, box);
    this.#laid.set(key, boxes);
    return boxes;
  }
}
