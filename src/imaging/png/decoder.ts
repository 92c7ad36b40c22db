import { checkCanvas } from '../check-limits.ts';
import { corrupt } from '../errors.ts';
import type { Decoder, ImageHeader, SourceFrame } from '../image.ts';
import { type Frame, readFrames } from './animation.ts';
import { Canvas } from './canvas.ts';
import { imageData } from './chunks.ts';
import { type PngFile, readFile } from './file.ts';
import { ScanlineDecoder } from './scanlines.ts';

/**
 * PNG and APNG, from the W3C's PNG specification, third edition.
 *
 * A still is never held: its rows are inflated, unfiltered and handed over one at a time. An animation holds its canvas,
 * and a copy of what a frame covers that is to be disposed of by `previous`.
 */
export const pngDecoder: Decoder = {
  readHeader(bytes: Uint8Array): ImageHeader {
    const file = readFile(bytes);
    const { width, height, orientation, iccProfile, animation } = file;
    let frames = 0;
    for (const _ of framesOf(bytes, file)) frames++;
    if (frames > 0) checkCanvas(width, height);
    const plays = animation !== null && frames > 1 ? animation.plays : 1;
    return { format: 'png', width, height, orientation, frameCount: Math.max(1, frames), plays, iccProfile };
  },

  *decode(bytes: Uint8Array): Generator<SourceFrame, void> {
    const file = readFile(bytes);
    const isAnimated = framesOf(bytes, file).next().done === false;
    let shown = 0;
    if (isAnimated) {
      for (const frame of compositedFrames(bytes, file)) {
        shown++;
        yield frame;
      }
    }
    if (shown === 0) yield defaultImage(bytes, file);
  },
};

/** The frames of an animation; none of a still. */
function framesOf(bytes: Uint8Array, { width, height, animation }: PngFile): Generator<Frame, void> {
  return readFrames(bytes, width, height, animation?.frames ?? 0);
}

/** Goes as far as the animation can be decoded: a frame builds on those before it. */
function* compositedFrames(bytes: Uint8Array, file: PngFile): Generator<SourceFrame, void> {
  const { width, height } = file;
  const canvas = new Canvas(width, height);
  const decoder = new ScanlineDecoder(file.format, file.interlaced, width);
  for (const frame of framesOf(bytes, file)) {
    const changed = canvas.begin(frame);
    const data = decoder.decode(frame.width, frame.height, imageData(bytes, frame.dataOffset), canvas.draw);
    // A frame that is cut off is only shown where there is no other.
    if (data === 'empty' || (data === 'partial' && changed !== null)) return;
    yield { width, height, delay: frame.delay, changed, rows: (sink) => canvas.rows(sink) };
  }
}

/** The image that is to be seen where animations are not understood. */
function defaultImage(bytes: Uint8Array, { width, height, format, interlaced, imageOffset }: PngFile): SourceFrame {
  if (imageOffset < 0) throw corrupt('PNG', 'there is no picture data (IDAT) in the file.');
  return {
    width,
    height,
    delay: 0,
    changed: null,
    rows(sink) {
      const decoder = new ScanlineDecoder(format, interlaced, width);
      if (decoder.decode(width, height, imageData(bytes, imageOffset), sink) === 'empty') {
        throw corrupt('PNG', 'the picture data is damaged or missing from its first row on.');
      }
    },
  };
}
