import type { Rect } from '../image.ts';

/** Disposal methods (GIF89a, section 23): what becomes of a frame's rectangle before the next frame is drawn. */
export const DISPOSAL = { unspecified: 0, keep: 1, background: 2, previous: 3 } as const;
export type Disposal = (typeof DISPOSAL)[keyof typeof DISPOSAL];

/** For each colour of a palette the others that are not seen to be different, the nearest first. */
export interface Alike {
  /** Where in `others` the list of each index starts; one more for the end of the last. */
  starts: Uint16Array;
  others: Uint8Array;
}

/** One image of a GIF as it is stored: indices into a colour table, in a rectangle of the canvas. */
export interface GifFrame extends Rect {
  /** `width × height` colour table indices, row by row from the top. Those that others are written for are replaced. */
  indices: Uint8Array;
  /** Colour table, 3 bytes a colour, 1 to 256 colours, the transparent one among them. */
  palette: Uint8Array;
  /** Those that may be written in the place of others; `null` for none. */
  alike: Alike | null;
  /** The index that draws nothing; `null` where every index draws. */
  transparentIndex: number | null;
  /** Milliseconds; a GIF stores hundredths of a second. */
  delay: number;
  disposal: Disposal;
}
