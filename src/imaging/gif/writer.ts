import { ImagingError } from '../errors.ts';
import { LIMITS } from '../limits.ts';
import { codeSizeFor, encodeLzw } from './lzw-encoder.ts';
import { DISPOSAL, type GifFrame } from './model.ts';

/** A sub-block's data is at most 255 bytes (GIF89a, section 15). */
const SUB_BLOCK = 255;
/** Bytes that are made room for at first, and what that is multiplied by when they are full. */
const ROOM = 32_768;
const GROWTH = 32;

/**
 * Writes a GIF89a, of which it holds no more than the packed frames. Colour tables, codes and extensions are as small as
 * the picture lets them be: a still has no loop extension, and one that needs none has no graphic control extension.
 */
export class GifWriter {
  readonly #width: number;
  readonly #height: number;
  readonly #plays: number;
  readonly #output: ByteWriter;
  /** The first frame, and its image as it will be in the file: written when it is known whether it is the only one. */
  #first: { frame: GifFrame; image: Uint8Array } | null = null;
  #frames = 0;

  /**
   * @param width pixels
   * @param height pixels
   * @param plays how often it plays, cut off at 65,536; 0 is for ever
   * @param mostBytes the largest file
   */
  constructor(width: number, height: number, plays: number, mostBytes: number = LIMITS.gifBytes) {
    if (!(width >= 1 && width <= 0xffff && height >= 1 && height <= 0xffff)) {
      throw new RangeError(`A GIF is 1×1 to 65535×65535 pixels, not ${width}×${height}.`);
    }
    this.#width = width;
    this.#height = height;
    this.#plays = plays;
    this.#output = new ByteWriter(mostBytes);
  }

  /**
   * Packs a frame. A palette that is the first frame's, as an object, is not written again.
   *
   * @param frame its delay is rounded to hundredths of a second
   * @throws RangeError when the frame cannot be one of this GIF: a mistake of the caller
   * @throws ImagingError when the file gets too large
   */
  add(frame: GifFrame): void {
    this.#check(frame);
    const image = this.#image(frame, this.#first?.frame.palette ?? frame.palette);
    if (this.#first === null) this.#first = { frame, image };
    else {
      if (this.#frames === 1) this.#start(true);
      this.#output.add(control(frame));
      this.#output.add(image);
    }
    this.#frames++;
  }

  /** @returns the whole file; where it is large, in a buffer that is larger. Nothing can be added afterwards. */
  finish(): Uint8Array<ArrayBuffer> {
    if (this.#frames <= 1) this.#start(false);
    this.#output.add([0x3b]);
    return this.#output.finish();
  }

  /** Writes all up to the first frame's image. */
  #start(isAnimated: boolean): void {
    if (this.#first === null) throw new RangeError('A GIF has at least one frame.');
    const { frame, image } = this.#first;
    const table = padded(frame.palette);
    this.#output.add(this.#header(table));
    this.#output.add(table);
    if (isAnimated && this.#plays !== 1) this.#output.add(loop(this.#plays));
    // Some decoders take a frame without a graphic control extension to have that of the frame before: all or none.
    if (isAnimated || needsControl(frame)) this.#output.add(control(frame));
    this.#output.add(image);
  }

  /**
   * Header and logical screen descriptor (sections 17 and 18), with 8 bits for a primary colour, before the global colour
   * table. No background colour: browsers paint none.
   */
  #header(table: Uint8Array): number[] {
    return [...ascii('GIF89a'), ...uint16(this.#width), ...uint16(this.#height), 0x70 | tableFlags(table), 0, 0];
  }

  /** Image descriptor, local colour table and image data (sections 20 to 22). */
  #image({ left, top, width, height, indices, alike, palette }: GifFrame, globalPalette: Uint8Array): Uint8Array {
    const table = palette === globalPalette ? null : padded(palette);
    const minimumCodeSize = codeSizeFor(indices);
    const descriptor = [
      0x2c,
      ...[left, top, width, height].flatMap(uint16),
      table === null ? 0 : tableFlags(table),
      ...(table ?? []),
      minimumCodeSize,
    ];
    return withSubBlocks(descriptor, encodeLzw(indices, minimumCodeSize, alike));
  }

  #check({ left, top, width, height, indices, palette, transparentIndex }: GifFrame): void {
    if (indices.length !== width * height || indices.length === 0) {
      throw new RangeError(`A frame of ${width}×${height} has ${indices.length} indices.`);
    }
    if (left + width > this.#width || top + height > this.#height) {
      throw new RangeError(`A frame reaches ${left + width}×${top + height} in ${this.#width}×${this.#height}.`);
    }
    const colors = palette.length / 3;
    if (!(Number.isInteger(colors) && colors >= 1 && colors <= 256)) {
      throw new RangeError(`A colour table has 1 to 256 colours, not ${colors}.`);
    }
    if (transparentIndex !== null && transparentIndex >= colors) {
      throw new RangeError(`Index ${transparentIndex} is transparent, of ${colors} colours.`);
    }
  }
}

const needsControl = ({ delay, disposal, transparentIndex }: GifFrame): boolean =>
  delay > 0 || disposal === DISPOSAL.background || disposal === DISPOSAL.previous || transparentIndex !== null;

/** Graphic control extension (section 23). */
function control({ delay, disposal, transparentIndex }: GifFrame): number[] {
  const hundredths = Math.min(Math.round(delay / 10), 0xffff);
  const packed = (disposal << 2) | (transparentIndex === null ? 0 : 1);
  return [0x21, 0xf9, 4, packed, ...uint16(hundredths), transparentIndex ?? 0, 0];
}

/** Application extension NETSCAPE2.0. It counts repetitions after the first time; 0 is for ever. */
function loop(plays: number): number[] {
  const repetitions = plays === 0 ? 0 : Math.min(plays - 1, 0xffff);
  return [...ascii('\x21\xff\x0bNETSCAPE2.0\x03\x01'), ...uint16(repetitions), 0];
}

/** A colour table is a power of two of colours, 2 at least. */
function padded(palette: Uint8Array): Uint8Array {
  const table = new Uint8Array(3 * Math.max(2, 1 << (32 - Math.clz32(palette.length / 3 - 1))));
  table.set(palette);
  return table;
}

/** The flag and the size of a colour table in a packed field (sections 18 and 20). */
const tableFlags = (table: Uint8Array): number => 0x80 | (30 - Math.clz32(table.length / 3));

const uint16 = (value: number): number[] => [value & 0xff, value >> 8];

const ascii = (text: string): number[] => Array.from(text, (character) => character.charCodeAt(0));

/** @returns `start`, then the data as sub-blocks, and their terminator (sections 15 and 16) */
function withSubBlocks(start: number[], data: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(start.length + data.length + Math.ceil(data.length / SUB_BLOCK) + 1);
  bytes.set(start);
  let at = start.length;
  for (let from = 0; from < data.length; from += SUB_BLOCK) {
    const block = data.subarray(from, from + SUB_BLOCK);
    bytes[at++] = block.length;
    bytes.set(block, at);
    at += block.length;
  }
  return bytes;
}

/**
 * Bytes that grow as they are written. A large file is not copied again: room that is not used yet takes no memory.
 */
class ByteWriter {
  readonly #most: number;
  #bytes = new Uint8Array(ROOM);
  #length = 0;

  constructor(most: number) {
    this.#most = most;
  }

  add(bytes: ArrayLike<number>): void {
    const length = this.#length + bytes.length;
    if (length > this.#most) throw tooLarge(this.#most);
    if (length > this.#bytes.length) {
      const larger = new Uint8Array(Math.min(this.#most, Math.max(length, this.#bytes.length * GROWTH)));
      larger.set(this.#bytes);
      this.#bytes = larger;
    }
    this.#bytes.set(bytes, this.#length);
    this.#length = length;
  }

  finish(): Uint8Array<ArrayBuffer> {
    const isLarge = this.#length > ROOM * GROWTH;
    return isLarge ? this.#bytes.subarray(0, this.#length) : this.#bytes.slice(0, this.#length);
  }
}

function tooLarge(most: number): ImagingError {
  return new ImagingError(
    'too_many_frames',
    `The emoji takes more than ${most} bytes, which is the limit: its frames are too many for what they show.`,
    'Shorten the animation, or leave out every other frame.',
  );
}
