import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { beforeAll, describe, expect, it } from 'vitest';
import { jpegDecoder } from '../../src/imaging/jpeg/decoder.ts';
import { type EncodeOptions, TestEncoder, ZIGZAG_INDEX } from './jpeg-encoder.ts';
import { type Decoded, decode, decodeBySharp, difference, photo, photoJpeg, random } from './jpeg-fixtures.ts';

const WIDTH = 83;
const HEIGHT = 61;

/** Smooth, so that how a subsampled component is interpolated makes little difference; not symmetric in any way. */
const luma = (x: number, y: number) => 128 + 80 * Math.sin(x / 17 + y / 40) + 20 * Math.cos(y / 9);
const blue = (x: number, y: number) => 128 + 60 * Math.sin(x / 29 - y / 51);
const red = (x: number, y: number) => 120 + 60 * Math.cos(y / 31 + x / 90);

let encoder: TestEncoder;
beforeAll(async () => {
  encoder = await TestEncoder.create();
});

function yccFile(factors: [number, number][], options: Partial<EncodeOptions> = {}): Uint8Array {
  const samples = [luma, blue, red];
  return encoder.encode({
    width: WIDTH,
    height: HEIGHT,
    components: factors.map(([horizontal, vertical], i) => ({ horizontal, vertical, sample: samples[i] })),
    ...options,
  });
}

/** What the samples say, by the JFIF formula. */
function yccTruth(): Decoded {
  const data = new Uint8ClampedArray(4 * WIDTH * HEIGHT).fill(255);
  for (let y = 0, i = 0; y < HEIGHT; y++) {
    for (let x = 0; x < WIDTH; x++, i += 4) {
      data[i] = luma(x, y) + 1.402 * (red(x, y) - 128);
      data[i + 1] = luma(x, y) - 0.344136 * (blue(x, y) - 128) - 0.714136 * (red(x, y) - 128);
      data[i + 2] = luma(x, y) + 1.772 * (blue(x, y) - 128);
    }
  }
  return { width: WIDTH, height: HEIGHT, data: new Uint8Array(data.buffer) };
}

describe('full size, against libjpeg', () => {
  const sizes: [number, number][] = [
    [1, 1],
    [4, 9],
    [8, 8],
    [7, 19],
    [17, 33],
    [161, 95],
    [400, 300],
  ];
  for (const progressive of [false, true]) {
    for (const quality of [30, 75, 95]) {
      it(`4:4:4, ${progressive ? 'progressive' : 'baseline'}, quality ${quality}: within 2, 0.05 on average`, async () => {
        for (const [width, height] of sizes) {
          const file = await photoJpeg(width, height, { progressive, quality, chromaSubsampling: '4:4:4' });
          const { mean, max } = difference(decode(file), await decodeBySharp(file));
          expect(max).toBeLessThanOrEqual(2);
          expect(mean).toBeLessThanOrEqual(0.05);
        }
      });

      it(`4:2:0, ${progressive ? 'progressive' : 'baseline'}, quality ${quality}: within 4, 0.2 on average`, async () => {
        for (const [width, height] of sizes) {
          const file = await photoJpeg(width, height, { progressive, quality, chromaSubsampling: '4:2:0' });
          const { mean, max } = difference(decode(file), await decodeBySharp(file));
          expect(max).toBeLessThanOrEqual(4);
          expect(mean).toBeLessThanOrEqual(0.2);
        }
      });
    }

    it(`grey, ${progressive ? 'progressive' : 'baseline'}: within 1`, async () => {
      const pixels = sharp(photo(123, 77), { raw: { width: 123, height: 77, channels: 3 } });
      const file = await pixels.toColourspace('b-w').jpeg({ progressive }).toBuffer();
      expect(difference(decode(file), await decodeBySharp(file)).max).toBeLessThanOrEqual(1);
    });

    it(`CMYK by Adobe's marker, ${progressive ? 'progressive' : 'baseline'}: the plain formula on libjpeg's inks`, async () => {
      const pixels = sharp(photo(60, 50), { raw: { width: 60, height: 50, channels: 3 } });
      const file = await pixels.toColourspace('cmyk').jpeg({ progressive, quality: 90 }).toBuffer();
      expect(difference(decode(file), await inksBySharp(file)).max).toBeLessThanOrEqual(2);
      // A profile of inks is not for what the formula makes of them.
      const profiled = await sharp(file).pipelineColourspace('cmyk').withIccProfile('cmyk').jpeg().toBuffer();
      expect((await sharp(profiled).metadata()).icc).toBeDefined();
      expect(jpegDecoder.readHeader(profiled)).toMatchObject({ iccProfile: null, isGrey: false });
    });
  }
});

/** libjpeg's CMYK samples (libvips has 255 as full ink), by the plain formula. */
async function inksBySharp(file: Uint8Array): Promise<Decoded> {
  const { data, info } = await sharp(file)
    .pipelineColourspace('cmyk')
    .toColourspace('cmyk')
    .raw()
    .toBuffer({ resolveWithObject: true });
  expect(info.channels).toBe(4);
  const rgba = new Uint8ClampedArray(data.length).fill(255);
  for (let i = 0; i < data.length; i += 4) {
    for (let channel = i; channel < i + 3; channel++)
      rgba[channel] = ((255 - data[channel]) * (255 - data[i + 3])) / 255;
  }
  return { width: info.width, height: info.height, data: new Uint8Array(rgba.buffer) };
}

describe('sampling factors', () => {
  const known: [string, [number, number][]][] = [
    [
      '4:4:4',
      [
        [1, 1],
        [1, 1],
        [1, 1],
      ],
    ],
    [
      '4:4:4 with factors of 2',
      [
        [2, 2],
        [2, 2],
        [2, 2],
      ],
    ],
    [
      '4:2:2',
      [
        [2, 1],
        [1, 1],
        [1, 1],
      ],
    ],
    [
      '4:4:0',
      [
        [1, 2],
        [1, 1],
        [1, 1],
      ],
    ],
    [
      '4:2:0',
      [
        [2, 2],
        [1, 1],
        [1, 1],
      ],
    ],
    [
      '4:1:1',
      [
        [4, 1],
        [1, 1],
        [1, 1],
      ],
    ],
    [
      '4:1:0',
      [
        [4, 2],
        [1, 1],
        [1, 1],
      ],
    ],
    [
      '1×4',
      [
        [1, 4],
        [1, 1],
        [1, 1],
      ],
    ],
    [
      '3×1',
      [
        [3, 1],
        [1, 1],
        [1, 1],
      ],
    ],
    [
      '3×3',
      [
        [3, 3],
        [1, 1],
        [1, 1],
      ],
    ],
    [
      'chroma of different factors',
      [
        [2, 2],
        [2, 1],
        [1, 2],
      ],
    ],
    [
      'luma subsampled',
      [
        [1, 1],
        [2, 2],
        [1, 1],
      ],
    ],
  ];
  it.each(known)('%s: as libjpeg, within 1.5 on average', async (_name, factors) => {
    for (const interleaved of [true, false]) {
      const file = yccFile(factors, { interleaved });
      // libjpeg refuses interleaved MCUs of more than 10 blocks (T.81 B.2.3).
      const blocks = factors.reduce((sum, [horizontal, vertical]) => sum + horizontal * vertical, 0);
      if (!interleaved || blocks <= 10) {
        expect(difference(decode(file), await decodeBySharp(file)).mean).toBeLessThan(1.5);
      }
      expect(difference(decode(file), yccTruth()).mean).toBeLessThan(1.5);
    }
  });

  const fractional: [string, [number, number][]][] = [
    [
      '3:2',
      [
        [3, 1],
        [2, 1],
        [1, 1],
      ],
    ],
    [
      '4:3 across, 3:2 down',
      [
        [4, 3],
        [3, 2],
        [1, 1],
      ],
    ],
  ];
  it.each(fractional)('%s, which libjpeg refuses: as encoded, within 1.5 on average', (_name, factors) => {
    for (const interleaved of [true, false]) {
      expect(difference(decode(yccFile(factors, { interleaved })), yccTruth()).mean).toBeLessThan(1.5);
    }
  });

  it('grey with factors of 2 is not interleaved', async () => {
    const file = yccFile([[2, 2]]);
    expect(difference(decode(file), await decodeBySharp(file)).max).toBeLessThanOrEqual(1);
  });
});

describe('the same picture, packed in other ways', () => {
  const factors: [number, number][] = [
    [2, 2],
    [1, 1],
    [1, 1],
  ];
  const packings: [string, Partial<EncodeOptions>][] = [
    ['extended sequential', { frame: 0xc1 }],
    ['progressive by spectral selection', { frame: 0xc2 }],
    ['one scan a component', { interleaved: false }],
    ['a restart after each MCU', { restartInterval: 1 }],
    ['a restart after 5 MCUs', { restartInterval: 5 }],
    ['restarts in scans of one component', { restartInterval: 3, interleaved: false }],
    ['restarts in progressive scans', { restartInterval: 4, frame: 0xc2 }],
    ['16-bit quantisation tables', { wideQuantisation: true }],
    ['a height that DNL says', { numberOfLines: true }],
    ['a height that DNL says, one scan a component', { numberOfLines: true, interleaved: false }],
    ['no Huffman tables', { withoutHuffmanTables: true }],
    ['a JFIF segment', { jfif: true }],
    ["Adobe's transform 1", { adobeTransform: 1 }],
  ];
  it.each(packings)('%s', (_name, options) => {
    const packed = yccFile(factors, options);
    expect(packed).not.toEqual(yccFile(factors));
    expect(decode(packed)).toEqual(decode(yccFile(factors)));
    expect(jpegDecoder.readHeader(packed)).toMatchObject({ width: WIDTH, height: HEIGHT, format: 'jpeg' });
  });

  it('is read right by libjpeg in the plain packing', async () => {
    const file = yccFile(factors);
    expect(difference(decode(file), await decodeBySharp(file)).max).toBeLessThanOrEqual(4);
  });

  it('has junk before SOI, between segments, and fill bytes', () => {
    const file = yccFile(factors);
    const between = file.indexOf(0xc0) - 1;
    const junk = Uint8Array.from([0, 1, 0xff, 0, 0xd8, 7]);
    const packed = Buffer.concat([
      junk,
      file.subarray(0, between),
      junk,
      Buffer.from([0xff, 0xff]),
      file.subarray(between),
    ]);
    expect(decode(packed)).toEqual(decode(file));
  });

  it('lacks EOI', () => {
    const file = yccFile(factors);
    expect(decode(file.subarray(0, -2))).toEqual(decode(file));
  });

  it('has a second picture behind it', () => {
    const file = yccFile(factors);
    expect(decode(Buffer.concat([file, yccFile([[1, 1]])]))).toEqual(decode(file));
  });
});

describe('colour', () => {
  const plain = (value: number, slope: number) => (x: number, y: number) => value + slope * (x - 16) + 0.5 * (y - 16);
  const samples = [plain(180, 1), plain(90, -2), plain(130, 2), plain(200, 1)];
  const file = (count: number, options: Partial<EncodeOptions> & { ids?: number[] } = {}) =>
    encoder.encode({
      width: 32,
      height: 32,
      step: 1,
      components: samples.slice(0, count).map((sample, i) => {
        const component = { horizontal: 1, vertical: 1, sample };
        return options.ids ? { ...component, id: options.ids[i] } : component;
      }),
      ...options,
    });
  const pixel = (decoded: Decoded, x: number, y: number) => [
    ...decoded.data.subarray(4 * (y * 32 + x), 4 * (y * 32 + x) + 3),
  ];
  const expectNear = (found: number[], expected: number[]) => {
    found.forEach((value, i) => {
      expect(Math.abs(value - Math.min(255, Math.max(0, expected[i])))).toBeLessThanOrEqual(2);
    });
  };
  const places: [number, number][] = [
    [3, 5],
    [16, 16],
    [28, 20],
  ];
  const ycc = (y: number, cb: number, cr: number) => [
    y + 1.402 * (cr - 128),
    y - 0.344136 * (cb - 128) - 0.714136 * (cr - 128),
    y + 1.772 * (cb - 128),
  ];

  it("is RGB by Adobe's transform 0, or by the names of the components", () => {
    for (const rgb of [file(3, { adobeTransform: 0 }), file(3, { ids: [0x52, 0x47, 0x42] })]) {
      const decoded = decode(rgb);
      for (const [x, y] of places)
        expectNear(
          pixel(decoded, x, y),
          samples.slice(0, 3).map((sample) => sample(x, y)),
        );
    }
  });

  it("is YCbCr by JFIF, whatever Adobe's transform or the names", () => {
    for (const options of [
      { jfif: true, adobeTransform: 0 },
      { jfif: true, ids: [0x52, 0x47, 0x42] },
      { ids: [7, 9, 11] },
    ]) {
      const decoded = decode(file(3, options));
      for (const [x, y] of places) {
        expectNear(pixel(decoded, x, y), ycc(samples[0](x, y), samples[1](x, y), samples[2](x, y)));
      }
    }
  });

  it('is CMYK, inverted with and without the Adobe marker, as in libvips and browsers', async () => {
    for (const cmyk of [file(4, { adobeTransform: 0 }), file(4)]) {
      for (const [x, y] of places) {
        const [c, m, yellow, k] = samples.map((sample) => sample(x, y));
        expectNear(
          pixel(decode(cmyk), x, y),
          [c, m, yellow].map((light) => (light * k) / 255),
        );
      }
      expect(difference(decode(cmyk), await inksBySharp(cmyk)).max).toBeLessThanOrEqual(2);
    }
  });

  it("is YCCK by Adobe's transform 2", async () => {
    const ycck = file(4, { adobeTransform: 2 });
    expect(difference(decode(ycck), await inksBySharp(ycck)).max).toBeLessThanOrEqual(3);
  });
});

describe('the header', () => {
  it.each([1, 2, 3, 4, 5, 6, 7, 8])('has EXIF orientation %i', async (orientation) => {
    const file = await sharp(await photoJpeg(40, 20))
      .withMetadata({ orientation })
      .jpeg()
      .toBuffer();
    expect(jpegDecoder.readHeader(file)).toMatchObject({ orientation, width: 40, height: 20, frameCount: 1, plays: 1 });
    const { mean } = difference(decode(file), await decodeBySharp(file));
    expect(mean).toBeLessThan(0.2);
  });

  it('has the ICC profile', async () => {
    const file = await sharp(await photoJpeg(40, 20))
      .withIccProfile('p3')
      .jpeg()
      .toBuffer();
    const { icc } = await sharp(file).metadata();
    expect(icc?.length).toBeGreaterThan(100);
    expect(jpegDecoder.readHeader(file).iccProfile).toEqual(Uint8Array.from(icc ?? []));
    expect(jpegDecoder.readHeader(await photoJpeg(40, 20)).iccProfile).toBeNull();
  });

  it('joins an ICC profile of several segments by their numbers, and drops one that misses a part', async () => {
    const file = await photoJpeg(16, 16);
    const part = (number: number, data: string) => {
      const body = Buffer.concat([Buffer.from('ICC_PROFILE\0'), Buffer.from([number, 2]), Buffer.from(data)]);
      return Buffer.concat([Buffer.from([0xff, 0xe2, 0, body.length + 2]), body]);
    };
    const withParts = (...parts: Buffer[]) => Buffer.concat([file.subarray(0, 2), ...parts, file.subarray(2)]);
    const joined = jpegDecoder.readHeader(withParts(part(2, 'world'), part(1, 'hello '))).iccProfile;
    expect(Buffer.from(joined ?? []).toString()).toBe('hello world');
    expect(jpegDecoder.readHeader(withParts(part(2, 'world'))).iccProfile).toBeNull();
  });
});

describe('the inverse DCT', () => {
  it.each([1, 2, 4, 8] as const)('to %i samples is within 1 of its definition', (n) => {
    const next = random(n);
    const step = 3;
    const count = 200;
    const blocks = Array.from({ length: count }, () =>
      Int16Array.from({ length: 64 }, () => (next() < 0.4 ? Math.round((next() - 0.5) * 200) : 0)),
    );
    const components = [{ horizontal: 1, vertical: 1, sample: () => 0 }];
    const file = encoder.encode({ width: 8, height: 8 * count, components, step, blocks });
    const { width, height, data } = decode(file, { width: n, height: n * count });
    expect([width, height]).toEqual([n, n * count]);
    const basis = (u: number, x: number) =>
      u === 0 ? 1 : Math.SQRT2 * Math.cos(((2 * x + 1) * u * Math.PI) / (2 * n));
    for (let i = 0; i < n * height; i++) {
      const block = blocks[Math.floor(i / (n * n))];
      const x = i % n;
      const y = Math.floor(i / n) % n;
      let sum = 0;
      // Of the coefficients, those of the n×n lowest frequencies.
      for (let v = 0; v < n; v++) {
        for (let u = 0; u < n; u++) sum += block[ZIGZAG_INDEX[v][u]] * step * basis(u, x) * basis(v, y);
      }
      expect(Math.abs(data[4 * i] - Math.min(255, Math.max(0, sum / 8 + 128)))).toBeLessThanOrEqual(1);
    }
  });
});

describe('12 bits a sample', () => {
  /** The same picture with samples of 16 times as many levels: so are the steps of quantisation. */
  function widened(file: Buffer): Buffer {
    const parts = [file.subarray(0, 2)];
    let at = 2;
    for (; file[at + 1] !== 0xda; at += 2 + file.readUInt16BE(at + 2)) {
      const segment = Buffer.from(file.subarray(at, at + 2 + file.readUInt16BE(at + 2)));
      if (file[at + 1] === 0xdb) {
        const steps = [...segment.subarray(5)].flatMap((step) => [(step * 16) >> 8, (step * 16) & 255]);
        parts.push(Buffer.from([0xff, 0xdb, 0, 131, segment[4] | 0x10, ...steps]));
        continue;
      }
      const isFrame = file[at + 1] === 0xc0 || file[at + 1] === 0xc2;
      if (isFrame) segment[4] = 12;
      if (file[at + 1] === 0xc0) segment[1] = 0xc1;
      parts.push(segment);
    }
    return Buffer.concat([...parts, file.subarray(at)]);
  }

  it.each([
    ['sequential', {}],
    ['progressive', { progressive: true }],
    ['fine', { quality: 100, chromaSubsampling: '4:4:4' }],
  ])('%s: as libjpeg decodes the same with 8', async (_, options) => {
    const file = await photoJpeg(61, 43, options);
    const { mean, max } = difference(decode(widened(file)), await decodeBySharp(file));
    expect(max).toBeLessThanOrEqual(4);
    expect(mean).toBeLessThanOrEqual(0.5);
  });

  it.each([2, 4, 8])('at 1/%d', async (divisor) => {
    const file = await photoJpeg(64, 48);
    const enough = { width: 64 / divisor, height: 48 / divisor };
    const { mean, max } = difference(decode(widened(file), enough), decode(file, enough));
    expect(max).toBeLessThanOrEqual(4);
    expect(mean).toBeLessThanOrEqual(0.5);
  });
});

const corpus = ['sharp', 'pillow', 'image-rs'].map((folder) => join('..', 'shared', 'corpus', folder));
/**
 * Not compared: profiles and CMYK, which sharp converts; noise of an amplitude that overflows libjpeg's 16-bit SIMD
 * arithmetic.
 */
const notCompared = /hopper_bad_exif/;

describe.skipIf(!existsSync(corpus[0]))('the corpus, against libjpeg', () => {
  const files = corpus.filter(existsSync).flatMap((folder) =>
    readdirSync(folder)
      .filter((name) => /\.jpe?g$/.test(name) && !notCompared.test(name))
      .map((name) => join(folder, name)),
  );
  it.each(files)('%s', async (path) => {
    const file = readFileSync(path);
    const { width, height, icc, space, orientation } = await sharp(file).metadata();
    expect(jpegDecoder.readHeader(file)).toMatchObject({ width, height, orientation: orientation ?? 1 });
    const decoded = decode(file);
    if (icc || space === 'cmyk') return;
    const { mean, max } = difference(decoded, await decodeBySharp(file));
    expect(max).toBeLessThanOrEqual(4);
    expect(mean).toBeLessThanOrEqual(0.1);
  });
});
