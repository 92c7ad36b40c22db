import { type Appearance, flatten } from './flatten.ts';
import { type Fit, isTransposed, type Placement, place, storedWindow, uprightSteps } from './geometry.ts';
import type { Decoder, ImageHeader, Rect, SourceFrame } from './image.ts';
import { Scaler } from './scale.ts';

/** A frame of the source on the canvas. */
export interface DrawnFrame {
  /** 32-bit words, red in the low byte, 0 where transparent; reused for the next frame. */
  pixels: Uint32Array;
  /** Milliseconds, as the source says. */
  delay: number;
  /** The highest alpha of what changed. */
  strongestAlpha: number;
}

/** Decodes a picture and draws its frames on a square canvas, one after the other. */
export async function* draw(
  bytes: Uint8Array,
  decoder: Decoder,
  header: ImageHeader,
  size: number,
  fit: Fit,
  appearance: Appearance,
): AsyncGenerator<DrawnFrame, void> {
  const isTurned = isTransposed(header.orientation);
  const placement = isTurned
    ? place(header.height, header.width, size, fit)
    : place(header.width, header.height, size, fit);
  const target = isTurned
    ? { width: placement.height, height: placement.width }
    : { width: placement.width, height: placement.height };
  const window = storedWindow(placement.window, header.orientation);
  const pixels = new Uint32Array(size * size).fill(appearance.background ?? 0);
  const steps = uprightSteps(header.orientation, placement.width, placement.height, size);
  steps.start += placement.top * size + placement.left;

  let scaler: Scaler | null = null;
  for await (const frame of decoder.decode(bytes, header, enough(header, window, target))) {
    const changed = scaler ? frame.changed : null;
    scaler ??= new Scaler(frame, reduced(window, header, frame), target);
    scaler.begin(changed);
    await frame.rows(scaler.row);
    const region = withNeighbours(scaler.end(), target);
    const strongestAlpha = flatten(scaler.pixels, scaler.width, region, appearance, pixels, steps);
    yield { pixels, delay: frame.delay, strongestAlpha };
  }
}

type Size = Pick<Placement, 'width' | 'height'>;

/** The size of the whole source at which the window is still twice the target: the kernel needs that much. */
function enough(source: Size, window: Size, target: Size): Size {
  return {
    width: Math.ceil((2 * target.width * source.width) / window.width),
    height: Math.ceil((2 * target.height * source.height) / window.height),
  };
}

/** The window on a frame that was decoded at a reduced scale: sizes are rounded up, but pixels lie where they do. */
function reduced(window: Placement['window'], header: Size, frame: SourceFrame): Placement['window'] {
  const ratio = Math.max(header.width / frame.width, header.height / frame.height);
  const divisor = 2 ** Math.ceil(Math.log2(ratio));
  return {
    left: window.left / divisor,
    top: window.top / divisor,
    width: window.width / divisor,
    height: window.height / divisor,
  };
}

/** What becomes of a half transparent pixel depends on those around it. */
function withNeighbours(region: Rect, within: Size): Rect {
  const left = Math.max(0, region.left - 1);
  const top = Math.max(0, region.top - 1);
  const right = Math.min(within.width, region.left + region.width + 1);
  const bottom = Math.min(within.height, region.top + region.height + 1);
  return { left, top, width: right - left, height: bottom - top };
}
