import { corrupt, ImagingError } from '../errors.ts';
import type { Rect, RowSink, SourceFrame } from '../image.ts';
import { union } from '../rect.ts';
import { type AnimationFrame, bitstreamSize, type Container, readBitstream } from './container.ts';
import { decodeBitstream } from './still.ts';

/**
 * Composes the frames on one canvas (RFC 9649 section 2.7.1.1). As in browsers, the canvas starts transparent and
 * disposal clears to transparent: the file's background colour is not used.
 *
 * A frame that is cut short is the last one, as far as it goes; one of which nothing can be shown ends the animation.
 * @throws ImagingError when that is the first
 */
export function* animationFrames({ width, height, frames }: Container): Generator<SourceFrame> {
  const canvas = new Uint8Array(4 * width * height);
  let cleared: Rect | null = null;
  for (const [i, frame] of frames.entries()) {
    const { rect } = frame;
    let rows: number;
    try {
      rows = compose(frame, canvas, width);
    } catch (error) {
      if (i > 0 && error instanceof ImagingError) return;
      throw error;
    }
    yield {
      width,
      height,
      delay: frame.delay,
      changed: i === 0 ? null : cleared ? union(cleared, rect) : rect,
      rows: (sink: RowSink): void => {
        for (let y = 0; y < height; y++) sink(y, canvas.subarray(4 * width * y, 4 * width * (y + 1)), 0, 1, width);
      },
    };
    if (rows < rect.height) return;
    cleared = frame.dispose ? rect : null;
    if (cleared) clear(canvas, width, cleared);
  }
}

/** @returns how many rows of the frame there are */
function compose(frame: AnimationFrame, canvas: Uint8Array, canvasWidth: number): number {
  const { rect, blend } = frame;
  const bitstream = readBitstream(frame.data);
  if (!bitstream) throw corrupt('WebP', 'a frame has neither a VP8 nor a VP8L chunk');
  const size = bitstreamSize(bitstream);
  if (size.width !== rect.width || size.height !== rect.height) {
    const found = `its image ${size.width}×${size.height}`;
    throw corrupt('WebP', `a frame is ${rect.width}×${rect.height} pixels, ${found}`);
  }
  return decodeBitstream(bitstream, 1, (y, rgba) => {
    const at = 4 * ((rect.top + y) * canvasWidth + rect.left);
    if (blend) blendRow(rgba, canvas, at);
    else canvas.set(rgba, at);
  });
}

/** The "over" operator on straight alpha: `source` over the canvas at byte `at`. */
function blendRow(source: Uint8Array, canvas: Uint8Array, at: number): void {
  for (let i = 0; i < source.length; i += 4, at += 4) {
    const alpha = source[i + 3];
    if (alpha === 0) continue;
    if (alpha === 255) {
      canvas[at] = source[i];
      canvas[at + 1] = source[i + 1];
      canvas[at + 2] = source[i + 2];
      canvas[at + 3] = 255;
      continue;
    }
    // Weights in 1/255².
    const over = alpha * 255;
    const under = canvas[at + 3] * (255 - alpha);
    const sum = over + under;
    for (let c = 0; c < 3; c++) canvas[at + c] = (source[i + c] * over + canvas[at + c] * under) / sum + 0.5;
    canvas[at + 3] = sum / 255 + 0.5;
  }
}

function clear(canvas: Uint8Array, canvasWidth: number, { left, top, width, height }: Rect): void {
  for (let y = top; y < top + height; y++) {
    canvas.fill(0, 4 * (y * canvasWidth + left), 4 * (y * canvasWidth + left + width));
  }
}
