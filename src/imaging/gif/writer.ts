import { LzwEncoder } from './lzw-encoder.ts';
import { DISPOSAL, type GifFrame, type GifImage } from './model.ts';

/** A sub-block's data is at most 255 bytes (GIF89a, section 15). */
const SUB_BLOCK = 255;

/**
 * Writes a GIF89a. Colour tables, codes and extensions are as small as the picture lets them be: a still has no loop
 * extension, and an image that needs none has no graphic control extensions.
 *
 * @param image at least one frame. Delays are rounded to hundredths of a second, plays are cut off at 65,536.
 * @returns the whole file
 * @throws RangeError when the image cannot be a GIF: a mistake of the caller
 */
export function writeGif(image: GifImage): Uint8Array<ArrayBuffer> {
  check(image);
  const output = new ByteWriter();
  const lzw = new LzwEncoder();
  const globalPalette = padded(
    image.palette,
    image.frames.filter((frame) => frame.palette === null),
  );

  // Header and logical screen descriptor (sections 17 and 18), with 8 bits for a primary colour. No background colour:
  // browsers paint none.
  output.ascii('GIF89a');
  output.uint16(image.width);
  output.uint16(image.height);
  output.byte(0x70 | tableFlags(globalPalette));
  output.byte(0);
  output.byte(0);
  if (globalPalette !== null) output.bytes(globalPalette);

  if (image.frames.length > 1 && image.plays !== 1) {
    output.ascii('\x21\xff\x0bNETSCAPE2.0\x03\x01');
    // It counts repetitions after the first time; 0 is for ever.
    output.uint16(image.plays === 0 ? 0 : Math.min(image.plays - 1, 0xffff));
    output.byte(0);
  }
  // Some decoders take a frame without a graphic control extension to have that of the frame before: all or none.
  const controlled = image.frames.some(needsControl);
  for (const frame of image.frames) {
    if (controlled) writeControl(output, frame);
    writeFrame(output, frame, lzw);
  }
  output.byte(0x3b);
  return output.finish();
}

/** Whether a frame says anything that is not so without a graphic control extension. */
const needsControl = ({ delay, disposal, transparentIndex }: GifFrame): boolean =>
  delay > 0 || disposal === DISPOSAL.background || disposal === DISPOSAL.previous || transparentIndex !== null;

/** Graphic control extension (section 23). */
function writeControl(output: ByteWriter, { delay, disposal, transparentIndex }: GifFrame): void {
  output.ascii('\x21\xf9\x04');
  output.byte((disposal << 2) | (transparentIndex === null ? 0 : 1));
  output.uint16(Math.min(Math.round(delay / 10), 0xffff));
  output.byte(transparentIndex ?? 0);
  output.byte(0);
}

/** Image descriptor, local colour table and image data (sections 20 to 22). */
function writeFrame(output: ByteWriter, frame: GifFrame, lzw: LzwEncoder): void {
  const palette = padded(frame.palette, [frame]);
  output.byte(0x2c);
  output.uint16(frame.left);
  output.uint16(frame.top);
  output.uint16(frame.width);
  output.uint16(frame.height);
  output.byte(tableFlags(palette));
  if (palette !== null) output.bytes(palette);

  // The indices in use may need fewer bits than the colour table; section 22 wants 2 at least.
  const { indices } = frame;
  let highest = 0;
  for (let i = 0; i < indices.length; i++) if (indices[i] > highest) highest = indices[i];
  const minimumCodeSize = Math.max(2, 32 - Math.clz32(highest));
  output.byte(minimumCodeSize);
  output.subBlocks(lzw.encode(indices, minimumCodeSize));
}

/** A colour table is a power of two of colours, and those that its frames are drawn with are in it. */
function padded(palette: Uint8Array | null, frames: GifFrame[]): Uint8Array | null {
  if (palette === null) return null;
  // The transparent index is in the table even where its colour was left out.
  const colors = frames.reduce((most, frame) => Math.max(most, (frame.transparentIndex ?? 0) + 1), palette.length / 3);
  const table = new Uint8Array(3 * Math.max(2, 1 << (32 - Math.clz32(colors - 1))));
  table.set(palette);
  return table;
}

/** The flag and the size of a colour table in a packed field (sections 18 and 20). */
const tableFlags = (table: Uint8Array | null): number =>
  table === null ? 0 : 0x80 | (30 - Math.clz32(table.length / 3));

function check({ width, height, palette, frames }: GifImage): void {
  const tableFits = (table: Uint8Array): boolean => table.length % 3 === 0 && table.length >= 3 && table.length <= 768;
  if (!(width >= 1 && width <= 0xffff && height >= 1 && height <= 0xffff)) {
    throw new RangeError(`A GIF is 1×1 to 65535×65535 pixels, not ${width}×${height}.`);
  }
  if (frames.length === 0) throw new RangeError('A GIF has at least one frame.');
  for (const frame of frames) {
    if (frame.indices.length !== frame.width * frame.height) {
      throw new RangeError(`A frame of ${frame.width}×${frame.height} has ${frame.indices.length} indices.`);
    }
    if (frame.left + frame.width > width || frame.top + frame.height > height) {
      throw new RangeError(
        `A frame reaches ${frame.left + frame.width}×${frame.top + frame.height} in ${width}×${height}.`,
      );
    }
    const table = frame.palette ?? palette;
    if (table === null || !tableFits(table)) throw new RangeError('A frame has no colour table of 1 to 256 colours.');
  }
}

/** Bytes that grow as they are written. */
class ByteWriter {
  #buffer = new Uint8Array(16384);
  #length = 0;

  /** Makes room for `count` bytes, and counts them. @returns where they go */
  #extend(count: number): number {
    const at = this.#length;
    this.#length += count;
    if (this.#length > this.#buffer.length) {
      const larger = new Uint8Array(Math.max(this.#length, this.#buffer.length * 2));
      larger.set(this.#buffer.subarray(0, at));
      this.#buffer = larger;
    }
    return at;
  }

  byte(value: number): void {
    const at = this.#extend(1);
    this.#buffer[at] = value;
  }

  uint16(value: number): void {
    this.byte(value & 0xff);
    this.byte(value >> 8);
  }

  ascii(text: string): void {
    for (let i = 0; i < text.length; i++) this.byte(text.charCodeAt(i));
  }

  bytes(data: Uint8Array): void {
    const at = this.#extend(data.length);
    this.#buffer.set(data, at);
  }

  /** Writes data as sub-blocks, and their terminator (sections 15 and 16). */
  subBlocks(data: Uint8Array): void {
    for (let start = 0; start < data.length; start += SUB_BLOCK) {
      const block = data.subarray(start, start + SUB_BLOCK);
      this.byte(block.length);
      this.bytes(block);
    }
    this.byte(0);
  }

  finish(): Uint8Array<ArrayBuffer> {
    return this.#buffer.slice(0, this.#length);
  }
}
