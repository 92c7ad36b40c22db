import { type Canvas, draw } from '../draw.ts';
import { differ } from '../frame-drawing.ts';
import type { Fit } from '../geometry.ts';
import { Pace } from '../pace.ts';
import type { CanvasFrame } from '../quantise.ts';
import { isFaint, type Source } from '../source.ts';
import { FrameClock } from '../timing.ts';

/**
 * Frames that are held in memory, 64 KB each at 128×128. Of a longer animation every other one is, or every third: none
 * of those that are left out would fit any limit.
 */
const MOST_HELD = 200;

export interface HeldFrames {
  /** At least one. */
  frames: CanvasFrame[];
  /** How many there would be if none had been left out. */
  of: number;
}

/**
 * The frames of a picture on a square canvas, in all their colours; equal neighbours are one. What is left out of a long
 * animation is shown by the frame before.
 *
 * @param size pixels a side
 */
export async function holdFrames(source: Source, size: number, fit: Fit): Promise<HeldFrames> {
  const first = await hold(source, size, fit, source.appearance.strongestAlpha);
  if (!isFaint(first.strongestAlpha, source.appearance)) return first;
  return hold(source, size, fit, first.strongestAlpha);
}

async function hold(
  source: Source,
  size: number,
  fit: Fit,
  strongestAlpha: number,
): Promise<HeldFrames & { strongestAlpha: number }> {
  const { bytes, decoder, header, appearance } = source;
  const step = Math.ceil(header.frameCount / MOST_HELD);
  const pace = new Pace();
  const clock = new FrameClock();
  const frames: CanvasFrame[] = [];
  let strongest = 0;
  let seen = 0;
  for await (const { canvases, delay } of draw(bytes, decoder, header, [
    { size, fit, appearance: { ...appearance, strongestAlpha } },
  ])) {
    const [canvas] = canvases;
    strongest = Math.max(strongest, canvas.strongestAlpha);
    add(frames, canvas, header.frameCount > 1 ? clock.next(delay) : null, seen++ % step > 0);
    await pace.spend(header.width * header.height);
  }
  // What is left of an animation that is cut off after its first frame, or in which nothing moves, is a still.
  if (frames.length === 1) frames[0].delay = 0;
  return { frames, of: step === 1 ? frames.length : seen, strongestAlpha: strongest };
}

/** @param delay milliseconds; 0 for a frame that is passed over, null for a still */
function add(frames: CanvasFrame[], { pixels }: Canvas, delay: number | null, isLeftOut: boolean): void {
  if (delay === 0) return;
  const last = frames.at(-1);
  if (last && (isLeftOut || !differ(last.pixels, pixels))) last.delay += delay ?? 0;
  else frames.push({ pixels: pixels.slice(), delay: delay ?? 0 });
}
