import { splitColours } from './box-splitter.ts';
import type { Histogram } from './histogram.ts';
import { errorIn, moveToMeans } from './nearest.ts';

/** As many as a GIF's colour table may have. */
export const MOST_COLOURS = 256;

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
   * @param mostColours 2 to 256, the transparent index among them
   */
  constructor(histogram: Histogram, hasTransparency: boolean, goodEnough: number, mostColours: number = MOST_COLOURS) {
    const most = hasTransparency ? mostColours - 1 : mostColours;
    const { colours, error } =
      histogram.colours.length <= most ? exact(histogram) : approximate(histogram, most, goodEnough);
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
  errorOn(histogram: Histogram): number {
    return errorIn(this.colours, histogram);
  }
}

interface Choice {
  /** 3 bytes a colour, at least one colour. */
  colours: Uint8Array;
  error: number;
}

function exact({ colours }: Histogram): Choice {
  const own = new Uint8Array(Math.max(1, colours.length) * 3);
  for (let i = 0; i < colours.length; i++) {
    own[i * 3] = colours[i] & 0xff;
    own[i * 3 + 1] = (colours[i] >>> 8) & 0xff;
    own[i * 3 + 2] = (colours[i] >>> 16) & 0xff;
  }
  return { colours: own, error: 0 };
}

/** Splits boxes, then moves each of their means: once, as more rounds gain less than 0.1 dB. */
function approximate(histogram: Histogram, most: number, goodEnough: number): Choice {
  return moveToMeans(splitColours(histogram, most, goodEnough), histogram);
}
