import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { diffuseErrors } from '../../src/imaging/dither.ts';
import { Histogram } from '../../src/imaging/histogram.ts';
import { Palette } from '../../src/imaging/palette.ts';

const SIDE = 96;

/** A slope in all three channels, with far more colours than the palettes below. */
const slope = Uint32Array.from({ length: SIDE * SIDE }, (_, i) => {
  const x = i % SIDE;
  const y = (i - x) / SIDE;
  return (0xff000000 | ((60 + x) << 16) | ((200 - y) << 8) | (100 + ((x + y) >> 1))) >>> 0;
});

function paletteOf(pixels: Uint32Array, goodEnough: number): Palette {
  return new Palette(new Histogram([pixels]), true, goodEnough);
}

/** Indices start as 77, and what is shown as 0x77. */
function dither(pixels: Uint32Array, palette: Palette, held: Uint8Array | null = null) {
  const indices = new Uint8Array(pixels.length).fill(77);
  const shown = new Uint32Array(pixels.length).fill(0x77);
  diffuseErrors(pixels, SIDE, palette, held, indices, shown);
  for (const [i, index] of indices.entries()) if (held?.[i] !== 1) expect(shown[i]).toBe(palette.pixels[index]);
  return { indices, shown };
}

/** The palette's colour that is nearest to a pixel, by a search of all. */
function nearestOf({ pixels, colours }: Palette, pixel: number): number {
  const distance = (other: number) =>
    [0, 8, 16].reduce((sum, shift) => sum + (((pixel >>> shift) & 255) - ((other >>> shift) & 255)) ** 2, 0);
  const opaque = [...pixels.subarray(0, colours.length / 3)];
  return opaque.reduce((best, other) => (distance(other) < distance(best) ? other : best));
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
    const { shown } = dither(slope, palette);
    const nearest = slope.map((pixel) => nearestOf(palette, pixel));
    expect(await seenError(shown)).toBeLessThan((await seenError(nearest)) / 2);
  });

  it('shows colours that the palette has as they are', () => {
    const pixels = Uint32Array.from({ length: SIDE * SIDE }, (_, i) => (0xff000000 | (Math.imul(i, i) & 0xf0)) >>> 0);
    const palette = paletteOf(pixels, 0);
    expect(dither(pixels, palette).shown).toEqual(pixels);
  });

  it('passes over what is held, and gives transparent pixels their index', () => {
    const pixels = slope.slice();
    pixels.fill(0, 0, SIDE);
    const palette = paletteOf(pixels, 200);
    const held = Uint8Array.from(pixels, (_, i) => (i >= 2 * SIDE ? 1 : 0));
    const { indices, shown } = dither(pixels, palette, held);
    expect(new Set(indices.subarray(0, SIDE))).toEqual(new Set([palette.transparentIndex]));
    expect(new Set(indices.subarray(2 * SIDE))).toEqual(new Set([77]));
    expect(new Set(shown.subarray(0, SIDE))).toEqual(new Set([0]));
    expect(new Set(shown.subarray(2 * SIDE))).toEqual(new Set([0x77]));
  });
});
