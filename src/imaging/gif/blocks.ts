import { corrupt } from '../errors.ts';
import type { Rect } from '../image.ts';
import { DISPOSAL, type Disposal } from './model.ts';

const EXTENSION = 0x21;
const IMAGE = 0x2c;
const TRAILER = 0x3b;
const GRAPHIC_CONTROL = 0xf9;
const APPLICATION = 0xff;

/** The logical screen (GIF89a, sections 18 and 19). */
export interface LogicalScreen {
  width: number;
  height: number;
  /** 3 bytes a colour; `null` where there is none. */
  palette: Uint8Array | null;
  /** Where the blocks start. */
  end: number;
}

/** An image descriptor with what its graphic control extension says (sections 20 and 23). Its pixels are still packed. */
export interface ImageBlock extends Rect {
  /** Local colour table, 3 bytes a colour; `null` to use the global one. */
  palette: Uint8Array | null;
  interlaced: boolean;
  /** The index that draws nothing; -1 where every index draws. May lie beyond the colour table. */
  transparentIndex: number;
  /** Milliseconds. */
  delay: number;
  disposal: Disposal;
  /** Where the image data starts: its minimum code size, then sub-blocks. */
  data: number;
  /** Whether all of its sub-blocks are there. */
  complete: boolean;
}

const uint16 = (bytes: Uint8Array, at: number): number => bytes[at] | (bytes[at + 1] << 8);

/** The length in bytes of the colour table that a packed field announces; 0 for none. */
const colorTableSize = (packed: number): number => (packed & 0x80 ? 3 << ((packed & 7) + 1) : 0);

/** @throws ImagingError when the header or its colour table is cut off */
export function readLogicalScreen(bytes: Uint8Array): LogicalScreen {
  if (bytes.length < 13 || bytes[0] !== 0x47 || bytes[1] !== 0x49 || bytes[2] !== 0x46) {
    throw corrupt('GIF', `expected "GIF" and a header of 13 bytes, found ${bytes.length} bytes.`);
  }
  const end = 13 + colorTableSize(bytes[10]);
  if (bytes.length < end) {
    throw corrupt('GIF', `the header announces colours up to byte ${end}, but the file ends after ${bytes.length}.`);
  }
  const palette = end > 13 ? bytes.subarray(13, end) : null;
  return { width: uint16(bytes, 6), height: uint16(bytes, 8), palette, end };
}

/** Walks over the blocks after the logical screen, from image to image. Costs a few steps for each 255 bytes. */
export class BlockReader {
  /**
   * How often the animation plays by the extensions read so far; 0 is for ever. The count of the extension is of
   * repetitions, as browsers take it: 2 plays three times. Without an extension the animation plays once.
   */
  plays = 1;
  readonly #bytes: Uint8Array;
  readonly #screen: LogicalScreen;
  #position: number;

  constructor(bytes: Uint8Array, screen: LogicalScreen) {
    this.#bytes = bytes;
    this.#screen = screen;
    this.#position = screen.end;
  }

  /** @returns the next image of which at least some data is there, or `null` at the end */
  next(): ImageBlock | null {
    const bytes = this.#bytes;
    let transparentIndex = -1;
    let delay = 0;
    let disposal: Disposal = DISPOSAL.unspecified;

    while (this.#position < bytes.length) {
      const introducer = bytes[this.#position];
      if (introducer === TRAILER) return null;
      if (introducer === IMAGE) return this.#image(transparentIndex, delay, disposal);
      if (introducer !== EXTENSION) {
        this.#resynchronise();
        continue;
      }
      const label = bytes[this.#position + 1];
      const at = this.#position + 3;
      const size = bytes[at - 1];
      this.#skipSubBlocks(at - 1);
      if (label === GRAPHIC_CONTROL && size >= 4 && at + 4 <= bytes.length) {
        // Section 23 lets an image have one of these; where there are more, the last one counts, as in browsers.
        const packed = bytes[at];
        disposal = toDisposal((packed >> 2) & 7);
        delay = uint16(bytes, at + 1) * 10;
        transparentIndex = packed & 1 ? bytes[at + 3] : -1;
      } else if (label === APPLICATION && size === 11 && at + 15 <= bytes.length) {
        this.#readLoopCount(at);
      }
    }
    return null;
  }

  #readLoopCount(at: number): void {
    const bytes = this.#bytes;
    const identifier = String.fromCharCode(...bytes.subarray(at, at + 11));
    if (identifier !== 'NETSCAPE2.0' && identifier !== 'ANIMEXTS1.0') return;
    // Sub-blocks of 1 loop count and 2 buffer size, in either order; other ones are skipped.
    for (let block = at + 11; block + 4 <= bytes.length && bytes[block] > 0; block += bytes[block] + 1) {
      if (bytes[block] === 3 && bytes[block + 1] === 1) {
        const repetitions = uint16(bytes, block + 2);
        this.plays = repetitions === 0 ? 0 : repetitions + 1;
      }
    }
  }

  #image(transparentIndex: number, delay: number, disposal: Disposal): ImageBlock | null {
    const bytes = this.#bytes;
    const at = this.#position;
    const packed = bytes[at + 9];
    const table = at + 10;
    const data = table + colorTableSize(packed);
    // Of an image whose data has not begun there is nothing to show.
    if (data + 1 >= bytes.length) {
      this.#position = bytes.length;
      return null;
    }
    const complete = this.#skipSubBlocks(data + 1);
    return {
      left: uint16(bytes, at + 1),
      top: uint16(bytes, at + 3),
      width: uint16(bytes, at + 5),
      height: uint16(bytes, at + 7),
      palette: data > table ? bytes.subarray(table, data) : null,
      interlaced: (packed & 0x40) !== 0,
      transparentIndex,
      delay,
      disposal,
      data,
      complete,
    };
  }

  /** Goes on after a chain of sub-blocks (section 15). @returns whether its terminator is there */
  #skipSubBlocks(position: number): boolean {
    const bytes = this.#bytes;
    while (position < bytes.length && bytes[position] !== 0) position += bytes[position] + 1;
    this.#position = position + 1;
    return position < bytes.length;
  }

  /**
   * Skips what is no block. GIF87a has decoders read on to the next image separator; GIF89a calls the file corrupt.
   * Zeros are superfluous terminators, and anything may follow. After other garbage a separator may be there by chance:
   * only an image that lies on the logical screen and a graphic control extension of the right size are believed.
   */
  #resynchronise(): void {
    const bytes = this.#bytes;
    const { width, height } = this.#screen;
    let at = this.#position;
    while (bytes[at] === 0) at++;
    const believed = (): boolean =>
      bytes[at] === IMAGE
        ? uint16(bytes, at + 1) + uint16(bytes, at + 5) <= width &&
          uint16(bytes, at + 3) + uint16(bytes, at + 7) <= height
        : bytes[at] === EXTENSION && bytes[at + 1] === GRAPHIC_CONTROL && bytes[at + 2] === 4;
    if (bytes[at] !== EXTENSION && bytes[at] !== IMAGE && bytes[at] !== TRAILER) {
      while (at < bytes.length && !believed()) at++;
    }
    this.#position = at;
  }
}

/** Method 4 is 3 in the reading of some encoders, and in that of browsers; the rest is reserved and changes nothing. */
function toDisposal(method: number): Disposal {
  if (method === 4) return DISPOSAL.previous;
  return method === 1 || method === 2 || method === 3 ? method : DISPOSAL.unspecified;
}
