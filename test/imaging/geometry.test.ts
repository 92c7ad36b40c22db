import fc from 'fast-check';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { place, uprightSteps } from '../../src/imaging/geometry.ts';

describe('place', () => {
  it('fits a picture inside the canvas as libvips does', async () => {
    const side = fc.integer({ min: 1, max: 400 });
    await fc.assert(
      fc.asyncProperty(side, side, async (width, height) => {
        const { info } = await sharp({ create: { width, height, channels: 3, background: '#000' } })
          .resize(100, 100, { fit: 'inside' })
          .raw()
          .toBuffer({ resolveWithObject: true });
        // Half a pixel is one more or less there, as the floating-point numbers fall.
        fc.pre((Math.min(width, height) * 100) % Math.max(width, height) !== Math.max(width, height) / 2);
        expect(place(width, height, 100, 'contain')).toMatchObject({ width: info.width, height: info.height });
      }),
      { numRuns: 60 },
    );
  });

  it.each([
    [56, 35, 63], // 62.5
    [232, 145, 63], // 62.5
    [248, 155, 63], // 62.5
    [200, 121, 61], // 60.5
  ])('takes half a pixel of %i×%i for a whole one, lying or standing', (longer, shorter, scaled) => {
    expect(place(longer, shorter, 100, 'contain')).toMatchObject({ width: 100, height: scaled });
    expect(place(shorter, longer, 100, 'contain')).toMatchObject({ width: scaled, height: 100 });
  });

  it('centres it, with the odd pixel on the right and below', () => {
    expect(place(200, 101, 100, 'contain')).toMatchObject({ left: 0, top: 24, width: 100, height: 51 });
    expect(place(1, 10_000, 100, 'contain')).toMatchObject({ left: 49, top: 0, width: 1, height: 100 });
  });

  it('covers the canvas with the middle of it', () => {
    const window = { left: 150, top: 0, width: 300, height: 300 };
    expect(place(600, 300, 100, 'cover')).toEqual({ window, left: 0, top: 0, width: 100, height: 100 });
  });

  it('stretches all of it', () => {
    const window = { left: 0, top: 0, width: 600, height: 300 };
    expect(place(600, 300, 64, 'stretch')).toEqual({ window, left: 0, top: 0, width: 64, height: 64 });
  });
});

describe('uprightSteps', () => {
  it.each([1, 2, 3, 4, 5, 6, 7, 8])('lays out orientation %i as libvips does', async (orientation) => {
    const stored = { width: 3, height: 2 };
    const grey = Buffer.from([10, 20, 30, 40, 50, 60]);
    const tagged = await sharp(grey, { raw: { ...stored, channels: 1 } })
      .withMetadata({ orientation })
      .tiff({ compression: 'none' })
      .toBuffer();
    const { data, info } = await sharp(tagged).autoOrient().raw().toBuffer({ resolveWithObject: true });
    const expected = Array.from({ length: 6 }, (_, i) => data[i * info.channels]);

    const upright = new Array<number>(6);
    const { start, right, down } = uprightSteps(orientation, info.width, info.height, info.width);
    for (let y = 0; y < stored.height; y++) {
      for (let x = 0; x < stored.width; x++) upright[start + x * right + y * down] = grey[y * stored.width + x];
    }
    expect(upright).toEqual(expected);
  });
});
