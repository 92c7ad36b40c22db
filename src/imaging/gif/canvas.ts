import type { Canvas } from '../canvas.ts';
import type { Rect } from '../image.ts';
import { union } from '../rect.ts';
import type { ImageBlock } from './blocks.ts';
import { decodeRows, interlacedRow, visiblePart } from './image-rows.ts';
import type { LzwDecoder } from './lzw-decoder.ts';
import { DISPOSAL } from './model.ts';

const NOTHING: Readonly<Rect> = { left: 0, top: 0, width: 0, height: 0 };

/** Draws the images of a GIF on a canvas, and disposes of them. Browsers never paint the background colour. */
export class GifCanvas {
  readonly #canvas: Canvas;
  readonly #lzw: LzwDecoder;
  #last: ImageBlock | null = null;
  #lastChanged: Rect = NOTHING;

  /** @param lzw whose tables are to be used */
  constructor(canvas: Canvas, lzw: LzwDecoder) {
    this.#canvas = canvas;
    this.#lzw = lzw;
  }

  /**
   * Disposes of the image before, and draws this one.
   *
   * @param colors as `colorsOf` makes them
   * @returns where the canvas may differ from what it was (an empty rectangle where it does not), and how many pixels
   * the image's data held
   */
  draw(bytes: Uint8Array, image: ImageBlock, colors: Int32Array): { changed: Rect; decoded: number } {
    const disposed = this.#dispose();
    if (image.disposal === DISPOSAL.previous) this.#canvas.keep(this.#visible(image));
    const { drawn, decoded } = this.#paint(bytes, image, colors);
    this.#last = image;
    this.#lastChanged = drawn;
    return { changed: union(disposed, drawn), decoded };
  }

  #visible(image: ImageBlock): Rect {
    return visiblePart(image, this.#canvas.width, this.#canvas.height);
  }

  /** Does what the last image's disposal method says (GIF89a, section 23). @returns where that changed the canvas */
  #dispose(): Rect {
    const last = this.#last;
    if (last?.disposal === DISPOSAL.background) {
      const visible = this.#visible(last);
      this.#canvas.clear(visible);
      return visible;
    }
    if (last?.disposal === DISPOSAL.previous) {
      this.#canvas.putBack();
      return this.#lastChanged;
    }
    return NOTHING;
  }

  #paint(bytes: Uint8Array, image: ImageBlock, colors: Int32Array): { drawn: Rect; decoded: number } {
    const { width, height } = image;
    const visible = this.#visible(image);
    const { left, top } = visible;
    const { pixels, width: canvasWidth } = this.#canvas;
    let minX = canvasWidth;
    let maxX = -1;
    let minY = this.#canvas.height;
    let maxY = -1;

    const decoded = decodeRows(bytes, image, visible, this.#lzw, (y, indices, from, count) => {
      const to = (top + y) * canvasWidth + left;
      // Most of an unoptimised animation is the same from frame to frame: what is not need not be scaled again.
      let start = 0;
      for (; start < count; start++) {
        const color = colors[indices[from + start]];
        if (color !== 0 && color !== pixels[to + start]) break;
      }
      if (start === count) return;
      let end = count - 1;
      for (; end > start; end--) {
        const color = colors[indices[from + end]];
        if (color !== 0 && color !== pixels[to + end]) break;
      }
      for (let x = start; x <= end; x++) {
        const color = colors[indices[from + x]];
        // Keeps the pixel where the colour is transparent. Alpha is on top, and a branch could not be foretold: many
        // files have transparent pixels strewn about where a dithered frame is like the one before.
        pixels[to + x] = color | (pixels[to + x] & ~(color >> 31));
      }
      minX = Math.min(minX, left + start);
      maxX = Math.max(maxX, left + end);
      minY = Math.min(minY, top + y);
      maxY = Math.max(maxY, top + y);
    });

    if (image.interlaced && decoded > 0 && decoded < width * height) {
      this.#fillMissingRows(visible, height, Math.floor(decoded / width));
      return { drawn: visible, decoded };
    }
    const drawn = maxY < 0 ? NOTHING : { left: minX, top: minY, width: maxX - minX + 1, height: maxY - minY + 1 };
    return { drawn, decoded };
  }

  /** Rows of an interlaced image that never came show the nearest row above that did, as in browsers. */
  #fillMissingRows({ left, top, width, height: visibleHeight }: Rect, height: number, rows: number): void {
    const { pixels, width: canvasWidth } = this.#canvas;
    const arrived = new Uint8Array(height);
    for (let row = 0; row < rows; row++) arrived[interlacedRow(row, height)] = 1;
    for (let y = 1; y < visibleHeight; y++) {
      if (arrived[y] === 1) continue;
      const to = (top + y) * canvasWidth + left;
      pixels.copyWithin(to, to - canvasWidth, to - canvasWidth + width);
    }
  }
}
