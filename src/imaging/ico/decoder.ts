import { readDib } from '../bmp/dib.ts';
import { readRows, rowStride } from '../bmp/rows.ts';
import { corrupt, ImagingError } from '../errors.ts';
import type { Decoder, ImageHeader, SourceFrame } from '../image.ts';
import { pngDecoder } from '../png/decoder.ts';
import { LAYOUTS } from '../png/format.ts';

/** ICONDIR and ICONDIRENTRY. */
const DIRECTORY = 6;
const ENTRY = 16;
const TYPE_ICON = 1;
const TYPE_CURSOR = 2;

/** The first four bytes of a PNG, and where its bit depth and colour type end. */
const PNG_SIGNATURE = 0x89504e47;
const IHDR_END = 26;

/** One picture of an icon, as its own header describes it. */
interface Entry {
  /** Where it starts in the file. */
  offset: number;
  isPng: boolean;
  pixels: number;
  /** Bits of a pixel. */
  depth: number;
}

/**
 * Icons and cursors (ICO, CUR): the largest picture of the file, of several the deepest. It is a PNG, or a bitmap with
 * a mask of its transparent pixels after it.
 */
export const icoDecoder: Decoder = {
  readHeader(bytes: Uint8Array): ImageHeader {
    const { offset, isPng } = largestEntry(bytes);
    if (isPng) return { ...pngDecoder.readHeader(bytes.subarray(offset)), format: 'ico' };
    const { width, height } = readDib(bytes, offset, 0, true);
    return { format: 'ico', width, height, orientation: 1, frameCount: 1, plays: 1, iccProfile: null };
  },

  decode(bytes, header, enough) {
    const { offset, isPng } = largestEntry(bytes);
    // Sizes in the directory are not heeded: a PNG knows where it ends, and a bitmap how large it is.
    return isPng ? pngDecoder.decode(bytes.subarray(offset), header, enough) : [bitmapFrame(bytes, offset)];
  },
};

function bitmapFrame(bytes: Uint8Array, offset: number): SourceFrame {
  const dib = readDib(bytes, offset, 0, true);
  const { width, height } = dib;
  const maskOffset = dib.pixelOffset + height * rowStride(width, dib.bitCount);
  return { width, height, delay: 0, changed: null, rows: (sink) => readRows(bytes, dib, sink, maskOffset) };
}

/** @throws ImagingError when the file has no picture that can be read */
function largestEntry(bytes: Uint8Array): Entry {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const isDirectory = bytes.length >= DIRECTORY && view.getUint16(0, true) === 0;
  const type = isDirectory ? view.getUint16(2, true) : 0;
  if (type !== TYPE_ICON && type !== TYPE_CURSOR)
    throw corrupt('ICO', 'the file does not start as an icon or a cursor.');
  const count = view.getUint16(4, true);
  let largest: Entry | null = null;
  for (let i = 0, at = DIRECTORY; i < count && at + ENTRY <= bytes.length; i++, at += ENTRY) {
    const entry = readEntry(bytes, view, view.getUint32(at + 12, true));
    if (entry === null) continue;
    const isLarger =
      largest === null ||
      entry.pixels > largest.pixels ||
      (entry.pixels === largest.pixels && entry.depth > largest.depth);
    if (isLarger) largest = entry;
  }
  if (largest === null) throw corrupt('ICO', `none of its ${count} pictures can be read.`);
  return largest;
}

/** The directory's own sizes end at 256, and for cursors it has no depths: the picture is asked instead. */
function readEntry(bytes: Uint8Array, view: DataView, offset: number): Entry | null {
  if (offset + IHDR_END > bytes.length) return null;
  if (view.getUint32(offset) === PNG_SIGNATURE) {
    // IHDR is always the first chunk (PNG third edition, section 11.2.1).
    const depth = view.getUint8(offset + 24) * (LAYOUTS[view.getUint8(offset + 25)]?.samples ?? 0);
    return { offset, isPng: true, pixels: view.getUint32(offset + 16) * view.getUint32(offset + 20), depth };
  }
  try {
    const { width, height, bitCount } = readDib(bytes, offset, 0, true);
    return { offset, isPng: false, pixels: width * height, depth: bitCount };
  } catch (error) {
    if (error instanceof ImagingError) return null;
    throw error;
  }
}
