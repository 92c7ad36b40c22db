import { type AxisWeights, WEIGHT_BITS } from './kernel.ts';

/** Pixels in memory: premultiplied RGBA in 32-bit words, red in the low byte. Distances are in pixels. */
export interface Plane {
  pixels: Uint32Array;
  /** From one pixel to the next along the axis that is filtered. */
  along: number;
  /** From one line to the next across it. */
  across: number;
}

export interface Range {
  from: number;
  to: number;
}

const HALF = 1 << (WEIGHT_BITS - 1);

/**
 * Filters lines of pixels along one axis. Overshoot is cut off: what one axis overshoots would ring along the other.
 *
 * @param range the target pixels of each line
 * @param lines the lines
 */
export function convolve(source: Plane, target: Plane, axis: AxisWeights, range: Range, lines: Range): void {
  const { taps, first, weights } = axis;
  const from = source.pixels;
  const to = target.pixels;
  const { along, across } = source;
  for (let i = range.from; i < range.to; i++) {
    const begin = i * taps;
    const end = begin + taps;
    let at = first[i] * along + lines.from * across;
    let result = i * target.along + lines.from * target.across;
    for (let line = lines.from; line < lines.to; line++, at += across, result += target.across) {
      let red = HALF;
      let green = HALF;
      let blue = HALF;
      let alpha = HALF;
      for (let tap = begin, sample = at; tap < end; tap++, sample += along) {
        const weight = weights[tap];
        const pixel = from[sample];
        red = (red + Math.imul(weight, pixel & 0xff)) | 0;
        green = (green + Math.imul(weight, (pixel >>> 8) & 0xff)) | 0;
        blue = (blue + Math.imul(weight, (pixel >>> 16) & 0xff)) | 0;
        alpha = (alpha + Math.imul(weight, pixel >>> 24)) | 0;
      }
      // A premultiplied sample is at most its alpha.
      const most = within(alpha >> WEIGHT_BITS, 255);
      to[result] =
        within(red >> WEIGHT_BITS, most) |
        (within(green >> WEIGHT_BITS, most) << 8) |
        (within(blue >> WEIGHT_BITS, most) << 16) |
        (most << 24);
    }
  }
}

function within(sample: number, most: number): number {
  if (sample < 0) return 0;
  // biome-ignore lint/complexity/useMathMinMax: a branch that is seldom taken is a fifth faster here than Math.min
  return sample > most ? most : sample;
}

/** The target pixels that source pixels `from` to `to` have a part in. */
export function affected({ first, taps }: AxisWeights, from: number, to: number): Range {
  if (from >= to) return { from: 0, to: 0 };
  let start = 0;
  let end = first.length;
  while (start < end && first[start] + taps <= from) start++;
  while (end > start && first[end - 1] >= to) end--;
  return { from: start, to: end };
}
