import { deflateSync } from 'node:zlib';
import sharp, { type Sharp, type TiffOptions } from 'sharp';
import { describe, expect, it } from 'vitest';
import { ImagingError } from '../../src/imaging/errors.ts';
import { renderEmoji } from '../../src/imaging/index.ts';
import { sniff } from '../../src/imaging/sniff.ts';
import { tiffDecoder } from '../../src/imaging/tiff/decoder.ts';
import { faxRows } from './fax-encoder.ts';
import { photo as photoOf, random } from './jpeg-fixtures.ts';
import { difference, mutants, pixelsOf } from './pixels-of.ts';
import { lzw, type Page, type Tag, tiff } from './tiff-writer.ts';

const WIDTH = 75;
const HEIGHT = 50;
const RGB = photoOf(WIDTH, HEIGHT);

function photo(channels: 1 | 3 | 4): Sharp {
  const picture = sharp(RGB, { raw: { width: WIDTH, height: HEIGHT, channels: 3 } });
  if (channels === 1) return picture.toColourspace('b-w');
  return channels === 3 ? picture : picture.ensureAlpha(0.6);
}

/** What libtiff and libvips make of it. */
async function bySharp(bytes: Uint8Array): Promise<Uint8Array> {
  return sharp(bytes, { failOn: 'none' }).toColourspace('srgb').ensureAlpha().raw({ depth: 'uchar' }).toBuffer();
}

async function rgbaOf(bytes: Uint8Array): Promise<number[]> {
  return [...(await pixelsOf(tiffDecoder, bytes)).rgba];
}

/** The tags of a picture of `samples` a pixel. */
function tags(photometric: number, bits: number[], more: Tag[] = []): Tag[] {
  return [[258, 3, bits], [259, 3, [1]], [262, 3, [photometric]], [277, 3, [bits.length]], ...more];
}

const RGB_TAGS = tags(2, [8, 8, 8]);
const LZW_TAG: Tag = [259, 3, [5]];
const DEFLATE_TAG: Tag = [259, 3, [8]];

const page = (width: number, height: number, pageTags: Tag[], ...segments: ArrayLike<number>[]): Page => ({
  width,
  height,
  tags: pageTags,
  segments: segments.map((segment) => Uint8Array.from(segment)),
});

/** 16-bit and longer samples as bytes. */
function bytesOf(values: number[], bits: number, littleEndian: boolean): number[] {
  return values.flatMap((value) => {
    const bytes = Array.from({ length: bits / 8 }, (_, i) => Math.floor(value / 256 ** i) % 256);
    return littleEndian ? bytes : bytes.reverse();
  });
}

describe('TIFF as sharp writes it is as sharp reads it', () => {
  const compressions: TiffOptions['compression'][] = ['none', 'lzw', 'deflate', 'packbits'];
  const layouts: [string, TiffOptions][] = [
    ['in strips', {}],
    ['with predictor', { predictor: 'horizontal' }],
    ['in tiles', { tile: true, tileWidth: 32, tileHeight: 16, predictor: 'horizontal' }],
    ['as BigTIFF', { bigtiff: true }],
    ['as pyramid', { pyramid: true, tile: true, tileWidth: 16, tileHeight: 16 }],
  ];
  const pictures: [string, Sharp][] = [
    ['RGB', photo(3)],
    ['RGBA', photo(4)],
    ['grey', photo(1)],
    ['16 bits', photo(3).toColourspace('rgb16')],
    ['grey of 16 bits', photo(1).toColourspace('grey16')],
  ];
  const cases = compressions.flatMap((compression) =>
    layouts.flatMap(([layout, options]) =>
      pictures.map(([name, picture]) => [`${name}, ${compression}, ${layout}`, picture, { ...options, compression }]),
    ),
  ) as [string, Sharp, TiffOptions][];

  it.each(cases)('%s', async (_, picture, options) => {
    const bytes = await picture.clone().tiff(options).toBuffer();
    const { header, rgba } = await pixelsOf(tiffDecoder, bytes);
    expect(header).toMatchObject({ format: 'tiff', width: WIDTH, height: HEIGHT, orientation: 1 });
    expect(difference(rgba, await bySharp(bytes)).most).toBe(0);
  });

  it.each([
    ['1 bit', { bitdepth: 1, compression: 'none' }],
    ['1 bit, white is zero', { bitdepth: 1, compression: 'lzw', miniswhite: true }],
    ['8 bits, white is zero', { compression: 'lzw', miniswhite: true }],
    ['2 bits', { bitdepth: 2, compression: 'deflate' }],
    ['4 bits', { bitdepth: 4, compression: 'packbits' }],
    ['Group 4 fax', { bitdepth: 1, compression: 'ccittfax4' }],
    ['Group 4 fax, white is zero', { bitdepth: 1, compression: 'ccittfax4', miniswhite: true }],
    ['Group 4 fax in tiles', { bitdepth: 1, compression: 'ccittfax4', tile: true, tileWidth: 32, tileHeight: 32 }],
  ] as [string, TiffOptions][])('grey of %s', async (_, options) => {
    const bytes = await photo(1)
      .tiff({ predictor: 'none', ...options })
      .toBuffer();
    const { rgba } = await pixelsOf(tiffDecoder, bytes);
    expect(difference(rgba, await bySharp(bytes)).most).toBe(0);
    expect(new Set(rgba).size).toBeGreaterThan(1);
  });

  it.each([
    ['RGB', photo(3), { quality: 90 }],
    ['subsampled', photo(3), { quality: 60 }],
    ['grey', photo(1), {}],
    ['in tiles', photo(3), { tile: true, tileWidth: 32, tileHeight: 32 }],
    ['pyramid', photo(3), { pyramid: true, tile: true, tileWidth: 16, tileHeight: 16 }],
  ] as [string, Sharp, TiffOptions][])('JPEG, %s', async (_, picture, options) => {
    const bytes = await picture
      .clone()
      .tiff({ ...options, compression: 'jpeg' })
      .toBuffer();
    const { rgba } = await pixelsOf(tiffDecoder, bytes);
    expect(difference(rgba, await bySharp(bytes)).most).toBeLessThanOrEqual(3);
  });

  it('a fax with runs of every length', async () => {
    const width = 2700;
    const rows = runsOfEveryLength(width);
    const raw = { width, height: rows.length / width, channels: 1 } as const;
    const bytes = await sharp(rows, { raw })
      .toColourspace('b-w')
      .tiff({ compression: 'ccittfax4', bitdepth: 1 })
      .toBuffer();
    expect(difference((await pixelsOf(tiffDecoder, bytes)).rgba, await bySharp(bytes)).most).toBe(0);
  });
});

/** Black and white pixels: for each length of a run that has a code, a run of it of either colour. */
function runsOfEveryLength(width: number): Buffer {
  const lengths = [...Array(64).keys(), ...Array.from({ length: 40 }, (_, i) => (i + 1) * 64)];
  const rows = lengths.flatMap((length) => [
    Array.from({ length: width }, (_, x) => (x < length ? 255 : x < length + 5 ? 0 : 255)),
    Array.from({ length: width }, (_, x) => (x >= 7 && x < 7 + length ? 0 : 255)),
  ]);
  return Buffer.from(rows.flat());
}

describe('a fax', () => {
  const width = 2700;
  const pixels = runsOfEveryLength(width);
  const height = pixels.length / width;
  const bits = tags(0, [1]);
  const cases: [string, Tag[], Uint8Array][] = [
    ['Group 3', [[259, 3, [3]]], faxRows(pixels, width, { endOfLine: true })],
    [
      'Group 3 by the row above',
      [
        [259, 3, [3]],
        [292, 4, [1]],
      ],
      faxRows(pixels, width, { endOfLine: true, mixed: true }),
    ],
    [
      'Group 3 with fill bits',
      [
        [259, 3, [3]],
        [292, 4, [4]],
      ],
      faxRows(pixels, width, { endOfLine: true, fill: true }),
    ],
    ['Huffman', [[259, 3, [2]]], faxRows(pixels, width, { aligned: true })],
  ];

  it.each(cases)('%s is as sharp decodes it', async (_, more, data) => {
    const bytes = tiff(page(width, height, [...bits, ...more], data));
    const { rgba } = await pixelsOf(tiffDecoder, bytes);
    expect(difference(rgba, await bySharp(bytes)).most).toBe(0);
    expect(rgba.filter((_, i) => i % 4 === 0)).toEqual(Uint8Array.from(pixels));
  });

  it('with the lowest bit first', async () => {
    const [, more, data] = cases[0];
    const reversed = data.map((byte) => Number.parseInt([...byte.toString(2).padStart(8, '0')].reverse().join(''), 2));
    const bytes = tiff(page(width, height, [...bits, ...more, [266, 3, [2]]], reversed));
    expect(difference((await pixelsOf(tiffDecoder, bytes)).rgba, await bySharp(bytes)).most).toBe(0);
  });

  it('goes on at the next end of line after damage', async () => {
    const [, more, data] = cases[0];
    const damaged = data.slice();
    damaged[faxRows(pixels.subarray(0, 40 * width), width, { endOfLine: true }).length + 2] ^= 0x55;
    const { rgba } = await pixelsOf(tiffDecoder, tiff(page(width, height, [...bits, ...more], damaged)));
    const last = rgba.subarray(-4 * width).filter((_, i) => i % 4 === 0);
    expect(last).toEqual(Uint8Array.from(pixels.subarray(-width)));
  });
});

describe('TIFF of any kind', () => {
  const noise = Uint8Array.from(
    { length: 40_000 },
    (
      (next) => () =>
        next() * 12
    )(random(7)),
  );

  it.each([false, true])('LZW through all code lengths; the lowest bit first: %s', async (lowBitFirst) => {
    const bytes = tiff(page(200, 200, [...tags(1, [8]), LZW_TAG], lzw(noise, lowBitFirst)));
    const { rgba } = await pixelsOf(tiffDecoder, bytes);
    expect(rgba.filter((_, i) => i % 4 === 0)).toEqual(noise);
    expect(difference(rgba, await bySharp(bytes)).most).toBe(0);
  });

  it.each([
    ['little-endian', { littleEndian: true }],
    ['big-endian', { littleEndian: false }],
    ['little-endian BigTIFF', { littleEndian: true, big: true }],
    ['big-endian BigTIFF', { littleEndian: false, big: true }],
  ])('%s: strips, 16 bits, predictor', async (_, options) => {
    const strip = (y: number) => {
      const row = Array.from({ length: 2 * 3 * 9 }, (_, i) => (y * 20_011 + i * 7919) & 0xffff);
      return deflateSync(Uint8Array.from(bytesOf(row, 16, options.littleEndian)));
    };
    const bytes = tiff(
      {
        ...page(9, 5, [...tags(2, [16, 16, 16]), DEFLATE_TAG, [317, 3, [2]]], strip(0), strip(1), strip(2)),
        rowsPerStrip: 2,
      },
      options,
    );
    expect(sniff(bytes)).toBe('tiff');
    const { rgba } = await pixelsOf(tiffDecoder, bytes);
    expect(difference(rgba, await bySharp(bytes)).most).toBe(0);
  });

  it.each([true, false])('32 bits with predictor, little-endian: %s', async (littleEndian) => {
    const values = [0xff000000, 0x00ffffff, 0x80000000, 0x7f000001];
    const differences = values.map((value, i) => (value - (values[i - 1] ?? 0) + 2 ** 32) % 2 ** 32);
    const data = lzw(Uint8Array.from(bytesOf(differences, 32, littleEndian)));
    const bytes = tiff(page(4, 1, [...tags(1, [32]), LZW_TAG, [317, 3, [2]]], data), { littleEndian });
    expect((await rgbaOf(bytes)).filter((_, i) => i % 4 === 0)).toEqual([0xff, 0, 0x80, 0x7f]);
  });

  it.each([
    ['strips', 20, 3],
    ['tiles', 16, 16],
  ])('planes apart, in %s', async (layout, segmentWidth, segmentHeight) => {
    const [width, height] = [20, 12];
    const across = Math.ceil(width / segmentWidth);
    const down = Math.ceil(height / segmentHeight);
    const next = random(3);
    const segments = Array.from({ length: 4 * across * down }, () =>
      Uint8Array.from({ length: segmentWidth * segmentHeight }, () => next() * 256),
    );
    const expected = Array.from({ length: width * height * 4 }, (_, i) => {
      const [plane, x, y] = [i % 4, Math.floor(i / 4) % width, Math.floor(i / 4 / width)];
      const segment = Math.floor(y / segmentHeight) * across + Math.floor(x / segmentWidth);
      return segments[plane * across * down + segment][(y % segmentHeight) * segmentWidth + (x % segmentWidth)];
    });
    const bytes = tiff({
      width,
      height,
      tags: [...tags(2, [8, 8, 8, 8]), [284, 3, [2]], [338, 3, [2]]],
      segments,
      ...(layout === 'tiles' ? { tile: [segmentWidth, segmentHeight] } : { rowsPerStrip: segmentHeight }),
    });
    expect(await rgbaOf(bytes)).toEqual(expected);
  });

  it.each([
    [12, [0x00, 0x0f, 0xff, 0x80, 0x00, 0x00], [0, 255, 128]],
    [10, [0x00, 0x3f, 0xf8, 0x00], [0, 255, 128]],
    [6, [0b00000011, 0b11111000, 0b00000000], [0, 255, 130]],
    [3, [0b00011110, 0b00000000], [0, 255, 146]],
  ])('%d bits', async (bits, data, expected) => {
    const bytes = tiff(page(3, 1, tags(1, [bits]), data));
    expect((await rgbaOf(bytes)).filter((_, i) => i % 4 === 0)).toEqual(expected);
  });

  // TIFF 6.0, section 19: the lowest number there is, −1 and the highest.
  it.each([
    [8, [0x80, 0xff, 0x7f]],
    [16, [0x00, 0x80, 0xff, 0xff, 0xff, 0x7f]],
    [12, [0x80, 0x0f, 0xff, 0x7f, 0xf0]],
  ])('signed, %d bits', async (bits, data) => {
    const bytes = tiff(page(3, 1, tags(1, [bits], [[339, 3, [2]]]), data));
    expect((await rgbaOf(bytes)).filter((_, i) => i % 4 === 0)).toEqual([0, 127, 255]);
  });

  describe('floating point, from 0 to 1', () => {
    const expected = [0, 64, 255, 255, 0, 0];
    const float = (size: 4 | 8) => {
      const buffer = Buffer.alloc(6 * size);
      for (const [i, value] of [-1, 0.25, 1, 7, Number.NaN, 1e-9].entries()) {
        if (size === 4) buffer.writeFloatLE(value, i * size);
        else buffer.writeDoubleLE(value, i * size);
      }
      return buffer;
    };
    // IEEE 754: −1, 1/4, 1, 7, NaN, and the smallest above 0.
    const half = [0xbc00, 0x3400, 0x3c00, 0x4700, 0x7e00, 0x0001].flatMap((value) => [value & 255, value >> 8]);
    // The same with 7 bits of exponent and 16 of fraction.
    const of24 = [0xbf0000, 0x3d0000, 0x3f0000, 0x41c000, 0x7f8000, 1].flatMap((value) => bytesOf([value], 24, true));

    it.each([
      [16, half],
      [24, of24],
      [32, float(4)],
      [64, float(8)],
    ] as [number, ArrayLike<number>][])('%d bits', async (bits, data) => {
      const bytes = tiff(page(6, 1, tags(1, [bits], [[339, 3, [3]]]), data));
      expect((await rgbaOf(bytes)).filter((_, i) => i % 4 === 0)).toEqual(expected);
    });

    it.each([true, false])('with predictor, little-endian: %s', async (littleEndian) => {
      const big = float(4).swap32();
      // Technical Note 3: all first bytes, all second ones … and of those, the differences.
      const sorted = [0, 1, 2, 3].flatMap((byte) => [...big].filter((_, i) => i % 4 === byte));
      const data = deflateSync(Uint8Array.from(sorted, (byte, i) => byte - (sorted[i - 1] ?? 0)));
      const predicted = [...tags(1, [32]), [339, 3, [3]], [317, 3, [3]], DEFLATE_TAG] as Tag[];
      const bytes = tiff(page(6, 1, predicted, data), { littleEndian });
      expect((await rgbaOf(bytes)).filter((_, i) => i % 4 === 0)).toEqual(expected);
    });
  });

  it.each([
    [1, 16, [0b01000000]],
    [2, 16, [0b00011011]],
    [4, 16, [0x01, 0x23]],
    [8, 16, [0, 1, 2, 3]],
    [8, 8, [0, 1, 2, 3]],
  ])('palette of %d bits, colours of %d', async (bits, colourBits, data) => {
    const size = 2 ** bits;
    const level = (i: number) => [10, 200, 30, 40][i % 4] * (colourBits === 16 ? 257 : 1);
    const map = Array.from({ length: 3 * size }, (_, i) =>
      i % size < 4 ? level((i % size) + Math.floor(i / size)) : 0,
    );
    const bytes = tiff(page(Math.min(4, size), 1, [...tags(3, [bits]), [320, 3, map]], data));
    expect([...(await rgbaOf(bytes))]).toEqual([...(await bySharp(bytes))]);
    expect((await rgbaOf(bytes)).slice(0, 8)).toEqual([10, 200, 30, 255, 200, 30, bits === 1 ? 40 : 40, 255]);
  });

  it('converts CMYK by the plain formula', async () => {
    const data = [0, 0, 0, 0, 255, 0, 0, 0, 0, 128, 0, 0, 0, 0, 0, 255];
    const bytes = tiff(page(4, 1, tags(5, [8, 8, 8, 8]), data));
    const expected = [255, 255, 255, 255, 0, 255, 255, 255, 255, 127, 255, 255, 0, 0, 0, 255];
    expect(await rgbaOf(bytes)).toEqual(expected);
  });

  it.each([
    ['associated', [8, 8, 8, 8], [1], [199, 100, 40, 128]],
    ['unassociated', [8, 8, 8, 8], [2], [100, 50, 20, 128]],
    ['not named', [8, 8, 8, 8], [], [100, 50, 20, 128]],
    ['absent: an extra channel of another kind', [8, 8, 8, 8], [0], [100, 50, 20, 255]],
    ['behind another channel', [8, 8, 8, 8, 8], [0, 2], [100, 50, 20, 77]],
  ])('alpha that is %s', async (_, bits, extraSamples, expected) => {
    const more: Tag[] = extraSamples.length > 0 ? [[338, 3, extraSamples]] : [];
    const bytes = tiff(page(1, 1, tags(2, bits, more), [100, 50, 20, 128, 77]));
    expect(await rgbaOf(bytes)).toEqual(expected);
  });

  describe('YCbCr', () => {
    // ITU-R BT.601: black, white, red, and a grey.
    const units = [
      [0, 128, 128, 0, 0, 0],
      [255, 128, 128, 255, 255, 255],
      [76, 85, 255, 254, 0, 0],
      [90, 128, 128, 90, 90, 90],
    ];
    const near = (actual: number[], expected: number[]) =>
      expect(difference(Uint8Array.from(actual), Uint8Array.from(expected)).most).toBeLessThanOrEqual(1);

    it('with as much chroma as luma', async () => {
      const data = units.flatMap((unit) => unit.slice(0, 3));
      const bytes = tiff(page(4, 1, tags(6, [8, 8, 8], [[530, 3, [1, 1]]]), data));
      near(
        await rgbaOf(bytes),
        units.flatMap((unit) => [...unit.slice(3), 255]),
      );
    });

    it('by other coefficients and a narrow range', async () => {
      const more: Tag[] = [
        [529, 5, [0.2126, 0.7152, 0.0722]],
        [530, 3, [1, 1]],
        [532, 5, [16, 235, 128, 240, 128, 240]],
      ];
      // ITU-R BT.709: white, black and red.
      const data = [235, 128, 128, 16, 128, 128, 63, 102, 240];
      const bytes = tiff(page(3, 1, tags(6, [8, 8, 8], more), data));
      const expected = [255, 255, 255, 255, 0, 0, 0, 255, 255, 0, 0, 255];
      expect(difference(Uint8Array.from(await rgbaOf(bytes)), Uint8Array.from(expected)).most).toBeLessThanOrEqual(3);
    });

    it.each([
      [2, 2],
      [2, 1],
      [4, 2],
    ])('with a chroma sample for %d×%d pixels', async (across, down) => {
      const [width, height] = [9, 7];
      const next = random(across * 10 + down);
      const count = Math.ceil(width / across) * Math.ceil(height / down) * (across * down + 2);
      const data = Uint8Array.from({ length: count }, () => 100 + next() * 60);
      const bytes = tiff(page(width, height, tags(6, [8, 8, 8], [[530, 3, [across, down]]]), data));
      const { rgba } = await pixelsOf(tiffDecoder, bytes);
      expect(difference(rgba, await bySharp(bytes)).most).toBeLessThanOrEqual(2);
    });
  });

  // By CIE 15 from sRGB under D50 (Bradford): white, black, a grey, sRGB's red and blue.
  it.each([
    ['CIELab', 8, 8, [255, 0, 0, 0, 0, 0, 136, 0, 0, 138, 81, 70, 75, 68, 144]],
    ['CIELab', 16, 8, [255, 0, 0, 0, 0, 0, 136, 0, 0, 138, 81, 70, 75, 68, 144]],
    ['ICCLab', 8, 9, [255, 128, 128, 0, 128, 128, 136, 128, 128, 138, 209, 198, 75, 196, 16]],
  ])('%s of %d bits', async (_, bits, photometric, values) => {
    const data = bits === 16 ? values.flatMap((value) => [0, value]) : values;
    const { rgba } = await pixelsOf(tiffDecoder, tiff(page(5, 1, tags(photometric, [bits, bits, bits]), data)));
    const expected = [255, 255, 255, 255, 0, 0, 0, 255, 127, 127, 127, 255, 255, 0, 0, 255, 0, 0, 255, 255];
    expect(difference(rgba, Uint8Array.from(expected)).most).toBeLessThanOrEqual(6);
  });

  it.each([1, 2, 3, 4, 5, 6, 7, 8])('tells orientation %d', (orientation) => {
    const bytes = tiff(page(1, 1, [...RGB_TAGS, [274, 3, [orientation]]], [1, 2, 3]));
    expect(tiffDecoder.readHeader(bytes).orientation).toBe(orientation);
  });

  it('finds the ICC profile', async () => {
    const bytes = await photo(3).withIccProfile('p3').tiff({ compression: 'lzw' }).toBuffer();
    const { icc } = await sharp(bytes).metadata();
    expect(Buffer.from(tiffDecoder.readHeader(bytes).iccProfile ?? [])).toEqual(icc);
    // One of inks is not for what the plain formula makes of them.
    const cmyk = tiff(page(1, 1, tags(5, [8, 8, 8, 8], [[34675, 7, icc ?? []]]), [0, 0, 0, 0]));
    expect(tiffDecoder.readHeader(cmyk).iccProfile).toBeNull();
  });
});

describe('which picture of a TIFF', () => {
  const filled = (size: number, value: number, more: Tag[] = []) =>
    page(size, size, [...tags(1, [8]), ...more], new Uint8Array(size * size).fill(value));
  const thumbnail: Tag = [254, 4, [1]];

  it.each([
    ['the first page', [filled(3, 1), filled(9, 2)], 3, 1],
    ['the largest, after a thumbnail', [filled(3, 1, [thumbnail]), filled(5, 2), filled(9, 3), filled(4, 4)], 9, 3],
    ['no mask', [filled(9, 1, [[254, 4, [4]]]), filled(5, 2)], 5, 2],
    ['a thumbnail, where there is nothing else', [filled(3, 1, [thumbnail])], 3, 1],
    ['a preview, of what cannot be decoded', [filled(3, 1, [thumbnail]), filled(9, 2, [[262, 3, [32803]]])], 3, 1],
  ])('%s', async (_, pages, size, value) => {
    const { header, rgba } = await pixelsOf(tiffDecoder, tiff(pages));
    expect(header).toMatchObject({ width: size, height: size });
    expect(rgba[0]).toBe(value);
  });
});

describe('TIFF that is damaged or hostile', () => {
  const strips = {
    ...page(4, 4, tags(1, [8]), [1, 1, 1, 1], [2, 2, 2, 2], [3, 3, 3, 3], [4, 4, 4, 4]),
    rowsPerStrip: 1,
  };
  const column = (rgba: number[]) => [0, 1, 2, 3].map((y) => rgba.slice(y * 16, y * 16 + 4));

  it('shows the strips that are there', async () => {
    const bytes = tiff({ ...strips, tags: [...strips.tags, [273, 4, [8, 99_999, 16]]] });
    const clear = [0, 0, 0, 0];
    expect(column(await rgbaOf(bytes))).toEqual([[1, 1, 1, 255], clear, [3, 3, 3, 255], clear]);
  });

  it('shows the rows of a strip that are there', async () => {
    const whole = lzw(new Uint8Array(RGB));
    const bytes = tiff(page(WIDTH, HEIGHT, [...RGB_TAGS, LZW_TAG], whole.subarray(0, whole.length / 2)));
    const { rgba } = await pixelsOf(tiffDecoder, bytes);
    const rows = Array.from({ length: HEIGHT }, (_, y) => rgba[y * WIDTH * 4 + 3]);
    const count = rows.filter((alpha) => alpha === 255).length;
    expect(count).toBeGreaterThan(HEIGHT / 4);
    expect(count).toBeLessThan(HEIGHT * 0.75);
    const last = (count - 1) * WIDTH;
    expect([...rgba.subarray(last * 4, last * 4 + 3)]).toEqual([...RGB.subarray(last * 3, last * 3 + 3)]);
  });

  it.each([
    ['a side of 0', { ...strips, height: 0 }, /4×0 pixels/],
    ['no strips', { ...strips, segments: [] }, /0 strips or tiles/],
    ['tiles without height', { ...strips, tile: [4, 0] as [number, number] }, /4×0 pixels/],
    [
      'strips outside of the file',
      { ...strips, tags: [...strips.tags, [273, 4, [99_999]]] as Tag[] },
      /missing, or damaged/,
    ],
  ])('%s: an error', async (_, broken, message) => {
    await expect(pixelsOf(tiffDecoder, tiff(broken))).rejects.toMatchObject({
      code: 'corrupt_picture',
      message: expect.stringMatching(message),
    });
  });

  it('leaves out what follows the end of LZW data', async () => {
    const whole = lzw(new Uint8Array(32).fill(7));
    const half = lzw(new Uint8Array(16).fill(7));
    const bytes = tiff(page(4, 8, [...tags(1, [8]), LZW_TAG], [...half, ...whole]));
    expect((await rgbaOf(bytes)).filter((_, i) => i % 16 === 3)).toEqual([255, 255, 255, 255, 0, 0, 0, 0]);
  });

  it('refuses a directory of more entries than there can be', () => {
    const bytes = Buffer.alloc(80_000);
    bytes.write('II*\0\x08', 'latin1');
    bytes.writeUInt16LE(5000, 8);
    expect(() => tiffDecoder.readHeader(bytes)).toThrow(/at byte 8, has too many entries/);
  });

  it('takes a fraction of a pixel for none', async () => {
    const bytes = tiff(page(1, 1, [...tags(1, [8]), [256, 5, [2.5]]], [5, 6]));
    expect(await rgbaOf(bytes)).toEqual([5, 5, 5, 255, 6, 6, 6, 255]);
  });

  it('leaves out a strip whose place is not in the file', async () => {
    const bytes = tiff({ ...strips, tags: [...strips.tags, [0x8000, 4, [0]]] });
    const entry = bytes.indexOf(Buffer.from([0x11, 1, 4, 0]));
    bytes.writeUInt32LE(bytes.length - 4, entry + 8);
    // Lengths that are left out would give the strip all of the file.
    bytes.writeUInt16LE(0x8001, bytes.indexOf(Buffer.from([0x17, 1, 4, 0])));
    const rows = column(await rgbaOf(bytes));
    expect(rows.slice(1)).toEqual(Array(3).fill([0, 0, 0, 0]));
  });

  it('stops where directories go in a circle', async () => {
    const bytes = tiff(page(2, 1, [...tags(1, [8]), [254, 4, [1]]], [7, 8]));
    const first = bytes.readUInt32LE(4);
    bytes.writeUInt32LE(first, first + 2 + bytes.readUInt16LE(first) * 12);
    expect((await rgbaOf(bytes))[0]).toBe(7);
  });

  it.each([
    ['pixels', { width: 40_000, height: 30_000 }, /1200 megapixels; the limit is 100/],
    [
      'bytes in a row',
      { width: 900_000, height: 100, tags: tags(2, Array(4).fill(64)) },
      /28800000 bytes in a row.*8388608/,
    ],
    [
      'bytes in a row of all planes',
      { width: 600_000, height: 1, tags: tags(2, Array(3).fill(64), [[284, 3, [2]]]) },
      /14400000 bytes in a row.*8388608/,
    ],
    [
      'pixels in a row of a tile',
      { width: 100, height: 100, tile: [8_000_000, 16], tags: tags(1, [1]) },
      /8000000 pixels in a row of a strip or tile.*1000000/,
    ],
    ['bytes', { width: 9000, height: 9000, tags: tags(2, Array(3).fill(64)) }, /1944000000 bytes.*500000000/],
    [
      'bytes of samples apart',
      { width: 9000, height: 9000, tags: tags(5, Array(4).fill(8), [[284, 3, [2]]]) },
      /324000000 bytes.*300000000/,
    ],
    ['bytes beyond the edge of tiles', { width: 1, height: 900_000, tile: [9000, 9000] }, /8100000000 bytes/],
    ['tiles', { width: 9000, height: 9000, tile: [1, 1] }, /81000000 strips or tiles.*50000/],
  ] as [string, Partial<Page>, RegExp][])('refuses by the header too many %s', async (_, large, message) => {
    const bytes = tiff({ ...strips, ...large });
    await expect(renderEmoji(bytes)).rejects.toMatchObject({
      code: 'too_many_pixels',
      message: expect.stringMatching(message),
    });
  });

  it('shows strips whose lengths are left out', async () => {
    const counts = tiff({
      ...strips,
      tags: [...strips.tags, LZW_TAG],
      segments: [1, 2, 3, 4].map((v) => lzw(new Uint8Array(4).fill(v))),
    });
    const entry = counts.indexOf(Buffer.from([0x17, 1, 4, 0]));
    // A private tag in place of StripByteCounts.
    counts.writeUInt16LE(0x8000, entry);
    expect(column(await rgbaOf(counts)).map(([level]) => level)).toEqual([1, 2, 3, 4]);
  });

  it('leaves out tiles that are the same bytes over and over, from 200 MB on', async () => {
    const tile = new Uint8Array(500_000).fill(9);
    const pointers: Tag[] = [
      [324, 4, Array(900).fill(8)],
      [325, 4, Array(900).fill(tile.length)],
    ];
    const more: Tag[] = [...pointers, [266, 3, [2]]];
    const bytes = tiff({ width: 480, height: 480, tile: [16, 16], tags: [...tags(1, [8]), ...more], segments: [tile] });
    const { rgba } = await pixelsOf(tiffDecoder, bytes);
    expect([...rgba.subarray(0, 4)]).toEqual([0x90, 0x90, 0x90, 255]);
    expect([...rgba.subarray(-4)]).toEqual([0, 0, 0, 0]);
  });

  it('refuses a JPEG that is larger than its tile', async () => {
    const jpeg = await photo(3).jpeg().toBuffer();
    const bytes = tiff({
      width: 16,
      height: 16,
      tile: [16, 16],
      tags: [...tags(6, [8, 8, 8]), [259, 3, [7]]],
      segments: [jpeg],
    });
    await expect(pixelsOf(tiffDecoder, bytes)).rejects.toMatchObject({
      message: expect.stringMatching(/16×16.*75×50/),
    });
  });

  it.each([
    ['too large to be held in memory', 5000, tags(1, [8])],
    ['of samples apart', 16, tags(2, [8, 8, 8], [[284, 3, [2]]])],
  ])('refuses a progressive JPEG %s', async (_, side, more) => {
    const grey = sharp({ create: { width: side, height: side, channels: 3, background: '#808080' } });
    const jpeg = await grey.toColourspace('b-w').jpeg({ progressive: true }).toBuffer();
    const bytes = tiff({ ...page(side, side, [...more, [259, 3, [7]]]), segments: Array(3).fill(jpeg) });
    await expect(pixelsOf(tiffDecoder, bytes)).rejects.toMatchObject({ code: 'too_many_pixels' });
  });

  it('refuses a JPEG of 12 bits a sample', async () => {
    const jpeg = await photo(1).jpeg().toBuffer();
    jpeg[jpeg.indexOf(Buffer.from([0xff, 0xc0])) + 4] = 12;
    const bytes = tiff(page(WIDTH, HEIGHT, tags(1, [8], [[259, 3, [7]]]), jpeg));
    await expect(pixelsOf(tiffDecoder, bytes)).rejects.toThrow(/8 bits a sample, found 12/);
  });

  it.each([['WebP', photo(3).tiff({ compression: 'webp' })]])(
    'names what it does not read: %s',
    async (name, picture) => {
      const bytes = await picture.toBuffer();
      expect(() => tiffDecoder.readHeader(bytes)).toThrow(new RegExp(`${name}.*not supported`));
    },
  );

  it.each([
    ['camera raw', tags(32803, [8])],
    ['Zstandard', tags(1, [8], [[259, 3, [50000]]])],
    ['LERC', tags(1, [8], [[259, 3, [34887]]])],
    ['5, 6, 5 bits', tags(2, [5, 6, 5])],
    ['128 bits', tags(1, [128])],
    ['inks that are not CMYK', tags(5, [8, 8, 8, 8], [[332, 3, [2]]])],
    ['palette for samples of 16 bits', tags(3, [16])],
    ['fax of 3 samples', tags(2, [8, 8, 8], [[259, 3, [4]]])],
    ['predictor 2 for samples of 4 bits', tags(1, [4], [LZW_TAG, [317, 3, [2]]])],
  ] as [string, Tag[]][])('names what it does not read: %s', (name, unread) => {
    const bytes = tiff(page(1, 1, unread, [0, 0, 0, 0]));
    expect(() => tiffDecoder.readHeader(bytes)).toThrow(new RegExp(`${name}.*not supported`));
  });

  it.each([
    ['LZW', { compression: 'lzw' }],
    ['deflate in tiles', { compression: 'deflate', tile: true, tileWidth: 16, tileHeight: 16 }],
    ['packbits', { compression: 'packbits' }],
    ['JPEG', { compression: 'jpeg', tile: true, tileWidth: 32, tileHeight: 32 }],
    ['fax', { compression: 'ccittfax4', bitdepth: 1 }],
  ] as [string, TiffOptions][])('%s fails with a reason only, whatever the bytes', async (_, options) => {
    const bytes = await photo(options.bitdepth ? 1 : 3)
      .tiff(options)
      .toBuffer();
    let failed = 0;
    for (const mutant of mutants(bytes, 1000)) {
      try {
        // What a mutant's header says is not worth to be drawn.
        const { width, height } = tiffDecoder.readHeader(mutant);
        if (width * height < 1e6) await pixelsOf(tiffDecoder, mutant);
      } catch (error) {
        expect(error).toBeInstanceOf(ImagingError);
        failed++;
      }
    }
    expect(failed).toBeGreaterThan(50);
  });
});
