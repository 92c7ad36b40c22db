import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { diffuseErrors } from '../../src/imaging/dither.ts';
import { Histogram } from '../../src/imaging/histogram.ts';
import { findNearest } from '../../src/imaging/nearest.ts';
import { Palette } from '../../src/imaging/palette.ts';

const SIDE = 96;

/** A slope in all three channels, with far more colours than the palettes below. */
const slope = Uint32Array.from({ length: SIDE * SIDE }, (_, i) => {
  const x = i % SIDE;
  const y = (i - x) / SIDE;
  return (0xff000000 | ((60 + x) << 16) | ((200 - y) << 8) | (100 + ((x + y) >> 1))) >>> 0;
});

function paletteOf(pixels: Uint32Array, goodEnough: number): Palette {
  const histogram = new Histogram();
  histogram.add(pixels);
  return new Palette(histogram, true, goodEnough);
}

/** Mean squared error, softened as an eye does at a distance. */
async function seenError(pixels: Uint32Array): Promise<number> {
  const kernel = [1, 4, 6, 4, 1].flatMap((down) => [1, 4, 6, 4, 1].map((across) => down * across));
  const soften = (words: Uint32Array) =>
    sharp(new Uint8Array(words.buffer), { raw: { width: SIDE, height: SIDE, channels: 4 } })
      .removeAlpha()
      .convolve({ width: 5, height: 5, kernel, scale: 256 })
      .raw()
      .toBuffer();
  const [ours, meant] = [await soften(pixels), await soften(slope)];
  return ours.reduce((sum, value, i) => sum + (value - meant[i]) ** 2, 0) / ours.length;
}

describe('diffuseErrors', () => {
  it('makes the tones between the colours of a small palette', async () => {
    const palette = paletteOf(slope, 200);
    const indices = new Uint8Array(slope.length);
    diffuseErrors(slope, SIDE, palette, null, indices);
    const dithered = Uint32Array.from(indices, (index) => palette.pixels[index]);
    const nearest = Uint32Array.from(findNearest(palette.colours, slope), (index) => palette.pixels[index]);
    expect(await seenError(dithered)).toBeLessThan((await seenError(nearest)) / 2);
  });

  it('shows colours that the palette has as they are', () => {
    const pixels = Uint32Array.from({ length: SIDE * SIDE }, (_, i) => (0xff000000 | (Math.imul(i, i) & 0xf0)) >>> 0);
    const palette = paletteOf(pixels, 0);
    const indices = new Uint8Array(pixels.length);
    diffuseErrors(pixels, SIDE, palette, null, indices);
    expect(Uint32Array.from(indices, (index) => palette.pixels[index])).toEqual(pixels);
  });

  it('passes over what is held, and gives transparent pixels their index', () => {
    const pixels = slope.slice();
    pixels.fill(0, 0, SIDE);
    const palette = paletteOf(pixels, 200);
    const held = Uint8Array.from(pixels, (_, i) => (i >= 2 * SIDE ? 1 : 0));
    const indices = new Uint8Array(pixels.length).fill(77);
    diffuseErrors(pixels, SIDE, palette, held, indices);
    expect(new Set(indices.subarray(0, SIDE))).toEqual(new Set([palette.transparentIndex]));
    expect(new Set(indices.subarray(2 * SIDE))).toEqual(new Set([77]));
  });
});
