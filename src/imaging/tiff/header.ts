import { corrupt, ImagingError } from '../errors.ts';

/** What the first directory of a TIFF file says: TIFF 6.0, part 1. */
export interface TiffHeader {
  width: number;
  height: number;
  orientation: number;
  bitsPerSample: number;
  /** Whether colour is stored multiplied by alpha: ExtraSamples 1. */
  premultiplied: boolean;
  iccProfile: Uint8Array | null;
}

const TAG = {
  imageWidth: 256,
  imageLength: 257,
  bitsPerSample: 258,
  compression: 259,
  photometricInterpretation: 262,
  orientation: 274,
  samplesPerPixel: 277,
  extraSamples: 338,
  sampleFormat: 339,
  iccProfile: 34675,
} as const;

const COMPRESSIONS: Record<number, string> = {
  2: 'CCITT Huffman',
  3: 'CCITT Group 3 fax',
  4: 'CCITT Group 4 fax',
  6: 'JPEG of the old kind',
  34712: 'JPEG 2000',
  34887: 'LERC',
  34925: 'LZMA',
  50000: 'Zstandard',
  50001: 'WebP',
  50002: 'JPEG XL',
};

const PHOTOMETRICS: Record<number, string> = {
  3: 'palette',
  4: 'mask',
  6: 'YCbCr',
  8: 'CIELab',
  9: 'ICCLab',
  10: 'ITULab',
  32803: 'camera raw (CFA)',
  32844: 'LogL',
  32845: 'LogLuv',
};

/** Samples a pixel that photon reads of each photometric interpretation: grey (0 and 1), RGB, CMYK. */
const SAMPLES: Record<number, number[]> = { 0: [1], 1: [1], 2: [3, 4], 5: [4] };

/** Section 2, "Types": bytes of each, by its number; further ones are counted as 1. */
const TYPE_BYTES = [1, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8];
const TYPE_BYTE = 1;
const TYPE_SHORT = 3;
const TYPE_LONG = 4;
const ENTRY_BYTES = 12;
/** The version of files over 4 GiB; TIFF's own is 42. */
const BIG_TIFF = 43;
/** Bits of a few samples are wanted, never many values. */
const MOST_VALUES = 8;

/**
 * Reads the first directory, which is the first page.
 *
 * @throws ImagingError on what is broken, and, with its name, on what the decoder behind does not read
 */
export function readTiffHeader(bytes: Uint8Array): TiffHeader {
  try {
    return describe(new Directory(bytes));
  } catch (error) {
    if (error instanceof RangeError) throw corrupt('tiff', 'the first directory leads out of the file.');
    throw error;
  }
}

function describe(directory: Directory): TiffHeader {
  const [width] = directory.numbers(TAG.imageWidth, [0]);
  const [height] = directory.numbers(TAG.imageLength, [0]);
  if (width === 0 || height === 0) throw corrupt('tiff', `the header says ${width}×${height} pixels.`);

  const [compression] = directory.numbers(TAG.compression, [1]);
  if (compression in COMPRESSIONS) throw unsupported(`is compressed as ${COMPRESSIONS[compression]}`);
  const [photometric] = directory.numbers(TAG.photometricInterpretation, [1]);
  const [samples] = directory.numbers(TAG.samplesPerPixel, [1]);
  if (!(photometric in SAMPLES)) {
    throw unsupported(`has colours of the kind ${PHOTOMETRICS[photometric] ?? photometric}`);
  }
  if (!SAMPLES[photometric].includes(samples)) throw unsupported(`has ${samples} samples a pixel`);
  const bits = directory.numbers(TAG.bitsPerSample, [1]);
  const bitsPerSample = Math.max(...bits);
  const isOfOneDepth = bits.length === 1 || bits.every((depth) => depth === bitsPerSample);
  const [format] = directory.numbers(TAG.sampleFormat, [1]);
  if (!isOfOneDepth || format !== 1 || ![8, 16].includes(bitsPerSample)) {
    throw unsupported(`has samples of ${bits.join(', ')} bits${format === 3 ? ' in floating point' : ''}`);
  }
  const [orientation] = directory.numbers(TAG.orientation, [1]);
  return {
    width,
    height,
    orientation: orientation >= 1 && orientation <= 8 ? orientation : 1,
    bitsPerSample,
    premultiplied: samples === 4 && photometric === 2 && directory.numbers(TAG.extraSamples, [0])[0] === 1,
    iccProfile: directory.bytes(TAG.iccProfile),
  };
}

function unsupported(what: string): ImagingError {
  return new ImagingError(
    'unsupported_format',
    `The TIFF picture ${what}, which is not supported.`,
    'Save it as PNG in a picture editor first.',
  );
}

/** Section 2: an Image File Directory. */
class Directory {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #littleEndian: boolean;
  /** Where each tag's entry is. */
  readonly #entries = new Map<number, number>();

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#littleEndian = this.#view.getUint16(0) === 0x4949;
    if (this.#u16(2) === BIG_TIFF) throw unsupported('has 64-bit offsets (BigTIFF)');
    const start = this.#u32(4);
    const count = this.#u16(start);
    for (let i = 0; i < count; i++) {
      const entry = start + 2 + i * ENTRY_BYTES;
      this.#entries.set(this.#u16(entry), entry);
    }
  }

  #u16(offset: number): number {
    return this.#view.getUint16(offset, this.#littleEndian);
  }

  #u32(offset: number): number {
    return this.#view.getUint32(offset, this.#littleEndian);
  }

  /** Where an entry's values are: in it, when they take four bytes at most. */
  #valuesOf(entry: number): { type: number; count: number; offset: number; size: number } {
    const type = this.#u16(entry + 2);
    const count = this.#u32(entry + 4);
    const size = TYPE_BYTES[type] ?? 1;
    return { type, count, size, offset: size * count <= 4 ? entry + 8 : this.#u32(entry + 8) };
  }

  /** The first values of a tag that holds whole numbers. */
  numbers(tag: number, otherwise: number[]): number[] {
    const entry = this.#entries.get(tag);
    if (entry === undefined) return otherwise;
    const { type, count, offset, size } = this.#valuesOf(entry);
    if (count === 0 || ![TYPE_BYTE, TYPE_SHORT, TYPE_LONG].includes(type)) return otherwise;
    return Array.from({ length: Math.min(count, MOST_VALUES) }, (_, i) => {
      const at = offset + i * size;
      return type === TYPE_BYTE ? this.#view.getUint8(at) : type === TYPE_SHORT ? this.#u16(at) : this.#u32(at);
    });
  }

  /** The bytes of a tag; `null` where they are not all in the file. */
  bytes(tag: number): Uint8Array | null {
    const entry = this.#entries.get(tag);
    if (entry === undefined) return null;
    const { count, offset, size } = this.#valuesOf(entry);
    return size === 1 && offset + count <= this.#bytes.length ? this.#bytes.subarray(offset, offset + count) : null;
  }
}
