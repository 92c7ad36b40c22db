import { checkPixels } from '../check-limits.ts';
import { corrupt, ImagingError } from '../errors.ts';
import type { Decoder, RowSink } from '../image.ts';
import { LIMITS } from '../limits.ts';
import { Pace } from '../pace.ts';
import { divideByAlpha } from '../straight-alpha.ts';
import { type Container, readContainer, type Tile } from './container.ts';
import { type Libavif, libavif } from './libavif.ts';
import { writeStill } from './still.ts';

/** Decoding a pixel takes as long as this many of the pipeline's: 0.2 to 0.4 µs. */
const WORK_PER_PIXEL = 20;
/** Memory grows by a fifth at a time: beyond this it was asked for more than there is. */
const NEARLY_ALL_MEMORY = 0.75 * LIMITS.wasmBytes;
const REMEDY = 'Scale it down first, or save it as JPEG or WebP, for which the limit is higher.';

/**
 * AVIF by libavif and libaom. The container is read here; a grid is decoded and handed over tile by tile, colour before
 * alpha. Of a sequence the still is shown.
 */
export const avifDecoder: Decoder = {
  readHeader(bytes) {
    const { crop, orientation, iccProfile, colour } = readContainer(bytes);
    const { width, height } = crop;
    return {
      format: 'avif',
      width,
      height,
      orientation,
      frameCount: 1,
      plays: 1,
      iccProfile,
      isGrey: colour[0].monochrome,
    };
  },

  *decode(bytes, header) {
    const container = readContainer(bytes);
    checkCost(container);
    yield {
      width: header.width,
      height: header.height,
      delay: 0,
      changed: null,
      rows: (sink) => libavif.use((decoder) => decodeTiles(decoder, container, sink)),
    };
  },
};

async function decodeTiles(decoder: Libavif, container: Container, sink: RowSink): Promise<void> {
  const pace = new Pace();
  for (const [i, tile] of container.colour.entries()) {
    const rgba = decodeTile(decoder, tile, 'colour');
    const alpha = container.alpha[i];
    if (alpha) setAlpha(rgba, decodeTile(decoder, alpha, 'alpha'));
    if (alpha && container.premultiplied) divideByAlpha(rgba);
    handOver(rgba, tile, container.crop, sink);
    await pace.spend(tile.width * tile.height * WORK_PER_PIXEL);
  }
}

function decodeTile(decoder: Libavif, tile: Tile, kind: 'colour' | 'alpha'): Uint8Array {
  const { width, height } = tile;
  let picture: ReturnType<Libavif['decode']>;
  try {
    picture = decoder.decode(writeStill(tile, kind));
  } catch {
    // An abort tells no reason.
    picture = null;
  }
  if (!picture && decoder.memory.buffer.byteLength > NEARLY_ALL_MEMORY) {
    throw new ImagingError(
      'too_many_pixels',
      `The AVIF picture of ${width}×${height} pixels is so detailed that decoding it takes more than ${LIMITS.wasmBytes / 2 ** 20} MiB of memory.`,
      REMEDY,
    );
  }
  if (!picture) throw corrupt('avif', `the ${kind} data of ${width}×${height} pixels cannot be decoded.`);
  if (picture.width !== width || picture.height !== height) {
    throw corrupt('avif', `the header says ${width}×${height}, the picture is ${picture.width}×${picture.height}.`);
  }
  return new Uint8Array(picture.data.buffer, picture.data.byteOffset, picture.data.byteLength);
}

/** @param alpha a decoded picture in which red, as green and blue, is the alpha of the pixel */
function setAlpha(rgba: Uint8Array, alpha: Uint8Array): void {
  for (let i = 0; i < rgba.length; i += 4) rgba[i + 3] = alpha[i];
}

/** Hands over the part of a tile that the crop leaves. */
function handOver(rgba: Uint8Array, tile: Tile, crop: Container['crop'], sink: RowSink): void {
  const left = Math.max(tile.left, crop.left);
  const right = Math.min(tile.left + tile.width, crop.left + crop.width);
  const top = Math.max(tile.top, crop.top);
  const bottom = Math.min(tile.top + tile.height, crop.top + crop.height);
  if (left >= right) return;
  for (let y = top; y < bottom; y++) {
    const start = ((y - tile.top) * tile.width + left - tile.left) * 4;
    sink(y - crop.top, rgba.subarray(start, start + (right - left) * 4), left - crop.left, 1, right - left);
  }
}

function checkCost({ width, height, colour, alpha }: Container): void {
  checkPixels(width, height, LIMITS.avifPixels, 'the limit for AVIF', REMEDY);
  // Measured on libaom, rounded up: see LIMITS.avifBytes. All tiles are of the size of the first, but not of its kind.
  for (const tile of [...colour, ...alpha]) {
    const deep = tile.bitDepth > 8;
    const bytesPerPixel = 20 + (deep ? 8 : 0) + (tile.subsampledX ? 0 : 5) + (alpha.length > 0 ? 4 : 0);
    const kind = `the limit for AVIF of ${tile.bitDepth} bits in one piece`;
    checkPixels(tile.width, tile.height, LIMITS.avifBytes / bytesPerPixel, kind, REMEDY);
  }
}
