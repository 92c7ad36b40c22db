import fc from 'fast-check';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { Histogram } from '../../src/imaging/histogram.ts';
import { errorIn, VISIBLE } from '../../src/imaging/nearest.ts';
import { Palette } from '../../src/imaging/palette.ts';

const byte = fc.integer({ min: 0, max: 255 });
const opaque = (red: number, green: number, blue: number) => (0xff000000 | (blue << 16) | (green << 8) | red) >>> 0;

const histogramOf = (...frames: Uint32Array[]) => new Histogram(frames);

const distance = (palette: Uint8Array, i: number, colour: number): number =>
  (palette[i * 3] - (colour & 255)) ** 2 +
  (palette[i * 3 + 1] - ((colour >>> 8) & 255)) ** 2 +
  (palette[i * 3 + 2] - ((colour >>> 16) & 255)) ** 2;

/** By a search of all. */
function nearestOf(palette: Uint8Array, colour: number): number {
  let nearest = 0;
  for (let i = 1; i * 3 < palette.length; i++) {
    if (distance(palette, i, colour) < distance(palette, nearest, colour)) nearest = i;
  }
  return nearest;
}

/** A landscape of smooth and rough parts with far more than 256 colours. */
function photo(side: number): Uint32Array {
  return Uint32Array.from({ length: side * side }, (_, i) => {
    const x = i % side;
    const y = (i - x) / side;
    const rough = ((Math.imul(i, 2654435761) >>> 24) * y) / side / 4;
    return opaque(40 + x * 1.7 + rough, 220 - y * 1.5, 90 + 80 * Math.sin(x / 17) * Math.cos(y / 11) + rough);
  });
}

describe('errorIn', () => {
  it('is the distance to what a search of all colours finds', () => {
    fc.assert(
      fc.property(
        fc
          .uint8Array({ minLength: 3, maxLength: 768 })
          .map((bytes) => bytes.subarray(0, bytes.length - (bytes.length % 3))),
        fc.array(fc.tuple(byte, byte, byte), { minLength: 1, maxLength: 50 }),
        (palette, colours) => {
          for (const colour of colours.map((channels) => opaque(...channels))) {
            const least = distance(palette, nearestOf(palette, colour), colour);
            const expected = least > VISIBLE ? Number.POSITIVE_INFINITY : least;
            expect(errorIn(palette, histogramOf(Uint32Array.of(colour)))).toBe(expected);
          }
        },
      ),
    );
  });
});

describe('Histogram', () => {
  it('counts every pixel of every colour', () => {
    const pixels = Uint32Array.of(opaque(1, 2, 3), opaque(1, 2, 3), 0, opaque(9, 8, 7), opaque(1, 2, 3));
    const histogram = histogramOf(pixels, pixels);
    expect(histogram.hasTransparency).toBe(true);
    expect(histogram.colours.length).toBe(2);
    expect([...histogram.counts]).toEqual([6, 2]);
    expect([...histogram.colours]).toEqual([opaque(1, 2, 3), opaque(9, 8, 7)]);
  });

  it('stays bounded, and loses no pixel, with a million colours', () => {
    const pixels = Uint32Array.from({ length: 1_000_000 }, (_, i) => (0xff000000 | Math.imul(i, 16_411)) >>> 0);
    const histogram = histogramOf(pixels);
    expect(histogram.colours.length).toBeGreaterThan(2_000);
    expect(histogram.colours.length).toBeLessThanOrEqual(16_384);
    expect(histogram.counts.reduce((sum, count) => sum + count, 0)).toBe(1_000_000);
  });

  it('counts colours that a fixed hash puts in one place as fast as others', () => {
    // 10,000 of the colours whose products with 2^32 / φ have the same upper bits, for thousands of frames: with that
    // multiplier, a table of 2^15 slots takes minutes to look them up, and 20 KB of WebP hold a render up for as long.
    const colours = Uint32Array.from({ length: 1 << 24 }, (_, i) => (0xff000000 | i) >>> 0)
      .filter((colour) => Math.imul(colour, 0x9e3779b1) >>> 0 < 20 << 17)
      .subarray(0, 10_000);
    const times = 3_000;
    const histogram = histogramOf(...Array<Uint32Array>(times).fill(colours));
    expect(histogram.colours).toEqual(colours);
    expect(new Set(histogram.counts)).toEqual(new Set([times]));
  });
});

describe('Palette', () => {
  it('is exact where the colours fit', () => {
    const pixels = Uint32Array.from({ length: 255 }, (_, i) => opaque(i, 255 - i, (i * 7) & 255));
    const palette = new Palette(histogramOf(pixels), true, 1);
    expect(palette.error).toBe(0);
    expect(palette.transparentIndex).toBe(255);
    expect(new Set(palette.pixels)).toEqual(new Set([0, ...pixels]));
  });

  it('has 256 colours where nothing is transparent', () => {
    const pixels = Uint32Array.from({ length: 256 }, (_, i) => opaque(i, i, i));
    const palette = new Palette(histogramOf(pixels), false, 1);
    expect(palette.transparentIndex).toBeNull();
    expect(new Set(palette.pixels)).toEqual(new Set(pixels));
  });

  it('stands for a picture that has no colour at all', () => {
    const palette = new Palette(histogramOf(new Uint32Array(4)), true, 1);
    expect(palette.table.length).toBeGreaterThanOrEqual(6);
  });

  it('is as near to a photo as that of libimagequant', async () => {
    const pixels = photo(100);
    const palette = new Palette(histogramOf(pixels), false, 0);
    const mapped = pixels.map((pixel) => palette.pixels[nearestOf(palette.colours, pixel)]);
    const theirs = await sharp(new Uint8Array(pixels.buffer), { raw: { width: 100, height: 100, channels: 4 } })
      .png({ palette: true, colours: 256, dither: 0, quality: 100, effort: 10 })
      .toBuffer();
    const quantised = await sharp(theirs).ensureAlpha().raw().toBuffer();
    const error = (other: Uint8Array) => {
      const own = new Uint8Array(pixels.buffer);
      return own.reduce((sum, value, i) => sum + (value - other[i]) ** 2, 0);
    };
    // Within a quarter of a decibel; they aim at what an eye sees, and take several times as long.
    expect(error(new Uint8Array(mapped.buffer))).toBeLessThan(error(quantised) * 1.06);
  });

  it('spends no more colours than are good enough', () => {
    const histogram = histogramOf(photo(100));
    const size = (goodEnough: number) => new Palette(histogram, true, goodEnough).table.length / 3;
    expect(size(400)).toBeLessThan(size(100));
    expect(size(400)).toBeLessThan(256);
    expect(size(0)).toBe(256);
    expect(new Palette(histogram, true, 400).error).toBeLessThanOrEqual(400);
  });

  it('keeps a spot of another colour, however small', () => {
    const slope = Uint32Array.from({ length: 100_000 }, (_, i) => opaque(20 + (i % 90), 90 + (i % 71), 60 + (i % 83)));
    slope.fill(opaque(250, 20, 30), 500, 503);
    const palette = new Palette(histogramOf(slope), true, 100);
    const nearest = nearestOf(palette.colours, opaque(250, 20, 30));
    expect([...palette.table.subarray(nearest * 3, nearest * 3 + 3)]).toEqual([250, 20, 30]);
    expect(palette.table.length / 3).toBeLessThan(200);
  });

  it('tells how well it suits another picture', () => {
    const slope = Uint32Array.from({ length: 4096 }, (_, i) => opaque(i & 63, i >> 6, 128));
    const palette = new Palette(histogramOf(slope), true, 0);
    expect(palette.errorOn(histogramOf(slope))).toBeLessThanOrEqual(palette.error);
    expect(palette.errorOn(histogramOf(Uint32Array.of(opaque(70, 70, 128))))).toBeGreaterThan(palette.error);
    expect(palette.errorOn(histogramOf(Uint32Array.of(opaque(0, 0, 255))))).toBe(Number.POSITIVE_INFINITY);
  });
});
