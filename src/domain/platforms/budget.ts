import type { PictureType } from '../emoji.ts';
import type { Rendering } from '../rendering.ts';
import type { PlatformRules } from './rules.ts';
import { PLATFORMS, type PlatformId } from './table.ts';

/** What a picture must keep to. */
export interface Budget {
  /** Pixels a side, at most. */
  side: number;
  /** Size of the file, at most; null for any. */
  bytes: number | null;
  frames: number | null;
  /** Whether a still may be a PNG. */
  png: boolean;
}

export function budgetFor(platform: PlatformId): Budget {
  const { side, bytes, frames, formats }: PlatformRules = PLATFORMS[platform];
  return { side, bytes: bytes.most, frames: frames.most, png: formats.allowed.includes('png') };
}

/** A picture that is to be made of an upload, so that it keeps to a budget. */
export interface FitOrder {
  /** What it is kept under: made from all the rest, 64 hexadecimal digits. */
  key: string;
  sourceKey: string;
  look: Pick<Rendering, 'fit' | 'background' | 'matte'>;
  budget: Budget;
}

/** What was made of it, and what was given up. */
export interface FitFacts {
  type: PictureType;
  /** SHA-256 of the file, 64 hexadecimal digits. */
  hash: string;
  /** Pixels a side. */
  size: number;
  /** Null of a PNG, which has all of its own. */
  colours: number | null;
  /** By so many levels of each channel, of 255, a colour may be another one than it should; 0 for what is not seen. */
  lossy: number;
  /** Of the animation, and how many there would be if none were left out. */
  frames: number;
  of: number;
}
