import { DISPOSAL, type Disposal } from './gif/model.ts';
import { GifWriter } from './gif/writer.ts';
import type { Rect } from './image.ts';
import { LIMITS } from './limits.ts';
import type { Palette } from './palette.ts';
import { erases, type QuantisedFrame } from './quantise.ts';
import { union } from './rect.ts';
import { LONGEST, TICK } from './timing.ts';

/** A GIF counts repetitions after the first play in 16 bits. */
const MOST_PLAYS = 65_536;
/** What a pixel that need not be drawn costs, where one that must be drawn costs 1: runs of them pack well. */
const COST_OF_SKIPPED = 0.1;

/** What becomes of a frame after it was shown. */
interface Plan {
  disposal: Disposal;
  /** The frame's rectangle: `background` clears all of it, and may need more than the frame draws. */
  rect: Rect;
  /** The canvas that the next frame is drawn on. */
  base: Uint32Array;
}

/** What a frame is to look like. */
export interface ExpectedFrame {
  /** Of the canvas; see `fingerprint`. */
  fingerprint: number;
  /** Milliseconds. */
  delay: number;
}

/** What a finished file is held against. */
export interface ExpectedGif {
  /** Pixels a side. */
  size: number;
  /** 0 is for ever. */
  plays: number;
  frames: ExpectedFrame[];
}

/**
 * Turns whole canvases into a GIF: of each frame the rectangle that changed, transparent where nothing did, and the
 * disposal after which the next frame has least to draw. Equal neighbours become one frame; one that is seen for longer
 * than a frame can be becomes several.
 */
export class GifAnimation {
  readonly #size: number;
  readonly #plays: number;
  readonly #writer: GifWriter;
  readonly #expected: ExpectedFrame[] = [];
  /** The canvas that the pending frame is drawn on. */
  #base: Uint32Array;
  /** The frame before as it was to look, which the canvas may differ from by colours alike. */
  #wanted: Uint32Array;
  #alikeIn: { palette: Palette; alike: Uint8Array[] } | null = null;
  /** Written when it is known what follows. */
  #pending: QuantisedFrame | null = null;
  /** How many frames may still be added to show others for longer. */
  #repeats: number = LIMITS.repeatedFrames;

  /**
   * @param size of the canvas, pixels a side
   * @param plays how often the animation plays; 0 is for ever
   * @param mostBytes the largest file
   */
  constructor(size: number, plays: number, mostBytes: number = LIMITS.gifBytes) {
    this.#size = size;
    this.#plays = Math.min(plays, MOST_PLAYS);
    this.#writer = new GifWriter(size, size, this.#plays, mostBytes);
    this.#base = new Uint32Array(size * size);
    this.#wanted = this.#base;
  }

  add(frame: QuantisedFrame): void {
    const last = this.#pending;
    if (last && !difference(last.pixels, frame.pixels, this.#size)) {
      this.#pending = { ...last, delay: last.delay + frame.delay };
      return;
    }
    if (last) this.#writeParts(last, Math.ceil(last.delay / LONGEST), frame);
    this.#pending = frame;
  }

  finish(): { gif: Uint8Array<ArrayBuffer>; expected: ExpectedGif } {
    const last = this.#pending;
    if (!last) throw new Error('An animation has at least one frame.');
    // An animation in which nothing moves still has its length, which takes two frames to say.
    const fewest = this.#expected.length === 0 && last.delay >= 2 * TICK ? 2 : 1;
    this.#writeParts(last, Math.max(fewest, Math.ceil(last.delay / LONGEST)), null);
    const frames = this.#expected;
    const expected = { size: this.#size, plays: frames.length === 1 ? 1 : this.#plays, frames };
    return { gif: this.#writer.finish(), expected };
  }

  /** Writes a frame as several that look the same, each for its part of the time. */
  #writeParts(frame: QuantisedFrame, wanted: number, next: QuantisedFrame | null): void {
    const parts = Math.max(1, Math.min(wanted, this.#repeats + 1));
    this.#repeats -= parts - 1;
    let ticks = Math.min(frame.delay, parts * LONGEST) / TICK;
    for (let left = parts; left > 0; left--) {
      const part = Math.ceil(ticks / left);
      this.#write({ ...frame, delay: part * TICK }, left > 1 ? frame : next);
      ticks -= part;
    }
  }

  #write(frame: QuantisedFrame, next: QuantisedFrame | null): void {
    const { delay, palette } = frame;
    const { table, transparentIndex } = palette;
    // A still, and what is in its own colours, is kept exactly.
    const isExact = palette.error === 0 || (next === null && this.#expected.length === 0);
    const wanted = frame.isComplete ? frame.pixels : held(frame.pixels, this.#wanted, this.#base);
    const pixels = isExact ? wanted : settled(wanted, this.#base);
    const { disposal, rect, base } = choosePlan(this.#base, pixels, next, this.#size);
    const indices = cut(frame, pixels, this.#base, rect, this.#size);
    const alike = isExact ? null : this.#alike(palette);
    this.#writer.add({ ...rect, indices, alike, palette: table, transparentIndex, delay, disposal });
    // It may have written some pixels in colours alike; where the frame is kept, `base` are the same pixels.
    if (alike !== null) paint(pixels, indices, palette, rect, this.#size);
    this.#expected.push({ fingerprint: fingerprint(pixels), delay });
    this.#base = base;
    this.#wanted = frame.pixels;
  }

  /** Kept for the frames that have the palette as well. */
  #alike(palette: Palette): Uint8Array[] {
    if (this.#alikeIn?.palette !== palette) this.#alikeIn = { palette, alike: coloursAlike(palette) };
    return this.#alikeIn.alike;
  }
}

/** A number that differs where two canvases do (FNV-1a, a pixel at a time). */
export function fingerprint(pixels: Uint32Array): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < pixels.length; i++) {
    hash = Math.imul(hash ^ pixels[i], 0x01000193);
    // The product carries upwards only: what is high must get back to the low bits.
    hash ^= hash >>> 15;
  }
  return hash >>> 0;
}

/** The disposal that leaves the next frame least to draw. */
function choosePlan(base: Uint32Array, current: Uint32Array, following: QuantisedFrame | null, size: number): Plan {
  const kept = keep(base, current, size);
  if (!following?.isComplete) return kept;
  const next = following.pixels;
  const plans: Plan[] = [clear(kept.rect, current, next, size)];
  if (!erases(current, next)) plans.unshift(kept);
  if (!erases(base, next)) plans.push({ disposal: DISPOSAL.previous, rect: kept.rect, base });
  let best = plans[0];
  let least = Number.POSITIVE_INFINITY;
  for (const plan of plans) {
    const total = plan.rect.width * plan.rect.height * COST_OF_SKIPPED + cost(plan.base, next, size);
    if (total < least) {
      least = total;
      best = plan;
    }
  }
  return best;
}

function keep(base: Uint32Array, current: Uint32Array, size: number): Plan {
  // A frame has at least one pixel.
  const rect = difference(base, current, size) ?? { left: 0, top: 0, width: 1, height: 1 };
  return { disposal: DISPOSAL.keep, rect, base: current };
}

/** Restores the rectangle to transparency: it must hold every pixel that is gone in the next frame. */
function clear(drawn: Rect, current: Uint32Array, next: Uint32Array, size: number): Plan {
  const rest = current.slice();
  for (let i = 0; i < rest.length; i++) if (next[i] === 0) rest[i] = 0;
  const gone = difference(current, rest, size);
  const rect = gone ? union(drawn, gone) : drawn;
  const base = current.slice();
  for (let y = rect.top; y < rect.top + rect.height; y++) {
    base.fill(0, y * size + rect.left, y * size + rect.left + rect.width);
  }
  return { disposal: DISPOSAL.background, rect, base };
}

function cost(base: Uint32Array, target: Uint32Array, size: number): number {
  const rect = difference(base, target, size);
  if (!rect) return 0;
  let drawn = 0;
  for (let i = 0; i < base.length; i++) if (base[i] !== target[i]) drawn++;
  return drawn + rect.width * rect.height * COST_OF_SKIPPED;
}

/** The smallest rectangle that holds every pixel in which two canvases differ. */
function difference(one: Uint32Array, other: Uint32Array, size: number): Rect | null {
  let first = 0;
  while (first < one.length && one[first] === other[first]) first++;
  if (first === one.length) return null;
  let last = one.length - 1;
  while (one[last] === other[last]) last--;
  const top = Math.floor(first / size);
  const bottom = Math.floor(last / size) + 1;
  let left = size;
  let right = 0;
  for (let row = top * size; row < bottom * size; row += size) {
    let x = 0;
    while (x < left && one[row + x] === other[row + x]) x++;
    left = Math.min(left, x);
    x = size;
    while (x > right && one[row + x - 1] === other[row + x - 1]) x--;
    right = Math.max(right, x);
  }
  return { left, top, width: right - left, height: bottom - top };
}

/** A rectangle of the frame, transparent where the canvas already is as it should be. */
function cut(frame: QuantisedFrame, pixels: Uint32Array, base: Uint32Array, rect: Rect, size: number): Uint8Array {
  const { transparentIndex } = frame.palette;
  const indices = new Uint8Array(rect.width * rect.height);
  let at = 0;
  for (let y = rect.top; y < rect.top + rect.height; y++) {
    for (let i = y * size + rect.left; i < y * size + rect.left + rect.width; i++) {
      indices[at++] = transparentIndex !== null && base[i] === pixels[i] ? transparentIndex : frame.indices[i];
    }
  }
  return indices;
}

/** Draws what was written on the canvas. */
function paint(pixels: Uint32Array, indices: Uint8Array, palette: Palette, rect: Rect, size: number): void {
  let at = 0;
  for (let y = rect.top; y < rect.top + rect.height; y++) {
    for (let i = y * size + rect.left; i < y * size + rect.left + rect.width; i++) {
      const index = indices[at++];
      if (index !== palette.transparentIndex) pixels[i] = palette.pixels[index];
    }
  }
}

/** The wanted pixels; those of the canvas where the frame before had the same: a frame that is not complete has no more. */
function held(wanted: Uint32Array, before: Uint32Array, base: Uint32Array): Uint32Array {
  return wanted.map((pixel, i) => (pixel === before[i] ? base[i] : pixel));
}

/** The wanted pixels; those of the canvas where the difference is not seen. */
function settled(wanted: Uint32Array, base: Uint32Array): Uint32Array {
  return wanted.map((pixel, i) =>
    pixel !== base[i] && pixel !== 0 && base[i] !== 0 && distance(pixel, base[i]) <= LIMITS.unseenDistance
      ? base[i]
      : pixel,
  );
}

/** For each index of a palette, the others whose colours are not seen to be different, the nearest first. */
function coloursAlike({ pixels, table, transparentIndex }: Palette): Uint8Array[] {
  const indices = Array.from({ length: table.length / 3 }, (_, index) => index);
  const opaque = indices.filter((index) => index !== transparentIndex);
  return indices.map((index) => {
    if (index === transparentIndex) return new Uint8Array(0);
    const from = (other: number) => distance(pixels[index], pixels[other]);
    const alike = opaque.filter((other) => other !== index && from(other) <= LIMITS.unseenDistance);
    return Uint8Array.from(alike.sort((one, other) => from(one) - from(other)));
  });
}

/** Squared, over three channels. */
function distance(one: number, other: number): number {
  const red = (one & 255) - (other & 255);
  const green = ((one >> 8) & 255) - ((other >> 8) & 255);
  const blue = ((one >> 16) & 255) - ((other >> 16) & 255);
  return red * red + green * green + blue * blue;
}
