import { describe, expect, it } from 'vitest';
import { type Decoded, decode, decodeBySharp, difference, photoJpeg } from './jpeg-fixtures.ts';

/** The mean of each `factor`×`factor` box; what is left of the last ones at the edges. */
function boxAverage({ width, height, data }: Decoded, factor: number): Decoded {
  const reduced = { width: Math.ceil(width / factor), height: Math.ceil(height / factor) };
  const averaged = new Uint8Array(4 * reduced.width * reduced.height);
  for (let y = 0; y < reduced.height; y++) {
    for (let x = 0; x < reduced.width; x++) {
      const right = Math.min((x + 1) * factor, width);
      const bottom = Math.min((y + 1) * factor, height);
      for (let channel = 0; channel < 4; channel++) {
        let sum = 0;
        for (let row = y * factor; row < bottom; row++) {
          for (let column = x * factor; column < right; column++) sum += data[4 * (row * width + column) + channel];
        }
        averaged[4 * (y * reduced.width + x) + channel] = Math.round(
          sum / ((right - x * factor) * (bottom - y * factor)),
        );
      }
    }
  }
  return { ...reduced, data: averaged };
}

/** Leaves out the last column and row, where an encoder's padding comes in. */
function inner({ width, height, data }: Decoded): Decoded {
  const rows = Array.from({ length: height - 1 }, (_, y) => data.subarray(4 * y * width, 4 * (y * width + width - 1)));
  return { width: width - 1, height: height - 1, data: Uint8Array.from(rows.flatMap((row) => [...row])) };
}

describe('reduced scales, against the mean of the boxes of a full decode by libjpeg', () => {
  for (const progressive of [false, true]) {
    for (const chromaSubsampling of ['4:4:4', '4:2:0']) {
      it.each([2, 4, 8])(`${chromaSubsampling}, ${progressive ? 'progressive' : 'baseline'}, 1/%i`, async (factor) => {
        const file = await photoJpeg(403, 299, { progressive, chromaSubsampling, quality: 92 });
        const enough = { width: Math.ceil(403 / factor), height: Math.ceil(299 / factor) };
        const reduced = decode(file, enough);
        expect(reduced).toMatchObject(enough);
        const { mean, max } = difference(inner(reduced), inner(boxAverage(await decodeBySharp(file), factor)));
        expect(mean).toBeLessThan(1.5);
        // The transform keeps more of an edge's sharpness than a box does.
        expect(max).toBeLessThan(40);
      });
    }
  }

  it('the same coefficients are kept of progressive as of baseline files', async () => {
    for (const chromaSubsampling of ['4:4:4', '4:2:0']) {
      const baseline = await photoJpeg(403, 299, { chromaSubsampling });
      const progressive = await photoJpeg(403, 299, { chromaSubsampling, progressive: true });
      for (const side of [300, 150, 76, 60, 38, 20]) {
        const enough = { width: side, height: side };
        expect(decode(progressive, enough)).toEqual(decode(baseline, enough));
      }
    }
  });
});

describe('the choice of scale', () => {
  const cases: [number, number, number, number, number, number][] = [
    // width, height, enough for width and height, expected size
    [400, 300, 401, 10, 400, 300],
    [400, 300, 201, 10, 400, 300],
    [400, 300, 200, 150, 200, 150],
    [400, 300, 100, 76, 200, 150],
    [400, 300, 100, 75, 100, 75],
    [400, 300, 51, 1, 100, 75],
    [400, 300, 50, 38, 50, 38],
    [400, 300, 1, 1, 50, 38],
    [401, 297, 1, 1, 51, 38],
    [5, 3, 1, 1, 1, 1],
  ];
  it.each(cases)(
    '%i×%i, enough %i×%i: %i×%i',
    async (width, height, enoughWidth, enoughHeight, outWidth, outHeight) => {
      const enough = { width: enoughWidth, height: enoughHeight };
      expect(decode(await photoJpeg(width, height), enough)).toMatchObject({ width: outWidth, height: outHeight });
    },
  );

  it('a component that is subsampled keeps enough samples of its own', async () => {
    // At 1/8, the luma has 50×38; chroma of the lowest frequency alone would have 25×19.
    const file = await photoJpeg(400, 304, { quality: 95, chromaSubsampling: '4:2:0' });
    const truth = boxAverage(await decodeBySharp(file), 8);
    const whole = difference(decode(file, { width: 50, height: 38 }), truth).mean;
    const half = difference(decode(file, { width: 25, height: 19 }), truth).mean;
    expect(whole).toBeLessThan(half);
  });
});
