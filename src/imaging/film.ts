import { type ExpectedGif, GifAnimation } from './animation.ts';
import type { Canvas } from './draw.ts';
import { ImagingError } from './errors.ts';
import { LIMITS } from './limits.ts';
import type { Pace } from './pace.ts';
import { type CanvasFrame, Quantiser } from './quantise.ts';

/** To draw and to quantise a pixel of the canvas takes as long as so many source pixels. */
export const CANVAS_WORK = 20;

/** An emoji of one size as it is made: its frames are reduced to the colours of a GIF, some at a time, and packed. */
export class Film {
  /** Pixels a side. */
  readonly size: number;
  /** The highest alpha of all frames. */
  strongestAlpha = 0;
  /** The first frame that is shown, in all its colours: 32-bit words, red in the low byte, 0 where transparent. */
  first: Uint32Array | null = null;
  readonly #pace: Pace;
  readonly #quantiser: Quantiser;
  readonly #isOptional: boolean;
  /** Null of an optional one that got too large. */
  #animation: GifAnimation | null;
  #batch: CanvasFrame[] = [];
  /** Canvases of batches that are done: new ones for each frame of a long animation would pile up as garbage. */
  readonly #spare: Uint32Array[] = [];

  /**
   * @param isAnimated whether there may be more than one frame
   * @param plays how often the animation plays; 0 is for ever
   * @param isOptional whether it is given up, instead of the picture, when it gets too large
   */
  constructor(size: number, isAnimated: boolean, plays: number, isOptional: boolean, pace: Pace) {
    this.size = size;
    this.#pace = pace;
    this.#quantiser = new Quantiser(size, isAnimated);
    this.#isOptional = isOptional;
    this.#animation = new GifAnimation(size, plays, isOptional ? LIMITS.furtherGifBytes : LIMITS.gifBytes);
  }

  /** @param delay milliseconds, a multiple of 10; null for a frame that is passed over */
  async add({ pixels, strongestAlpha }: Canvas, delay: number | null): Promise<void> {
    this.strongestAlpha = Math.max(this.strongestAlpha, strongestAlpha);
    if (delay === null || this.#animation === null) return;
    this.first ??= pixels.slice();
    const canvas = this.#spare.pop() ?? new Uint32Array(pixels.length);
    canvas.set(pixels);
    this.#batch.push({ pixels: canvas, delay });
    if (this.#batch.length * this.size ** 2 >= LIMITS.batchPixels) await this.#endBatch();
  }

  /** Ends the film. @param isStill what is left of an animation that is cut off after its first frame is one too */
  async end(isStill: boolean): Promise<void> {
    if (isStill) this.#batch = this.#batch.map((frame) => ({ ...frame, delay: 0 }));
    if (this.#batch.length > 0) await this.#endBatch();
  }

  /** @returns the file; null of an optional one that got too large */
  finish(): { gif: Uint8Array<ArrayBuffer>; expected: ExpectedGif } | null {
    return this.#write((animation) => animation.finish());
  }

  async #endBatch(): Promise<void> {
    for (const frame of this.#quantiser.quantise(this.#batch)) {
      if (this.#write((animation) => animation.add(frame) ?? true) === null) break;
      await this.#pace.spend(this.size ** 2 * CANVAS_WORK);
    }
    // The quantiser goes on from the last.
    if (this.#animation) this.#spare.push(...this.#batch.slice(0, -1).map(({ pixels }) => pixels));
    this.#batch = [];
  }

  #write<Result>(act: (animation: GifAnimation) => Result): Result | null {
    try {
      return this.#animation && act(this.#animation);
    } catch (error) {
      if (!this.#isOptional || !(error instanceof ImagingError)) throw error;
      this.#animation = null;
      this.#spare.length = 0;
      return null;
    }
  }
}
