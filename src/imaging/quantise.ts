import { diffuseErrors } from './dither.ts';
import { equalPixels, erases } from './frame-drawing.ts';
import { Histogram } from './histogram.ts';
import { MOST_COLOURS, Palette } from './palette.ts';

/** A frame on the canvas. */
export interface CanvasFrame {
  /** 32-bit words, red in the low byte; 0 is transparent. */
  pixels: Uint32Array;
  /** Milliseconds, a multiple of 10. */
  delay: number;
}

/** A frame in the colours that it will be seen in. */
export interface QuantisedFrame extends CanvasFrame {
  palette: Palette;
  /** Palette indices of all pixels; where `isComplete` is false, of those that differ from the frame before. */
  indices: Uint8Array;
  isComplete: boolean;
}

// Mean squared errors of a pixel, over three channels.
/** Stills spend all colours: a palette is small beside the picture. */
const GOOD_STILL = 1;
/** In an animation more colours cost bytes in every frame; the edges of what moves are farther off than this. */
const GOOD_ANIMATION = 16;
/** From this on one palette is not enough for all frames. */
const POOR = 24;
/** The same where pixels are erased: frames in palettes of their own are then drawn as a whole, which costs bytes. */
const POOR_ERASED = 48;
/** A palette serves the next frame as well as long as it is no worse there than this, times what it was chosen for. */
const TOLERANCE = 1.25;

/**
 * Shows frames in 256 colours: exactly where they have no more, otherwise with the tones between made by error
 * diffusion. A pixel that does not change from one frame to the next is not drawn anew, so still areas stay still.
 */
export class Quantiser {
  readonly #size: number;
  readonly #isAnimated: boolean;
  readonly #mostColours: number;
  /** Of the frame before. */
  #palette: Palette | null = null;
  #pixels: Uint32Array | null = null;
  #indices: Uint8Array;
  #shown: Uint32Array;
  /** Whether every index of the frame before is of its palette. */
  #isComplete = true;

  /**
   * @param size of the canvas, pixels a side
   * @param isAnimated whether there may be more than one frame
   * @param mostColours with less than 256 all frames of a batch share one palette, which costs least
   */
  constructor(size: number, isAnimated: boolean, mostColours: number = MOST_COLOURS) {
    this.#size = size;
    this.#isAnimated = isAnimated;
    this.#mostColours = mostColours;
    this.#indices = new Uint8Array(size * size);
    this.#shown = new Uint32Array(size * size);
  }

  /** @param frames the next ones: one palette is for all of them, where one is enough */
  *quantise(frames: CanvasFrame[]): Generator<QuantisedFrame, void> {
    const histogram = new Histogram(frames.map(({ pixels }) => pixels));
    const common = this.#suitable(histogram);
    const isShared = this.#isOneEnough(common, frames);
    for (const frame of frames) yield isShared ? this.#drawWhole(frame, common) : this.#drawAlone(frame);
  }

  /** Whether one palette is for all frames. */
  #isOneEnough({ error }: Palette, frames: CanvasFrame[]): boolean {
    if (!this.#isAnimated || this.#mostColours < MOST_COLOURS) return true;
    return error <= (this.#areErased(frames) ? POOR_ERASED : POOR);
  }

  /** Whether any pixel that is seen in one frame is not in the next. */
  #areErased(frames: CanvasFrame[]): boolean {
    return frames.some(({ pixels }, i) => {
      const before = i === 0 ? this.#pixels : frames[i - 1].pixels;
      return before !== null && erases(before, pixels);
    });
  }

  /** In a palette of its own: for what changes alone where the rest can stay, which it cannot where pixels are erased. */
  #drawAlone(frame: CanvasFrame): QuantisedFrame {
    const before = this.#pixels;
    const held = before && !erases(before, frame.pixels) ? equalPixels(before, frame.pixels) : null;
    const drawn = new Histogram([frame.pixels], held);
    const palette = this.#suitable(drawn);
    return held ? this.#draw(frame, palette, held, false) : this.#drawWhole(frame, palette);
  }

  /** Such that any part of the frame can be drawn, whatever the canvas holds. */
  #drawWhole(frame: CanvasFrame, palette: Palette): QuantisedFrame {
    const isGoingOn = palette === this.#palette && this.#isComplete;
    const held = this.#pixels && isGoingOn ? equalPixels(this.#pixels, frame.pixels) : null;
    return this.#draw(frame, palette, held, true);
  }

  /** The palette of the frame before if it is as good for these colours; one of their own otherwise. */
  #suitable(histogram: Histogram): Palette {
    const previous = this.#palette;
    // An animation needs transparency for what does not change.
    const hasTransparency = this.#isAnimated || histogram.hasTransparency;
    if (previous && previous.error <= POOR) {
      if (previous.errorOn(histogram) <= Math.max(GOOD_ANIMATION, previous.error * TOLERANCE)) return previous;
    }
    return new Palette(histogram, hasTransparency, this.#isAnimated ? GOOD_ANIMATION : GOOD_STILL, this.#mostColours);
  }

  #draw(frame: CanvasFrame, palette: Palette, held: Uint8Array | null, isComplete: boolean): QuantisedFrame {
    const indices = this.#indices.slice();
    const shown = this.#shown.slice();
    diffuseErrors(frame.pixels, this.#size, palette, held, indices, shown);
    this.#palette = palette;
    this.#pixels = frame.pixels;
    this.#indices = indices;
    this.#shown = shown;
    this.#isComplete = isComplete;
    return { palette, indices, pixels: shown, isComplete, delay: frame.delay };
  }
}
