import { corrupt, ImagingError } from '../errors.ts';
import type { Decoder, RowSink } from '../image.ts';
import { LIMITS } from '../limits.ts';
import { divideByAlpha } from '../straight-alpha.ts';
import { readTiffHeader, type TiffHeader } from './header.ts';
import { decodeByPhoton, type Photon, type PhotonImage, photon } from './photon.ts';

/** TIFF by photon, in which the Rust `image` crate reads it: the first page, grey, RGB or CMYK of 8 or 16 bits. */
export const tiffDecoder: Decoder = {
  readHeader(bytes) {
    const { width, height, orientation, iccProfile } = readTiffHeader(bytes);
    return { format: 'tiff', width, height, orientation, frameCount: 1, plays: 1, iccProfile };
  },

  *decode(bytes) {
    const header = readTiffHeader(bytes);
    checkCost(bytes, header);
    const { width, height } = header;
    yield {
      width,
      height,
      delay: 0,
      changed: null,
      rows: (sink) => photon.use((instance) => decodeRows(instance, bytes, header, sink)),
    };
  },
};

function decodeRows(instance: Photon, bytes: Uint8Array, header: TiffHeader, sink: RowSink): void {
  const { width, height } = header;
  const image = decodeImage(instance, bytes, header);
  try {
    const { rgba } = image;
    if (header.premultiplied) divideByAlpha(rgba);
    for (let y = 0; y < height; y++) sink(y, rgba.subarray(y * width * 4, (y + 1) * width * 4), 0, 1, width);
  } finally {
    image.free();
  }
}

function decodeImage(instance: Photon, bytes: Uint8Array, { width, height }: TiffHeader): PhotonImage {
  let image: PhotonImage;
  try {
    image = decodeByPhoton(instance, bytes);
  } catch {
    throw corrupt('tiff', `the header says ${width}×${height} pixels, but the picture data cannot be decoded.`);
  }
  if (image.width !== width || image.height !== height) {
    throw corrupt('tiff', `the header says ${width}×${height}, the picture is ${image.width}×${image.height}.`);
  }
  return image;
}

/** Photon has the file, the decoded samples and two copies of 8-bit RGBA in memory at once: measured, rounded up. */
function checkCost(bytes: Uint8Array, { width, height, bitsPerSample }: TiffHeader): void {
  const pixels = width * height;
  const bytesPerPixel = bitsPerSample > 8 ? 17 : 15;
  const limit = Math.max(0, Math.floor((LIMITS.tiffBytes - bytes.length) / bytesPerPixel));
  if (pixels <= limit) return;
  throw new ImagingError(
    'too_many_pixels',
    `${width}×${height} is ${Math.ceil(pixels / 1e5) / 10} megapixels; the limit for a TIFF of ${bitsPerSample} bits in a file of ${Math.ceil(bytes.length / 1e5) / 10} MB is ${Math.floor(limit / 1e5) / 10}.`,
    'Scale it down first, or save it as PNG or JPEG, for which the limit is higher.',
  );
}
