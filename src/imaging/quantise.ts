import { diffuseErrors } from './dither.ts';
import { Histogram } from './histogram.ts';
import { Palette } from './palette.ts';

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
/** A palette serves the next frame as well as long as it is no worse there than this, times what it was chosen for. */
const TOLERANCE = 1.25;

/**
 * Shows frames in 256 colours: exactly where they have no more, otherwise with the tones between made by error
 * diffusion. A pixel that does not change from one frame to the next is not drawn anew, so still areas stay still.
 *
 * @param size of the canvas, pixels a side
 * @param isAnimated whether these are some of several frames
 */
export function* quantise(frames: CanvasFrame[], size: number, isAnimated: boolean): Generator<QuantisedFrame, void> {
  const histogram = new Histogram();
  for (const frame of frames) histogram.add(frame.pixels);
  // An animation needs transparency for what does not change.
  const hasTransparency = isAnimated || histogram.hasTransparency;
  let palette = new Palette(histogram, hasTransparency, isAnimated ? GOOD_ANIMATION : GOOD_STILL);
  // Palettes of their own leave what they do not draw to the frames before; that cannot be where pixels are erased.
  const isShared = !isAnimated || palette.error <= POOR || erases(frames);
  let before: CanvasFrame | null = null;
  let indices = new Uint8Array(size * size);
  let shown = new Uint32Array(size * size);
  for (const frame of frames) {
    const held = before ? unchanged(before.pixels, frame.pixels) : null;
    if (!isShared) palette = suitable(palette, frame, held);
    indices = indices.slice();
    diffuseErrors(frame.pixels, size, palette, held, indices);
    shown = shown.slice();
    for (let i = 0; i < shown.length; i++) if (held === null || held[i] === 0) shown[i] = palette.pixels[indices[i]];
    yield { palette, indices, pixels: shown, isComplete: isShared || held === null, delay: frame.delay };
    before = frame;
  }
}

/** The palette of the frame before if it is as good for what this one draws; one of its own otherwise. */
function suitable(previous: Palette, frame: CanvasFrame, held: Uint8Array | null): Palette {
  const histogram = new Histogram();
  histogram.add(frame.pixels, held);
  const good = previous.error <= POOR ? Math.max(GOOD_ANIMATION, previous.error * TOLERANCE) : GOOD_ANIMATION;
  return previous.errorOn(histogram) <= good ? previous : new Palette(histogram, true, GOOD_ANIMATION);
}

/** 1 for each pixel that is the same in both. */
function unchanged(before: Uint32Array, now: Uint32Array): Uint8Array {
  const held = new Uint8Array(now.length);
  for (let i = 0; i < now.length; i++) held[i] = before[i] === now[i] ? 1 : 0;
  return held;
}

/** Whether a pixel that is seen in one frame is not in the next. */
function erases(frames: CanvasFrame[]): boolean {
  for (let n = 1; n < frames.length; n++) {
    const before = frames[n - 1].pixels;
    const now = frames[n].pixels;
    for (let i = 0; i < now.length; i++) if (now[i] === 0 && before[i] !== 0) return true;
  }
  return false;
}
