import type { Rect, RowSink } from './image.ts';

/**
 * The canvas that the frames of an animation are drawn on, and what is under a frame that is to be undone.
 * Transparent at first.
 */
export class Canvas {
  readonly width: number;
  readonly height: number;
  /** Straight RGBA, a word a pixel, red in the lowest byte. */
  readonly pixels: Int32Array<ArrayBuffer>;
  readonly #rgba: Uint8Array;
  /** The pixels of `#keptRect`, row by row. Made once, as large as it gets: smaller ones would pile up as garbage. */
  #kept: Int32Array<ArrayBuffer> | null = null;
  readonly #mostKept: number;
  #keptRect: Rect = { left: 0, top: 0, width: 0, height: 0 };

  /** @param width pixels @param height pixels @param mostKept pixels of the largest rectangle that will be kept */
  constructor(width: number, height: number, mostKept: number) {
    this.width = width;
    this.height = height;
    this.pixels = new Int32Array(width * height);
    this.#rgba = new Uint8Array(this.pixels.buffer);
    this.#mostKept = mostKept;
  }

  /** Makes a rectangle transparent. */
  clear({ left, top, width, height }: Rect): void {
    for (let y = top; y < top + height; y++) {
      const start = y * this.width + left;
      this.pixels.fill(0, start, start + width);
    }
  }

  /** Keeps what is in a rectangle, instead of what was kept before. */
  keep(rect: Rect): void {
    this.#kept ??= new Int32Array(this.#mostKept);
    this.#keptRect = rect;
    const { left, top, width, height } = rect;
    for (let y = 0; y < height; y++) {
      const start = (top + y) * this.width + left;
      this.#kept.set(this.pixels.subarray(start, start + width), y * width);
    }
  }

  /** Puts back what was kept. */
  putBack(): void {
    const { left, top, width, height } = this.#keptRect;
    for (let y = 0; y < height; y++) {
      this.pixels.set(this.#kept?.subarray(y * width, (y + 1) * width) ?? [], (top + y) * this.width + left);
    }
  }

  /**
   * Gives the memory back at once; the canvas is of no use after that. Until it is collected as garbage, the next picture,
   * or a second drawing of this one, would have a canvas beside it.
   */
  free(): void {
    this.pixels.buffer.transfer(0);
    this.#kept?.buffer.transfer(0);
  }

  /**
   * Draws pixels as decoders hand them over, at the place of their frame.
   *
   * @param isBlended whether they are composited over what is there; otherwise they replace it
   */
  sink({ left, top }: Rect, isBlended: boolean): RowSink {
    const { pixels, width } = this;
    return (y, rgba, x, step, count) => {
      const source = new Int32Array(rgba.buffer, rgba.byteOffset, count);
      const start = (top + y) * width + left + x;
      if (isBlended) over(source, pixels, start, step);
      else if (step === 1) pixels.set(source, start);
      else for (let i = 0, to = start; i < count; i++, to += step) pixels[to] = source[i];
    };
  }

  /** Hands over the whole canvas. */
  readonly rows = (sink: RowSink): void => {
    const stride = this.width * 4;
    for (let y = 0; y < this.height; y++) {
      sink(y, this.#rgba.subarray(y * stride, (y + 1) * stride), 0, 1, this.width);
    }
  };
}

/** Hands over the only frame of a file without a canvas: around it all is transparent. */
export function placed({ left, top }: Rect, sink: RowSink): RowSink {
  return (y, rgba, x, step, count) => sink(top + y, rgba, left + x, step, count);
}

/** Composites pixels over those at `start`, `start + step` … */
function over(source: Int32Array, pixels: Int32Array, start: number, step: number): void {
  for (let i = 0, to = start; i < source.length; i++, to += step) {
    const alpha = source[i] >>> 24;
    if (alpha === 255) pixels[to] = source[i];
    else if (alpha > 0) pixels[to] = blend(source[i], pixels[to]);
  }
}

/**
 * Composites a pixel over another, both with straight alpha (Porter and Duff, 1984; PNG third edition, section 13.16;
 * RFC 9649, section 2.7.1.1). Alpha becomes a + b − ab; colours weigh what they contribute to it.
 */
function blend(source: number, below: number): number {
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
