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
    for (const mutant of mutants(bytes, 2000)) {
      await pixelsOf(tiffDecoder, mutant).catch((error: unknown) => {
        expect(error).toBeInstanceOf(ImagingError);
        failed++;
      });
    }
    expect(failed).toBeGreaterThan(50);
    expect((await pixelsOf(tiffDecoder, bytes)).header.width).toBe(75);
  });

  it('converts CMYK by the plain formula', async () => {
    const data = Buffer.from([0, 0, 0, 0, 255, 0, 0, 0, 0, 128, 0, 0, 0, 0, 0, 255]);
    const bytes = tiff([
      [258, 3, 4, [8, 8, 8, 8]],
      [262, 3, 1, [5]],
      [277, 3, 1, [4]],
    ])(4, 1, data);
    const { rgba } = await pixelsOf(tiffDecoder, bytes);
    const expected = [255, 255, 255, 255, 0, 255, 255, 255, 255, 127, 255, 255, 0, 0, 0, 255];
    expect(difference(rgba, Uint8Array.from(expected)).most).toBeLessThanOrEqual(1);
  });

  it('divides associated alpha out, and leaves unassociated alpha', async () => {
    const data = Buffer.from([100, 50, 20, 128]);
    const rgbaWith = (extraSamples: number) =>
      tiff([
        [258, 3, 4, [8, 8, 8, 8]],
        [262, 3, 1, [2]],
        [277, 3, 1, [4]],
        [338, 3, 1, [extraSamples]],
      ])(1, 1, data);
    expect([...(await pixelsOf(tiffDecoder, rgbaWith(1))).rgba]).toEqual([199, 100, 40, 128]);
    expect([...(await pixelsOf(tiffDecoder, rgbaWith(2))).rgba]).toEqual([100, 50, 20, 128]);
  });

  it('finds the ICC profile', async () => {
    const bytes = await photo(3).withIccProfile('p3').tiff({ compression: 'lzw' }).toBuffer();
    const { icc } = await sharp(bytes).metadata();
    expect(Buffer.from(tiffDecoder.readHeader(bytes).iccProfile ?? [])).toEqual(icc);
  });

  it('shows the first page', async () => {
    const page = (background: string) => sharp({ create: { width: 9, height: 5, channels: 3, background } }).png();
    const input = [await page('red').toBuffer(), await page('blue').toBuffer()];
    const bytes = await sharp(input, { join: { animated: true } })
      .tiff({ compression: 'lzw' })
      .toBuffer();
    expect((await sharp(bytes).metadata()).pages).toBe(2);
    const { header, rgba } = await pixelsOf(tiffDecoder, bytes);
    expect(header).toMatchObject({ width: 9, height: 5 });
    expect([...rgba.subarray(0, 4)]).toEqual([255, 0, 0, 255]);
  });

  it.each([
    ['YCbCr', photo(3).tiff({ compression: 'jpeg' })],
    ['1 bits', photo(1).toColourspace('b-w').tiff({ compression: 'none', bitdepth: 1 })],
    ['CIELab', photo(3).toColourspace('lab').tiff({ compression: 'lzw' })],
    ['WebP', photo(3).tiff({ compression: 'webp' })],
    ['floating point', photo(3).toColourspace('scrgb').tiff({ compression: 'none' })],
    ['BigTIFF', photo(3).tiff({ compression: 'none', bigtiff: true })],
  ])('names what it does not read: %s', async (name, picture) => {
    const bytes = await picture.toBuffer();
    expect(() => tiffDecoder.readHeader(bytes)).toThrow(new RegExp(`${name}.*not supported`));
  });

  it('refuses by the header what takes too much memory', async () => {
    const bytes = tiff([
      [258, 3, 1, [8]],
      [262, 3, 1, [1]],
    ])(40_000, 30_000, Buffer.alloc(9));
    await expect(pixelsOf(tiffDecoder, bytes)).rejects.toMatchObject({
      code: 'too_many_pixels',
      message: expect.stringMatching(/40000×30000 is 1200 megapixels; the limit .* is 4\.1/),
    });
  });
});

/** Writes a file of one uncompressed strip: TIFF 6.0, part 1. */
function tiff(tags: [tag: number, type: 3 | 4, count: number, values: number[]][]) {
  return (width: number, height: number, data: Buffer): Buffer => {
    const entries = [
      [256, 4, 1, [width]],
      [257, 4, 1, [height]],
      [259, 3, 1, [1]],
      [273, 4, 1, [8]],
      [278, 4, 1, [height]],
      [279, 4, 1, [data.length]],
      ...tags,
    ].sort((one, other) => Number(one[0]) - Number(other[0])) as typeof tags;
    const directory = 8 + data.length;
    const directoryEnd = directory + 2 + entries.length * 12 + 4;
    const file = Buffer.alloc(directoryEnd + 64);
    file.write('II*\0', 'latin1');
    file.writeUInt32LE(directory, 4);
    data.copy(file, 8);
    file.writeUInt16LE(entries.length, directory);
    let free = directoryEnd;
    for (const [i, [tag, type, count, values]] of entries.entries()) {
      const at = directory + 2 + i * 12;
      file.writeUInt16LE(tag, at);
      file.writeUInt16LE(type, at + 2);
      file.writeUInt32LE(count, at + 4);
      const size = type === 3 ? 2 : 4;
      const isInside = count * size <= 4;
      const start = isInside ? at + 8 : free;
      if (!isInside) {
        file.writeUInt32LE(free, at + 8);
        free += count * size;
      }
      for (const [j, value] of values.entries()) file.writeUIntLE(value, start + j * size, size);
    }
    return file;
  };
}
