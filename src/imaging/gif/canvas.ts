import type { Rect } from '../image.ts';
import { union } from '../rect.ts';
import type { ImageBlock } from './blocks.ts';
import { decodeRows, interlacedRow, visiblePart } from './image-rows.ts';
import type { LzwDecoder } from './lzw-decoder.ts';
import { DISPOSAL } from './model.ts';

const NOTHING: Readonly<Rect> = { left: 0, top: 0, width: 0, height: 0 };

/** The canvas that the images of a GIF are drawn on, and what it takes to dispose of the last one. */
export class GifCanvas {
  readonly width: number;
  readonly height: number;
  /** Straight RGBA. Transparent at first: browsers never paint the background colour. */
  readonly rgba: Uint8Array;
  readonly #pixels: Int32Array;
  readonly #lzw: LzwDecoder;
  /** What was below the last image where its disposal asks for it, row by row. */
  #saved = new Int32Array(0);
  #last: ImageBlock | null = null;
  #lastChanged: Rect = NOTHING;

  /** @param width pixels @param height pixels @param lzw whose tables are to be used */
  constructor(width: number, height: number, lzw: LzwDecoder) {
    this.width = width;
    this.height = height;
    this.#pixels = new Int32Array(width * height);
    this.rgba = new Uint8Array(this.#pixels.buffer);
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
    if (image.disposal === DISPOSAL.previous) this.#save(this.#visible(image));
    const { drawn, decoded } = this.#paint(bytes, image, colors);
    this.#last = image;
    this.#lastChanged = drawn;
    return { changed: union(disposed, drawn), decoded };
  }

  #visible(image: ImageBlock): Rect {
    return visiblePart(image, this.width, this.height);
  }

  /** Does what the last image's disposal method says (GIF89a, section 23). @returns where that changed the canvas */
  #dispose(): Rect {
    const last = this.#last;
    if (last === null) return NOTHING;
    const { left, top, width, height } = this.#visible(last);
    if (last.disposal === DISPOSAL.background) {
      for (let y = top; y < top + height; y++) {
        const start = y * this.width + left;
        this.#pixels.fill(0, start, start + width);
      }
      return { left, top, width, height };
    }
    if (last.disposal === DISPOSAL.previous) {
      for (let y = 0; y < height; y++) {
        this.#pixels.set(this.#saved.subarray(y * width, (y + 1) * width), (top + y) * this.width + left);
      }
      return this.#lastChanged;
    }
    return NOTHING;
  }

  #save({ left, top, width, height }: Rect): void {
    if (this.#saved.length < width * height) this.#saved = new Int32Array(width * height);
    for (let y = 0; y < height; y++) {
      const start = (top + y) * this.width + left;
      this.#saved.set(this.#pixels.subarray(start, start + width), y * width);
    }
  }

  #paint(bytes: Uint8Array, image: ImageBlock, colors: Int32Array): { drawn: Rect; decoded: number } {
    const { width, height } = image;
    const visible = this.#visible(image);
    const { left, top } = visible;
    const pixels = this.#pixels;
    let minX = this.width;
    let maxX = -1;
    let minY = this.height;
    let maxY = -1;

    const decoded = decodeRows(bytes, image, visible, this.#lzw, (y, indices, from, count) => {
      const to = (top + y) * this.width + left;
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
    const arrived = new Uint8Array(height);
    for (let row = 0; row < rows; row++) arrived[interlacedRow(row, height)] = 1;
    for (let y = 1; y < visibleHeight; y++) {
      if (arrived[y] === 1) continue;
      const to = (top + y) * this.width + left;
      this.#pixels.copyWithin(to, to - this.width, to - this.width + width);
    }
  }
}
