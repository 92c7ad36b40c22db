import { corrupt } from '../errors.ts';
import { exifOrientation } from '../exif.ts';
import { type Chunk, hasSignature, readChunks } from './chunks.ts';
import { COLOUR_TYPE, LAYOUTS, type PixelFormat } from './format.ts';
import { inflateProfile } from './profile.ts';

/** What a file's chunks say, without its pixels. */
export interface PngFile {
  width: number;
  height: number;
  format: PixelFormat;
  /** Whether images come in the passes of Adam7. */
  interlaced: boolean;
  /** EXIF orientation, 1 to 8. */
  orientation: number;
  iccProfile: Uint8Array | null;
  /** Where the first IDAT chunk starts; −1 where there is none. */
  imageOffset: number;
  /** What the animation control chunk says (section 11.3.5.1); `null` where there is none. */
  animation: { frames: number; plays: number } | null;
}

/** The code points of sRGB in cICP: primaries, transfer function, matrix, full range (section 11.3.2.6). */
const CICP_SRGB = [1, 13, 0, 1];

/**
 * Walks the chunks of a file. Where a chunk that may come once comes again, the first counts.
 * @throws ImagingError when there is nothing that can be shown
 */
export function readFile(bytes: Uint8Array): PngFile {
  if (!hasSignature(bytes)) throw corrupt('PNG', 'the file does not start with the signature of a PNG.');
  const chunks = readChunks(bytes);
  const first = chunks.next();
  if (first.done === true) throw corrupt('PNG', 'expected the chunk IHDR after the signature, found no chunk.');
  const file = readImageHeader(first.value);
  const { format } = file;

  let isSrgb = false;
  let exif: Uint8Array | null = null;
  let profileChunk: Uint8Array | null = null;
  for (const { type, data, offset } of chunks) {
    if (type === 'eXIf') exif ??= data;
    // The others belong before the image (section 5.6, table 7).
    if (file.imageOffset >= 0) continue;
    if (type === 'IDAT') file.imageOffset = offset;
    else if (type === 'PLTE' && format.palette.length === 0) format.palette = data;
    else if (type === 'tRNS' && format.transparency.length === 0) format.transparency = data;
    else if (type === 'acTL') file.animation ??= readAnimationControl(data);
    else if (type === 'iCCP') profileChunk ??= data;
    else if (type === 'sRGB') isSrgb = true;
    else if (type === 'cICP') isSrgb ||= CICP_SRGB.every((code, i) => data[i] === code);
  }

  if (format.colourType === COLOUR_TYPE.indexed && format.palette.length < 3) {
    throw corrupt('PNG', 'its pixels are indices of a palette (PLTE), and there is none.');
  }
  if (exif !== null) file.orientation = exifOrientation(exif);
  // As browsers have it: a file that says both is sRGB.
  if (profileChunk !== null && !isSrgb) file.iccProfile = inflateProfile(profileChunk);
  return file;
}

/** IHDR (section 11.2.1). */
function readImageHeader({ type, data }: Chunk): PngFile {
  if (type === 'CgBI') throw corrupt('PNG', 'this is a file for iPhone apps (CgBI), which only Apple’s programs read.');
  if (type !== 'IHDR' || data.length < 13) {
    throw corrupt('PNG', `expected 13 bytes of IHDR as the first chunk, found ${data.length} bytes of ${type}.`);
  }
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const width = view.getUint32(0);
  const height = view.getUint32(4);
  const [bitDepth, colourType, compression, filter, interlace] = data.subarray(8);
  if (width === 0 || height === 0) throw corrupt('PNG', `the picture is ${width}×${height} pixels.`);
  if (LAYOUTS[colourType]?.bitDepths.includes(bitDepth) !== true) {
    throw corrupt('PNG', `there is no colour type ${colourType} with ${bitDepth} bits a sample.`);
  }
  if (compression !== 0 || filter !== 0 || interlace > 1) {
    throw corrupt(
      'PNG',
      `expected compression, filter and interlace methods 0, 0 and 0 or 1, found ${compression}, ${filter} and ${interlace}.`,
    );
  }
  return {
    width,
    height,
    format: { colourType, bitDepth, palette: new Uint8Array(0), transparency: new Uint8Array(0) },
    interlaced: interlace === 1,
    orientation: 1,
    iccProfile: null,
    imageOffset: -1,
    animation: null,
  };
}

/** acTL (section 11.3.5.1). */
function readAnimationControl(data: Uint8Array): PngFile['animation'] {
  if (data.length < 8) return null;
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  return { frames: view.getUint32(0), plays: view.getUint32(4) };
}
