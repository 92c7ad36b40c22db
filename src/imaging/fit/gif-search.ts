import { type ExpectedGif, GifAnimation } from '../animation.ts';
import { ImagingError } from '../errors.ts';
import { CANVAS_WORK } from '../film.ts';
import type { ImageHeader } from '../image.ts';
import { LIMITS } from '../limits.ts';
import { Pace } from '../pace.ts';
import { MOST_COLOURS } from '../palette.ts';
import { type CanvasFrame, type QuantisedFrame, Quantiser } from '../quantise.ts';
import { verify } from '../verify.ts';
import { dropFrames } from './drop-frames.ts';
import type { FittedEmoji } from './fit-emoji.ts';
import { Likeness } from './likeness.ts';

export interface GifBudget {
  /** Size of the file, at most; null for any. */
  bytes: number | null;
  frames: number | null;
}

const FEWEST_COLOURS = 8;
const COLOURS = [MOST_COLOURS, 128, 64, 32, 16, FEWEST_COLOURS];
/** Levels of each channel by which colours that count as equal may differ. What the first one does is not seen. */
const LOSSY = [Math.sqrt(LIMITS.unseenDistance / 3), 4, 6, 8, 11, 15, 20, 27, 36, 50];
/** Decibels from which on no smaller size is tried, and no fewer frames. */
const GOOD = 36;
/** Decibels that a smaller size must be better by: the largest one is wanted first. */
const WORTH_A_SIZE = 1;
/** Of frames that are too many this part is tried next; of some that fit this one, in case it looks better. */
const PART_OF_TOO_MANY = 0.5;
const PART_OF_FIT = 0.75;
/** With the fewest colours a file may be larger than with some more, which are dithered less, but not by this. */
const FAR_TOO_LARGE = 1.5;
/** Pixels that are packed once there is something that fits, in search of something better: some seconds of work. */
const MOST_WORK = 100_000_000;
/** So many pixels of the source are drawn while one is packed. */
const SOURCE_PIXELS = 2;

interface Packed {
  gif: Uint8Array;
  expected: ExpectedGif;
  /** Index of `LOSSY`. */
  level: number;
}

interface Attempt extends Packed {
  size: number;
  colours: number;
  frames: number;
  /** Whether it has all colours, and no loss that is seen. */
  isWhole: boolean;
  /** Decibels. */
  likeness: number;
}

/** Looks for the GIF that keeps to a budget and is most like an animation. */
export class GifSearch {
  readonly #original: Likeness;
  readonly #of: number;
  readonly #plays: number;
  readonly #budget: GifBudget;
  readonly #pace = new Pace();
  #best: Attempt | null = null;
  readonly #workOfDrawing: number;
  #work = 0;

  /**
   * @param original its frames in the largest size, which all attempts are held against
   * @param of how many frames there would be if none had been left out
   * @param side pixels
   * @param source which each size is drawn from
   */
  constructor(
    original: CanvasFrame[],
    of: number,
    side: number,
    { plays, width, height, frameCount }: Pick<ImageHeader, 'plays' | 'width' | 'height' | 'frameCount'>,
    budget: GifBudget,
  ) {
    this.#original = new Likeness(original, side);
    this.#of = of;
    this.#plays = plays;
    this.#workOfDrawing = (width * height * frameCount) / SOURCE_PIXELS;
    this.#budget = budget;
  }

  /**
   * Tries a size, the largest one first: with all frames that there may be, then with fewer, as long as that is better.
   *
   * @returns whether a smaller size may be better still
   */
  async goOn(frames: CanvasFrame[], size: number): Promise<boolean> {
    this.#work += this.#workOfDrawing;
    const most = Math.min(frames.length, this.#budget.frames ?? frames.length);
    let best: Attempt | null = null;
    for (let wanted = most; ; ) {
      const attempt = await this.#tryColours(dropFrames(frames, wanted), size);
      if (best !== null && !isBetter(attempt, best)) break;
      best = attempt;
      if (wanted === 1 || this.#isEnough(best) || best?.isWhole) break;
      wanted = Math.max(1, Math.floor(wanted * (attempt ? PART_OF_FIT : PART_OF_TOO_MANY)));
    }
    if (isBetter(best, this.#best, this.#best === null ? 0 : WORTH_A_SIZE)) this.#best = best;
    // Where nothing had to be given up, a smaller size has nothing to gain.
    return !(this.#isEnough(this.#best) || (best?.isWhole && best.frames === most));
  }

  /** @returns the best that was found; null when nothing keeps to the budget */
  async finish(): Promise<FittedEmoji | null> {
    if (this.#best === null) return null;
    const { gif, expected, level, size, colours } = this.#best;
    await verify(gif, expected);
    const lossy = level === 0 ? 0 : LOSSY[level];
    return { file: gif, type: 'gif', size, colours, lossy, frames: expected.frames.length, of: this.#of };
  }

  #isEnough(attempt: Attempt | null): boolean {
    return attempt !== null && (attempt.likeness >= GOOD || this.#work >= MOST_WORK);
  }

  /** The best of what fits with so many colours, and as little loss as that takes. */
  async #tryColours(frames: CanvasFrame[], size: number): Promise<Attempt | null> {
    const isAnimated = frames.length > 1;
    const shown = isAnimated ? frames : frames.map((frame) => ({ ...frame, delay: 0 }));
    let best: Attempt | null = null;
    let used = Number.POSITIVE_INFINITY;
    for (const most of COLOURS) {
      // It would be the same again.
      if (most >= used) continue;
      const quantised = [...new Quantiser(size, isAnimated, most).quantise(shown)];
      used = Math.max(...quantised.map(({ palette }) => palette.table.length / 3));
      const packed = await this.#packWithLeastLoss(quantised, size);
      if (packed === null) {
        if (most === MOST_COLOURS && !(await this.#mayFit(shown, size))) return null;
        continue;
      }
      const isWhole = packed.level === 0 && most === MOST_COLOURS;
      const likeness = await this.#original.of(packed.gif);
      const attempt = { ...packed, size, colours: used, frames: frames.length, isWhole, likeness };
      // With fewer colours it gets better up to a point, and from there on worse.
      if (!isBetter(attempt, best)) break;
      best = attempt;
      if (packed.level === 0 || this.#work >= MOST_WORK) break;
    }
    return best;
  }

  /** Whether it is worth while to try fewer colours: finds out at once where all of them would be far too large. */
  async #mayFit(frames: CanvasFrame[], size: number): Promise<boolean> {
    const quantised = [...new Quantiser(size, frames.length > 1, FEWEST_COLOURS).quantise(frames)];
    return (await this.#pack(quantised, size, LOSSY.length - 1, FAR_TOO_LARGE)) !== null;
  }

  /** By halves: more loss makes a smaller file. */
  async #packWithLeastLoss(frames: QuantisedFrame[], size: number): Promise<Packed | null> {
    const exact = await this.#pack(frames, size, 0);
    if (exact !== null) return exact;
    let tooLarge = 0;
    let fit = await this.#pack(frames, size, LOSSY.length - 1);
    while (fit !== null && fit.level - tooLarge > 1) {
      const middle = (fit.level + tooLarge) >> 1;
      const packed = await this.#pack(frames, size, middle);
      if (packed === null) tooLarge = middle;
      else fit = packed;
    }
    return fit;
  }

  /**
   * @param share of the bytes of the budget
   * @returns null when it does not keep to the budget
   */
  async #pack(frames: QuantisedFrame[], size: number, level: number, share = 1): Promise<Packed | null> {
    const { bytes, frames: mostFrames } = this.#budget;
    const work = frames.length * size ** 2;
    this.#work += work;
    await this.#pace.spend(work * CANVAS_WORK);
    try {
      const animation = new GifAnimation(
        size,
        this.#plays,
        bytes === null ? LIMITS.gifBytes : bytes * share,
        3 * LOSSY[level] ** 2,
      );
      for (const frame of frames) animation.add(frame);
      const { gif, expected } = animation.finish();
      // One that is seen for very long is several.
      return expected.frames.length <= (mostFrames ?? expected.frames.length) ? { gif, expected, level } : null;
    } catch (error) {
      if (error instanceof ImagingError) return null;
      throw error;
    }
  }
}

/** @param by decibels */
function isBetter(one: Attempt | null, other: Attempt | null, by = 0): boolean {
  return one !== null && (other === null || one.likeness > other.likeness + by);
}
