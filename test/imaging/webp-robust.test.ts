import { beforeAll, describe, expect, it } from 'vitest';
import { ImagingError } from '../../src/imaging/errors.ts';
import { LIMITS } from '../../src/imaging/limits.ts';
import { webpDecoder } from '../../src/imaging/webp/decoder.ts';
import {
  anim,
  anmf,
  BitWriter,
  chunk,
  decode,
  encode,
  imageChunks,
  lcg,
  palette,
  photo,
  reference,
  vp8x,
  webp,
} from './webp-support.ts';

const [WIDTH, HEIGHT] = [45, 70];
const MUTANTS = 800;
const samples: Record<string, Buffer> = {};

beforeAll(async () => {
  const still = (rgba: Uint8Array, options: Parameters<typeof encode>[3]) => encode(rgba, WIDTH, HEIGHT, options);
  samples.lossy = await still(photo(WIDTH, HEIGHT), { quality: 60 });
  samples['lossy with alpha'] = await still(photo(WIDTH, HEIGHT, true), { quality: 60 });
  samples.lossless = await still(photo(WIDTH, HEIGHT, true), { lossless: true });
  samples.palette = await still(palette(WIDTH, HEIGHT, 12), { lossless: true });
  const rect = { left: 0, top: 0, width: WIDTH, height: HEIGHT };
  samples.animation = webp(
    vp8x(0x12, WIDTH, HEIGHT),
    anim(0),
    ...['lossy', 'lossy with alpha', 'lossless', 'palette'].map((name, i) =>
      anmf(rect, 50, i, imageChunks(samples[name])),
    ),
  );
});

const NAMES = ['lossy', 'lossy with alpha', 'lossless', 'palette', 'animation'];

describe('a truncated WebP', () => {
  it.each(NAMES)('%s: gives the rows and frames that have arrived, as they are in the whole picture', async (name) => {
    const whole = (await decode(samples[name])).frames;
    let [failed, partial, best] = [0, 0, 0];
    for (let length = 0; length < samples[name].length; length += 3) {
      try {
        const { frames } = await decode(samples[name].subarray(0, length));
        const rows = frames.reduce((sum, frame) => sum + frame.rows, 0);
        // More bytes never give less.
        expect(rows).toBeGreaterThanOrEqual(best);
        best = rows;
        partial++;
        frames.forEach(({ rgba, rows: count }, i) => {
          // The last frame of an animation may be composed in part.
          if (name === 'animation' && i === frames.length - 1) return;
          const end = 4 * WIDTH * count;
          expect(Buffer.compare(rgba.subarray(0, end), whole[i].rgba.subarray(0, end))).toBe(0);
        });
      } catch (error) {
        if (!(error instanceof ImagingError)) throw error;
        failed++;
      }
    }
    expect(failed).toBeGreaterThan(0);
    expect(partial).toBeGreaterThan(failed / 10);
  });
});

describe('a WebP that is read in pieces', () => {
  const [width, height] = [300, 200];
  const PIECE = 4096;

  it.each([
    ['lossy', { quality: 95 }],
    ['lossy with alpha', { quality: 90 }],
    ['lossless', { lossless: true }],
  ] as const)('%s: is right wherever it is cut, and after a picture that was', async (name, options) => {
    const bytes = await encode(photo(width, height, name !== 'lossy'), width, height, options);
    expect(bytes.length).toBeGreaterThan(5 * PIECE);
    const whole = await reference(bytes);
    const starts = bytes.length - imageChunks(bytes).length;
    for (let piece = 1; piece * PIECE < bytes.length; piece += 4) {
      // Near where a piece of the file ends, and of the chunk or the partition in it.
      for (let at = piece * PIECE - 2; at < piece * PIECE + starts + 30; at += 5) {
        try {
          const [{ rgba, rows }] = (await decode(bytes.subarray(0, at))).frames;
          const end = 4 * width * rows;
          expect(Buffer.compare(rgba.subarray(0, end), whole.subarray(0, end))).toBe(0);
        } catch (error) {
          if (!(error instanceof ImagingError)) throw error;
        }
      }
      const [{ rgba }] = (await decode(bytes)).frames;
      expect(Buffer.compare(rgba, whole)).toBe(0);
    }
  });
});

describe('a damaged WebP', () => {
  it.each(NAMES)('%s: gives a picture or an ImagingError', async (name) => {
    const original = samples[name];
    const random = lcg(name.length);
    const below = (end: number) => Math.floor(random() * end);
    let errors = 0;
    for (let i = 0; i < MUTANTS; i++) {
      let mutant = Buffer.from(original);
      for (let hits = 1 + below(4); hits > 0; hits--) {
        // The first bytes decide most.
        const at = random() < 0.5 ? below(Math.min(100, mutant.length)) : below(mutant.length);
        const kind = below(4);
        if (kind === 0) mutant[at] ^= 1 << below(8);
        else if (kind === 1) mutant[at] = below(256);
        else if (kind === 2) mutant.fill(below(2) * 255, at, Math.min(at + below(8), mutant.length));
        else mutant = Buffer.concat([mutant.subarray(0, at), mutant.subarray(below(mutant.length))]);
      }
      try {
        const { width, height } = webpDecoder.readHeader(mutant);
        if (width * height > 1_000_000) continue; // the caller refuses it
        const { frames } = await decode(mutant);
        expect(frames.length).toBeGreaterThan(0);
        for (const frame of frames) expect(frame.rows).toBeLessThanOrEqual(height);
      } catch (error) {
        if (!(error instanceof ImagingError)) throw error;
        errors++;
      }
    }
    expect(errors).toBeGreaterThan(0);
    expect(errors).toBeLessThan(MUTANTS);
  });
});

describe('a WebP whose header lies', () => {
  const decodeAnyway = (bytes: Buffer) => {
    const header = webpDecoder.readHeader(bytes);
    for (const frame of webpDecoder.decode(bytes, header, header) as Iterable<{ rows(sink: () => void): void }>) {
      frame.rows(() => {});
    }
  };

  it('costs no memory to read the header of', () => {
    const before = process.memoryUsage().arrayBuffers;
    const image = chunk('VP8L', Uint8Array.of(0x2f, 0xff, 0xff, 0xff, 0x0f, 0));
    expect(webpDecoder.readHeader(webp(image))).toMatchObject({ width: 16384, height: 16384 });
    const frame = anmf({ left: 0, top: 0, width: 1, height: 1 }, 0, 0, image);
    const canvas = webp(vp8x(2, 1 << 24, 1 << 24), frame, frame);
    expect(() => webpDecoder.readHeader(canvas)).toThrow('An animation of 16777216×16777216 takes');
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(1 << 20);
  });

  it('is refused for too many frames before they are all read', () => {
    const image = chunk('VP8L', Uint8Array.of(0x2f, 0, 0, 0, 0, 0));
    const frame = anmf({ left: 0, top: 0, width: 1, height: 1 }, 0, 0, image);
    const many = webp(vp8x(2, 1, 1), ...Array.from({ length: 2001 }, () => frame));
    expect(() => webpDecoder.readHeader(many)).toThrow('more than 2000 frames');
  });

  it('is refused for more chunks than anybody writes, which all have to be walked', () => {
    const image = chunk('VP8L', Uint8Array.of(0x2f, 0, 0, 0, 0, 0));
    const filler = (count: number) => Buffer.alloc(8 * count, 'NONE\0\0\0\0', 'latin1');
    expect(webpDecoder.readHeader(webp(filler(99_999), image))).toMatchObject({ width: 1, height: 1 });
    expect(() => webpDecoder.readHeader(webp(filler(100_000), image))).toThrow('more than 100000 chunks');
    const rect = { left: 0, top: 0, width: 1, height: 1 };
    const animation = webp(vp8x(2, 1, 1), anmf(rect, 0, 0, Buffer.concat([filler(100_000), image])));
    expect(() => decodeAnyway(animation)).toThrow('more than 100000 chunks');
  });

  it('fails at once when there are no pixels', () => {
    // 16383×16383, and a first partition that ends where the file does.
    const lossy = Buffer.from([0x10, 0x02, 0, 0x9d, 0x01, 0x2a, 0xff, 0x3f, 0xff, 0x3f, ...new Uint8Array(20)]);
    expect(() => decodeAnyway(webp(chunk('VP8 ', lossy)))).toThrow(ImagingError);
    const lossless = Buffer.from([0x2f, 0xff, 0xff, 0xff, 0x0f, ...new Uint8Array(20)]);
    expect(() => decodeAnyway(webp(chunk('VP8L', lossless)))).toThrow(ImagingError);
  });

  /** Values of so many bits each, after the header of 64 × 64 pixels. */
  const lossless = (fields: [value: number, count: number][]): Buffer => {
    const bits = new BitWriter().put(0x2f, 8).put(63, 14).put(63, 14).put(0, 4);
    for (const [value, count] of fields) bits.put(value, count);
    return webp(chunk('VP8L', bits.finish()));
  };
  const noTransformNorCacheNorGroups: [number, number] = [0, 3];
  /** A prefix code of one symbol: of 1 bit, which is 0, and of 8. */
  const zero: [number, number] = [1, 4];
  const symbol = (value: number): [number, number] => [0b101 | (value << 3), 11];

  it.each<[string, [number, number][]]>([
    [
      'lossless transform 2 comes twice',
      [
        [1, 1],
        [2, 2],
        [1, 1],
        [2, 2],
      ],
    ],
    [
      'a colour cache of 1 to 11 bits was expected; found 12',
      [
        [0, 1],
        [1, 1],
        [12, 4],
      ],
    ],
    [
      'a prefix code of 40 symbols names symbol 200',
      [noTransformNorCacheNorGroups, zero, zero, zero, zero, symbol(200)],
    ],
    [
      // Lengths are in a code of one symbol, 0, which is the third of four whose lengths are given.
      '65537 code lengths are given for 280 symbols',
      [noTransformNorCacheNorGroups, [0, 5], [0, 6], [1, 3], [0, 3], [1, 1], [7, 3], [0xffff, 16]],
    ],
    [
      // The same of symbol 18, the second: 11 to 138 zeros.
      'code lengths for 414 symbols of 280 are given',
      [noTransformNorCacheNorGroups, [0, 5], [0, 3], [1, 3], [0, 6], [0, 1], [127, 7], [127, 7], [127, 7]],
    ],
    [
      // Of the fifth code there is the first bit, the last of a byte.
      'the lossless data ends in prefix code group 1 of 1',
      [noTransformNorCacheNorGroups, symbol(1), symbol(1), symbol(1), symbol(1), [1, 1]],
    ],
    [
      // The colour transform's 16 × 16 blocks; green is one of two symbols, so that a row takes 16 bits. 21 are there.
      'a lossless subimage ends in row 2 of 16',
      [[1, 1], [1, 2], [0, 3], [0, 1], [0b11, 4], [1, 8], zero, zero, zero, zero, [0, 21]],
    ],
  ])('says what is wrong: %s', (message, fields) => {
    expect(() => decodeAnyway(lossless(fields))).toThrow(message);
  });

  it('is refused for more table entries than anybody needs', () => {
    // A normal code whose 256 symbols all have length 8; a code of that length alone takes no bits.
    const full: [number, number][] = [
      [0, 1],
      [12 - 4, 4],
      [0, 33],
      [1, 3],
      [1, 1],
      [3, 3],
      [254, 8],
    ];
    const group = [...full, ...full, ...full, ...full, zero];
    const groups = Math.ceil(LIMITS.webpPrefixEntries / (4 * 256));
    // All tiles are of group 0x27ff, so that there are as many.
    expect(groups).toBeLessThan(0x27ff);
    const tiles: [number, number][] = [[0, 2], [1, 1], [0, 3], [0, 1], symbol(0xff), symbol(0x27), zero, zero, zero];
    const bytes = lossless([tiles, ...Array.from({ length: groups }, () => group)].flat());
    expect(() => decodeAnyway(bytes)).toThrow('prefix codes take more than 8388608 table entries');
  });

  it('refuses a code that is over- or undersubscribed', () => {
    // No transform, no cache, no meta codes; a normal code of 4 code lengths, all of length 0.
    expect(() => decodeAnyway(webp(chunk('VP8L', Uint8Array.of(0x2f, 0, 0, 0, 0, 0, 0))))).toThrow(
      'a prefix code of 0 symbols uses 0/32768 of its code space',
    );
  });
});
