import type { Disposal } from './gif/model.ts';
import type { Rect } from './image.ts';
import { beginKernel } from './wasm/kernels.ts';

// Canvases are square, with a 32-bit word for a pixel, red in the low byte; 0 is transparent.

const WORDS_OF_RECT = 4;

/** 1 for each pixel that is the same on both canvases. */
export function equalPixels(one: Uint32Array, other: Uint32Array): Uint8Array {
  const kernels = beginKernel();
  const marks = kernels.reserve(one.length);
  kernels.run.markEqual(kernels.put(one), kernels.put(other), one.length, marks);
  return kernels.bytes(marks, one.length).slice();
}

/** Whether a pixel that is seen on one canvas is not on the next: drawing cannot do that. */
export function erases(before: Uint32Array, now: Uint32Array): boolean {
  const kernels = beginKernel();
  return kernels.run.erases(kernels.put(before), kernels.put(now), now.length) !== 0;
}

/** Whether two canvases differ in any pixel. */
export function differ(one: Uint32Array, other: Uint32Array): boolean {
  const kernels = beginKernel();
  const rect = kernels.reserve(WORDS_OF_RECT * 4);
  return kernels.run.differ(kernels.put(one), kernels.put(other), Math.sqrt(one.length), rect) !== 0;
}

/** A number that differs where two canvases do. */
export function fingerprint(pixels: Uint32Array): number {
  const kernels = beginKernel();
  return kernels.run.fingerprint(kernels.put(pixels), pixels.length) >>> 0;
}

/** A frame that is to be drawn. */
export interface WantedFrame {
  size: number;
  /** As it is to look. */
  wanted: Uint32Array;
  /** Palette indices of the whole canvas. */
  indices: Uint8Array;
  transparentIndex: number | null;
  /** How the frame before was to look, where this one need not be drawn in what they have in common; `null` otherwise. */
  before: Uint32Array | null;
  /** Squared distance, over three channels, up to which the canvas may stay as it is. */
  unseen: number;
  /** How the next frame is to look; `null` where there is none, or it can only be drawn on this one. */
  next: Uint32Array | null;
}

/** How it is drawn, and what becomes of it. */
export interface FramePlan {
  disposal: Disposal;
  rect: Rect;
  /** Of the rectangle; transparent where the canvas already is as it should be. */
  indices: Uint8Array;
}

/**
 * Chooses how to draw a frame: its rectangle, and the disposal that leaves the next frame least to draw.
 *
 * @param base the canvas that the frame is drawn on; takes the one that the next frame is drawn on
 * @param pixels takes how the canvas is to look with the frame on it
 */
export function planFrame(frame: WantedFrame, base: Uint32Array, pixels: Uint32Array): FramePlan {
  const { size, before, next, transparentIndex } = frame;
  const count = size * size;
  const kernels = beginKernel();
  const { run } = kernels;
  const drawnOn = kernels.put(base);
  const left = kernels.put(base);
  const wanted = kernels.put(frame.wanted);
  if (before !== null) run.holdEqual(wanted, kernels.put(before), drawnOn, count);
  if (frame.unseen > 0) run.holdUnseen(wanted, drawnOn, count, frame.unseen);
  const rectAt = kernels.reserve(WORDS_OF_RECT * 4);
  const following = next === null ? 0 : kernels.put(next);
  const disposal = run.planFrame(left, wanted, following, size, kernels.reserve(2 * count * 4), rectAt) as Disposal;
  const indicesAt = kernels.reserve(count);
  run.cut(kernels.put(frame.indices), drawnOn, wanted, size, transparentIndex ?? -1, rectAt, indicesAt);
  const rect = readRect(kernels.words(rectAt, WORDS_OF_RECT));
  base.set(kernels.words(left, count));
  pixels.set(kernels.words(wanted, count));
  return { disposal, rect, indices: kernels.bytes(indicesAt, rect.width * rect.height).slice() };
}

/** Draws what was written of a frame. @param colours of the palette, as pixels @returns the canvas's fingerprint */
export function paintFrame(
  { rect, indices }: Pick<FramePlan, 'rect' | 'indices'>,
  colours: Uint32Array,
  transparentIndex: number | null,
  pixels: Uint32Array,
): number {
  const kernels = beginKernel();
  const { run } = kernels;
  const canvas = kernels.put(pixels);
  const where = kernels.put(Uint32Array.of(rect.left, rect.top, rect.width, rect.height));
  const size = Math.sqrt(pixels.length);
  run.paint(kernels.put(indices), where, kernels.put(colours), transparentIndex ?? -1, canvas, size);
  pixels.set(kernels.words(canvas, pixels.length));
  return run.fingerprint(canvas, pixels.length) >>> 0;
}

function readRect([left, top, width, height]: Uint32Array): Rect {
  return { left, top, width, height };
}
