import { ImagingError } from './errors.ts';
import type { ImageFormat } from './image.ts';
import { LIMITS } from './limits.ts';
import { isSvg } from './svg/is-svg.ts';

/** Bytes by their place in the file; Latin-1, so that every byte can be written as one character. */
type Signature = Readonly<Record<number, string>>;

const SUPPORTED: [ImageFormat, ...Signature[]][] = [
  // PNG (third edition), 5.2; JPEG (T.81), B.1.1.3: SOI, then any marker; GIF89a, section 17; RFC 9649, section 2.4.
  ['png', { 0: '\x89PNG\r\n\x1a\n' }],
  ['jpeg', { 0: '\xff\xd8\xff' }],
  ['gif', { 0: 'GIF8' }],
  ['webp', { 0: 'RIFF', 8: 'WEBP' }],
  // TIFF 6.0, section 2; with 43 in place of 42 it is a BigTIFF.
  ['tiff', { 0: 'II*\0' }, { 0: 'MM\0*' }, { 0: 'II+\0' }, { 0: 'MM\0+' }],
  // ICONDIR with the types icon and cursor.
  ['ico', { 0: '\0\0\x01\0' }, { 0: '\0\0\x02\0' }],
];

const REMEDY = 'Upload a PNG, JPEG, GIF, WebP, AVIF, SVG, TIFF, BMP or ICO picture.';
const EXPORT = `Save it as PNG in a picture editor first. ${REMEDY}`;
const EXPORT_HEIF =
  'Save it as JPEG first: on an iPhone choose Settings › Camera › Formats › Most Compatible, or export it from Photos.';
const FILM = 'Turn it into a GIF or an animated WebP first.';
const UNPACK = `Unpack it first. ${REMEDY}`;

/** What people do upload: told apart so that the refusal can name it. */
const UNSUPPORTED: { name: string; remedy: string; signatures: Signature[] }[] = [
  { name: 'JPEG XL', remedy: EXPORT, signatures: [{ 0: '\xff\x0a' }, { 4: 'JXL ' }] },
  { name: 'JPEG 2000', remedy: EXPORT, signatures: [{ 4: 'jP  ' }, { 0: '\xff\x4f\xff\x51' }] },
  { name: 'JPEG XR', remedy: EXPORT, signatures: [{ 0: 'II\xbc' }] },
  { name: 'Photoshop (PSD)', remedy: EXPORT, signatures: [{ 0: '8BPS' }] },
  { name: 'GIMP (XCF)', remedy: EXPORT, signatures: [{ 0: 'gimp xcf' }] },
  { name: 'QOI', remedy: EXPORT, signatures: [{ 0: 'qoif' }] },
  { name: 'OpenEXR', remedy: EXPORT, signatures: [{ 0: 'v/1\x01' }] },
  { name: 'Radiance (HDR)', remedy: EXPORT, signatures: [{ 0: '#?RADIANCE' }, { 0: '#?RGBE' }] },
  { name: 'DDS', remedy: EXPORT, signatures: [{ 0: 'DDS ' }] },
  { name: 'farbfeld', remedy: EXPORT, signatures: [{ 0: 'farbfeld' }] },
  { name: 'an Apple icon (ICNS)', remedy: EXPORT, signatures: [{ 0: 'icns' }] },
  { name: 'a metafile (WMF or EMF)', remedy: EXPORT, signatures: [{ 0: '\xd7\xcd\xc6\x9a' }, { 40: ' EMF' }] },
  { name: 'PDF', remedy: EXPORT, signatures: [{ 0: '%PDF-' }] },
  { name: 'PostScript', remedy: EXPORT, signatures: [{ 0: '%!PS' }, { 0: '\xc5\xd0\xd3\xc6' }] },
  { name: 'an animated cursor (ANI)', remedy: FILM, signatures: [{ 0: 'RIFF', 8: 'ACON' }] },
  { name: 'a video (WebM or Matroska)', remedy: FILM, signatures: [{ 0: '\x1a\x45\xdf\xa3' }] },
  { name: 'a video (AVI)', remedy: FILM, signatures: [{ 0: 'RIFF', 8: 'AVI ' }] },
  { name: 'a video (Flash)', remedy: FILM, signatures: [{ 0: 'FLV\x01' }, { 0: 'FWS' }, { 0: 'CWS' }] },
  { name: 'a video (MPEG)', remedy: FILM, signatures: [{ 0: '\0\0\x01\xba' }, { 0: '\0\0\x01\xb3' }] },
  { name: 'a video (Windows Media)', remedy: FILM, signatures: [{ 0: '\x30\x26\xb2\x75' }] },
  // QuickTime before `ftyp` was known: the first atom of a film.
  { name: 'a video (QuickTime)', remedy: FILM, signatures: [{ 4: 'moov' }, { 4: 'mdat' }, { 4: 'wide' }] },
  { name: 'ZIP', remedy: UNPACK, signatures: [{ 0: 'PK\x03\x04' }] },
  { name: 'RAR', remedy: UNPACK, signatures: [{ 0: 'Rar!\x1a\x07' }] },
  { name: '7-Zip', remedy: UNPACK, signatures: [{ 0: '7z\xbc\xaf\x27\x1c' }] },
  {
    name: 'gzip, as are animated stickers of Telegram (TGS)',
    remedy: `Turn a sticker into a GIF or an animated WebP, or unpack the file first. ${REMEDY}`,
    signatures: [{ 0: '\x1f\x8b' }],
  },
];

/** Brands that follow `ftyp` (ISO/IEC 14496-12, section 4.3), by what they begin with; anything else is a film. */
const BRANDS = [
  { pattern: /^(he[ivs]|hevc|mif1|msf1|miaf)/, name: 'HEIC', remedy: EXPORT_HEIF },
  { pattern: /^crx /, name: 'a camera’s raw picture (CR3)', remedy: EXPORT },
  { pattern: /^M4[AB] /, name: 'sound (MPEG-4)', remedy: REMEDY },
];

/** Text, which has no magic number, by how it begins. */
const TEXTS = [
  {
    pattern: /^(<!doctype html|<html[\s>]|<head[\s>]|<body[\s>])/i,
    name: 'HTML',
    remedy: `It is a web page, not the picture on it: save the picture itself. ${REMEDY}`,
  },
  { pattern: /<svg[\s>]/i, name: 'SVG', remedy: EXPORT },
  { pattern: /^<\?xml/i, name: 'XML', remedy: EXPORT },
  { pattern: /^\{(?=[\s\S]*"(layers|ip|op)"\s*:)/, name: 'a Lottie animation', remedy: FILM },
  { pattern: /^[{[][\s\S]*[\]}:,]/, name: 'JSON', remedy: REMEDY },
  // A number and white space: netpbm(5). PF and Pf are of floating point.
  { pattern: /^P[1-7Ff]\s/, name: 'PNM', remedy: EXPORT },
];
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
  const format = supportedFormat(bytes);
  if (format) return format;
  const found = unsupportedFormat(bytes);
  if (found) {
    throw new ImagingError('unsupported_format', `The file is ${found.name}, which is not supported.`, found.remedy);
  }
  if (startsLateAsJpeg(bytes)) return 'jpeg';
  throw new ImagingError(
    'unsupported_format',
    `The file is not a picture that is supported: it starts with the bytes ${hex(bytes.subarray(0, 8))}.`,
    REMEDY,
  );
}

function supportedFormat(bytes: Uint8Array): ImageFormat | undefined {
  const found = SUPPORTED.find(([, ...signatures]) => signatures.some((signature) => matches(bytes, signature)));
  if (found) return found[0];
  if (isBmp(bytes)) return 'bmp';
  if (brandsOf(bytes).some((brand) => brand === 'avif' || brand === 'avis')) return 'avif';
  return isSvg(bytes) ? 'svg' : undefined;
}

function unsupportedFormat(bytes: Uint8Array): { name: string; remedy: string } | undefined {
  const known = UNSUPPORTED.find(({ signatures }) => signatures.some((signature) => matches(bytes, signature)));
  if (known) return known;
  const brands = brandsOf(bytes);
  if (brands.length > 0) {
    const media = BRANDS.find(({ pattern }) => brands.some((brand) => pattern.test(brand)));
    return media ?? { name: 'a video (MP4 or QuickTime)', remedy: FILM };
  }
  return textFormat(bytes);
}

function matches(bytes: Uint8Array, signature: Signature): boolean {
  return Object.entries(signature).every(([at, magic]) => latin1(bytes, Number(at), magic.length) === magic);
}

/** BITMAPFILEHEADER and the size of a bitmap header that there is: two letters are too few to know a format by. */
function isBmp(bytes: Uint8Array): boolean {
  // In an OS/2 bitmap array, a list of bitmaps, the first follows its header of 14 bytes.
  const start = latin1(bytes, 0, 2) === 'BA' ? 14 : 0;
  if (latin1(bytes, start, 2) !== 'BM' || bytes.length < start + 18) return false;
  const size = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(start + 14, true);
  return size === 12 || (size >= 16 && size <= 124);
}

/** The major brand of a file of ISO base media, and those that it is compatible with; none where it is no such file. */
function brandsOf(bytes: Uint8Array): string[] {
  if (latin1(bytes, 4, 4) !== 'ftyp') return [];
  const end = Math.min(new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(0), TEXT_BYTES);
  const brands = [latin1(bytes, 8, 4)];
  for (let at = 16; at + 4 <= end; at += 4) brands.push(latin1(bytes, at, 4));
  return brands;
}

function textFormat(bytes: Uint8Array): { name: string; remedy: string } | undefined {
  const text = new TextDecoder('utf-8').decode(bytes.subarray(0, TEXT_BYTES)).trimStart();
  const found = TEXTS.find(({ pattern }) => pattern.test(text));
  if (found) return found;
  // Control characters other than white space, or what is not UTF-8, do not occur in text.
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what tells binary from text
  return text.length > 0 && !/[\0-\x08\x0e-\x1f\ufffd]/.test(text) ? { name: 'text', remedy: EXPORT } : undefined;
}

function startsLateAsJpeg(bytes: Uint8Array): boolean {
  const end = Math.min(bytes.length - 2, LIMITS.jpegJunkBytes);
  for (let i = 0; i < end; i++) {
    if (bytes[i] === 0xff && bytes[i + 1] === 0xd8 && bytes[i + 2] === 0xff) return true;
  }
  return false;
}

function latin1(bytes: Uint8Array, start: number, length: number): string {
  return String.fromCharCode(...bytes.subarray(start, start + length));
}

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join(' ');
}
