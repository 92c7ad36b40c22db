import { beforeAll, describe, expect, it } from 'vitest';
import { ImagingError } from '../../src/imaging/errors.ts';
import { webpDecoder } from '../../src/imaging/webp/decoder.ts';
import { anim, anmf, chunk, decode, encode, imageChunks, lcg, palette, photo, vp8x, webp } from './webp-support.ts';

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

  it('refuses a code that is over- or undersubscribed', () => {
    // No transform, no cache, no meta codes; a normal code of 4 code lengths, all of length 0.
    expect(() => decodeAnyway(webp(chunk('VP8L', Uint8Array.of(0x2f, 0, 0, 0, 0, 0, 0))))).toThrow(
      'a prefix code of 0 symbols uses 0/32768 of its code space',
    );
  });
});
