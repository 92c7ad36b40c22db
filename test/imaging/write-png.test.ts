import fc from 'fast-check';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { writePng } from '../../src/imaging/write-png.ts';

/** Pixels as a canvas has them: so many opaque colours, and transparency or none. */
function canvasOf(width: number, height: number, colours: number, isTransparent: boolean): Uint32Array {
  return Uint32Array.from({ length: width * height }, (_, i) => {
    const n = i % (colours + (isTransparent ? 1 : 0));
    // Neighbours far apart, and every channel in use.
    return n === colours ? 0 : (0xff000000 | Math.imul(n + 1, 0x9e3779)) >>> 0;
  });
}

/** As another decoder sees it: 32-bit words, red in the low byte. */
async function decoded(png: Uint8Array): Promise<{ width: number; height: number; pixels: Uint32Array }> {
  const { data, info } = await sharp(png).ensureAlpha().raw().toBuffer({ resolveWithObject: true });
  const { width, height } = info;
  return { width, height, pixels: new Uint32Array(new Uint8Array(data).buffer) };
}

/** Bit depth and colour type (third edition, section 11.2.1). */
const formatOf = (png: Uint8Array) => [png[24], png[25]];

describe('the PNG writer', () => {
  it.each([
    [1, false, 1, 3],
    [1, true, 1, 3],
    [2, false, 1, 3],
    [2, true, 2, 3],
    [4, false, 2, 3],
    [5, false, 4, 3],
    [15, true, 4, 3],
    [16, true, 8, 3],
    [17, false, 8, 3],
    [256, false, 8, 3],
    [255, true, 8, 3],
    [257, false, 8, 2],
    [256, true, 8, 6],
    [900, false, 8, 2],
    [900, true, 8, 6],
  ])('keeps %i colours, transparency %s, in %i bits of type %i', async (colours, isTransparent, bits, type) => {
    // Widths that fill their last byte, and that do not.
    for (const width of [32, 33, 37]) {
      const pixels = canvasOf(width, 31, colours, isTransparent);
      const png = await writePng(pixels, width);
      expect(formatOf(png)).toEqual([bits, type]);
      expect(await decoded(png)).toEqual({ width, height: 31, pixels });
    }
  });

  it('keeps any canvas', async () => {
    const pixel = fc.oneof(
      fc.constant(0),
      fc.integer({ min: 0, max: 0xffffff }).map((rgb) => (rgb | 0xff000000) >>> 0),
    );
    const canvas = fc
      .tuple(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 40 }))
      .chain(([width, height]) =>
        fc.tuple(fc.constant(width), fc.array(pixel, { minLength: width * height, maxLength: width * height })),
      );
    await fc.assert(
      fc.asyncProperty(canvas, async ([width, words]) => {
        const pixels = Uint32Array.from(words);
        const found = await decoded(await writePng(pixels, width));
        expect(found).toEqual({ width, height: pixels.length / width, pixels });
      }),
      { numRuns: 60 },
    );
  });

  it('chooses the filter that suits each row', async () => {
    // Colours that rise along the rows and down the columns, and grain where nothing can be foretold.
    const side = 128;
    const pixels = Uint32Array.from({ length: side * side }, (_, i) => {
      const [x, y] = [i % side, Math.floor(i / side)];
      const value = y < 96 ? x + y : Math.imul(i, 2654435761) >>> 24;
      return (0xff000000 | ((value & 255) << 16) | (((2 * x) & 255) << 8) | (y & 255)) >>> 0;
    });
    const png = await writePng(pixels, side);
    expect((await decoded(png)).pixels).toEqual(pixels);
    // No larger than that of an encoder of repute, which tries harder: libpng with adaptive filters.
    const theirs = await sharp(new Uint8Array(pixels.buffer), { raw: { width: side, height: side, channels: 4 } })
      .removeAlpha()
      .png({ adaptiveFiltering: true, compressionLevel: 6 })
      .toBuffer();
    expect(png.length).toBeLessThan(theirs.length * 1.05);
  });
});
