import sharp, { type Sharp } from 'sharp';
import { describe, expect, it } from 'vitest';
import { ImagingError } from '../../src/imaging/errors.ts';
import { tiffDecoder } from '../../src/imaging/tiff/decoder.ts';
import { difference, mutants, pixelsOf } from './pixels-of.ts';

function photo(channels: 1 | 3 | 4): Sharp {
  const [width, height] = [75, 50];
  const data = Buffer.from(Array.from({ length: width * height * channels }, (_, i) => (i * i * 7 + i) & 0xff));
  return sharp(data, { raw: { width, height, channels } });
}

describe('TIFF', () => {
  it.each([
    ['uncompressed RGB', photo(3).tiff({ compression: 'none' })],
    ['LZW', photo(3).tiff({ compression: 'lzw', predictor: 'horizontal' })],
    ['deflate, with alpha', photo(4).tiff({ compression: 'deflate' })],
    ['grey', photo(1).toColourspace('b-w').tiff({ compression: 'packbits' })],
    ['16 bits', photo(3).toColourspace('rgb16').tiff({ compression: 'lzw' })],
  ])('%s is as sharp decodes it', async (_, picture) => {
    const bytes = await picture.toBuffer();
    const { header, rgba } = await pixelsOf(tiffDecoder, bytes);
    expect(header).toMatchObject({ format: 'tiff', width: 75, height: 50, orientation: 1 });
    const expected = await sharp(bytes).toColourspace('srgb').ensureAlpha().raw({ depth: 'uchar' }).toBuffer();
    expect(difference(rgba, expected).most).toBeLessThanOrEqual(1);
  });

  it('tells the orientation', async () => {
    const bytes = await photo(3).withMetadata({ orientation: 6 }).tiff({ compression: 'lzw' }).toBuffer();
    expect(tiffDecoder.readHeader(bytes).orientation).toBe(6);
  });

  it('fails with a reason only, whatever the bytes, and decodes the next picture', async () => {
    const bytes = await photo(3).tiff({ compression: 'lzw' }).toBuffer();
    let failed = 0;
    for (const mutant of mutants(bytes, 400)) {
      await pixelsOf(tiffDecoder, mutant).catch((error: unknown) => {
        expect(error).toBeInstanceOf(ImagingError);
        failed++;
      });
    }
    expect(failed).toBeGreaterThan(50);
    expect((await pixelsOf(tiffDecoder, bytes)).header.width).toBe(75);
  });
});
