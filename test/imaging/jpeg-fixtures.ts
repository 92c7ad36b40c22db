import sharp, { type JpegOptions } from 'sharp';
import type { ImagingError } from '../../src/imaging/errors.ts';
import { jpegDecoder } from '../../src/imaging/jpeg/decoder.ts';

/** A picture decoded to RGBA. */
export interface Decoded {
  width: number;
  height: number;
  data: Uint8Array;
}

export const FULL_SIZE = { width: Number.POSITIVE_INFINITY, height: Number.POSITIVE_INFINITY };

/** Decodes, and checks on the way that each pixel comes once. */
export function decode(bytes: Uint8Array, enough = FULL_SIZE): Decoded {
  const [frame] = [...(jpegDecoder.decode(bytes, jpegDecoder.readHeader(bytes), enough) as Iterable<FrameOfRows>)];
  const { width, height } = frame;
  const data = new Uint8Array(4 * width * height);
  let rows = 0;
  frame.rows((y, rgba, x, step, count) => {
    if (y !== rows++ || x !== 0 || step !== 1 || count !== width) throw new Error(`unexpected row ${y}`);
    data.set(rgba.subarray(0, 4 * count), 4 * y * width);
  });
  if (rows !== height) throw new Error(`expected ${height} rows, got ${rows}`);
  return { width, height, data };
}

interface FrameOfRows {
  width: number;
  height: number;
  rows(sink: (y: number, rgba: Uint8Array, x: number, step: number, count: number) => void): void;
}

/** Decodes by libjpeg, without colour management. */
export async function decodeBySharp(bytes: Uint8Array): Promise<Decoded> {
  const { data, info } = await sharp(bytes, { failOn: 'none' }).raw().toBuffer({ resolveWithObject: true });
  const rgba = new Uint8Array(4 * info.width * info.height).fill(255);
  for (let i = 0; i < info.width * info.height; i++) {
    for (let channel = 0; channel < 3; channel++) {
      rgba[4 * i + channel] = data[info.channels * i + (info.channels < 3 ? 0 : channel)];
    }
  }
  return { width: info.width, height: info.height, data: rgba };
}

/** Mean and greatest absolute difference. */
export function difference(a: Decoded, b: Decoded): { mean: number; max: number } {
  if (a.width !== b.width || a.height !== b.height) {
    throw new Error(`${a.width}×${a.height} is not the size of ${b.width}×${b.height}`);
  }
  let sum = 0;
  let max = 0;
  for (let i = 0; i < a.data.length; i++) {
    const d = Math.abs(a.data[i] - b.data[i]);
    sum += d;
    if (d > max) max = d;
  }
  return { mean: (sum / a.data.length) * (4 / 3), max };
}

/** Repeatable random numbers from 0 to below 1. */
export function random(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/** A picture with gradients, edges and some noise: interleaved RGB. */
export function photo(width: number, height: number): Buffer {
  const noise = random(width * 65536 + height);
  const rgb = Buffer.alloc(3 * width * height);
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i += 3) {
      const edge = (x >> 4) + (y >> 4) === Math.floor((width + height) / 48) ? 60 : 0;
      rgb[i] = clamp(128 + 90 * Math.sin(x / 23) + 12 * noise() + edge);
      rgb[i + 1] = clamp(120 + 90 * Math.cos(y / 19 + x / 50) + 12 * noise() - edge);
      rgb[i + 2] = clamp(110 + 80 * Math.sin((x + y) / 31) + 12 * noise());
    }
  }
  return rgb;
}

function clamp(value: number): number {
  return Math.min(255, Math.max(0, Math.round(value)));
}

export function photoJpeg(width: number, height: number, options: JpegOptions = {}): Promise<Buffer> {
  return sharp(photo(width, height), { raw: { width, height, channels: 3 } })
    .jpeg(options)
    .toBuffer();
}

export function isImagingError(error: unknown): error is ImagingError {
  return error instanceof Error && error.name === 'ImagingError';
}
