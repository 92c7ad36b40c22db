import { ImagingError } from './errors.ts';
import type { ImageHeader } from './image.ts';
import { LIMITS } from './limits.ts';

/**
 * Refuses what is too large by its header, before any work is done.
 *
 * @param size of the canvas, pixels a side
 * @throws ImagingError `too_many_pixels` or `too_many_frames`, with what was found and what is allowed
 */
export function checkLimits({ width, height, frameCount }: ImageHeader, size: number): void {
  const pixels = width * height;
  if (Math.max(width, height) > LIMITS.side) {
    throw new ImagingError(
      'too_many_pixels',
      `The picture is ${width}×${height} pixels; the limit of a side is ${LIMITS.side}.`,
      'Scale it down first.',
    );
  }
  checkPixels(width, height, LIMITS.pixels, 'the limit');
  const frames = Math.min(LIMITS.frames, Math.floor(LIMITS.canvasPixels / size ** 2));
  if (frameCount > frames) {
    throw new ImagingError(
      'too_many_frames',
      `The animation has ${frameCount} frames; the limit is ${frames} at ${size}×${size} pixels.`,
      'Shorten it, or leave out every other frame.',
    );
  }
  if (frameCount > 1 && pixels * frameCount > LIMITS.totalPixels) {
    throw new ImagingError(
      'too_many_pixels',
      `${frameCount} frames of ${width}×${height} are ${mega(pixels * frameCount)} megapixels together; the limit is ${mega(LIMITS.totalPixels)}.`,
      'Scale it down, or shorten it.',
    );
  }
}

/**
 * Refuses an animation that would hold too many pixels in memory: decoders know which do.
 *
 * @param width of the canvas, pixels
 * @param mostKept pixels of the largest frame that is to be undone
 * @throws ImagingError `too_many_pixels`
 */
export function checkCanvas(width: number, height: number, mostKept: number): void {
  const pixels = width * height + mostKept;
  if (pixels <= LIMITS.canvasInMemory) return;
  const kept = mostKept > 0 ? `, with a frame of ${mega(mostKept)} megapixels that is undone after it was shown,` : '';
  throw new ImagingError(
    'too_many_pixels',
    `An animation of ${width}×${height}${kept} takes ${mega(pixels)} megapixels; the limit is ${mega(LIMITS.canvasInMemory)}.`,
    'Scale it down first.',
  );
}

/**
 * @param limit pixels
 * @param kind what the limit is one of, as a person is told
 * @throws ImagingError `too_many_pixels`
 */
export function checkPixels(
  width: number,
  height: number,
  limit: number,
  kind: string,
  remedy = 'Scale it down first.',
): void {
  const pixels = width * height;
  if (pixels <= limit) return;
  throw new ImagingError(
    'too_many_pixels',
    `${width}×${height} is ${mega(pixels)} megapixels; ${kind} is ${Math.floor(limit / 1e5) / 10}.`,
    remedy,
  );
}

/** Rounded up, so that what is refused never reads as the limit itself. */
function mega(pixels: number): number {
  return Math.ceil(pixels / 1e5) / 10;
}
