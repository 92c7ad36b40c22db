import type { RowSink } from '../image.ts';
import { PngInstance } from '../wasm/png.ts';
import { coloursOf, LAYOUTS, type PixelFormat } from './format.ts';

/** Some of an image's pixels: those at `left`, `left + stepX` …, in rows `top`, `top + stepY` … */
interface Grid {
  left: number;
  top: number;
  stepX: number;
  stepY: number;
}

const WHOLE_IMAGE: readonly Grid[] = [{ left: 0, top: 0, stepX: 1, stepY: 1 }];

/** The passes of the Adam7 interlace method (PNG third edition, section 8.1). */
const ADAM7: readonly Grid[] = [
  { left: 0, top: 0, stepX: 8, stepY: 8 },
  { left: 4, top: 0, stepX: 8, stepY: 8 },
  { left: 0, top: 4, stepX: 4, stepY: 8 },
  { left: 2, top: 0, stepX: 4, stepY: 4 },
  { left: 0, top: 2, stepX: 2, stepY: 4 },
  { left: 1, top: 0, stepX: 2, stepY: 2 },
  { left: 0, top: 1, stepX: 1, stepY: 2 },
];

/** After each pass, one pixel is known in each cell of this size: the one in its top left corner. */
const CELLS = [
  { width: 8, height: 8 },
  { width: 4, height: 8 },
  { width: 4, height: 4 },
  { width: 2, height: 4 },
  { width: 2, height: 2 },
  { width: 1, height: 2 },
  { width: 1, height: 1 },
];

/** How much of an image there was. */
export type Completeness = 'complete' | 'partial' | 'empty';

/** Decodes images of one pixel format, a scanline at a time: a few rows in memory, whatever the image's size. */
export class ScanlineDecoder {
  readonly #passes: readonly Grid[];
  readonly #instance: PngInstance;

  /** @param width pixels of the widest image that will be decoded */
  constructor(format: PixelFormat, interlaced: boolean, width: number) {
    const { colourType, bitDepth } = format;
    this.#passes = interlaced ? ADAM7 : WHOLE_IMAGE;
    this.#instance = PngInstance.forRows(width, LAYOUTS[colourType].samples, bitDepth, coloursOf(format));
  }

  /** Leaves what it decodes with to the next one. Nothing is decoded after that. */
  close(): void {
    this.#instance.giveBack();
  }

  /**
   * Hands over an image's pixels as they are inflated. Where the data ends early, or is damaged from some byte on, rows
   * that did not come are left out; of an interlaced image, pixels that did not come are filled in with coarser ones.
   * @param parts the image's compressed data; gone through once more where it ends early
   */
  decode(width: number, height: number, parts: Iterable<Uint8Array>, sink: RowSink): Completeness {
    const end = this.#decodeRows(width, height, parts, sink);
    if (end === null) return 'complete';
    if (end.pass === 0 && end.y === 0) return 'empty';
    if (this.#passes === ADAM7) this.#fillIn(width, height, parts, sink, end);
    return 'partial';
  }

  /** @returns the pass and the row that did not come; `null` where all came */
  #decodeRows(
    width: number,
    height: number,
    parts: Iterable<Uint8Array>,
    sink: RowSink,
  ): { pass: number; y: number } | null {
    const instance = this.#instance;
    instance.startStream(parts);
    for (const [pass, { left, top, stepX, stepY }] of this.#passes.entries()) {
      const count = Math.ceil((width - left) / stepX);
      // A pass without columns has no scanlines either (section 8.1).
      if (count <= 0) continue;
      instance.startPass();
      for (let y = top; y < height; y += stepY) {
        const rgba = instance.nextRow(count);
        if (rgba === null) return { pass, y };
        sink(y, rgba, left, stepX, count);
      }
    }
    return null;
  }

  /**
   * Shows a truncated interlaced image as browsers do: each pixel that came, also in place of those that did not come
   * to its right and below it. To keep no picture in memory, those that came are decoded once more.
   * @param end the pass and the row that did not come
   */
  #fillIn(
    width: number,
    height: number,
    parts: Iterable<Uint8Array>,
    sink: RowSink,
    end: { pass: number; y: number },
  ): void {
    // Down to here, the pass that was cut is known as well. It has one row in each cell of the pass before.
    const split = end.pass === 0 ? end.y : end.y - (end.y % CELLS[end.pass - 1].height);
    this.#decodeRows(width, height, parts, (y, rgba, left, stepX, count) => {
      const cell = CELLS[y < split ? end.pass : end.pass - 1];
      for (let cellY = 0; cellY < cell.height && y + cellY < height; cellY++) {
        for (let cellX = 0; cellX < cell.width && left + cellX < width; cellX++) {
          const x = left + cellX;
          if (cellX + cellY > 0) sink(y + cellY, rgba, x, stepX, Math.min(count, Math.ceil((width - x) / stepX)));
        }
      }
    });
  }
}
