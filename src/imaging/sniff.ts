import { ImagingError } from './errors.ts';
import type { ImageFormat } from './image.ts';
import { isSvg } from './svg/is-svg.ts';

/** A format known by bytes at a fixed place near its start. */
interface Signature {
  name: string;
  offset: number;
  /** Latin-1, so that every byte can be written as one character. */
  magic: string;
}

const SUPPORTED: (Signature & { format: ImageFormat })[] = [
  { format: 'avif', name: 'AVIF', offset: 4, magic: 'ftypavif' },
  { format: 'avif', name: 'AVIF', offset: 4, magic: 'ftypavis' },
  { format: 'tiff', name: 'TIFF', offset: 0, magic: 'II*\0' },
  { format: 'tiff', name: 'TIFF', offset: 0, magic: 'MM\0*' },
  { format: 'tiff', name: 'BigTIFF', offset: 0, magic: 'II+\0' },
  { format: 'tiff', name: 'BigTIFF', offset: 0, magic: 'MM\0+' },
  // PNG (third edition), 5.2; JPEG (T.81), B.1.1.3: SOI, then any marker; GIF89a, section 17; RFC 9649, section 2.4.
  { format: 'png', name: 'PNG', offset: 0, magic: '\x89PNG\r\n\x1a\n' },
  { format: 'jpeg', name: 'JPEG', offset: 0, magic: '\xff\xd8\xff' },
  { format: 'gif', name: 'GIF', offset: 0, magic: 'GIF8' },
  { format: 'webp', name: 'WebP', offset: 8, magic: 'WEBP' },
  // BITMAPFILEHEADER; ICONDIR with the types icon and cursor.
  { format: 'bmp', name: 'BMP', offset: 0, magic: 'BM' },
  { format: 'ico', name: 'ICO', offset: 0, magic: '\0\0\x01\0' },
  { format: 'ico', name: 'CUR', offset: 0, magic: '\0\0\x02\0' },
];

/** Formats that people do upload: told apart so that the refusal can name them. */
const UNSUPPORTED: Signature[] = [
  // ISO/IEC 23008-12 and AV1 Image File Format: the brand after `ftyp`.
  { name: 'HEIC', offset: 4, magic: 'ftyphe' },
  { name: 'HEIC', offset: 4, magic: 'ftypmif1' },
  { name: 'HEIC', offset: 4, magic: 'ftypmsf1' },
  { name: 'a video (MP4 or QuickTime)', offset: 4, magic: 'ftyp' },
  { name: 'a video (WebM or Matroska)', offset: 0, magic: '\x1a\x45\xdf\xa3' },
  { name: 'JPEG XL', offset: 0, magic: '\xff\x0a' },
  { name: 'JPEG XL', offset: 4, magic: 'JXL ' },
  { name: 'JPEG 2000', offset: 4, magic: 'jP  ' },
  { name: 'Photoshop (PSD)', offset: 0, magic: '8BPS' },
  { name: 'QOI', offset: 0, magic: 'qoif' },
  { name: 'PDF', offset: 0, magic: '%PDF-' },
  { name: 'ZIP', offset: 0, magic: 'PK\x03\x04' },
  { name: 'gzip', offset: 0, magic: '\x1f\x8b' },
];

const REMEDY = 'Upload a PNG, JPEG, GIF, WebP, AVIF, SVG, TIFF, BMP or ICO picture.';
/** Junk that may come before a JPEG's first marker and that readers skip. */
const JPEG_JUNK_BYTES = 1024;
const TEXT_BYTES = 1024;

/**
 * Tells a picture's format by its first bytes; names and content types are never asked.
 *
 * @param bytes the whole file
 * @throws ImagingError `empty_file`, or `unsupported_format` naming what the bytes are
 */
export function sniff(bytes: Uint8Array): ImageFormat {
  if (bytes.length === 0) {
    throw new ImagingError('empty_file', 'The file is empty: it has 0 bytes.', `Choose the file again. ${REMEDY}`);
  }
  const supported = SUPPORTED.find((signature) => matches(bytes, signature));
  if (supported) return supported.format;

  if (isSvg(bytes)) return 'svg';
  const found = UNSUPPORTED.find((signature) => matches(bytes, signature))?.name ?? textFormat(bytes);
  if (found) {
    throw new ImagingError('unsupported_format', `The file is ${found}, which is not supported.`, remedyFor(found));
  }
  if (startsLateAsJpeg(bytes)) return 'jpeg';
  throw new ImagingError(
    'unsupported_format',
    `The file is not a picture that is supported: it starts with the bytes ${hex(bytes.subarray(0, 8))}.`,
    REMEDY,
  );
}

function matches(bytes: Uint8Array, { offset, magic }: Signature): boolean {
  if (bytes.length < offset + magic.length) return false;
  for (let i = 0; i < magic.length; i++) {
    if (bytes[offset + i] !== magic.charCodeAt(i)) return false;
  }
  return true;
}

/** SVG, HTML, XML and plain text, which have no magic number. */
function textFormat(bytes: Uint8Array): string | undefined {
  const text = new TextDecoder('utf-8').decode(bytes.subarray(0, TEXT_BYTES)).trimStart();
  if (/<svg[\s>]/i.test(text)) return 'SVG';
  if (/^<!doctype html|^<html[\s>]/i.test(text)) return 'HTML';
  if (/^<\?xml/i.test(text)) return 'XML';
  // Control characters other than white space, or what is not UTF-8, do not occur in text.
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what tells binary from text
  if (text.length > 0 && !/[\0-\x08\x0e-\x1f\ufffd]/.test(text)) return 'text';
  return undefined;
}

function startsLateAsJpeg(bytes: Uint8Array): boolean {
  const end = Math.min(bytes.length - 2, JPEG_JUNK_BYTES);
  for (let i = 0; i < end; i++) {
    if (bytes[i] === 0xff && bytes[i + 1] === 0xd8 && bytes[i + 2] === 0xff) return true;
  }
  return false;
}

function remedyFor(name: string): string {
  if (name === 'HEIC') {
    return 'Save it as JPEG first: on an iPhone choose Settings › Camera › Formats › Most Compatible, or export it from Photos.';
  }
  if (name === 'ZIP' || name === 'gzip') return `Unpack it first. ${REMEDY}`;
  if (name === 'HTML') return `It is a web page, not the picture on it: save the picture itself. ${REMEDY}`;
  if (name.startsWith('a video')) return 'Turn it into a GIF or an animated WebP first.';
  return `Save it as PNG in a picture editor first. ${REMEDY}`;
}

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join(' ');
}
