import { Canvas, placed } from '../canvas.ts';
import { corrupt, ImagingError } from '../errors.ts';
import type { Rect, RowSink, SourceFrame } from '../image.ts';
import { union } from '../rect.ts';
import { type AnimationFrame, bitstreamSize, type Container, readBitstream } from './container.ts';
import { decodeBitstream } from './still.ts';

/**
 * Composes the frames on one canvas (RFC 9649 section 2.7.1.1). As in browsers, the canvas starts transparent and
 * disposal clears to transparent: the file's background colour is not used. A single frame needs no canvas.
 *
 * A frame that is cut short is the last one, as far as it goes; one of which nothing can be shown ends the animation.
 * @throws ImagingError when that is the first
 */
export function* animationFrames({ width, height, frames }: Container): Generator<SourceFrame> {
  if (frames.length === 1) {
    const [frame] = frames;
    const rows = (sink: RowSink): void => void decodeFrame(frame, placed(frame.rect, sink));
    yield { width, height, delay: frame.delay, changed: null, rows };
    return;
  }
  const canvas = new Canvas(width, height, 0);
  try {
    yield* composedFrames(canvas, frames);
  } finally {
    canvas.free();
  }
}

function* composedFrames(canvas: Canvas, frames: AnimationFrame[]): Generator<SourceFrame> {
  const { width, height } = canvas;
  let cleared: Rect | null = null;
  for (const [i, frame] of frames.entries()) {
    const { rect } = frame;
    let rows: number;
    try {
      rows = decodeFrame(frame, canvas.sink(rect, frame.blend));
    } catch (error) {
      if (i > 0 && error instanceof ImagingError) return;
      throw error;
    }
    const changed = i === 0 ? null : cleared ? union(cleared, rect) : rect;
    yield { width, height, delay: frame.delay, changed, rows: canvas.rows };
    if (rows < rect.height) return;
    cleared = frame.dispose ? rect : null;
    if (cleared) canvas.clear(cleared);
  }
}

/** @returns how many rows of the frame there are */
function decodeFrame({ rect, data }: AnimationFrame, sink: RowSink): number {
  const bitstream = readBitstream(data);
  if (!bitstream) throw corrupt('WebP', 'a frame has neither a VP8 nor a VP8L chunk');
  const size = bitstreamSize(bitstream);
  if (size.width !== rect.width || size.height !== rect.height) {
    const found = `its image ${size.width}×${size.height}`;
    throw corrupt('WebP', `a frame is ${rect.width}×${rect.height} pixels, ${found}`);
  }
  return decodeBitstream(bitstream, 1, (y, rgba) => sink(y, rgba, 0, 1, rect.width));
}
