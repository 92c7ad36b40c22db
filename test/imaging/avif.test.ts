import { readFileSync } from 'node:fs';
import sharp, { type Sharp } from 'sharp';
import { describe, expect, it } from 'vitest';
import { avifDecoder } from '../../src/imaging/avif/decoder.ts';
import { ImagingError } from '../../src/imaging/errors.ts';
import { corpusFiles } from './corpus.ts';
import { difference, mutants, pixelsOf } from './pixels-of.ts';

/** Smooth colours, and alpha from left to right where asked for. */
function gradient(width: number, height: number, channels: 3 | 4): Sharp {
  const data = Buffer.alloc(width * height * channels);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const colour = [(x * 255) / width, (y * 255) / height, 128, (x * 255) / width];
      data.set(colour.slice(0, channels).map(Math.round), (y * width + x) * channels);
    }
  }
  return sharp(data, { raw: { width, height, channels } });
}

const sharpRgba = (bytes: Uint8Array): Promise<Buffer> => sharp(bytes).ensureAlpha().raw().toBuffer();

describe('AVIF', () => {
  it.each([
    ['4:2:0', gradient(90, 61, 3).avif({ quality: 70, chromaSubsampling: '4:2:0' })],
    ['4:4:4', gradient(33, 70, 3).avif({ quality: 90, chromaSubsampling: '4:4:4' })],
    ['lossless', gradient(64, 64, 3).avif({ lossless: true })],
    ['alpha', gradient(64, 40, 4).avif({ quality: 90 })],
  ])('%s is as sharp decodes it', async (_, picture) => {
    const bytes = await picture.toBuffer();
    const { header, rgba } = await pixelsOf(avifDecoder, bytes);
    const { width, height } = await sharp(bytes).metadata();
    expect(header).toMatchObject({ format: 'avif', width, height, orientation: 1, frameCount: 1 });
    // libavif and libheif convert from YUV with different rounding.
    expect(difference(rgba, await sharpRgba(bytes)).mean).toBeLessThan(1.5);
  });

  it('fails with a reason on what is cut off, and decodes the next picture', async () => {
    const bytes = await gradient(64, 64, 3).avif().toBuffer();
    for (const part of [0.1, 0.5, 0.9]) {
      await expect(pixelsOf(avifDecoder, bytes.subarray(0, bytes.length * part))).rejects.toThrow(ImagingError);
    }
    expect((await pixelsOf(avifDecoder, bytes)).header.width).toBe(64);
  });

  it('fails with a reason only, whatever the bytes', async () => {
    const bytes = await gradient(32, 32, 4).avif().toBuffer();
    let failed = 0;
    for (const mutant of mutants(bytes, 400)) {
      await pixelsOf(avifDecoder, mutant).catch((error: unknown) => {
        expect(error).toBeInstanceOf(ImagingError);
        failed++;
      });
    }
    expect(failed).toBeGreaterThan(50);
  });
});

const corpus = corpusFiles('.avif', 'pillow', 'sharp');

describe.skipIf(corpus.length === 0)('the corpus', () => {
  it.each(corpus)('%s has the size that sharp says', async (path) => {
    const bytes = readFileSync(path);
    const { header } = await pixelsOf(avifDecoder, bytes);
    const upright = await sharp(bytes).metadata();
    const turned = header.orientation >= 5;
    expect([turned ? header.height : header.width, turned ? header.width : header.height]).toEqual([
      upright.width,
      upright.height,
    ]);
  });
});
