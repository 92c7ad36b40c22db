import { corrupt, ImagingError } from '../errors.ts';
import { exifOrientation } from '../exif.ts';
import { LIMITS } from '../limits.ts';
import { endOfEntropyCodedData, MARKER, nextSegment, readUint16, type Segment, startOfImage } from './markers.ts';
import { Tables } from './tables.ts';

/** A component as the frame header specifies it (T.81 B.2.2). */
export interface ComponentSpecification {
  id: number;
  /** Sampling factors, 1–4. */
  horizontal: number;
  vertical: number;
  quantisationTable: number;
}

/** How the components make a colour; of `raw`, they are handed over as they are, in place of RGBA. */
export type ColourModel = 'grey' | 'ycc' | 'rgb' | 'cmyk' | 'ycck' | 'raw';

/** All that comes before the first scan. */
export interface FileHeader {
  progressive: boolean;
  lossless: boolean;
  /** Bits of a sample. */
  precision: number;
  width: number;
  height: number;
  components: ComponentSpecification[];
  colourModel: ColourModel;
  orientation: number;
  iccProfile: Uint8Array | null;
  tables: Tables;
  /** The first scan's header. */
  firstScan: Segment;
}

/** What application segments say. */
interface Application {
  jfif: boolean;
  /** The Adobe segment's colour transform: 0 none, 1 YCbCr, 2 YCCK; -1 without the segment. */
  adobeTransform: number;
  orientation: number;
  /** By their number, from 1; of two with the same number the first counts. */
  iccParts: (Uint8Array | undefined)[];
  /** How many there are to be. */
  iccCount: number;
}

/**
 * Reads the segments up to the first scan.
 *
 * @param bytes the whole file
 * @param tables those in force where the file starts: changed by what it says
 * @throws ImagingError when there is no frame or scan, or it is of a kind that is not decoded
 */
export function readFileHeader(bytes: Uint8Array, tables = new Tables()): FileHeader {
  const application: Application = { jfif: false, adobeTransform: -1, orientation: 0, iccParts: [], iccCount: 0 };
  let frame: ReturnType<typeof readFrameHeader> | null = null;

  for (let at = startOfImage(bytes); ; ) {
    const segment = nextSegment(bytes, at);
    if (segment === null || segment.marker === MARKER.EOI) {
      throw corrupt('JPEG', `the file ends after ${bytes.length} bytes, before any picture data.`);
    }
    at = segment.end;
    if (segment.marker === MARKER.SOS) {
      if (frame === null) throw corrupt('JPEG', 'picture data starts before a frame header.');
      const height = frame.height || readNumberOfLines(bytes, segment.end);
      return {
        ...frame,
        height,
        colourModel: colourModelOf(frame, application),
        orientation: application.orientation || 1,
        iccProfile: joinIccProfile(application),
        tables,
        firstScan: segment,
      };
    }
    if (isFrameHeader(segment.marker)) frame ??= readFrameHeader(bytes, segment);
    else if (!tables.read(bytes, segment)) readApplication(bytes, segment, application);
  }
}

/** SOF0–SOF15 (T.81 table B.1), which DHT, JPG and DAC lie among; and DHP, which starts a hierarchical file. */
function isFrameHeader(marker: number): boolean {
  if (marker === MARKER.DHP) return true;
  return (
    marker >= MARKER.SOF0 &&
    marker <= MARKER.SOF15 &&
    marker !== MARKER.DHT &&
    marker !== MARKER.JPG &&
    marker !== MARKER.DAC
  );
}

function readFrameHeader(bytes: Uint8Array, { marker, start, end }: Segment) {
  const precision = bytes[start] ?? 0;
  refuseUnsupported(marker, precision);
  const height = readUint16(bytes, start + 1);
  const width = readUint16(bytes, start + 3);
  const count = bytes[start + 5] ?? 0;
  if (end - start < 6 + 3 * count) {
    throw corrupt(
      'JPEG',
      `the frame header of ${count} components takes ${6 + 3 * count} bytes, found ${end - start}.`,
    );
  }
  if (width === 0) throw corrupt('JPEG', `the picture is 0 pixels wide and ${height} high.`);
  if (count !== 1 && count !== 3 && count !== 4) {
    throw corrupt('JPEG', `expected 1, 3 or 4 colour components, found ${count}.`);
  }
  const components: ComponentSpecification[] = [];
  for (let at = start + 6; components.length < count; at += 3) {
    const horizontal = bytes[at + 1] >> 4;
    const vertical = bytes[at + 1] & 15;
    if (horizontal < 1 || horizontal > 4 || vertical < 1 || vertical > 4) {
      throw corrupt('JPEG', `expected sampling factors of 1 to 4, found ${horizontal}×${vertical}.`);
    }
    components.push({ id: bytes[at], horizontal, vertical, quantisationTable: bytes[at + 2] & 3 });
  }
  // One component makes a scan that is not interleaved, whatever its factors (T.81 A.2.2).
  if (count === 1) components[0] = { ...components[0], horizontal: 1, vertical: 1 };
  const lossless = marker === MARKER.SOF3;
  if (lossless && components.some(({ horizontal, vertical }) => horizontal * vertical > 1)) {
    throw unsupported('this JPEG is lossless and subsampled, which is not supported.');
  }
  return { progressive: marker === MARKER.SOF2, lossless, precision, width, height, components };
}

function refuseUnsupported(marker: number, precision: number): void {
  const kind = marker === MARKER.DHP ? 'hierarchical' : UNSUPPORTED_FRAMES[marker - MARKER.SOF0];
  if (kind) throw unsupported(`this JPEG is ${kind}, which is not supported.`);
  const isLossless = marker === MARKER.SOF3;
  const isKnown = isLossless ? precision >= 2 && precision <= 16 : precision === 8 || precision === 12;
  if (!isKnown)
    throw unsupported(`this JPEG has ${precision} bits a sample; 8 and 12 are supported, lossless 2 to 16.`);
}

/** By the frame's number (T.81 table B.1): all but baseline, extended sequential, progressive and lossless Huffman coding. */
const UNSUPPORTED_FRAMES = [
  '',
  '',
  '',
  '',
  '',
  'hierarchical',
  'hierarchical',
  'hierarchical and lossless',
  '',
  'arithmetic-coded',
  'arithmetic-coded',
  'lossless and arithmetic-coded',
  '',
  'hierarchical and arithmetic-coded',
  'hierarchical and arithmetic-coded',
  'hierarchical, lossless and arithmetic-coded',
];

function unsupported(message: string): ImagingError {
  return new ImagingError(
    'unsupported_format',
    message,
    'Open it in a picture editor and save it as an ordinary JPEG (baseline or progressive, 8 bits) or as a PNG.',
  );
}

/** A frame header may leave the height at 0; a DNL segment after the first scan then has it (T.81 B.2.5). */
function readNumberOfLines(bytes: Uint8Array, scanData: number): number {
  const segment = nextSegment(bytes, endOfEntropyCodedData(bytes, scanData));
  const height = segment?.marker === MARKER.DNL ? readUint16(bytes, segment.start) : 0;
  if (height === 0) throw corrupt('JPEG', 'the frame header leaves the height open, and no DNL marker says it later.');
  return height;
}

function readApplication(bytes: Uint8Array, { marker, start, end }: Segment, application: Application): void {
  const startsWith = (text: string) => {
    if (end - start < text.length) return false;
    for (let i = 0; i < text.length; i++) if (bytes[start + i] !== text.charCodeAt(i)) return false;
    return true;
  };
  if (marker === MARKER.APP0 && startsWith('JFIF\0')) {
    application.jfif = true;
  } else if (marker === MARKER.APP1 && startsWith('Exif\0') && application.orientation === 0) {
    application.orientation = exifOrientation(bytes.subarray(start + 6, end));
  } else if (marker === MARKER.APP2 && startsWith('ICC_PROFILE\0') && end - start > 14) {
    application.iccParts[bytes[start + 12]] ??= bytes.subarray(start + 14, end);
    application.iccCount ||= bytes[start + 13];
  } else if (marker === MARKER.APP14 && startsWith('Adobe') && end - start >= 12) {
    application.adobeTransform = bytes[start + 11];
  }
}

/** ICC.1 B.4: a profile over 64 KB goes into several segments, numbered from 1. One that misses any is of no use. */
function joinIccProfile({ iccParts, iccCount }: Application): Uint8Array | null {
  const parts: Uint8Array[] = [];
  for (let number = 1; number <= iccCount; number++) {
    const part = iccParts[number];
    if (part === undefined) return null;
    parts.push(part);
  }
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  if (length === 0 || length > LIMITS.profileBytes) return null;
  const profile = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    profile.set(part, at);
    at += part.length;
  }
  return profile;
}

/**
 * JFIF: three components are YCbCr. Adobe's marker says it by number. Without both, the components' names decide; what is
 * lossless is RGB, since the conversion to YCbCr is not.
 */
function colourModelOf(
  { components, lossless }: Pick<FileHeader, 'components' | 'lossless'>,
  { jfif, adobeTransform }: Application,
): ColourModel {
  if (components.length === 1) return 'grey';
  if (components.length === 4) return adobeTransform === 2 ? 'ycck' : 'cmyk';
  if (jfif) return 'ycc';
  if (adobeTransform >= 0) return adobeTransform === 0 ? 'rgb' : 'ycc';
  if (lossless) return 'rgb';
  return String.fromCharCode(...components.map(({ id }) => id)) === 'RGB' ? 'rgb' : 'ycc';
}
