import { gifDecoder } from '../gif/decoder.ts';
import type { CanvasFrame } from '../quantise.ts';

/** Moments of one play at which an animation is looked at. */
const SAMPLES = 16;
/** White, and the dark of chat programs: a page that an emoji is seen on. */
const PAGES = [
  [255, 255, 255],
  [49, 51, 56],
];
const BINOMIAL = [1, 4, 6, 4, 1].map((weight) => weight / 16);
const MOST_DECIBELS = 99;

/**
 * How close GIFs are to the animation that they are made of: the peak signal-to-noise ratio over one play, on light and
 * dark pages, softened by a 5-tap binomial filter, so that dither counts as the tone it makes. A smaller GIF is
 * enlarged, as it would be seen.
 */
export class Likeness {
  readonly #side: number;
  /** What is seen of the original at each sample, and when that is in milliseconds. */
  readonly #samples: { pixels: Uint32Array; time: number }[];

  /** @param frames of the original, `side × side` pixels */
  constructor(frames: CanvasFrame[], side: number) {
    const duration = frames.reduce((sum, { delay }) => sum + delay, 0);
    this.#side = side;
    this.#samples = Array.from({ length: SAMPLES }, (_, n) => {
      const time = ((n + 0.5) / SAMPLES) * duration;
      return { pixels: frames[frameAt(frames, time)].pixels, time };
    });
  }

  /**
   * @param gif square, and as long as the original
   * @returns decibels; 99 for what cannot be told apart
   */
  async of(gif: Uint8Array): Promise<number> {
    const header = gifDecoder.readHeader(gif);
    const size = header.width;
    const canvas = new Uint32Array(size * size);
    const bytes = new Uint8Array(canvas.buffer);
    let error = 0;
    let left = this.#samples;
    let end = 0;
    let frame = 0;
    for await (const { delay, rows } of gifDecoder.decode(gif, header)) {
      await rows((y, rgba, x, _, count) => bytes.set(rgba.subarray(0, count * 4), (y * size + x) * 4));
      end += delay;
      // A still is seen at any time, and its delay says nothing.
      const isLast = ++frame === header.frameCount;
      const seen = isLast ? left : left.filter(({ time }) => time < end);
      if (seen.length > 0) error += this.#errorOf(seen, enlarge(canvas, size, this.#side));
      left = left.slice(seen.length);
    }
    return Math.min(MOST_DECIBELS, 10 * Math.log10(255 ** 2 / error));
  }

  /** What samples in which the same is seen of a copy add to the mean squared error. */
  #errorOf(samples: { pixels: Uint32Array }[], copy: Uint32Array): number {
    return Map.groupBy(samples, ({ pixels }) => pixels)
      .entries()
      .reduce((sum, [pixels, { length }]) => sum + (length / SAMPLES) * squaredError(pixels, copy, this.#side), 0);
  }
}

/** Premultiplied pixels in a larger square, each blended of the four around it, as browsers enlarge. */
function enlarge(pixels: Uint32Array, size: number, side: number): Uint32Array {
  if (size === side) return pixels;
  const enlarged = new Uint32Array(side * side);
  const axis = Array.from({ length: side }, (_, i) => {
    const at = Math.min(Math.max(((i + 0.5) * size) / side - 0.5, 0), size - 1);
    const from = Math.floor(at);
    return { from, to: Math.min(from + 1, size - 1), share: at - from };
  });
  for (let y = 0, o = 0; y < side; y++) {
    const { from: top, to: bottom, share: down } = axis[y];
    for (let x = 0; x < side; x++, o++) {
      const { from: left, to: right, share: across } = axis[x];
      const [a, b] = [pixels[top * size + left], pixels[top * size + right]];
      const [c, d] = [pixels[bottom * size + left], pixels[bottom * size + right]];
      let pixel = 0;
      for (let shift = 0; shift < 32; shift += 8) {
        const upper = ((a >>> shift) & 255) * (1 - across) + ((b >>> shift) & 255) * across;
        const lower = ((c >>> shift) & 255) * (1 - across) + ((d >>> shift) & 255) * across;
        pixel |= Math.round(upper * (1 - down) + lower * down) << shift;
      }
      enlarged[o] = pixel;
    }
  }
  return enlarged;
}

/** The frame that is seen at a time; the last one from the end on. */
function frameAt(frames: CanvasFrame[], time: number): number {
  let end = 0;
  const seen = frames.findIndex(({ delay }) => {
    end += delay;
    return time < end;
  });
  return seen < 0 ? frames.length - 1 : seen;
}

/** Mean squared error of a sample, softened, over both pages. */
function squaredError(one: Uint32Array, other: Uint32Array, side: number): number {
  // What is as opaque in both differs by the same on any page.
  const pages = one.every((pixel, i) => pixel >>> 24 === other[i] >>> 24) ? PAGES.slice(1) : PAGES;
  return pages.reduce((sum, page) => sum + meanSquare(soften(difference(one, other, page), side)) / pages.length, 0);
}

/** Of premultiplied pixels, red in the low byte, each on a page. */
function difference(one: Uint32Array, other: Uint32Array, page: number[]): Float32Array {
  const samples = new Float32Array(one.length * 3);
  for (let i = 0, at = 0; i < one.length; i++, at += 3) {
    const [a, b] = [one[i], other[i]];
    if (a === b) continue;
    const opacity = ((a >>> 24) - (b >>> 24)) / 255;
    for (let c = 0; c < 3; c++) samples[at + c] = ((a >>> (8 * c)) & 255) - ((b >>> (8 * c)) & 255) - page[c] * opacity;
  }
  return samples;
}

function meanSquare(samples: Float32Array): number {
  let sum = 0;
  for (const sample of samples) sum += sample * sample;
  return sum / samples.length;
}

/** The filter is linear, so the difference may be softened in place of both pictures. */
function soften(samples: Float32Array, side: number): Float32Array {
  return filter(filter(samples, side, 3, side * 3), side, side * 3, 3);
}

/** Along lines of `side` samples that are `step` apart; edges are repeated. */
function filter(samples: Float32Array, side: number, step: number, nextLine: number): Float32Array {
  const filtered = new Float32Array(samples.length);
  for (let line = 0; line < side; line++) {
    for (let x = 0; x < side; x++) {
      const at = line * nextLine + x * step;
      for (let tap = -2; tap <= 2; tap++) {
        const from = line * nextLine + Math.min(side - 1, Math.max(0, x + tap)) * step;
        for (let c = 0; c < 3; c++) filtered[at + c] += BINOMIAL[tap + 2] * samples[from + c];
      }
    }
  }
  return filtered;
}
