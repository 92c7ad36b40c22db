import { describe, expect, it } from 'vitest';
import { decode, decodeBySharp, difference, isImagingError, photo, random } from './jpeg-fixtures.ts';
import { type LosslessOptions, losslessJpeg } from './lossless-encoder.ts';

const WIDTH = 37;
const HEIGHT = 23;
const rgb = photo(WIDTH, HEIGHT);
const channel = (offset: number) => Array.from({ length: WIDTH * HEIGHT }, (_, i) => rgb[3 * i + offset]);
const RGB = [0, 1, 2].map(channel);
const noise = (
  (next) => (max: number) =>
    Array.from({ length: WIDTH * HEIGHT }, () => Math.floor(next() * (max + 1)))
)(random(5));

const write = (options: Partial<LosslessOptions>): Buffer =>
  losslessJpeg({ width: WIDTH, height: HEIGHT, components: RGB, ...options });

/** The channels as RGBA; one is grey. */
function rgbaOf(channels: number[][]): Uint8Array {
  const [red, green = red, blue = red] = channels;
  return Uint8Array.from(red.flatMap((value, i) => [value, green[i], blue[i], 255]));
}

describe('lossless JPEG', () => {
  const predictors = [1, 2, 3, 4, 5, 6, 7];

  it.each(predictors)('predictor %d: every pixel, as libjpeg has it', async (predictor) => {
    const file = write({ predictor });
    expect(decode(file).data).toEqual(rgbaOf(RGB));
    expect(difference(decode(file), await decodeBySharp(file)).max).toBe(0);
  });

  it.each(predictors)('predictor %d: noise of 16 bits', (predictor) => {
    const samples = [noise(65_535)];
    const expected = samples.map((values) => values.map((value) => Math.round(value / 257)));
    expect(decode(write({ predictor, components: samples, precision: 16 })).data).toEqual(rgbaOf(expected));
  });

  it.each([2, 4, 7, 10, 12, 14])('%d bits', (precision) => {
    const max = 2 ** precision - 1;
    const samples = [noise(max), noise(max), noise(max)];
    const expected = samples.map((values) => values.map((value) => Math.round((value * 255) / max)));
    expect(decode(write({ components: samples, precision })).data).toEqual(rgbaOf(expected));
  });

  it.each([
    ['grey', { components: [RGB[0]] }],
    ['scans apart', { interleaved: false }],
    ['without low bits', { pointTransform: 3 }],
    ['restarts after each row', { restartInterval: WIDTH, predictor: 4 }],
    ['restarts after some rows', { restartInterval: WIDTH * 5, predictor: 7 }],
  ] as [string, Partial<LosslessOptions>][])('%s: as libjpeg has it', async (_, options) => {
    const file = write(options);
    const { components = RGB, pointTransform = 0 } = options;
    const expected = rgbaOf(
      components.map((values) => values.map((value) => (value >> pointTransform) << pointTransform)),
    );
    expect(decode(file).data).toEqual(expected);
    expect(difference(decode(file), await decodeBySharp(file)).max).toBe(0);
  });

  it('CMYK, as Adobe writes it: by the plain formula', () => {
    const components = [...RGB, noise(255)];
    const expected = RGB.map((values) => values.map((value, i) => Math.round((value * components[3][i]) / 255)));
    expect(decode(write({ components })).data).toEqual(rgbaOf(expected));
  });

  it('goes on at the restart after damage', () => {
    const file = write({ restartInterval: WIDTH });
    const at = file.indexOf(Buffer.from([0xff, 0xd3])) + 8;
    file.fill(0, at, at + 6);
    const { data } = decode(file);
    const row = (y: number) => data.subarray(4 * WIDTH * y, 4 * WIDTH * (y + 1));
    const expected = rgbaOf(RGB);
    expect(row(3)).toEqual(expected.subarray(4 * WIDTH * 3, 4 * WIDTH * 4));
    expect(row(4)).not.toEqual(expected.subarray(4 * WIDTH * 4, 4 * WIDTH * 5));
    expect(data.subarray(4 * WIDTH * 5)).toEqual(expected.subarray(4 * WIDTH * 5));
  });

  it('shows as much as there is, and grey', () => {
    const file = write({});
    const { data } = decode(file.subarray(0, file.length / 2));
    expect(data.subarray(0, 4 * WIDTH * 8)).toEqual(rgbaOf(RGB).subarray(0, 4 * WIDTH * 8));
    expect([...data.subarray(-4)]).toEqual([128, 128, 128, 255]);
  });

  it('refuses more samples than it decodes in time', () => {
    const file = write({});
    const frame = file.indexOf(Buffer.from([0xff, 0xc3]));
    file.writeUInt16BE(10_000, frame + 5);
    file.writeUInt16BE(5000, frame + 7);
    expect(() => decode(file)).toThrow(/5000×10000 has 150000000 samples.*120000000/);
  });

  it.each([{ predictor: 0 }, { predictor: 8 }, { pointTransform: 8 }])('refuses %o', (options) => {
    expect(() => decode(write(options))).toThrow(/lossless scan/);
  });

  it('fails with a reason only, whatever the bytes', () => {
    const file = write({ restartInterval: WIDTH * 3 });
    const next = random(11);
    for (let n = 0; n < 500; n++) {
      const mutant = Buffer.from(file);
      // Size and kind stay what they are: other tests damage those.
      for (let i = 0; i < 4; i++) mutant[20 + Math.floor(next() * (file.length - 20))] = next() * 256;
      try {
        expect(decode(mutant).width).toBe(WIDTH);
      } catch (error) {
        expect(isImagingError(error)).toBe(true);
      }
    }
  });
});
