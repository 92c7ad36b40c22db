/**
 * Writes PNG files for tests, part by part and straight from the specification (PNG third edition), so that also files
 * can be made that no encoder writes.
 */
import { crc32, deflateSync } from 'node:zlib';

export const SIGNATURE = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);

export function concat(...parts: Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}

/** Section 5.3. */
export function chunk(type: string, data: Uint8Array = new Uint8Array(0)): Uint8Array {
  const bytes = new Uint8Array(12 + data.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, data.length);
  bytes.set(Buffer.from(type, 'latin1'), 4);
  bytes.set(data, 8);
  view.setUint32(8 + data.length, crc32(bytes.subarray(4, 8 + data.length)));
  return bytes;
}

export interface ImageHeaderFields {
  width: number;
  height: number;
  colourType: number;
  bitDepth: number;
  interlaced?: boolean;
}

/** Section 11.2.1. */
export function ihdr({ width, height, colourType, bitDepth, interlaced = false }: ImageHeaderFields): Uint8Array {
  const data = new Uint8Array(13);
  const view = new DataView(data.buffer);
  view.setUint32(0, width);
  view.setUint32(4, height);
  data.set([bitDepth, colourType, 0, 0, interlaced ? 1 : 0], 8);
  return chunk('IHDR', data);
}

/** Section 11.3.5.1. */
export function actl(frames: number, plays: number): Uint8Array {
  const data = new Uint8Array(8);
  const view = new DataView(data.buffer);
  view.setUint32(0, frames);
  view.setUint32(4, plays);
  return chunk('acTL', data);
}

export interface FrameControl {
  sequence?: number;
  width: number;
  height: number;
  left?: number;
  top?: number;
  /** Numerator and denominator of seconds. */
  delay?: [number, number];
  dispose?: number;
  blend?: number;
}

/** Section 11.3.5.2. */
export function fctl({
  sequence = 0,
  width,
  height,
  left = 0,
  top = 0,
  delay = [1, 10],
  dispose = 0,
  blend = 0,
}: FrameControl): Uint8Array {
  const data = new Uint8Array(26);
  const view = new DataView(data.buffer);
  for (const [i, value] of [sequence, width, height, left, top].entries()) view.setUint32(4 * i, value);
  view.setUint16(20, delay[0]);
  view.setUint16(22, delay[1]);
  data.set([dispose, blend], 24);
  return chunk('fcTL', data);
}

/** Section 11.3.5.3. */
export function fdat(data: Uint8Array, sequence = 0): Uint8Array {
  const bytes = new Uint8Array(4 + data.length);
  new DataView(bytes.buffer).setUint32(0, sequence);
  bytes.set(data, 4);
  return chunk('fdAT', bytes);
}

export const IEND = chunk('IEND');

/** Samples of a pixel by colour type (section 6.1). */
export const SAMPLES: Record<number, number> = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 };

/** First column and row, and steps, of the seven passes (section 8.1). */
const PASSES = [
  [0, 0, 8, 8],
  [4, 0, 8, 8],
  [0, 4, 4, 8],
  [2, 0, 4, 4],
  [0, 2, 2, 4],
  [1, 0, 2, 2],
  [0, 1, 1, 2],
];

/**
 * Filtered scanlines, before compression.
 * @param samples the image's samples, row by row
 * @param filterOf the filter type of each scanline, counted through the passes
 */
export function scanlines(
  header: ImageHeaderFields,
  samples: ArrayLike<number>,
  filterOf: (line: number) => number,
): Uint8Array {
  const { width, height, colourType, bitDepth, interlaced } = header;
  const perPixel = SAMPLES[colourType];
  const lines: Uint8Array[] = [];
  for (const [left, top, stepX, stepY] of interlaced === true ? PASSES : [[0, 0, 1, 1]]) {
    if (left >= width) continue;
    let above: Uint8Array | null = null;
    for (let y = top; y < height; y += stepY) {
      const bits: number[] = [];
      for (let x = left; x < width; x += stepX) {
        for (let c = 0; c < perPixel; c++) {
          const sample = samples[(y * width + x) * perPixel + c];
          for (let bit = bitDepth - 1; bit >= 0; bit--) bits.push((sample >> bit) & 1);
        }
      }
      const row = new Uint8Array(Math.ceil(bits.length / 8));
      for (const [i, bit] of bits.entries()) row[i >> 3] |= bit << (7 - (i & 7));
      lines.push(filter(row, above ?? new Uint8Array(row.length), filterOf(lines.length), perPixel * bitDepth));
      above = row;
    }
  }
  return concat(...lines);
}

/** Section 9.2. */
function filter(row: Uint8Array, above: Uint8Array, type: number, bitsPerPixel: number): Uint8Array {
  const step = Math.max(1, bitsPerPixel / 8);
  const filtered = new Uint8Array(1 + row.length);
  filtered[0] = type;
  for (let i = 0; i < row.length; i++) {
    const a = i >= step ? row[i - step] : 0;
    const b = above[i];
    const c = i >= step ? above[i - step] : 0;
    filtered[i + 1] = row[i] - [0, a, b, Math.floor((a + b) / 2), paethPredictor(a, b, c)][type];
  }
  return filtered;
}

/** Section 9.4, as it is written there. */
function paethPredictor(a: number, b: number, c: number): number {
  const p = a + b - c;
  const pa = Math.abs(p - a);
  const pb = Math.abs(p - b);
  const pc = Math.abs(p - c);
  if (pa <= pb && pa <= pc) return a;
  if (pb <= pc) return b;
  return c;
}

/** A still: signature, IHDR, `extra` chunks, one IDAT, IEND. */
export function png(
  header: ImageHeaderFields,
  samples: ArrayLike<number>,
  options: { extra?: Uint8Array[]; filterOf?: (line: number) => number } = {},
): Uint8Array {
  const data = deflateSync(scanlines(header, samples, options.filterOf ?? ((line) => line % 5)));
  return concat(SIGNATURE, ihdr(header), ...(options.extra ?? []), chunk('IDAT', data), IEND);
}

/** Numbers from 0 up to 1, always the same ones for a seed (mulberry32). */
export function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}
