import { readFileSync } from 'node:fs';
import { deflateSync } from 'node:zlib';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { ImagingError } from '../../src/imaging/errors.ts';
import { pngDecoder } from '../../src/imaging/png/decoder.ts';
import { corpusFiles } from './corpus.ts';
import { decodeAll } from './png-frames.ts';
import {
  chunk,
  concat,
  IEND,
  type ImageHeaderFields,
  ihdr,
  png,
  randomFrom,
  SAMPLES,
  SIGNATURE,
  scanlines,
} from './png-writer.ts';

const PALETTE = Uint8Array.from({ length: 3 * 256 }, (_, i) => (i * 89 + 31) & 255);

/** Colour type and bit depth: all there are (section 11.2.1, table 12). */
const FORMATS: [colourType: number, bitDepth: number][] = [
  [0, 1],
  [0, 2],
  [0, 4],
  [0, 8],
  [0, 16],
  [2, 8],
  [2, 16],
  [3, 1],
  [3, 2],
  [3, 4],
  [3, 8],
  [4, 8],
  [4, 16],
  [6, 8],
  [6, 16],
];

function randomSamples({ width, height, colourType, bitDepth }: ImageHeaderFields, seed = 5): number[] {
  const random = randomFrom(seed);
  return Array.from({ length: width * height * SAMPLES[colourType] }, () => Math.floor(random() * 2 ** bitDepth));
}

/** The other decoder. */
async function sharpRgba(bytes: Uint8Array): Promise<Uint8Array> {
  return new Uint8Array(await sharp(bytes).toColourspace('srgb').ensureAlpha().raw().toBuffer());
}

async function decodeStill(bytes: Uint8Array): Promise<Uint8Array> {
  const { header, frames } = await decodeAll(pngDecoder, bytes);
  expect(header.frameCount).toBe(1);
  expect(frames.length).toBe(1);
  expect(frames[0].pixels).toBe(header.width * header.height);
  return frames[0].rgba;
}

function expectEqual(actual: Uint8Array, expected: Uint8Array): void {
  expect(actual.length).toBe(expected.length);
  const at = actual.findIndex((byte, i) => byte !== expected[i]);
  if (at >= 0) expect(`byte ${at} is ${actual[at]}`).toBe(`byte ${at} is ${expected[at]}`);
}

describe('pixel formats', () => {
  for (const interlaced of [false, true]) {
    describe(interlaced ? 'interlaced' : 'in rows', () => {
      it.each(FORMATS)('colour type %i, %i bits a sample, all filters: as sharp', async (colourType, bitDepth) => {
        const extra = colourType === 3 ? [chunk('PLTE', PALETTE)] : [];
        // Sizes of less than a byte and less than a pass; the last one fills the inflater's buffer several times.
        for (const [width, height] of [
          [1, 1],
          [2, 3],
          [4, 4],
          [5, 9],
          [9, 5],
          [37, 23],
          [301, 211],
        ]) {
          const header = { width, height, colourType, bitDepth, interlaced };
          const bytes = png(header, randomSamples(header), { extra });
          expectEqual(await decodeStill(bytes), await sharpRgba(bytes));
        }
      });
    });
  }

  it.each([0, 1, 2, 3, 4])('filter type %i, on every row', async (type) => {
    for (const [colourType, bitDepth] of FORMATS) {
      const header = { width: 19, height: 7, colourType, bitDepth };
      const extra = colourType === 3 ? [chunk('PLTE', PALETTE)] : [];
      const bytes = png(header, randomSamples(header), { extra, filterOf: () => type });
      expectEqual(await decodeStill(bytes), await sharpRgba(bytes));
    }
  });

  it('reads what sharp writes', async () => {
    const rgb = await sharp({
      create: {
        width: 640,
        height: 480,
        channels: 3,
        background: '#888',
        noise: { type: 'gaussian', mean: 120, sigma: 30 },
      },
    })
      .blur(2)
      .png()
      .toBuffer();
    for (const options of [
      {},
      { adaptiveFiltering: true },
      { progressive: true },
      { palette: true, colours: 16 },
      { compressionLevel: 0 },
      { compressionLevel: 9 },
    ]) {
      const bytes = new Uint8Array(await sharp(rgb).png(options).toBuffer());
      expectEqual(await decodeStill(bytes), await sharpRgba(bytes));
    }
  });

  it('scales grey of 1, 2 and 4 bits to the whole range (section 13.12)', async () => {
    for (const [bitDepth, factor] of [
      [1, 255],
      [2, 85],
      [4, 17],
    ]) {
      const width = 2 ** bitDepth;
      const rgba = await decodeStill(png({ width, height: 1, colourType: 0, bitDepth }, [...new Array(width).keys()]));
      for (let i = 0; i < width; i++)
        expect([...rgba.subarray(4 * i, 4 * i + 4)]).toEqual([i * factor, i * factor, i * factor, 255]);
    }
  });
});

describe('transparency (section 11.3.1.1)', () => {
  const alphas = (rgba: Uint8Array) => [...rgba].filter((_, i) => i % 4 === 3);

  it.each([
    [1, 0x0001, [0, 1, 1, 0], [255, 0, 0, 255]],
    [4, 0x0007, [7, 6, 8, 7], [0, 255, 255, 0]],
    [8, 0x0080, [0x80, 0x81, 0, 0x80], [0, 255, 255, 0]],
    // Only the low bits count.
    [2, 0xff02, [2, 1, 3, 2], [0, 255, 255, 0]],
    // All 16 bits count.
    [16, 0x8001, [0x8001, 0x8000, 0x8001, 0x0001], [0, 255, 0, 255]],
  ])('makes a grey of %i bits transparent', async (bitDepth, key, samples, expected) => {
    const extra = [chunk('tRNS', Uint8Array.of(key >> 8, key & 255))];
    expect(
      alphas(await decodeStill(png({ width: 4, height: 1, colourType: 0, bitDepth }, samples, { extra }))),
    ).toEqual(expected);
  });

  it('makes a colour of 8 bits transparent, and goes on from it with every filter', async () => {
    const header = { width: 16, height: 15, colourType: 2, bitDepth: 8 };
    const random = randomFrom(3);
    const samples = Array.from({ length: 240 }, () => (random() < 0.5 ? [10, 20, 30] : [10, 20, random() * 60])).flat();
    const rgba = await decodeStill(
      png(header, samples, { extra: [chunk('tRNS', Uint8Array.of(0, 10, 0, 20, 0, 30))] }),
    );
    for (let i = 0; i < 240; i++) {
      const [r, g, b] = samples.slice(3 * i, 3 * i + 3).map(Math.floor);
      expect([...rgba.subarray(4 * i, 4 * i + 4)]).toEqual([r, g, b, b === 30 ? 0 : 255]);
    }
  });

  it('makes a colour of 16 bits transparent, only where all of them agree', async () => {
    const samples = [256, 513, 770, 256, 513, 771, 257, 513, 770, 256, 514, 770];
    const extra = [chunk('tRNS', Uint8Array.of(1, 0, 2, 1, 3, 2))];
    const rgba = await decodeStill(png({ width: 4, height: 1, colourType: 2, bitDepth: 16 }, samples, { extra }));
    expect(alphas(rgba)).toEqual([0, 255, 255, 255]);
    expect([...rgba.subarray(0, 3)]).toEqual([1, 2, 3]);
  });

  it('gives palette entries their alpha, and those without one are opaque', async () => {
    const extra = [chunk('PLTE', PALETTE.subarray(0, 12)), chunk('tRNS', Uint8Array.of(0, 77))];
    const rgba = await decodeStill(png({ width: 4, height: 1, colourType: 3, bitDepth: 2 }, [0, 1, 2, 3], { extra }));
    expect(alphas(rgba)).toEqual([0, 77, 255, 255]);
  });

  it.each([
    ['too short', 0, [1]],
    ['too short for RGB', 2, [0, 0, 0, 0]],
  ])('pays no attention to a tRNS that is %s', async (_, colourType, data) => {
    const header = { width: 3, height: 2, colourType, bitDepth: 8 };
    const samples = randomSamples(header).fill(0);
    const rgba = await decodeStill(png(header, samples, { extra: [chunk('tRNS', Uint8Array.from(data))] }));
    expect(alphas(rgba)).toEqual(new Array(6).fill(255));
  });

  it.each([
    [4, 8],
    [4, 16],
    [6, 8],
    [6, 16],
  ])(
    'pays no attention to a tRNS where pixels have alpha: colour type %i, %i bits a sample',
    async (colourType, bitDepth) => {
      const header = { width: 7, height: 5, colourType, bitDepth };
      const samples = randomSamples(header);
      const rgba = await decodeStill(png(header, samples, { extra: [chunk('tRNS', new Uint8Array(8))] }));
      // libpng takes such a tRNS for an error of the file.
      expectEqual(rgba, await sharpRgba(png(header, samples)));
    },
  );
});

describe('palettes', () => {
  it('shows an index beyond the palette as opaque black', async () => {
    const extra = [chunk('PLTE', Uint8Array.of(1, 2, 3, 4, 5, 6))];
    const rgba = await decodeStill(png({ width: 3, height: 1, colourType: 3, bitDepth: 8 }, [0, 1, 200], { extra }));
    expect([...rgba]).toEqual([1, 2, 3, 255, 4, 5, 6, 255, 0, 0, 0, 255]);
  });

  it('refuses indexed colours without a palette', () => {
    const bytes = png({ width: 3, height: 1, colourType: 3, bitDepth: 8 }, [0, 1, 2]);
    expect(() => pngDecoder.readHeader(bytes)).toThrow(/palette/);
  });

  it('pays no attention to the palette that RGB may come with, or to a second one', async () => {
    const header = { width: 3, height: 1, colourType: 2, bitDepth: 8 };
    const samples = randomSamples(header);
    const rgba = await decodeStill(png(header, samples, { extra: [chunk('PLTE', PALETTE)] }));
    expect([...rgba].filter((_, i) => i % 4 < 3)).toEqual(samples);
    const extra = [chunk('PLTE', Uint8Array.of(1, 2, 3)), chunk('PLTE', Uint8Array.of(4, 5, 6))];
    const indexed = await decodeStill(png({ ...header, colourType: 3 }, [0, 0, 0], { extra }));
    expect([...indexed.subarray(0, 3)]).toEqual([1, 2, 3]);
  });
});

describe('header', () => {
  const header = { width: 3, height: 2, colourType: 2, bitDepth: 8 };
  const samples = randomSamples(header);
  const withChunks = (...extra: Uint8Array[]) => pngDecoder.readHeader(png(header, samples, { extra }));

  it('tells the size', () => {
    expect(withChunks()).toEqual({
      format: 'png',
      width: 3,
      height: 2,
      orientation: 1,
      frameCount: 1,
      plays: 1,
      iccProfile: null,
      isGrey: false,
    });
  });

  /** TIFF 6.0, section 2: big-endian, one entry: 274, SHORT, 1 value. */
  const tiff = (orientation: number) =>
    Uint8Array.of(0x4d, 0x4d, 0, 42, 0, 0, 0, 8, 0, 1, 1, 18, 0, 3, 0, 0, 0, 1, 0, orientation, 0, 0, 0, 0, 0, 0);

  it('takes the orientation from eXIf, before or after the image', () => {
    expect(withChunks(chunk('eXIf', tiff(6))).orientation).toBe(6);
    const bytes = concat(png(header, samples).subarray(0, -12), chunk('eXIf', tiff(3)), IEND);
    expect(pngDecoder.readHeader(bytes).orientation).toBe(3);
    expect(withChunks(chunk('eXIf', Uint8Array.of(1, 2, 3))).orientation).toBe(1);
  });

  it('takes the first of two eXIf, as libpng does', async () => {
    const pair = [chunk('eXIf', tiff(6)), chunk('eXIf', tiff(3))];
    expect((await sharp(png(header, samples, { extra: pair })).metadata()).orientation).toBe(6);
    expect(withChunks(...pair).orientation).toBe(6);
    const bytes = concat(png(header, samples, { extra: pair.slice(0, 1) }).subarray(0, -12), pair[1], IEND);
    expect(pngDecoder.readHeader(bytes).orientation).toBe(6);
  });

  const profile = Uint8Array.from({ length: 300_000 }, (_, i) => (i < 4 ? [0, 4, 0x93, 0xe0][i] : (i * i) >> 7));
  const iccp = (data: Uint8Array) => chunk('iCCP', concat(Buffer.from('A name\0\0', 'latin1'), data));

  it('unpacks the ICC profile', async () => {
    const unpacked = withChunks(iccp(deflateSync(profile))).iccProfile;
    expect(unpacked).not.toBeNull();
    expectEqual(unpacked ?? new Uint8Array(0), profile);
    const bySharp = await sharp({ create: { width: 1, height: 1, channels: 3, background: 'red' } })
      .withIccProfile('p3')
      .png()
      .toBuffer();
    const { icc } = await sharp(bySharp).metadata();
    expectEqual(pngDecoder.readHeader(bySharp).iccProfile ?? new Uint8Array(0), new Uint8Array(icc ?? []));
  });

  it.each([
    ['an sRGB chunk comes with it', [chunk('sRGB', Uint8Array.of(0)), iccp(deflateSync(profile))]],
    ['cICP says sRGB', [chunk('cICP', Uint8Array.of(1, 13, 0, 1)), iccp(deflateSync(profile))]],
    ['it is cut off', [iccp(deflateSync(profile).subarray(0, 5000))]],
    ['it is not deflated', [iccp(profile)]],
    ['it is shorter than it says', [iccp(deflateSync(profile.subarray(0, 5000)))]],
    ['it says that it is larger than any', [iccp(deflateSync(concat(Uint8Array.of(99), profile)))]],
    ['it has no name', [chunk('iCCP', Uint8Array.of(65, 66))]],
    ['it comes after the image', [chunk('IDAT', deflateSync(new Uint8Array(20))), iccp(deflateSync(profile))]],
  ])('has no profile where %s', (_, extra) => {
    expect(withChunks(...extra).iccProfile).toBeNull();
  });

  it('keeps the profile where cICP says another colour space', () => {
    expect(
      withChunks(chunk('cICP', Uint8Array.of(12, 13, 0, 1)), iccp(deflateSync(profile))).iccProfile,
    ).not.toBeNull();
  });

  it.each([
    ['no bytes', new Uint8Array(0), /signature/],
    ['another signature', Uint8Array.of(0x47, 0x49, 0x46), /signature/],
    ['nothing but a signature', SIGNATURE, /found no chunk/],
    [
      'another first chunk',
      concat(SIGNATURE, chunk('gAMA', Uint8Array.of(0, 0, 1, 2)), ihdr(header)),
      /found 4 bytes of gAMA/,
    ],
    ['a file for iPhone apps', concat(SIGNATURE, chunk('CgBI', new Uint8Array(4)), ihdr(header)), /CgBI/],
    ['a short header', concat(SIGNATURE, chunk('IHDR', new Uint8Array(12))), /13 bytes of IHDR.*found 12/],
    ['no width', png({ ...header, width: 0 }, []), /0×2/],
    ['no height', png({ ...header, height: 0 }, []), /3×0/],
    ['colour type 1', concat(SIGNATURE, ihdr({ ...header, colourType: 1 })), /colour type 1 with 8 bits/],
    ['colour type 2 of 4 bits', concat(SIGNATURE, ihdr({ ...header, bitDepth: 4 })), /colour type 2 with 4 bits/],
    ['3 bits', concat(SIGNATURE, ihdr({ ...header, colourType: 0, bitDepth: 3 })), /colour type 0 with 3 bits/],
  ])('refuses %s', (_, bytes, message) => {
    expect(() => pngDecoder.readHeader(bytes)).toThrow(ImagingError);
    expect(() => pngDecoder.readHeader(bytes)).toThrow(message);
  });

  it('refuses unknown compression, filter and interlace methods', () => {
    for (const at of [26, 27, 28]) {
      const bytes = png(header, samples);
      bytes[at] = 2;
      expect(() => pngDecoder.readHeader(bytes)).toThrow(/methods/);
    }
  });
});

describe('files that are not quite right', () => {
  const header = { width: 31, height: 20, colourType: 6, bitDepth: 8 };
  const samples = randomSamples(header);
  const expected = Uint8Array.from(samples);

  it('pays no attention to checksums', async () => {
    const bytes = png(header, samples, { extra: [chunk('tEXt', Uint8Array.of(65, 0, 66))] });
    let offset = 8;
    const view = new DataView(bytes.buffer, bytes.byteOffset);
    while (offset < bytes.length) {
      const end = offset + 12 + view.getUint32(offset);
      bytes.fill(0xaa, end - 4, end);
      offset = end;
    }
    expectEqual(await decodeStill(bytes), expected);
  });

  it('reads data in IDAT chunks of any size, also apart, and goes on without IEND', async () => {
    const data = deflateSync(scanlines(header, samples, () => 4));
    const parts = [...data].flatMap((_, i) => [chunk('IDAT', data.subarray(i, i + 1)), chunk('IDAT')]);
    parts.splice(40, 0, chunk('tIME', new Uint8Array(7)), chunk('teSt', new Uint8Array(1000)));
    expectEqual(await decodeStill(concat(SIGNATURE, ihdr(header), ...parts)), expected);
  });

  it('leaves out what follows IEND, the image, or the last sensible chunk', async () => {
    const data = deflateSync(
      concat(
        scanlines(header, samples, () => 1),
        new Uint8Array(1000),
      ),
    );
    const garbage = Uint8Array.from({ length: 500 }, (_, i) => i * 7);
    const idat = chunk('IDAT', concat(data, garbage));
    for (const rest of [concat(IEND, idat), idat, garbage]) {
      expectEqual(await decodeStill(concat(SIGNATURE, ihdr(header), idat, rest)), expected);
    }
  });

  it('refuses a file without picture data, or with none that can be inflated', async () => {
    for (const data of [[], [chunk('IDAT')], [chunk('IDAT', new Uint8Array(500).fill(0xff))]]) {
      const bytes = concat(SIGNATURE, ihdr(header), ...data, IEND);
      await expect(decodeAll(pngDecoder, bytes)).rejects.toThrow(expect.objectContaining({ code: 'corrupt_picture' }));
    }
  });

  it('stops at a filter type that does not exist', async () => {
    const lines = scanlines(header, samples, () => 0);
    lines[12 * (1 + 31 * 4)] = 5;
    const bytes = concat(SIGNATURE, ihdr(header), chunk('IDAT', deflateSync(lines)), IEND);
    const { frames } = await decodeAll(pngDecoder, bytes);
    expect(frames[0].pixels).toBe(12 * 31);
    expectEqual(frames[0].rgba.subarray(0, 12 * 31 * 4), expected.subarray(0, 12 * 31 * 4));
  });
});

describe('files that are cut off', () => {
  it('shows the rows that came', async () => {
    const header = { width: 40, height: 30, colourType: 2, bitDepth: 8 };
    const bytes = png(header, randomSamples(header));
    const whole = await decodeStill(bytes);
    let most = 0;
    for (let length = 0; length < bytes.length; length++) {
      const result = await decodeAll(pngDecoder, bytes.subarray(0, length)).catch((error: unknown) => error);
      if (result instanceof ImagingError) continue;
      const { frames } = result as Awaited<ReturnType<typeof decodeAll>>;
      expect(frames[0].pixels % 40).toBe(0);
      expect(frames[0].pixels).toBeGreaterThanOrEqual(most);
      most = frames[0].pixels;
      const rows = frames[0].pixels * 4;
      expectEqual(frames[0].rgba, concat(whole.subarray(0, rows), new Uint8Array(whole.length - rows)));
    }
    expect(most).toBe(40 * 30);
  });

  /** Which pass each pixel of an 8×8 block comes in (section 8.1). */
  const PASS_OF = [
    [1, 6, 4, 6, 2, 6, 4, 6],
    [7, 7, 7, 7, 7, 7, 7, 7],
    [5, 6, 5, 6, 5, 6, 5, 6],
    [7, 7, 7, 7, 7, 7, 7, 7],
    [3, 6, 4, 6, 3, 6, 4, 6],
    [7, 7, 7, 7, 7, 7, 7, 7],
    [5, 6, 5, 6, 5, 6, 5, 6],
    [7, 7, 7, 7, 7, 7, 7, 7],
  ];
  /** What the pixel in a block's top left corner stands for until finer ones come, the finest first. */
  const BLOCKS = [
    [1, 1],
    [1, 2],
    [2, 2],
    [2, 4],
    [4, 4],
    [4, 8],
    [8, 8],
  ];

  it.each([
    [33, 27],
    [3, 40],
    [40, 3],
    [1, 1],
    [8, 8],
  ])(
    'fills an interlaced picture of %i×%i with the coarser pixels that came, as browsers do',
    async (width, height) => {
      const header = { width, height, colourType: 0, bitDepth: 8, interlaced: true };
      const samples = randomSamples(header);
      const lines = scanlines(header, samples, () => 0);
      let offset = 0;
      for (let pass = 1; pass <= 7; pass++) {
        for (let lastY = 0; lastY < height; lastY++) {
          const pixels = Array.from({ length: width }, (_, x) => PASS_OF[lastY % 8][x % 8]).filter(
            (p) => p === pass,
          ).length;
          if (pixels === 0) continue;
          offset += 1 + pixels;
          const data = chunk('IDAT', deflateSync(lines.subarray(0, offset)));
          const { frames } = await decodeAll(pngDecoder, concat(SIGNATURE, ihdr(header), data, IEND));

          const expected: number[] = [];
          for (let y = 0; y < height; y++) {
            for (let x = 0; x < width; x++) {
              const corner = BLOCKS.map(([w, h]) => [x - (x % w), y - (y % h)]).find(([left, top]) => {
                const cornerPass = PASS_OF[top % 8][left % 8];
                return cornerPass < pass || (cornerPass === pass && top <= lastY);
              });
              const grey = corner === undefined ? 0 : samples[corner[1] * width + corner[0]];
              expected.push(grey, grey, grey, corner === undefined ? 0 : 255);
            }
          }
          expectEqual(frames[0].rgba, Uint8Array.from(expected));
        }
      }
      expect(offset).toBe(lines.length);
    },
  );
});

it('never fails but with an ImagingError, whatever is damaged', async () => {
  const random = randomFrom(11);
  const originals = FORMATS.flatMap(([colourType, bitDepth]) =>
    [false, true].map((interlaced) => {
      const header = { width: 13, height: 11, colourType, bitDepth, interlaced };
      const extra = [chunk('PLTE', PALETTE), chunk('tRNS', Uint8Array.of(0, 1, 0, 2, 0, 3)), chunk('eXIf', PALETTE)];
      return png(header, randomSamples(header), { extra });
    }),
  );
  let decoded = 0;
  for (let i = 0; i < 4000; i++) {
    const bytes = originals[i % originals.length].slice();
    for (let k = Math.floor(random() * 4); k >= 0; k--) {
      // Not the high bytes of the size: the caller refuses what is too large.
      const at = Math.floor(random() * bytes.length);
      if ((at < 16 || at > 22) && at !== 18)
        bytes[at] = random() < 0.5 ? random() * 256 : bytes[at] ^ (1 << (random() * 8));
    }
    const end = random() < 0.2 ? Math.floor(random() * bytes.length) : bytes.length;
    try {
      await decodeAll(pngDecoder, bytes.subarray(0, end));
      decoded++;
    } catch (error) {
      if (!(error instanceof ImagingError)) throw error;
    }
  }
  expect(decoded).toBeGreaterThan(1000);
});

const corpus = corpusFiles('.png', 'pillow', 'image-rs', 'sharp');

describe.skipIf(corpus.length === 0)('the corpus', () => {
  it.each(corpus)('%s: as sharp', async (path) => {
    const bytes = new Uint8Array(readFileSync(path));
    const expected = await sharpRgba(bytes).catch(() => null);
    if (expected === null) {
      await decodeAll(pngDecoder, bytes).catch((error: unknown) => expect(error).toBeInstanceOf(ImagingError));
      return;
    }
    const { header, frames } = await decodeAll(pngDecoder, bytes);
    // sharp shows the default image of an animation, and applies profiles.
    if (Buffer.from(bytes).includes('acTL') || header.iccProfile !== null) return;
    expectEqual(frames[0].rgba, expected);
  });
});
