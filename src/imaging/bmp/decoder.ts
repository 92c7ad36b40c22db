import { corrupt } from '../errors.ts';
import type { Decoder, ImageHeader, SourceFrame } from '../image.ts';
import { type Dib, readDib } from './dib.ts';
import { readRows } from './rows.ts';

/** BITMAPFILEHEADER. */
const FILE_HEADER = 14;

/**
 * Windows and OS/2 bitmaps: 1 to 32 bits a pixel, masks, RLE4, RLE8 and RLE24, from the top or from the bottom. Rows are
 * read where they are in the file, and nothing but one row is held.
 */
export const bmpDecoder: Decoder = {
  readHeader(bytes: Uint8Array): ImageHeader {
    const { width, height, iccProfile } = readFile(bytes);
    return { format: 'bmp', width, height, orientation: 1, frameCount: 1, plays: 1, iccProfile, isGrey: false };
  },

  *decode(bytes: Uint8Array): Generator<SourceFrame, void> {
    const dib = readFile(bytes);
    const { width, height } = dib;
    yield { width, height, delay: 0, changed: null, rows: (sink) => readRows(bytes, dib, sink) };
  },
};

function readFile(bytes: Uint8Array): Dib {
  // An OS/2 bitmap array, BA, is a list of bitmaps, each with a header of its own before it: the first one is shown.
  const offset = isTyped(bytes, 0, 'BA') ? FILE_HEADER : 0;
  if (!isTyped(bytes, offset, 'BM')) throw corrupt('BMP', 'the file does not start with the letters BM.');
  if (bytes.length < offset + FILE_HEADER) {
    throw corrupt('BMP', `the file header is cut off: expected ${FILE_HEADER} bytes, found ${bytes.length - offset}.`);
  }
  const pixelOffset = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(offset + 10, true);
  return readDib(bytes, offset + FILE_HEADER, pixelOffset, false);
}

function isTyped(bytes: Uint8Array, offset: number, type: string): boolean {
  return bytes[offset] === type.charCodeAt(0) && bytes[offset + 1] === type.charCodeAt(1);
}
