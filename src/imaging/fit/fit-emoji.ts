import { ImagingError } from '../errors.ts';
import type { Fit } from '../geometry.ts';
import { checkSize, openSource } from '../source.ts';
import { makeStill } from '../still.ts';
import { type GifBudget, GifSearch } from './gif-search.ts';
import { holdFrames } from './held-frames.ts';

/** What a file must keep to. */
export interface Budget extends GifBudget {
  /** Pixels a side, at most: 1 to 256. */
  side: number;
  /** Whether a still may be a PNG. */
  png: boolean;
}

/** A file that keeps to a budget, and what was given up for that. */
export interface FittedEmoji {
  file: Uint8Array;
  type: 'gif' | 'png';
  /** Pixels a side. */
  size: number;
  /** As many as it has, the one for transparency among them; null of a PNG, which has all of its own. */
  colours: number | null;
  /** By so many levels of each channel, of 255, a colour may be another one than it should; 0 for what is not seen. */
  lossy: number;
  /** Of the animation, and how many there would be if none were left out. */
  frames: number;
  of: number;
}

/** How it is to be drawn: as for `renderEmoji`. */
export interface FitOptions {
  fit?: Fit;
  matte?: string;
  background?: string;
}

/** Pixels a side that are tried, one after the other. */
const SIDES = [128, 96, 64, 48, 32, 24, 16];

/**
 * The file that keeps to a budget and looks most like the emoji: in the largest size where that is good enough, with as
 * many colours, as little loss and as many frames as go best with one another. Never over the budget.
 *
 * @param bytes the whole file of the picture, as for `renderEmoji`
 * @throws ImagingError when the picture can never work, or nothing of it keeps to the budget
 */
export async function fitEmoji(bytes: Uint8Array, budget: Budget, options: FitOptions = {}): Promise<FittedEmoji> {
  checkSize(budget.side);
  const source = await openSource(bytes, options, budget.side);
  let search: GifSearch | null = null;
  for (const side of [budget.side, ...SIDES.filter((side) => side < budget.side)]) {
    const { frames, of } = await holdFrames(source, side, options.fit ?? 'contain');
    if (frames.length === 1 && budget.png) {
      const file = await makeStill({ first: frames[0].pixels, size: side });
      const isFit = file.byteLength <= (budget.bytes ?? file.byteLength);
      if (isFit) return { file, type: 'png', size: side, colours: null, lossy: 0, frames: 1, of };
    }
    search ??= new GifSearch(frames, of, side, source.header, budget);
    if (!(await search.goOn(frames, side))) break;
  }
  const found = await search?.finish();
  if (found) return found;
  throw new ImagingError(
    'too_complex',
    `Nothing of the picture is to be had in ${budget.bytes} bytes.`,
    'Allow more bytes.',
  );
}
