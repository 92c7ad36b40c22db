import { differ, paintFrame, planFrame } from './frame-drawing.ts';
import { listAlike } from './gif/lzw-encoder.ts';
import { type Alike, DISPOSAL } from './gif/model.ts';
import { GifWriter } from './gif/writer.ts';
import { LIMITS } from './limits.ts';
import type { Palette } from './palette.ts';
import type { QuantisedFrame } from './quantise.ts';
import { LONGEST, TICK } from './timing.ts';

/** A GIF counts repetitions after the first play in 16 bits. */
const MOST_PLAYS = 65_536;
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
  readonly #unseen: number;
  readonly #writer: GifWriter;
  readonly #expected: ExpectedFrame[] = [];
  /** The canvas that the pending frame is drawn on, and as it looks with a frame on it. */
  readonly #base: Uint32Array;
  readonly #pixels: Uint32Array;
  /** The frame before as it was to look, which the canvas may differ from by colours alike. */
  #wanted: Uint32Array;
  #alikeIn: { palette: Palette; alike: Alike } | null = null;
  /** Written when it is known what follows. */
  #pending: QuantisedFrame | null = null;
  /** How many frames may still be added to show others for longer. */
  #repeats: number = LIMITS.repeatedFrames;

  /**
   * @param size of the canvas, pixels a side
   * @param plays how often the animation plays; 0 is for ever
   * @param mostBytes the largest file
   * @param unseen squared distance, over three channels, at which two colours count as equal: what is more than the
   * usual is given up for a smaller file, also of what is in its own colours
   */
  constructor(
    size: number,
    plays: number,
    mostBytes: number = LIMITS.gifBytes,
    unseen: number = LIMITS.unseenDistance,
  ) {
    this.#size = size;
    this.#unseen = unseen;
    this.#plays = Math.min(plays, MOST_PLAYS);
    this.#writer = new GifWriter(size, size, this.#plays, mostBytes);
    this.#base = new Uint32Array(size * size);
    this.#pixels = new Uint32Array(size * size);
    this.#wanted = new Uint32Array(size * size);
  }

  add(frame: QuantisedFrame): void {
    const last = this.#pending;
    if (last && !differ(last.pixels, frame.pixels)) {
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
    const { delay, indices, palette } = frame;
    const { table, transparentIndex } = palette;
    // A still, and what is in its own colours, is kept exactly.
    const isStill = next === null && this.#expected.length === 0;
    const isExact = this.#unseen <= LIMITS.unseenDistance && (palette.error === 0 || isStill);
    const wanted = {
      size: this.#size,
      wanted: frame.pixels,
      indices,
      transparentIndex,
      before: frame.isComplete ? null : this.#wanted,
      unseen: isExact ? 0 : this.#unseen,
      next: next?.isComplete ? next.pixels : null,
    };
    const plan = planFrame(wanted, this.#base, this.#pixels);
    const alike = isExact ? null : this.#alike(palette);
    this.#writer.add({ ...plan.rect, ...plan, alike, palette: table, transparentIndex, delay });
    // Some pixels may have been written in colours alike.
    const fingerprint = paintFrame(plan, palette.pixels, transparentIndex, this.#pixels);
    if (plan.disposal === DISPOSAL.keep) this.#base.set(this.#pixels);
    this.#expected.push({ fingerprint, delay });
    this.#wanted = frame.pixels;
  }

  /** Kept for the frames that have the palette as well. */
  #alike(palette: Palette): Alike {
    if (this.#alikeIn?.palette !== palette) {
      const colours = palette.pixels.subarray(0, palette.table.length / 3);
      this.#alikeIn = { palette, alike: listAlike(colours, palette.transparentIndex, this.#unseen) };
    }
    return this.#alikeIn.alike;
  }
}
