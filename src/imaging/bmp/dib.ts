import { corrupt, ImagingError } from '../errors.ts';
import { LIMITS } from '../limits.ts';

/** Compression methods (BITMAPINFOHEADER, biCompression). OS/2 2.x uses 4 for its own. */
const COMPRESSION = {
  none: 0,
  runLength8: 1,
  runLength4: 2,
  bitFields: 3,
  os2RunLength24: 4,
  alphaBitFields: 6,
} as const;

/** Sizes of the header's versions. OS/2 1.x has the first, OS/2 2.x as much as it likes of one of 64 bytes. */
const CORE_HEADER = 12;
const SHORTEST_LATER_HEADER = 16;
const INFO_HEADER = 40;
const V3_HEADER = 56;
const V5_HEADER = 124;

/** LCS_PROFILE_EMBEDDED: the file carries an ICC profile (BITMAPV5HEADER, bV5CSType). */
const PROFILE_EMBEDDED = 0x4d424544;

/** Which bits of a pixel make up which sample; 0 for a sample that pixels do not have. */
export interface Masks {
  red: number;
  green: number;
  blue: number;
  alpha: number;
}

/** A device-independent bitmap as its header describes it: what BMP and ICO files are made of. */
export interface Dib {
  width: number;
  height: number;
  /** Rows are stored from the top; otherwise from the bottom. */
  topDown: boolean;
  /** Bits of a pixel: 1, 2, 4, 8, 16, 24 or 32. */
  bitCount: number;
  runLengthEncoded: boolean;
  /** For 16 and 32 bits a pixel. */
  masks: Masks;
  /** For up to 8 bits a pixel: 3 or 4 bytes a colour, blue first. May have fewer colours than pixels can name. */
  palette: Uint8Array;
  paletteEntryBytes: number;
  /** Where pixels start in the file. */
  pixelOffset: number;
  iccProfile: Uint8Array | null;
}

/**
 * Reads a bitmap's header (BITMAPCOREHEADER, BITMAPINFOHEADER and its later versions), masks and palette.
 * @param offset where the header starts in the file
 * @param pixelOffset where pixels start, as the file says; 0 where it does not
 * @param inIcon in an icon, twice the height is given, and pixels of 32 bits have alpha
 * @throws ImagingError when the bitmap cannot be shown
 */
export function readDib(bytes: Uint8Array, offset: number, pixelOffset: number, inIcon: boolean): Dib {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const available = bytes.length - offset;
  const size = available >= 4 ? view.getUint32(offset, true) : 0;
  const isCore = size === CORE_HEADER;
  if (!isCore && size < SHORTEST_LATER_HEADER) {
    throw corrupt('BMP', `expected a bitmap header of 12 bytes, or 16 or more, found one of ${size}.`);
  }
  if (available < Math.min(size, INFO_HEADER)) {
    throw corrupt('BMP', `the bitmap header is cut off: expected ${size} bytes, found ${available}.`);
  }
  const field = (at: number) => (at + 4 <= size && at + 4 <= available ? view.getUint32(offset + at, true) : 0);

  const width = isCore ? view.getUint16(offset + 4, true) : field(4) | 0;
  const signedHeight = isCore ? view.getUint16(offset + 6, true) : field(8) | 0;
  const height = inIcon ? Math.abs(signedHeight) >>> 1 : Math.abs(signedHeight);
  const bitCount = view.getUint16(offset + (isCore ? 10 : 14), true);
  const compression = field(16);
  const coloursUsed = field(32);
  checkSize(width, height);
  const hasMasks = checkCompression(compression, bitCount);

  // After a header of 40 bytes, masks come where later headers have them.
  const maskAt = offset + INFO_HEADER;
  const maskBytes = compression === COMPRESSION.alphaBitFields ? 16 : hasMasks ? 12 : 0;
  const readMask = (i: number) => (maskAt + 4 * i + 4 <= bytes.length ? view.getUint32(maskAt + 4 * i, true) : 0);
  const hasAlphaMask = size >= V3_HEADER || compression === COMPRESSION.alphaBitFields;
  const impliedAlpha = inIcon && bitCount === 32 && !hasMasks ? 0xff000000 : 0;
  const impliedMasks =
    bitCount === 16 ? { red: 0x7c00, green: 0x03e0, blue: 0x001f } : { red: 0xff0000, green: 0x00ff00, blue: 0x0000ff };
  const masks: Masks = {
    ...(hasMasks ? { red: readMask(0), green: readMask(1), blue: readMask(2) } : impliedMasks),
    alpha: hasAlphaMask ? readMask(3) : impliedAlpha,
  };

  const paletteStart = offset + size + (size === INFO_HEADER ? maskBytes : 0);
  const paletteEntryBytes = isCore ? 3 : 4;
  const colours = coloursUsed === 0 && bitCount <= 8 ? 1 << bitCount : coloursUsed;
  const paletteEnd = paletteStart + colours * paletteEntryBytes;
  // Files that say that pixels start where their palette does are wrong about it.
  const earliest = bitCount <= 8 ? paletteStart + 1 : paletteStart;
  const pixelStart = pixelOffset >= earliest && pixelOffset < bytes.length ? pixelOffset : paletteEnd;
  return {
    width,
    height,
    topDown: signedHeight < 0,
    bitCount,
    runLengthEncoded: !hasMasks && compression !== COMPRESSION.none,
    masks,
    palette: bytes.subarray(paletteStart, Math.min(paletteEnd, pixelStart)),
    paletteEntryBytes,
    pixelOffset: pixelStart,
    iccProfile:
      field(56) === PROFILE_EMBEDDED && size >= V5_HEADER ? readProfile(bytes, offset, field(112), field(116)) : null,
  };
}

function checkSize(width: number, height: number): void {
  if (width <= 0 || height === 0) throw corrupt('BMP', `the picture is ${width}×${height} pixels.`);
}

/** @returns whether the bitmap has masks of its own */
function checkCompression(compression: number, bitCount: number): boolean {
  if (![1, 2, 4, 8, 16, 24, 32].includes(bitCount)) {
    throw corrupt('BMP', `expected 1, 2, 4, 8, 16, 24 or 32 bits a pixel, found ${bitCount}.`);
  }
  const hasMasks = compression === COMPRESSION.bitFields || compression === COMPRESSION.alphaBitFields;
  const isKnown =
    compression === COMPRESSION.none ||
    (compression === COMPRESSION.runLength8 && bitCount === 8) ||
    (compression === COMPRESSION.runLength4 && bitCount === 4) ||
    (compression === COMPRESSION.os2RunLength24 && bitCount === 24) ||
    (hasMasks && (bitCount === 16 || bitCount === 32));
  if (!isKnown) {
    throw new ImagingError(
      'unsupported_format',
      `BMP: compression method ${compression} with ${bitCount} bits a pixel is not supported.`,
      'Save the picture as PNG and upload that.',
    );
  }
  return hasMasks;
}

function readProfile(bytes: Uint8Array, offset: number, start: number, size: number): Uint8Array | null {
  const profile = bytes.subarray(offset + start, offset + start + size);
  return size > 0 && size <= LIMITS.profileBytes && profile.length === size ? profile : null;
}
