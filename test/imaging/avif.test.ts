import { readFileSync } from 'node:fs';
import sharp, { type Sharp } from 'sharp';
import { describe, expect, it } from 'vitest';
import { avifDecoder } from '../../src/imaging/avif/decoder.ts';
import { ImagingError } from '../../src/imaging/errors.ts';
import type { ImageHeader } from '../../src/imaging/image.ts';
import { alphaKind, avifFile, box, clap, codedPicture, grid, type ItemOfFile, ispe, u32 } from './avif-file.ts';
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
    for (const mutant of mutants(bytes, 2000)) {
      await pixelsOf(avifDecoder, mutant).catch((error: unknown) => {
        expect(error).toBeInstanceOf(ImagingError);
        failed++;
      });
    }
    expect(failed).toBeGreaterThan(50);
  });
});

/** Two pictures of 64×64 pixels, and how sharp decodes them. */
async function tiles(channels: 3 | 4) {
  const first = await gradient(64, 64, channels).avif({ quality: 95, chromaSubsampling: '4:4:4' }).toBuffer();
  const second = await gradient(64, 64, channels)
    .negate({ alpha: false })
    .avif({ quality: 95, chromaSubsampling: '4:4:4' })
    .toBuffer();
  return { files: [first, second], rgba: [await sharpRgba(first), await sharpRgba(second)] };
}

/** The left part of each row of two pictures side by side, 64 pixels wide each. */
function sideBySide([left, right]: Uint8Array[], width: number, height: number): Uint8Array {
  const rows = Array.from({ length: height }, (_, y) =>
    Buffer.concat([left, right].map((tile) => tile.subarray(y * 256, (y + 1) * 256))).subarray(0, width * 4),
  );
  return Buffer.concat(rows);
}

describe('the container', () => {
  const grids: ItemOfFile = { type: 'grid', data: grid(1, 2, 100, 60), properties: [ispe(100, 60)] };

  it('puts a grid together from its tiles, cut at its size', async () => {
    const { files, rgba } = await tiles(3);
    const items = [grids, ...files.map((file) => codedPicture(file))];
    const file = avifFile(items, [{ type: 'dimg', from: 1, to: [2, 3] }]);
    const found = await pixelsOf(avifDecoder, file);
    expect(found.header).toMatchObject({ width: 100, height: 60 });
    expect(difference(found.rgba, sideBySide(rgba, 100, 60)).most).toBeLessThanOrEqual(2);
  });

  it.each(['of the grid', 'of each tile'])('takes alpha %s', async (whose) => {
    const { files, rgba } = await tiles(4);
    const alphas = files.map((file) => codedPicture(file, 'alpha'));
    for (const alpha of alphas) if (whose === 'of each tile') alpha.properties.push(alphaKind);
    const items = [grids, ...files.map((file) => codedPicture(file)), ...alphas];
    const references = [{ type: 'dimg', from: 1, to: [2, 3] }];
    if (whose === 'of the grid') {
      items.push({ ...grids, properties: [...grids.properties, alphaKind] });
      references.push({ type: 'dimg', from: 6, to: [4, 5] }, { type: 'auxl', from: 6, to: [1] });
    } else references.push({ type: 'auxl', from: 4, to: [2] }, { type: 'auxl', from: 5, to: [3] });
    const found = await pixelsOf(avifDecoder, avifFile(items, references));
    expect(difference(found.rgba, sideBySide(rgba, 100, 60)).most).toBeLessThanOrEqual(2);
  });

  it.each([
    ['too few tiles', grid(1, 2, 100, 60), [2]],
    ['tiles that leave a gap', grid(1, 2, 200, 60), [2, 2]],
    ['tiles that are not seen', grid(1, 2, 60, 60), [2, 2]],
    ['a tile that is not in the file', grid(1, 2, 100, 60), [2, 9]],
    ['itself as a tile', grid(1, 2, 100, 60), [1, 1]],
  ])('refuses a grid with %s', async (_, data, to) => {
    const tile = codedPicture(await gradient(64, 64, 3).avif().toBuffer());
    const [width, height] = [(data[4] << 8) | data[5], (data[6] << 8) | data[7]];
    const item: ItemOfFile = { type: 'grid', data, properties: [ispe(width, height)] };
    const file = avifFile([item, tile], [{ type: 'dimg', from: 1, to }]);
    expect(() => avifDecoder.readHeader(file)).toThrow(ImagingError);
  });

  it('shows the clean aperture alone', async () => {
    const bytes = await gradient(64, 40, 3).avif({ quality: 95, chromaSubsampling: '4:4:4' }).toBuffer();
    const picture = codedPicture(bytes);
    // 20×10 pixels, whose centre is 12 to the right of and 5 above the middle: from (34, 10) on.
    picture.properties.push(clap(20, 10, [12, 1], [-10, 2]));
    const found = await pixelsOf(avifDecoder, avifFile([picture]));
    const expected = await sharp(bytes)
      .extract({ left: 34, top: 10, width: 20, height: 10 })
      .ensureAlpha()
      .raw()
      .toBuffer();
    expect(found.header).toMatchObject({ width: 20, height: 10 });
    expect(difference(found.rgba, expected).most).toBeLessThanOrEqual(2);
  });

  it('divides premultiplied colours by their alpha', async () => {
    const [red, green, blue, alpha] = [100, 50, 20, 128];
    const solid = (channels: 3 | 4, background: { r: number; g: number; b: number; alpha?: number }) =>
      sharp({ create: { width: 64, height: 64, channels, background } })
        .avif({ lossless: true })
        .toBuffer();
    const colour = codedPicture(await solid(3, { r: red, g: green, b: blue }));
    const mask = codedPicture(await solid(4, { r: 0, g: 0, b: 0, alpha: alpha / 255 }), 'alpha');
    mask.properties.push(alphaKind);
    const references = [
      { type: 'auxl', from: 2, to: [1] },
      { type: 'prem', from: 1, to: [2] },
    ];
    const { rgba } = await pixelsOf(avifDecoder, avifFile([colour, mask], references));
    expect(rgba[3]).toBe(alpha);
    for (const [i, stored] of [red, green, blue].entries()) {
      expect(Math.abs(rgba[i] - (stored * 255) / alpha)).toBeLessThanOrEqual(2);
    }
  });

  it('shows the still of a sequence', async () => {
    const bytes = await gradient(64, 40, 3).avif().toBuffer();
    const found = await pixelsOf(avifDecoder, avifFile([codedPicture(bytes)], [], 'avis'));
    expect(difference(found.rgba, await sharpRgba(bytes)).mean).toBeLessThan(1.5);
  });

  it.each([
    [[], 1],
    [[box('irot', [1])], 8],
    [[box('irot', [2])], 3],
    [[box('irot', [3])], 6],
    [[box('imir', [1])], 2],
    [[box('imir', [0])], 4],
    [[box('irot', [1]), box('imir', [1])], 7],
    [[box('irot', [1]), box('imir', [0])], 5],
  ])('turns and mirrors: %#', async (properties, orientation) => {
    const picture = codedPicture(await gradient(64, 40, 3).avif().toBuffer());
    picture.properties.push(...properties);
    expect(avifDecoder.readHeader(avifFile([picture])).orientation).toBe(orientation);
  });

  it('finds the ICC profile', async () => {
    const bytes = await gradient(64, 40, 3).withIccProfile('p3').avif().toBuffer();
    const { icc } = await sharp(bytes).metadata();
    expect(Buffer.from(avifDecoder.readHeader(bytes).iccProfile ?? [])).toEqual(icc);
  });

  it('refuses by the header what takes too much memory, and by the picture when the header lies', async () => {
    const picture = codedPicture(await gradient(64, 64, 3).avif().toBuffer());
    const large = { ...picture, properties: [ispe(20_000, 10_000), ...picture.properties.slice(1)] };
    expect(() => avifDecoder.readHeader(avifFile([large]))).toThrow(/20000×10000, the picture is 64×64/);
    const photo = await sharp({ create: { width: 2400, height: 1600, channels: 3, background: 'red' } })
      .avif()
      .toBuffer();
    await expect(pixelsOf(avifDecoder, photo)).rejects.toMatchObject({
      code: 'too_many_pixels',
      message: expect.stringMatching(/2400×1600 is 3\.9 megapixels; the limit for AVIF of 8 bits in one piece is 1\.7/),
    });
  });

  it('is not held up by tables without end', () => {
    const iloc = box('iloc', [0, 0, 0, 0], [0x00, 0x00], [0xff, 0xff], ...Array(2000).fill([0, 1, 0, 0, 0xff, 0xff]));
    const iinf = box('iinf', [0, 0, 0, 0], [0, 0]);
    const file = box('meta', [0, 0, 0, 0], box('pitm', u32(0), [0, 1]), iinf, iloc, box('iprp'));
    expect(() => avifDecoder.readHeader(file)).toThrow(ImagingError);
  });
});

const corpus = corpusFiles('.avif', 'pillow', 'sharp');

describe.skipIf(corpus.length === 0)('the corpus', () => {
  it.each(corpus)('%s, upright, is as sharp decodes it', async (path) => {
    const bytes = readFileSync(path);
    const { header, rgba } = await pixelsOf(avifDecoder, bytes);
    // Without colour management: sharp would convert an embedded profile.
    const expected = await sharp(bytes).keepIccProfile().ensureAlpha().raw().toBuffer({ resolveWithObject: true });
    const { width, height } = expected.info;
    const turned = header.orientation >= 5;
    expect(turned ? [header.height, header.width] : [header.width, header.height]).toEqual([width, height]);
    expect(difference(upright(rgba, header), expected.data).mean).toBeLessThan(0.3);
  });
});

/** Exif 2.32, 4.6.4: where row 0 and column 0 are to be seen. */
function upright(rgba: Uint8Array, { width, height, orientation }: ImageHeader): Uint8Array {
  const turned = Buffer.alloc(rgba.length);
  const shownWidth = orientation >= 5 ? height : width;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const [right, below] = [width - 1 - x, height - 1 - y];
      const [shownX, shownY] = [
        [x, y],
        [right, y],
        [right, below],
        [x, below],
        [y, x],
        [below, x],
        [below, right],
        [y, right],
      ][orientation - 1];
      turned.set(rgba.subarray((y * width + x) * 4, (y * width + x + 1) * 4), (shownY * shownWidth + shownX) * 4);
    }
  }
  return turned;
}
