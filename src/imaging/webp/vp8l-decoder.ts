import { corrupt } from '../errors.ts';
import { BitReader } from './vp8l-bit-reader.ts';
import { blocks, EntropyImage } from './vp8l-entropy-image.ts';
import {
  addPixels,
  ColourIndexing,
  ColourTransform,
  Predictor,
  SubtractGreen,
  type Transform,
} from './vp8l-transforms.ts';

const SIGNATURE = 0x2f;
export const VP8L_HEADER_BYTES = 5;

// Section 3.5.
const PREDICTOR_TRANSFORM = 0;
const COLOUR_TRANSFORM = 1;
const SUBTRACT_GREEN_TRANSFORM = 2;

export interface Vp8lHeader {
  width: number;
  height: number;
  /** When false, the alpha channel means nothing and the picture is opaque. */
  hasAlpha: boolean;
}

/** RFC 9649 section 3.4. @param data payload of a VP8L chunk */
export function readVp8lHeader(data: Uint8Array): Vp8lHeader {
  if (data.length < VP8L_HEADER_BYTES) {
    throw corrupt('WebP', `the lossless header takes ${VP8L_HEADER_BYTES} bytes; the file has ${data.length}`);
  }
  if (data[0] !== SIGNATURE) {
    throw corrupt('WebP', `the lossless signature 2f was expected; found ${data[0].toString(16).padStart(2, '0')}`);
  }
  const bits = new BitReader(data.subarray(1));
  const width = bits.read(14) + 1;
  const height = bits.read(14) + 1;
  const hasAlpha = bits.read(1) === 1;
  const version = bits.read(3);
  if (version !== 0) throw corrupt('WebP', `lossless version 0 was expected; found ${version}`);
  return { width, height, hasAlpha };
}

/** Decodes a lossless image row by row (RFC 9649 section 3). */
export class Vp8lDecoder {
  private readonly transforms: Transform[] = [];
  private readonly image: EntropyImage;
  private readonly row: Int32Array;
  private y = 0;

  /**
   * @param data what follows the header: transforms and image; possibly cut short
   * @throws ImagingError when no row can be decoded for want of transforms or prefix codes
   */
  constructor(data: Uint8Array, width: number, height: number) {
    const bits = new BitReader(data);
    let imageWidth = width;
    const seen = new Set<number>();
    while (bits.read(1)) {
      const type = bits.read(2);
      if (seen.has(type)) throw corrupt('WebP', `lossless transform ${type} comes twice`);
      seen.add(type);
      // They are undone in the opposite order.
      if (type === PREDICTOR_TRANSFORM || type === COLOUR_TRANSFORM) {
        this.transforms.unshift(readBlockTransform(bits, type, imageWidth, height));
      } else if (type === SUBTRACT_GREEN_TRANSFORM) {
        this.transforms.unshift(new SubtractGreen(imageWidth));
      } else {
        const colours = bits.read(8) + 1;
        const packingBits = colours <= 2 ? 3 : colours <= 4 ? 2 : colours <= 16 ? 1 : 0;
        this.transforms.unshift(new ColourIndexing(imageWidth, readPalette(bits, colours), packingBits));
        imageWidth = blocks(imageWidth, packingBits);
      }
    }
    this.image = new EntropyImage(bits, imageWidth, height, true);
    this.row = new Int32Array(width);
  }

  /** @returns the next row's ARGB pixels, until the next call; `null` after the last, or where the data ends */
  nextRow(): Int32Array | null {
    const start = this.image.nextRow();
    if (start < 0) return null;
    const { row, image } = this;
    // Copies refer to pixels before the transforms are undone: those have to stay.
    for (let x = 0; x < image.width; x++) row[x] = image.pixels[start + x];
    for (const transform of this.transforms) transform.inverse(row, this.y);
    this.y++;
    return row;
  }
}

/** Sections 3.5.1 and 3.5.2: parameters for each block of the image, themselves an image. */
function readBlockTransform(bits: BitReader, type: number, width: number, height: number): Transform {
  const blockBits = bits.read(3) + 2;
  const columns = blocks(width, blockBits);
  const rows = blocks(height, blockBits);
  const image = new EntropyImage(bits, columns, rows, false);
  if (type === PREDICTOR_TRANSFORM) {
    const modes = new Uint8Array(columns * rows);
    image.readAll((pixel, i) => {
      modes[i] = (pixel >> 8) & 15;
    });
    return new Predictor(width, blockBits, columns, modes);
  }
  const elements = new Int32Array(columns * rows);
  image.readAll((pixel, i) => {
    elements[i] = pixel;
  });
  return new ColourTransform(width, blockBits, columns, elements);
}

/** Section 3.5.4: each colour is coded as the difference to the one before. */
function readPalette(bits: BitReader, colours: number): Int32Array {
  const palette = new Int32Array(256);
  new EntropyImage(bits, colours, 1, false).readAll((pixel, i) => {
    palette[i] = pixel;
  });
  for (let i = 1; i < colours; i++) palette[i] = addPixels(palette[i], palette[i - 1]);
  return palette;
}
