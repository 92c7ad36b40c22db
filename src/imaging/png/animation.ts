import type { Rect } from '../image.ts';
import { readChunks } from './chunks.ts';

/** Frame disposal (PNG third edition, section 11.3.5.2): what becomes of a frame's rectangle before the next is drawn. */
export const DISPOSE = { none: 0, background: 1, previous: 2 } as const;
/** Frame blending (section 11.3.5.2): whether a frame replaces what is on the canvas, or is composited over it. */
export const BLEND = { source: 0, over: 1 } as const;

/** A frame as it is stored: its frame control chunk, fcTL, and where its data is. */
export interface Frame extends Rect {
  /** Milliseconds. */
  delay: number;
  dispose: number;
  blend: number;
  /** Where the first of its IDAT or fdAT chunks starts. */
  dataOffset: number;
}

/**
 * Walks the frames of an animation, in the order of the file. Sequence numbers are not looked at. A frame without data,
 * or with a rectangle that is not within the canvas, is left out.
 * @param width pixels of the canvas
 * @param limit frames, as the animation control chunk says
 */
export function* readFrames(bytes: Uint8Array, width: number, height: number, limit: number): Generator<Frame, void> {
  let control: Frame | null = null;
  let count = 0;
  for (const { type, data, offset } of readChunks(bytes)) {
    if (count === limit) return;
    if (type === 'fcTL') control = readFrameControl(data);
    if (control === null || (type !== 'IDAT' && type !== 'fdAT')) continue;
    // IDAT is as large as IHDR says, whatever its frame control chunk does (section 11.3.5.2).
    const frame: Frame = type === 'IDAT' ? { ...control, left: 0, top: 0, width, height } : control;
    control = null;
    const { left, top } = frame;
    if (frame.width === 0 || frame.height === 0 || left + frame.width > width || top + frame.height > height) continue;
    count++;
    yield { ...frame, dataOffset: offset };
  }
}

/** fcTL (section 11.3.5.2). */
function readFrameControl(data: Uint8Array): Frame | null {
  if (data.length < 26) return null;
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const numerator = view.getUint16(20);
  const denominator = view.getUint16(22);
  return {
    width: view.getUint32(4),
    height: view.getUint32(8),
    left: view.getUint32(12),
    top: view.getUint32(16),
    delay: (numerator * 1000) / (denominator === 0 ? 100 : denominator),
    dispose: view.getUint8(24),
    blend: view.getUint8(25),
    dataOffset: -1,
  };
}
