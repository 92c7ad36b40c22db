import type { Rect, RowSink } from '../image.ts';
import { union } from '../rect.ts';
import { BLEND, DISPOSE, type Frame } from './animation.ts';

/** The output buffer that frames are composited in (PNG third edition, section 4.9 and 11.3.5). */
export class Canvas {
  readonly #width: number;
  readonly #height: number;
  /** Straight RGBA, as little-endian words; starts fully transparent. */
  readonly #pixels: Uint32Array;
  readonly #bytes: Uint8Array;
  /** What was under the frame that is to be disposed of by `previous`. */
  #saved = new Uint32Array(0);
  #last: Frame | null = null;

  constructor(width: number, height: number) {
    this.#width = width;
    this.#height = height;
    this.#pixels = new Uint32Array(width * height);
    this.#bytes = new Uint8Array(this.#pixels.buffer);
  }

  /**
   * Disposes of the frame before, and makes ready for the next.
   * @returns what of the canvas may differ from the frame before, when the frame is drawn; `null` for the first frame
   */
  begin(frame: Frame): Rect | null {
    const last = this.#last;
    if (last !== null) this.#dispose(last);
    // The first frame has nothing before it: `previous` is then `background` (section 11.3.5.2).
    const dispose = last === null && frame.dispose === DISPOSE.previous ? DISPOSE.background : frame.dispose;
    if (dispose === DISPOSE.previous) this.#save(frame);
    this.#last = { ...frame, dispose };
    if (last === null) return null;
    return last.dispose === DISPOSE.none ? rectOf(frame) : union(last, frame);
  }

  /** Draws the pixels of the frame that was begun, as a decoder hands them over. */
  readonly draw: RowSink = (y, rgba, x, step, count) => {
    const frame = this.#last;
    if (frame === null) return;
    const pixels = this.#pixels;
    const source = new Uint32Array(rgba.buffer, rgba.byteOffset, count);
    let to = (frame.top + y) * this.#width + frame.left + x;
    if (frame.blend !== BLEND.over) {
      if (step === 1) pixels.set(source, to);
      else for (let i = 0; i < count; i++, to += step) pixels[to] = source[i];
      return;
    }
    for (let i = 0; i < count; i++, to += step) {
      const alpha = source[i] >>> 24;
      if (alpha === 255) pixels[to] = source[i];
      else if (alpha > 0) pixels[to] = blendOver(source[i], pixels[to]);
    }
  };

  /** Hands over the canvas. */
  rows(sink: RowSink): void {
    const stride = this.#width * 4;
    for (let y = 0; y < this.#height; y++) {
      sink(y, this.#bytes.subarray(y * stride, (y + 1) * stride), 0, 1, this.#width);
    }
  }

  #save({ left, top, width, height }: Rect): void {
    if (this.#saved.length < width * height) this.#saved = new Uint32Array(width * height);
    for (let y = 0; y < height; y++) {
      const from = (top + y) * this.#width + left;
      this.#saved.set(this.#pixels.subarray(from, from + width), y * width);
    }
  }

  #dispose({ left, top, width, height, dispose }: Frame): void {
    for (let y = 0; y < height; y++) {
      const to = (top + y) * this.#width + left;
      if (dispose === DISPOSE.background) this.#pixels.fill(0, to, to + width);
      else if (dispose === DISPOSE.previous) this.#pixels.set(this.#saved.subarray(y * width, (y + 1) * width), to);
    }
  }
}

/**
 * Composites a pixel over another, both with straight alpha: the sample formula of section 13.16, for a canvas that may
 * be transparent itself. Alpha becomes a + b − ab; colours weigh what they contribute to it.
 */
function blendOver(source: number, below: number): number {
  const alpha = source >>> 24;
  const sourceWeight = alpha * 255;
  const belowWeight = (below >>> 24) * (255 - alpha);
  const weight = sourceWeight + belowWeight;
  const red = mix(source & 255, sourceWeight, below & 255, belowWeight, weight);
  const green = mix((source >> 8) & 255, sourceWeight, (below >> 8) & 255, belowWeight, weight);
  const blue = mix((source >> 16) & 255, sourceWeight, (below >> 16) & 255, belowWeight, weight);
  return red | (green << 8) | (blue << 16) | (Math.round(weight / 255) << 24);
}

function mix(a: number, weightA: number, b: number, weightB: number, weight: number): number {
  return ((a * weightA + b * weightB + (weight >> 1)) / weight) | 0;
}

function rectOf({ left, top, width, height }: Rect): Rect {
  return { left, top, width, height };
}
