import { readFileSync } from 'node:fs';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { LIMITS } from '../../src/imaging/limits.ts';
import { readContainer } from '../../src/imaging/webp/container.ts';
import { webpDecoder } from '../../src/imaging/webp/decoder.ts';
import { Vp8Decoder } from '../../src/imaging/webp/vp8-decoder.ts';
import { corpusFiles } from './corpus.ts';
import {
  anim,
  anmf,
  BitWriter,
  chunk,
  decode,
  encode,
  imageChunks,
  LIBWEBP,
  lcg,
  palette,
  photo,
  reference,
  vp8x,
  webp,
  writeEntropyImage,
} from './webp-support.ts';

const SIZES = [
  [1, 1],
  [15, 17],
  [16, 16],
  [33, 7],
  [70, 90],
] as const;

/** Pixels have to be libwebp's, to the last bit. */
async function expectSamePixels(bytes: Uint8Array): Promise<void> {
  const expected = await reference(bytes);
  const { header, frames } = await decode(bytes);
  expect(Buffer.concat(frames.map(({ rgba }) => rgba)).equals(expected)).toBe(true);
  for (const { rows } of frames) expect(rows).toBe(header.height);
}

describe('lossy WebP', () => {
  for (const [width, height] of SIZES) {
    for (const quality of [1, 10, 30, 60, 80, 100]) {
      it(`is libwebp's ${width}×${height} picture of quality ${quality}`, async () => {
        for (const options of [
          {},
          { smartSubsample: true },
          { effort: 0 },
          { effort: 6 },
          { preset: 'text' },
        ] as const) {
          await expectSamePixels(await encode(photo(width, height), width, height, { quality, ...options }));
        }
      });
    }
    it(`has libwebp's alpha at ${width}×${height}`, async () => {
      for (const alphaQuality of [0, 40, 100]) {
        for (const effort of [0, 6]) {
          const options = { quality: 50, alphaQuality, effort };
          await expectSamePixels(await encode(photo(width, height, true), width, height, options));
        }
      }
    });
  }

  it('knows the simple loop filter', async () => {
    const simple = Buffer.from(LIBWEBP.simpleFilter, 'base64');
    const normal = Buffer.from(LIBWEBP.normalFilter, 'base64');
    await expectSamePixels(simple);
    await expectSamePixels(normal);
    // They are the same but for the filter.
    const [[ofSimple], [ofNormal]] = [(await decode(simple)).frames, (await decode(normal)).frames];
    expect(Buffer.compare(ofSimple.rgba, ofNormal.rgba)).not.toBe(0);
  });

  it('knows several partitions, and pictures without segments', async () => {
    const eight = Buffer.from(LIBWEBP.eightPartitions, 'base64');
    expect(new Vp8Decoder(readContainer(eight).image?.data ?? new Uint8Array()).partitionCount).toBe(8);
    await expectSamePixels(eight);
    await expectSamePixels(Buffer.from(LIBWEBP.oneSegment, 'base64'));
  });

  it('reads uncompressed alpha with every filter', async () => {
    const [width, height] = [21, 13];
    const image = imageChunks(await encode(photo(width, height), width, height, { quality: 70 }));
    const levels = Uint8Array.from({ length: width * height }, (_, i) => (i * i * 7 + (i >> 3)) & 0xff);
    for (const filter of [0, 1, 2, 3]) {
      for (const preprocessing of [0, 1]) {
        const header = (filter << 2) | (preprocessing << 4);
        const alpha = chunk('ALPH', Uint8Array.of(header, ...levels));
        await expectSamePixels(webp(vp8x(0x10, width, height), alpha, image));
      }
    }
  });

  it('reads compressed alpha with every filter', async () => {
    const [width, height] = [40, 30];
    const bytes = await encode(photo(width, height, true), width, height, { quality: 70, effort: 1 });
    const chunks = imageChunks(bytes);
    expect(chunks.toString('latin1', 0, 4)).toBe('ALPH');
    expect(chunks[8] & 3).toBe(1);
    for (const filter of [0, 1, 2, 3]) {
      const filtered = Buffer.from(chunks);
      filtered[8] = (filtered[8] & ~0x0c) | (filter << 2);
      await expectSamePixels(webp(vp8x(0x10, width, height), filtered));
    }
  });

  it('reduces opaque pictures by 4 or 8 where that is enough, to the mean of each box', async () => {
    const [width, height] = [403, 310];
    const bytes = await encode(photo(width, height), width, height, { quality: 75 });
    const full = await reference(bytes);
    for (const [enough, factor] of [
      [{ width: 100, height: 78 }, 1],
      [{ width: 100, height: 77 }, 4],
      [{ width: 50, height: 38 }, 8],
    ] as const) {
      const [frame] = (await decode(bytes, enough)).frames;
      expect([frame.width, frame.height, frame.rows]).toEqual([
        Math.ceil(width / factor),
        Math.ceil(height / factor),
        Math.ceil(height / factor),
      ]);
      let squares = 0;
      for (let i = 0; i < frame.width * frame.height; i++) {
        for (let c = 0; c < 3; c++) {
          const mean = boxMean(
            full,
            width,
            height,
            (i % frame.width) * factor,
            ((i / frame.width) | 0) * factor,
            factor,
            c,
          );
          squares += (mean - frame.rgba[4 * i + c]) ** 2;
        }
      }
      // The mean is taken before out-of-range colours are clamped, and of chroma as stored.
      expect(Math.sqrt(squares / (frame.width * frame.height * 3))).toBeLessThan(1.5);
    }
  });
});

function boxMean(
  rgba: Uint8Array,
  width: number,
  height: number,
  left: number,
  top: number,
  size: number,
  c: number,
): number {
  let sum = 0;
  let count = 0;
  for (let y = top; y < Math.min(top + size, height); y++) {
    for (let x = left; x < Math.min(left + size, width); x++, count++) sum += rgba[4 * (width * y + x) + c];
  }
  return sum / count;
}

describe('lossless WebP', () => {
  for (const [width, height] of SIZES) {
    it(`is exact at ${width}×${height}`, async () => {
      for (const alpha of [false, true]) {
        for (const effort of [0, 4, 6]) {
          const pictures = [photo(width, height, alpha)];
          for (const colours of [1, 2, 3, 4, 16, 17, 256]) pictures.push(palette(width, height, colours, alpha));
          for (const picture of pictures) {
            const bytes = await encode(picture, width, height, { lossless: true, exact: true, effort });
            const [{ rgba }] = (await decode(bytes)).frames;
            expect(Buffer.compare(rgba, picture)).toBe(0);
          }
        }
      }
    });
    it(`is libwebp's near-lossless picture at ${width}×${height}`, async () => {
      for (const quality of [1, 40, 80]) {
        await expectSamePixels(
          await encode(photo(width, height, true), width, height, { nearLossless: true, quality }),
        );
      }
    });
  }

  it('copies from as far back as 2^20 pixels', async () => {
    // The lower part repeats the upper from just within the window. That it was coded as a copy shows in the size.
    const [width, height, period] = [1024, 2000, 1000];
    const noise = photo(width, period);
    const options = { lossless: true, effort: 1 };
    const once = await encode(noise, width, period, options);
    const picture = Buffer.concat([noise, noise]);
    const bytes = await encode(picture, width, height, options);
    expect(bytes.length).toBeLessThan(1.5 * once.length);
    const [{ rgba }] = (await decode(bytes)).frames;
    expect(Buffer.compare(rgba, picture)).toBe(0);
  });

  it('is opaque where the header says so, whatever the alpha channel holds', async () => {
    const bytes = webp(imageChunks(await encode(photo(8, 8, true), 8, 8, { lossless: true, exact: true })));
    expect(bytes.toString('latin1', 12, 16)).toBe('VP8L');
    bytes[24] &= ~0x10; // alpha_is_used
    const [{ rgba }] = (await decode(bytes)).frames;
    expect(rgba.filter((_, i) => i % 4 === 3).every((alpha) => alpha === 255)).toBe(true);
    await expectSamePixels(bytes);
  });

  it('reads simple codes of one and of two symbols, and of 65,536 groups those that are used', async () => {
    const [width, height] = [8, 1];
    const simple = (bits: BitWriter, ...[first, second]: number[]) => {
      bits
        .put(second === undefined ? 1 : 3, 2)
        .put(1, 1)
        .put(first, 8);
      if (second !== undefined) bits.put(second, 8);
    };
    const bits = new BitWriter()
      .put(0x2f, 8)
      .put(width - 1, 14)
      .put(height - 1, 14)
      .put(1, 1)
      .put(0, 3);
    // No transform, no cache; groups for tiles of 4×4, in an image of two pixels: 65,535 and 257, in red and green.
    bits.put(0, 2).put(1, 1).put(0, 3).put(0, 1);
    for (const symbols of [[0xff, 0x01], [0xff, 0x01], [0], [255], [0]]) simple(bits, ...symbols);
    bits.put(0b11, 2).put(0b00, 2);
    for (let group = 0; group < 65_536; group++) {
      // Two symbols in descending order: the lower one has the code 0.
      for (const symbols of [[group & 255], [200, 100], [group >> 8], [90, 255], [0]]) simple(bits, ...symbols);
    }
    // Red and alpha of each pixel.
    for (const code of [0, 1, 2, 3, 3, 2, 1, 0]) bits.put(code, 2);
    const bytes = webp(chunk('VP8L', bits.finish()));
    await expectSamePixels(bytes);
    const [{ rgba }] = (await decode(bytes)).frames;
    expect([...rgba.subarray(0, 8)]).toEqual([100, 255, 255, 90, 200, 255, 255, 90]);
    expect([...rgba.subarray(16, 24)]).toEqual([200, 1, 1, 255, 100, 1, 1, 255]);
  });

  it('undoes transforms in whatever order they come, with any block size and palette', async () => {
    const random = lcg(7);
    const below = (limit: number) => Math.floor(random() * limit);
    const noise = (pixels: number) => Uint32Array.from({ length: pixels }, () => random() * 2 ** 32);
    for (let n = 0; n < 120; n++) {
      const [width, height] = [1 + below(40), 1 + below(40)];
      const bits = new BitWriter()
        .put(0x2f, 8)
        .put(width - 1, 14)
        .put(height - 1, 14)
        .put(below(2), 1)
        .put(0, 3);
      let packedWidth = width;
      const order = [0, 1, 2, 3].map((type) => ({ type, at: random() })).sort((one, other) => one.at - other.at);
      for (const { type } of order.slice(0, 1 + below(4))) {
        bits.put(1, 1).put(type, 2);
        if (type === 3) {
          const colours = [1, 2, 3, 4, 5, 16, 17, 256][below(8)];
          writeEntropyImage(bits.put(colours - 1, 8), noise(colours), false);
          packedWidth = Math.ceil(packedWidth / (colours <= 2 ? 8 : colours <= 4 ? 4 : colours <= 16 ? 2 : 1));
        } else if (type !== 2) {
          const blockBits = below(8);
          const side = 4 << blockBits;
          const blocks = Math.ceil(packedWidth / side) * Math.ceil(height / side);
          writeEntropyImage(bits.put(blockBits, 3), noise(blocks), false);
        }
      }
      writeEntropyImage(bits.put(0, 1), noise(packedWidth * height), true);
      await expectSamePixels(webp(chunk('VP8L', bits.finish())));
    }
  });
});

describe('animated WebP', () => {
  it("is libwebp's, with delays and loop count", async () => {
    const [width, height, pages] = [40, 30, 5];
    const strip = photo(width, height * pages, true);
    for (const options of [{ quality: 60 }, { lossless: true }, { quality: 80, mixed: true, minSize: true }]) {
      const bytes = await sharp(strip, { raw: { width, height: height * pages, channels: 4, pageHeight: height } })
        .webp({ ...options, delay: [20, 30, 40, 100, 5000], loop: 7 })
        .toBuffer();
      const { header, frames } = await decode(bytes);
      expect(header).toMatchObject({ format: 'webp', width, height, frameCount: pages, plays: 7 });
      expect(frames.map(({ delay }) => delay)).toEqual([20, 30, 40, 100, 5000]);
      await expectNearlySamePixels(bytes);
    }
  });

  /** Blending rounds; libwebp's own is off by up to 2 from the formula of the specification. */
  async function expectNearlySamePixels(bytes: Uint8Array): Promise<void> {
    const expected = await reference(bytes);
    const actual = Buffer.concat((await decode(bytes)).frames.map(({ rgba }) => rgba));
    expect(actual.length).toBe(expected.length);
    let worst = 0;
    for (let i = 0; i < actual.length; i++) worst = Math.max(worst, Math.abs(actual[i] - expected[i]));
    expect(worst).toBeLessThanOrEqual(2);
  }

  const solid = async (width: number, height: number, rgba: [number, number, number, number]) =>
    imageChunks(
      await encode(
        Uint8Array.from({ length: 4 * width * height }, (_, i) => rgba[i % 4]),
        width,
        height,
        {
          lossless: true,
          exact: true,
        },
      ),
    );
  const at = (left: number, top: number, width: number, height: number) => ({ left, top, width, height });

  it('blends or replaces, keeps or clears, whatever the background colour', async () => {
    const red = await solid(8, 8, [255, 0, 0, 255]);
    const half = await solid(4, 4, [0, 0, 255, 128]);
    const clear = await solid(4, 4, [9, 9, 9, 0]);
    for (const first of [0, 1, 2, 3]) {
      for (const second of [0, 1, 2, 3]) {
        const bytes = webp(
          vp8x(0x12, 8, 8),
          anim(0),
          anmf(at(0, 0, 8, 8), 100, first, red),
          anmf(at(2, 2, 4, 4), 100, second, half),
          anmf(at(4, 4, 4, 4), 100, 0, half),
          anmf(at(0, 0, 4, 4), 100, 2, clear),
        );
        await expectNearlySamePixels(bytes);
        const { header, frames } = await decode(bytes);
        expect(header.plays).toBe(0);
        const pixel = (frame: number, x: number, y: number) => [
          ...frames[frame].rgba.subarray(4 * (8 * y + x), 4 * (8 * y + x) + 4),
        ];
        expect(pixel(1, 0, 0)).toEqual(first & 1 ? [0, 0, 0, 0] : [255, 0, 0, 255]);
        if (second & 2 || first & 1) expect(pixel(1, 3, 3)).toEqual([0, 0, 255, 128]);
        else expect(pixel(1, 3, 3)).toEqual([127, 0, 128, 255]);
        expect(pixel(3, 1, 1)[3]).toBe(0);
      }
    }
  });

  it('says which rectangle changed: the frame, and what the frame before clears', async () => {
    const image = await solid(4, 4, [1, 2, 3, 255]);
    const { frames } = await decode(
      webp(
        vp8x(2, 20, 20),
        anim(1),
        anmf(at(0, 0, 4, 4), 0, 0, image),
        anmf(at(10, 2, 4, 4), 0, 1, image),
        anmf(at(4, 12, 4, 4), 0, 0, image),
      ),
    );
    expect(frames.map(({ changed }) => changed)).toEqual([null, at(10, 2, 4, 4), at(4, 2, 10, 14)]);
  });

  it('holds no canvas for a single frame, wherever it is', async () => {
    const half = await solid(4, 4, [0, 0, 255, 128]);
    const bytes = webp(vp8x(0x12, 8, 8), anim(0), anmf(at(2, 4, 4, 4), 100, 0, half));
    await expectNearlySamePixels(bytes);
    const width = 4000;
    const height = 1 + LIMITS.canvasInMemory / width;
    const frame = anmf(at(0, 0, 4, 4), 100, 0, half);
    expect(webpDecoder.readHeader(webp(vp8x(2, width, height), anim(0), frame)).height).toBe(height);
    expect(() => webpDecoder.readHeader(webp(vp8x(2, width, height), anim(0), frame, frame))).toThrow(
      expect.objectContaining({ code: 'too_many_pixels' }),
    );
  });

  it('refuses frames outside of the canvas', async () => {
    const image = await solid(4, 4, [1, 2, 3, 255]);
    const bytes = webp(vp8x(2, 6, 6), anim(1), anmf(at(4, 0, 4, 4), 0, 0, image));
    expect(() => webpDecoder.readHeader(bytes)).toThrow('frame 1 of 1 is 4×4 at 4,0, outside of the 6×6 canvas');
  });

  it('ends before a frame whose image has another size than it says', async () => {
    const image = await solid(4, 4, [1, 2, 3, 255]);
    const first = anmf(at(0, 0, 4, 4), 0, 0, image);
    const wrong = anmf(at(0, 0, 6, 4), 0, 0, image);
    expect((await decode(webp(vp8x(2, 8, 8), anim(1), first, wrong, first))).frames).toHaveLength(1);
    await expect(decode(webp(vp8x(2, 8, 8), anim(1), wrong))).rejects.toThrow('a frame is 6×4 pixels, its image 4×4');
  });
});

describe('the container', () => {
  it('gives EXIF orientation and ICC profile', async () => {
    for (let orientation = 1; orientation <= 8; orientation++) {
      const bytes = await sharp(photo(6, 4), { raw: { width: 6, height: 4, channels: 4 } })
        .withMetadata({ orientation })
        .withIccProfile('p3')
        .webp()
        .toBuffer();
      const header = webpDecoder.readHeader(bytes);
      const expected = await sharp(bytes).metadata();
      expect(header).toMatchObject({ width: 6, height: 4, orientation, frameCount: 1, plays: 1 });
      expect(Buffer.compare(header.iccProfile ?? new Uint8Array(), expected.icc ?? new Uint8Array())).toBe(0);
    }
  });

  it('skips unknown chunks and the padding of odd ones, and what follows the RIFF chunk', async () => {
    const image = imageChunks(await encode(photo(6, 4), 6, 4, { quality: 50 }));
    const odd = chunk('junk', Uint8Array.of(1, 2, 3));
    const bytes = Buffer.concat([webp(odd, vp8x(0, 6, 4), odd, image, odd), Buffer.from('VP8 garbage')]);
    const [{ rgba }] = (await decode(bytes)).frames;
    expect(Buffer.compare(rgba, await reference(webp(image)))).toBe(0);
  });

  it('refuses a canvas of another size than the image', async () => {
    const image = imageChunks(await encode(photo(6, 4), 6, 4, { quality: 50 }));
    expect(() => webpDecoder.readHeader(webp(vp8x(0, 4000, 4), image))).toThrow(
      'the header says 4000×4, the image is 6×4',
    );
  });

  it('names what is missing', () => {
    expect(() => webpDecoder.readHeader(webp())).toThrow('a VP8 or VP8L chunk, or frames, were expected');
    expect(() => webpDecoder.readHeader(Buffer.from('RIFFxxxxWAVE'))).toThrow(
      'a RIFF header of form WEBP was expected',
    );
    expect(() => webpDecoder.readHeader(webp(chunk('VP8 ', new Uint8Array(10))))).toThrow('start code 9d 01 2a');
    expect(() => webpDecoder.readHeader(webp(chunk('VP8L', new Uint8Array(10))))).toThrow('signature 2f was expected');
  });
});

const corpus = corpusFiles('.webp', 'pillow', 'image-rs', 'sharp');

describe.skipIf(corpus.length === 0)('the corpus', () => {
  it.each(corpus)("%s is libwebp's picture", async (path) => {
    const bytes = readFileSync(path);
    const { header } = await decode(bytes);
    const expected = await sharp(bytes).metadata();
    expect(header).toMatchObject({
      width: expected.width,
      height: expected.pageHeight ?? expected.height,
      orientation: expected.orientation ?? 1,
      frameCount: expected.pages ?? 1,
      plays: expected.loop ?? 1,
    });
    await expectSamePixels(bytes);
  });
});
