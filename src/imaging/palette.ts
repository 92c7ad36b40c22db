import { splitColours, VISIBLE } from './box-splitter.ts';
import type { Histogram } from './histogram.ts';
import { findNearest } from './nearest.ts';

/** The colours that frames are shown in. */
export class Palette {
  /** 3 bytes a colour, the transparent index among them: a GIF's colour table. */
  readonly table: Uint8Array;
  /** The index that draws nothing; `null` where there is none. */
  readonly transparentIndex: number | null;
  /** Mean squared error of a pixel, over three channels, in what the palette was chosen for; 0 where it is exact. */
  readonly error: number;
  /** What each index is seen as: a pixel, 0 for the transparent one. */
  readonly pixels = new Uint32Array(256);
  /** The table without the transparent index. */
  readonly colours: Uint8Array;

  /**
   * Takes the picture's own colours where they fit, otherwise such that the squared error is small.
   *
   * @param hasTransparency whether one index is for transparency
   * @param goodEnough mean squared error of a pixel, over three channels, below which more colours only make a larger
   * file
   */
  constructor(histogram: Histogram, hasTransparency: boolean, goodEnough: number) {
    const most = hasTransparency ? 255 : 256;
    const { colours, error } = histogram.size <= most ? exact(histogram) : approximate(histogram, most, goodEnough);
    this.error = error;
    this.colours = colours;
    this.transparentIndex = hasTransparency ? colours.length / 3 : null;
    this.table = new Uint8Array(colours.length + (hasTransparency ? 3 : 0));
    this.table.set(colours);
    for (let i = 0; i * 3 < colours.length; i++) {
      this.pixels[i] = 0xff000000 | (colours[i * 3 + 2] << 16) | (colours[i * 3 + 1] << 8) | colours[i * 3];
    }
  }

  /** What `error` would be for other colours; infinite where one of them would be seen as another. */
  errorOn({ colours, counts, size }: Histogram): number {
    const { table } = this;
    const nearest = findNearest(this.colours, colours.subarray(0, size));
    let error = 0;
    let total = 0;
    for (let i = 0; i < size; i++) {
      const red = colours[i] & 0xff;
      const green = (colours[i] >>> 8) & 0xff;
      const blue = (colours[i] >>> 16) & 0xff;
      const at = nearest[i] * 3;
      const distance = (table[at] - red) ** 2 + (table[at + 1] - green) ** 2 + (table[at + 2] - blue) ** 2;
      if (distance > VISIBLE) return Number.POSITIVE_INFINITY;
      error += counts[i] * distance;
      total += counts[i];
    }
    return total === 0 ? 0 : error / total;
  }
}

interface Choice {
  /** 3 bytes a colour, at least one colour. */
  colours: Uint8Array;
  error: number;
}

function exact({ colours, size }: Histogram): Choice {
  const own = new Uint8Array(Math.max(1, size) * 3);
  for (let i = 0; i < size; i++) {
    own[i * 3] = colours[i] & 0xff;
    own[i * 3 + 1] = (colours[i] >>> 8) & 0xff;
    own[i * 3 + 2] = (colours[i] >>> 16) & 0xff;
  }
  return { colours: own, error: 0 };
}

/**
 * Splits boxes, then moves each of their means to the mean of the colours that it is nearest to (Lloyd, 1982): once,
 * as more rounds gain less than 0.1 dB.
 */
function approximate(histogram: Histogram, most: number, goodEnough: number): Choice {
  const { colours, counts, size } = histogram;
  const means = splitColours(histogram, most, goodEnough);
  const nearest = findNearest(means, colours.subarray(0, size));
  const sums = new Float64Array((means.length / 3) * 4);
  let error = 0;
  let total = 0;
  for (let i = 0; i < size; i++) {
    const red = colours[i] & 0xff;
    const green = (colours[i] >>> 8) & 0xff;
    const blue = (colours[i] >>> 16) & 0xff;
    const count = counts[i];
    const index = nearest[i];
    const at = index * 3;
    error += count * ((means[at] - red) ** 2 + (means[at + 1] - green) ** 2 + (means[at + 2] - blue) ** 2);
    total += count;
    sums[index * 4] += count;
    sums[index * 4 + 1] += count * red;
    sums[index * 4 + 2] += count * green;
    sums[index * 4 + 3] += count * blue;
  }
  for (let i = 0; i * 3 < means.length; i++) {
    const count = sums[i * 4];
    if (count === 0) continue;
    for (let channel = 0; channel < 3; channel++) means[i * 3 + channel] = sums[i * 4 + 1 + channel] / count + 0.5;
  }
  return { colours: means, error: error / total };
}
