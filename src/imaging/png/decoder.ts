import { Canvas, placed } from '../canvas.ts';
import { checkCanvas } from '../check-limits.ts';
import { corrupt } from '../errors.ts';
import type { Decoder, ImageHeader, Rect, RowSink, SourceFrame } from '../image.ts';
import { union } from '../rect.ts';
import { BLEND, DISPOSE, type Frame, readFrames } from './animation.ts';
import { imageData } from './chunks.ts';
import { type PngFile, readFile } from './file.ts';
import { COLOUR_TYPE } from './format.ts';
import { ScanlineDecoder } from './scanlines.ts';

/**
 * PNG and APNG, from the W3C's PNG specification, third edition.
 *
 * A still is never held, nor is the only frame of an animation: rows are inflated, unfiltered and handed over one at a
 * time. Other animations hold their canvas, and a copy of what a frame covers that is to be disposed of by `previous`.
 */
export const pngDecoder: Decoder = {
  readHeader(bytes: Uint8Array): ImageHeader {
    const file = readFile(bytes);
    const { width, height, orientation, iccProfile, animation } = file;
    const { count, mostKept } = survey(bytes, file);
    if (count > 1) checkCanvas(width, height, mostKept);
    const plays = animation !== null && count > 1 ? animation.plays : 1;
    const isGrey = [COLOUR_TYPE.greyscale, COLOUR_TYPE.greyscaleAlpha].some((type) => type === file.format.colourType);
    const frameCount = Math.max(1, count);
    return { format: 'png', width, height, orientation, frameCount, plays, iccProfile, isGrey };
  },

  *decode(bytes: Uint8Array): Generator<SourceFrame, void> {
    const file = readFile(bytes);
    const { count, mostKept } = survey(bytes, file);
    let isShown = false;
    if (count > 1) {
      for (const frame of compositedFrames(bytes, file, mostKept)) {
        isShown = true;
        yield frame;
      }
    }
    if (!isShown) yield onlyFrame(bytes, file);
  },
};

/** The frames of an animation; none of a still. */
function framesOf(bytes: Uint8Array, { width, height, animation }: PngFile): Generator<Frame, void> {
  return readFrames(bytes, width, height, animation?.frames ?? 0);
}

/** How many frames an animation has, and pixels of the largest that is disposed of by `previous`. */
function survey(bytes: Uint8Array, file: PngFile): { count: number; mostKept: number } {
  let count = 0;
  let mostKept = 0;
  for (const { width, height, dispose } of framesOf(bytes, file)) {
    if (count > 0 && dispose === DISPOSE.previous) mostKept = Math.max(mostKept, width * height);
    count++;
  }
  return { count, mostKept };
}

/**
 * The output buffer of section 4.9, frame by frame (sections 11.3.5 and 13.16). Goes as far as the animation can be
 * decoded: a frame builds on those before it.
 */
function* compositedFrames(bytes: Uint8Array, file: PngFile, mostKept: number): Generator<SourceFrame, void> {
  const { width, height } = file;
  const canvas = new Canvas(width, height, mostKept);
  const decoder = new ScanlineDecoder(file.format, file.interlaced, width);
  try {
    yield* drawFrames(bytes, file, canvas, decoder);
  } finally {
    decoder.close();
    canvas.free();
  }
}

function* drawFrames(
  bytes: Uint8Array,
  file: PngFile,
  canvas: Canvas,
  decoder: ScanlineDecoder,
): Generator<SourceFrame, void> {
  const { width, height } = canvas;
  let last: Frame | null = null;
  for (const frame of framesOf(bytes, file)) {
    if (last !== null) disposeOf(last, canvas);
    // The first frame has nothing before it: `previous` is then `background` (section 11.3.5.2).
    const dispose: number = last === null && frame.dispose === DISPOSE.previous ? DISPOSE.background : frame.dispose;
    if (dispose === DISPOSE.previous) canvas.keep(frame);
    const sink = canvas.sink(frame, frame.blend === BLEND.over);
    const data = decoder.decode(frame.width, frame.height, imageData(bytes, frame.dataOffset), sink);
    // A frame that is cut off is only shown where there is no other.
    if (data === 'empty' || (data === 'partial' && last !== null)) return;
    const changed = last && union(last.dispose === DISPOSE.none ? frame : last, frame);
    yield { width, height, delay: frame.delay, changed, rows: canvas.rows };
    last = { ...frame, dispose };
  }
}

function disposeOf(frame: Frame, canvas: Canvas): void {
  if (frame.dispose === DISPOSE.previous) canvas.putBack();
  else if (frame.dispose === DISPOSE.background) canvas.clear(frame);
}

/**
 * The only frame of an animation. Of a still, or where nothing is left of that frame, the image that is to be seen where
 * animations are not understood.
 */
function onlyFrame(bytes: Uint8Array, file: PngFile): SourceFrame {
  const { width, height, format, interlaced, imageOffset } = file;
  const frame = framesOf(bytes, file).next().value;
  if (!frame && imageOffset < 0) throw corrupt('PNG', 'there is no picture data (IDAT) in the file.');
  const show = (rect: Rect, offset: number, sink: RowSink): boolean => {
    const decoder = new ScanlineDecoder(format, interlaced, rect.width);
    try {
      return decoder.decode(rect.width, rect.height, imageData(bytes, offset), sink) !== 'empty';
    } finally {
      decoder.close();
    }
  };
  return {
    width,
    height,
    delay: frame?.delay ?? 0,
    changed: null,
    rows(sink) {
      if (frame && show(frame, frame.dataOffset, placed(frame, sink))) return;
      if (imageOffset >= 0 && show({ left: 0, top: 0, width, height }, imageOffset, sink)) return;
      throw corrupt('PNG', 'the picture data is damaged or missing from its first row on.');
    },
  };
}
