import { corrupt, ImagingError } from '../errors.ts';
import { LIMITS } from '../limits.ts';
import { type Directory, readDirectories, type Values } from './directory.ts';
import type { Subsampling } from './rows.ts';

/** A picture of the file, checked to be of a kind that is decoded. */
export interface TiffPage {
  /** Pixels. */
  width: number;
  height: number;
  orientation: number;
  iccProfile: Uint8Array | null;
  compression: number;
  photometric: number;
  /** Samples of a pixel, as stored. */
  samples: number;
  /** How many of them, from the first on, make the colour. */
  colourSamples: number;
  /** Which of them is alpha; −1 where none is. */
  alpha: number;
  /** Whether colour is stored multiplied by alpha. */
  premultiplied: boolean;
  /** Bits of each sample. */
  bits: number;
  sampleFormat: number;
  predictor: number;
  /** Whether each sample has strips or tiles of its own. */
  planar: boolean;
  segments: SegmentLayout;
  /** Pixels of a chroma sample, across and down. */
  subsampling: Subsampling;
  directory: Directory;
}

/** TIFF 6.0, "RowsPerStrip" and section 15: how a picture is cut into strips, or tiles. */
export interface SegmentLayout {
  /** Pixels; those at the right and lower edge may reach beyond the picture. */
  width: number;
  height: number;
  across: number;
  down: number;
  /** Where each starts, and its length, in bytes: rows of them from above, one plane after the other. */
  offsets: Values;
  byteCounts: Values;
}

export const TAG = {
  newSubfileType: 254,
  imageWidth: 256,
  imageLength: 257,
  bitsPerSample: 258,
  compression: 259,
  photometricInterpretation: 262,
  fillOrder: 266,
  stripOffsets: 273,
  orientation: 274,
  samplesPerPixel: 277,
  rowsPerStrip: 278,
  stripByteCounts: 279,
  planarConfiguration: 284,
  t4Options: 292,
  predictor: 317,
  colorMap: 320,
  tileWidth: 322,
  tileLength: 323,
  tileOffsets: 324,
  tileByteCounts: 325,
  inkSet: 332,
  extraSamples: 338,
  sampleFormat: 339,
  jpegTables: 347,
  yCbCrCoefficients: 529,
  yCbCrSubSampling: 530,
  referenceBlackWhite: 532,
  iccProfile: 34675,
} as const;

export const COMPRESSION = {
  none: 1,
  huffman: 2,
  group3: 3,
  group4: 4,
  lzw: 5,
  jpeg: 7,
  deflate: 8,
  packBits: 32773,
  deflateOfOld: 32946,
} as const;

const UNSUPPORTED_COMPRESSIONS: Record<number, string> = {
  6: 'JPEG of the old kind',
  9: 'JBIG',
  10: 'JBIG',
  32809: 'ThunderScan',
  33003: 'JPEG 2000',
  33005: 'JPEG 2000',
  34676: 'SGI LogLuv',
  34677: 'SGI LogLuv',
  34712: 'JPEG 2000',
  34887: 'LERC',
  34892: 'lossy JPEG of DNG',
  34925: 'LZMA',
  50000: 'Zstandard',
  50001: 'WebP',
  50002: 'JPEG XL',
};

export const PHOTOMETRIC = {
  whiteIsZero: 0,
  blackIsZero: 1,
  rgb: 2,
  palette: 3,
  mask: 4,
  cmyk: 5,
  yCbCr: 6,
  cieLab: 8,
  iccLab: 9,
} as const;

const UNSUPPORTED_PHOTOMETRICS: Record<number, string> = {
  10: 'ITULab',
  32803: 'camera raw (CFA)',
  32844: 'LogL',
  32845: 'LogLuv',
  34892: 'linear raw',
};

/** Samples that make the colour, by the photometric interpretation. */
const COLOUR_SAMPLES: Record<number, number> = { 0: 1, 1: 1, 2: 3, 3: 1, 4: 1, 5: 4, 6: 3, 8: 3, 9: 3 };

export const SAMPLE_FORMAT = { unsigned: 1, signed: 2, float: 3, undefined: 4 } as const;
const FLOAT_BITS = [16, 24, 32, 64];

/** NewSubfileType: a reduced version of another picture, or a mask of one. */
const REDUCED_OR_MASK = 0b101;
/** Extra samples that are alpha; 0 is a channel of another meaning, such as a saved selection. */
const ASSOCIATED_ALPHA = 1;
const UNASSOCIATED_ALPHA = 2;

/**
 * Chooses the picture to show: the first page, or the largest picture where the first is but a thumbnail or a mask.
 *
 * @throws ImagingError on what is broken, and, with its name, on what is not decoded
 */
export function readPage(bytes: Uint8Array): TiffPage {
  const [best, ...others] = candidates(bytes);
  try {
    return describe(best);
  } catch (error) {
    // Beside camera raw there are previews that can be shown.
    for (const other of others) {
      try {
        return describe(other);
      } catch {}
    }
    throw error;
  }
}

/** The directories to try, the best first. */
function candidates(bytes: Uint8Array): Directory[] {
  const directories = readDirectories(bytes);
  const first = directories.next().value;
  if (!first) throw corrupt('tiff', 'the header names no directory.');
  if (!isReducedOrMask(first)) return [first];
  const area = (directory: Directory) => directory.number(TAG.imageWidth, 0) * directory.number(TAG.imageLength, 0);
  return [first, ...directories].sort(
    (one, other) => Number(isReducedOrMask(one)) - Number(isReducedOrMask(other)) || area(other) - area(one),
  );
}

function isReducedOrMask(directory: Directory): boolean {
  return (directory.number(TAG.newSubfileType, 0) & REDUCED_OR_MASK) !== 0;
}

function describe(directory: Directory): TiffPage {
  const width = directory.number(TAG.imageWidth, 0);
  const height = directory.number(TAG.imageLength, 0);
  if (!(width > 0 && height > 0)) throw corrupt('tiff', `the header says ${width}×${height} pixels.`);
  const orientation = directory.number(TAG.orientation, 1);
  const photometric = directory.number(TAG.photometricInterpretation, PHOTOMETRIC.blackIsZero);
  const profile = directory.bytes(TAG.iccProfile);
  // Lab says by itself what its colours are; inks are made RGB by the plain formula.
  const isOwn = ([PHOTOMETRIC.cmyk, PHOTOMETRIC.cieLab, PHOTOMETRIC.iccLab] as number[]).includes(photometric);
  const page: TiffPage = {
    width,
    height,
    orientation: orientation >= 1 && orientation <= 8 ? orientation : 1,
    iccProfile: profile && profile.length <= LIMITS.profileBytes && !isOwn ? profile : null,
    photometric,
    ...readCompression(directory),
    ...readSamples(directory, photometric),
    segments: readSegments(directory, width, height),
    directory,
  };
  checkCombination(page);
  return page;
}

function readCompression(directory: Directory): Pick<TiffPage, 'compression' | 'predictor'> {
  const compression = directory.number(TAG.compression, COMPRESSION.none);
  const known: number[] = Object.values(COMPRESSION);
  if (!known.includes(compression)) {
    throw unsupported(`is compressed as ${UNSUPPORTED_COMPRESSIONS[compression] ?? compression}`);
  }
  // The other compressions have no predictor, whatever the tag says.
  const predicted: number[] = [COMPRESSION.lzw, COMPRESSION.deflate, COMPRESSION.deflateOfOld];
  const predictor = predicted.includes(compression) ? directory.number(TAG.predictor, 1) : 1;
  if (predictor < 1 || predictor > 3) throw unsupported(`has predictor ${predictor}`);
  return { compression, predictor };
}

type Samples = Pick<
  TiffPage,
  'samples' | 'colourSamples' | 'alpha' | 'premultiplied' | 'bits' | 'sampleFormat' | 'planar' | 'subsampling'
>;

function readSamples(directory: Directory, photometric: number): Samples {
  const colourSamples = COLOUR_SAMPLES[photometric];
  if (colourSamples === undefined) {
    throw unsupported(`has colours of the kind ${UNSUPPORTED_PHOTOMETRICS[photometric] ?? photometric}`);
  }
  const depths = directory.numbers(TAG.bitsPerSample, [1]);
  const samples = directory.number(TAG.samplesPerPixel, depths.length);
  if (!(samples >= colourSamples))
    throw unsupported(`has ${samples} samples a pixel, of ${colourSamples} for its colour`);
  const [bits] = depths;
  const sampleFormat = directory.number(TAG.sampleFormat, SAMPLE_FORMAT.unsigned);
  const isFloat = sampleFormat === SAMPLE_FORMAT.float;
  const isKnown = isFloat ? FLOAT_BITS.includes(bits) : bits >= 1 && (bits <= 16 || bits % 8 === 0) && bits <= 64;
  if (!isKnown || sampleFormat > SAMPLE_FORMAT.undefined || depths.some((depth) => depth !== bits)) {
    throw unsupported(`has samples of ${depths.join(', ')} bits${isFloat ? ' in floating point' : ''}`);
  }
  const inkSet = directory.number(TAG.inkSet, 1);
  if (photometric === PHOTOMETRIC.cmyk && inkSet !== 1) throw unsupported(`has inks that are not CMYK`);

  const [across, down = across] = directory.numbers(TAG.yCbCrSubSampling, [2, 2]);
  return {
    samples,
    colourSamples,
    ...readAlpha(directory, samples, colourSamples),
    bits,
    sampleFormat,
    planar: directory.number(TAG.planarConfiguration, 1) === 2 && samples > 1,
    subsampling: photometric === PHOTOMETRIC.yCbCr ? [across, down] : [1, 1],
  };
}

/** TIFF 6.0, section 18. Many writers leave the tag out of RGBA. */
function readAlpha(
  directory: Directory,
  samples: number,
  colourSamples: number,
): Pick<TiffPage, 'alpha' | 'premultiplied'> {
  const kinds = directory.numbers(TAG.extraSamples, [UNASSOCIATED_ALPHA]).slice(0, samples - colourSamples);
  const index = kinds.findIndex((kind) => kind === ASSOCIATED_ALPHA || kind === UNASSOCIATED_ALPHA);
  return { alpha: index < 0 ? -1 : colourSamples + index, premultiplied: kinds[index] === ASSOCIATED_ALPHA };
}

function readSegments(directory: Directory, width: number, height: number): SegmentLayout {
  const tileWidth = directory.number(TAG.tileWidth, 0);
  const isTiled = tileWidth > 0;
  const layout = isTiled
    ? { width: tileWidth, height: directory.number(TAG.tileLength, 0) }
    : { width, height: Math.min(height, directory.number(TAG.rowsPerStrip, height) || height) };
  const offsets = directory.values(isTiled ? TAG.tileOffsets : TAG.stripOffsets);
  if (offsets.length === 0 || !(layout.height > 0)) {
    throw corrupt(
      'tiff',
      `the directory has ${offsets.length} strips or tiles of ${layout.width}×${layout.height} pixels.`,
    );
  }
  return {
    ...layout,
    across: Math.ceil(width / layout.width),
    down: Math.ceil(height / layout.height),
    offsets,
    byteCounts: directory.values(isTiled ? TAG.tileByteCounts : TAG.stripByteCounts),
  };
}

const BILEVEL: number[] = [COMPRESSION.huffman, COMPRESSION.group3, COMPRESSION.group4];

/** Refuses what each part of is known, but not together. */
function checkCombination(page: TiffPage): void {
  const { compression, photometric, bits, samples, planar, predictor, sampleFormat, subsampling } = page;
  if (BILEVEL.includes(compression) && (bits !== 1 || samples !== 1)) {
    throw unsupported(`is a fax of ${samples} samples of ${bits} bits`);
  }
  if (compression === COMPRESSION.jpeg && (bits !== 8 || (!planar && samples > 4))) {
    throw unsupported(`has a JPEG of ${samples} samples of ${bits} bits`);
  }
  if (photometric === PHOTOMETRIC.palette && bits > 8) throw unsupported(`has a palette for samples of ${bits} bits`);
  const isFloat = sampleFormat === SAMPLE_FORMAT.float;
  if ((predictor === 2 && bits % 8 !== 0) || (predictor === 3 && !isFloat)) {
    throw unsupported(`has predictor ${predictor} for samples of ${bits} bits`);
  }
  const [across, down] = subsampling;
  // A JPEG says for itself how it is subsampled.
  if (across * down !== 1 && (planar || compression !== COMPRESSION.jpeg)) {
    const isKnown = [1, 2, 4].includes(across) && [1, 2, 4].includes(down);
    if (!isKnown || bits !== 8 || samples !== 3 || planar || predictor !== 1) {
      throw unsupported(`has YCbCr of ${samples} samples of ${bits} bits, subsampled ${across}×${down}`);
    }
  }
}

function unsupported(what: string): ImagingError {
  return new ImagingError(
    'unsupported_format',
    `The TIFF picture ${what}, which is not supported.`,
    'Save it as PNG in a picture editor first.',
  );
}
