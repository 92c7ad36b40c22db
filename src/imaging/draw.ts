import { SharedBoxes } from './box-shrink.ts';
import { type Appearance, flatten } from './flatten.ts';
import { type Fit, isTransposed, type Placement, place, storedWindow, uprightSteps } from './geometry.ts';
import type { Decoder, ImageHeader, Rect, RowSink, SourceFrame } from './image.ts';
import { Scaler } from './scale.ts';

/** A square canvas that the frames of a picture are to be drawn on. */
export interface View {
  /** Pixels a side. */
  size: number;
  fit: Fit;
  appearance: Appearance;
}

/** A frame of the source on a canvas. */
export interface Canvas {
  /** 32-bit words, red in the low byte, 0 where transparent; reused for the next frame. */
  pixels: Uint32Array;
  /** The highest alpha of what changed. */
  strongestAlpha: number;
}

/** A frame of the source. */
export interface DrawnFrame {
  /** One for each view, in their order. */
  canvases: Canvas[];
  /** Milliseconds, as the source says. */
  delay: number;
}

/** Decodes a picture once and draws its frames on canvases, each from the rows of the source, one after the other. */
export async function* draw(
  bytes: Uint8Array,
  decoder: Decoder,
  header: ImageHeader,
  views: View[],
): AsyncGenerator<DrawnFrame, void> {
  const canvases = views.map((view) => new DrawingCanvas(header, view));
  const enough = {
    width: Math.max(...canvases.map(({ enough }) => enough.width)),
    height: Math.max(...canvases.map(({ enough }) => enough.height)),
  };
  const boxes = new SharedBoxes();
  for await (const frame of decoder.decode(bytes, header, enough)) {
    // Those that share their boxes have the same sink.
    const sinks = new Set(canvases.map((canvas) => canvas.begin(frame, boxes)));
    await frame.rows(toAll([...sinks]));
    for (const canvas of canvases) canvas.end();
    yield { canvases, delay: frame.delay };
  }
}

function toAll(sinks: RowSink[]): RowSink {
  if (sinks.length === 1) return sinks[0];
  return (y, rgba, x, step, count) => {
    for (const sink of sinks) sink(y, rgba, x, step, count);
  };
}

type Size = Pick<Placement, 'width' | 'height'>;

class DrawingCanvas implements Canvas {
  readonly pixels: Uint32Array;
  strongestAlpha = 0;
  /** The size of the whole source at which the window is still twice the target: the kernel needs that much. */
  readonly enough: Size;
  readonly #header: ImageHeader;
  readonly #appearance: Appearance;
  /** The part of the source as stored that is seen, and the size it is scaled to. */
  readonly #window: Placement['window'];
  readonly #target: Size;
  readonly #steps: ReturnType<typeof uprightSteps>;
  #scaler: Scaler | null = null;

  constructor(header: ImageHeader, { size, fit, appearance }: View) {
    const isTurned = isTransposed(header.orientation);
    const placement = isTurned
      ? place(header.height, header.width, size, fit)
      : place(header.width, header.height, size, fit);
    const { width, height } = placement;
    this.#header = header;
    this.#appearance = appearance;
    this.#target = isTurned ? { width: height, height: width } : { width, height };
    this.#window = storedWindow(placement.window, header.orientation);
    this.enough = {
      width: Math.ceil((2 * this.#target.width * header.width) / this.#window.width),
      height: Math.ceil((2 * this.#target.height * header.height) / this.#window.height),
    };
    this.pixels = new Uint32Array(size * size).fill(appearance.background ?? 0);
    this.#steps = uprightSteps(header.orientation, width, height, size);
    this.#steps.start += placement.top * size + placement.left;
  }

  /** Starts a frame. @returns what takes its rows */
  begin(frame: SourceFrame, boxes: SharedBoxes): RowSink {
    const changed = this.#scaler ? frame.changed : null;
    this.#scaler ??= new Scaler(frame, reduced(this.#window, this.#header, frame), this.#target, boxes);
    this.#scaler.begin(changed);
    return this.#scaler.row;
  }

  /** Ends the frame: it is seen in `pixels` then. */
  end(): void {
    const scaler = this.#scaler;
    if (scaler === null) throw new Error('A frame has a beginning.');
    const region = withNeighbours(scaler.end(), this.#target);
    this.strongestAlpha = flatten(scaler.pixels, scaler.width, region, this.#appearance, this.pixels, this.#steps);
  }
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
