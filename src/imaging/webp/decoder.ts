import { checkCanvas } from '../check-limits.ts';
import { exifOrientation } from '../exif.ts';
import type { Decoder, ImageHeader, RowSink, SourceFrame } from '../image.ts';
import { animationFrames } from './animation.ts';
import { readContainer } from './container.ts';
import { decodeBitstream, reduction } from './still.ts';

/**
 * WebP: still and animated, lossy (VP8) and lossless, with alpha (RFC 9649, RFC 6386).
 *
 * A still is handed over row by row as it is decoded: a lossy one needs three rows of macroblocks, a lossless one the
 * last 2^20 pixels. An opaque lossy one can be reduced while it is decoded. An animation of
 * more than one frame holds its canvas.
 */
export const webpDecoder: Decoder = {
  readHeader(bytes: Uint8Array): ImageHeader {
    const { width, height, frames, loopCount, iccProfile, exif } = readContainer(bytes);
    const animated = frames.length > 0;
    if (frames.length > 1) checkCanvas(width, height, 0);
    return {
      format: 'webp',
      width,
      height,
      orientation: exif ? exifOrientation(withoutPrefix(exif)) : 1,
      frameCount: animated ? frames.length : 1,
      plays: animated ? loopCount : 1,
      iccProfile,
      isGrey: false,
    };
  },

  *decode(bytes: Uint8Array, header: ImageHeader, enough: { width: number; height: number }): Generator<SourceFrame> {
    const container = readContainer(bytes);
    const { image } = container;
    if (!image) {
      yield* animationFrames(container);
      return;
    }
    const factor = reduction(image, header, enough);
    const width = Math.ceil(header.width / factor);
    yield {
      width,
      height: Math.ceil(header.height / factor),
      delay: 0,
      changed: null,
      rows: (sink: RowSink): void => {
        decodeBitstream(image, factor, (y, rgba) => sink(y, rgba, 0, 1, width));
      },
    };
  },
};

/** Some writers put JPEG's "Exif\0\0" before the TIFF header. */
function withoutPrefix(exif: Uint8Array): Uint8Array {
  return exif[0] === 0x45 && exif[4] === 0 && exif[5] === 0 ? exif.subarray(6) : exif;
}
