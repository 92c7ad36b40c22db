import fc from 'fast-check';
import { GifReader } from 'omggif';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { gifDecoder } from '../../src/imaging/gif/decoder.ts';
import { DISPOSAL, type GifFrame } from '../../src/imaging/gif/model.ts';
import { GifWriter } from '../../src/imaging/gif/writer.ts';
import { LIMITS } from '../../src/imaging/limits.ts';
import { decodeFrames } from './gif-frames.ts';

const RED_AND_GREEN = Uint8Array.of(255, 0, 0, 0, 255, 0);

/** A GIF as it is to be stored; the palette of the first frame is the global one. */
interface GifImage {
  width: number;
  height: number;
  plays: number;
  frames: GifFrame[];
}

function writeGif({ width, height, plays, frames }: GifImage): Uint8Array {
  const writer = new GifWriter(width, height, plays);
  for (const frame of frames) writer.add(frame);
  return writer.finish();
}

const frame = (width: number, height: number, indices: ArrayLike<number>, more: Partial<GifFrame> = {}): GifFrame => ({
  left: 0,
  top: 0,
  width,
  height,
  indices: Uint8Array.from(indices),
  alike: null,
  palette: RED_AND_GREEN,
  transparentIndex: null,
  delay: 0,
  disposal: DISPOSAL.unspecified,
  ...more,
});

const gifOf = (frames: GifFrame[], more: Partial<GifImage> = {}): GifImage => ({
  width: 2,
  height: 1,
  plays: 0,
  frames,
  ...more,
});

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const greys = (colors: number): Uint8Array => Uint8Array.from({ length: colors * 3 }, (_, at) => Math.floor(at / 3));

/** A permutation of 0 … 255 with no order to see, again and again: the worst that LZW can meet. */
const noise = (length: number, colors: number, seed = 1): Uint8Array => {
  let state = seed;
  return Uint8Array.from({ length }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * colors);
  });
};

describe('bytes (GIF89a)', () => {
  it('of a still are the least there can be: no loop, no graphic control extension', () => {
    const bytes = writeGif(gifOf([frame(2, 1, [0, 1])]));
    expect(hex(bytes)).toBe(
      [
        '474946383961', // GIF89a
        '0200', // 2 wide
        '0100', // 1 high
        'f0', // a global colour table of 2; 8 bits for a primary colour
        '0000',
        'ff000000ff00',
        '2c000000000200010000', // an image of 2×1 at 0,0
        '02', // minimum code size
        '02', // sub-block of 2 bytes: the codes 4, 0, 1, 5 in 3 bits each
        (4 | (0 << 3) | (1 << 6) | (5 << 9))
          .toString(16)
          .padStart(4, '0')
          .replace(/(..)(..)/, '$2$1'),
        '00',
        '3b',
      ].join(''),
    );
  });

  it('hold the loop extension of an animation, with repetitions after the first time', () => {
    const frames = [frame(2, 1, [0, 1], { delay: 100 }), frame(2, 1, [1, 0], { delay: 100 })];
    const extension = (count: string): string => `21ff0b4e45545343415045322e300301${count}00`;
    expect(hex(writeGif(gifOf(frames, { plays: 0 })))).toContain(extension('0000'));
    expect(hex(writeGif(gifOf(frames, { plays: 3 })))).toContain(extension('0200'));
    expect(hex(writeGif(gifOf(frames, { plays: 1e9 })))).toContain(extension('ffff'));
    expect(hex(writeGif(gifOf(frames, { plays: 1 })))).not.toContain('21ff');
    expect(hex(writeGif(gifOf(frames.slice(0, 1), { plays: 0 })))).not.toContain('21ff');
  });

  it.each([
    ['a delay', { delay: 1234 }, '21f904007b000000'],
    ['a transparent index', { transparentIndex: 1 }, '21f9040100000100'],
    ['disposal to background', { disposal: DISPOSAL.background }, '21f9040800000000'],
    ['disposal to previous', { disposal: DISPOSAL.previous, delay: 1e9 }, '21f9040cffff0000'],
  ])('hold a graphic control extension for %s', (_, more, expected) => {
    expect(hex(writeGif(gifOf([frame(2, 1, [0, 1], more)])))).toContain(expected);
  });

  it('hold a graphic control extension for every frame where one needs it', () => {
    // Some decoders, omggif for one, take a frame without to have that of the frame before.
    const bytes = writeGif(gifOf([frame(2, 1, [0, 1], { delay: 50, transparentIndex: 1 }), frame(2, 1, [0, 1])]));
    expect(hex(bytes).split('21f904')).toHaveLength(3);
    expect(hex(bytes)).toContain('21f9040000000000');
  });

  it('pad a colour table to the next power of two', () => {
    const sizeOf = (colors: number): number => {
      const bytes = writeGif(gifOf([frame(2, 1, [0, 0], { palette: greys(colors) })]));
      return 2 << (bytes[10] & 7);
    };
    expect([1, 2, 3, 4, 5, 128, 129, 256].map(sizeOf)).toEqual([2, 2, 4, 4, 8, 128, 256, 256]);
  });

  it('hold the first palette once, and another with each of its frames', () => {
    const other = greys(2);
    const frames = [RED_AND_GREEN, other, RED_AND_GREEN, other].map((palette) => frame(2, 1, [0, 1], { palette }));
    const reader = new GifReader(Buffer.from(writeGif(gifOf(frames))));
    const isLocal = frames.map((_, number) => reader.frameInfo(number).has_local_palette);
    expect(isLocal).toEqual([false, true, false, true]);
  });

  it('use codes as small as the indices in use', () => {
    const codeSize = (indices: number[]): number => {
      const bytes = writeGif(gifOf([frame(2, 1, indices, { palette: greys(256) })]));
      return bytes[13 + 768 + 10];
    };
    expect([0, 3, 4, 127, 128, 255].map((index) => codeSize([0, index]))).toEqual([2, 2, 3, 7, 8, 8]);
  });
});

describe('a file that gets too large', () => {
  it('is refused, as its frames are too many', () => {
    const [width, height] = [2000, 2000];
    const stored = frame(width, height, noise(width * height, 256), { palette: greys(256) });
    const writer = new GifWriter(width, height, 0);
    // Each pixel takes at least its 8 bits.
    const enough = Math.ceil(LIMITS.gifBytes / (width * height));
    const fill = () => {
      for (let n = 0; n < enough; n++) writer.add(stored);
    };
    expect(fill).toThrow(expect.objectContaining({ name: 'ImagingError', code: 'too_many_frames' }));
  });
});

describe('mistakes of the caller', () => {
  it.each([
    ['no frames', gifOf([])],
    ['no colour table', gifOf([frame(2, 1, [0, 1], { palette: new Uint8Array(0) })])],
    ['a transparent index beyond the colours', gifOf([frame(2, 1, [0, 1], { transparentIndex: 2 })])],
    ['a colour table of 257', gifOf([frame(2, 1, [0, 1], { palette: greys(257) })])],
    ['too few indices', gifOf([frame(2, 1, [0])])],
    ['a frame beyond the canvas', gifOf([frame(2, 1, [0, 1], { left: 1 })])],
    ['a canvas without pixels', gifOf([frame(0, 0, [])], { width: 0, height: 0 })],
  ])('are a RangeError: %s', (_, image) => {
    expect(() => writeGif(image)).toThrow(RangeError);
  });
});

/** What omggif, another decoder, reads of the frames: placing, timing, and the indices drawn in the colours. */
function expectSameByOmggif(image: GifImage, bytes: Uint8Array): void {
  const reader = new GifReader(Buffer.from(bytes));
  expect([reader.width, reader.height, reader.numFrames()]).toEqual([image.width, image.height, image.frames.length]);
  for (const [number, stored] of image.frames.entries()) {
    const info = reader.frameInfo(number);
    expect(info).toMatchObject({
      x: stored.left,
      y: stored.top,
      width: stored.width,
      height: stored.height,
      delay: Math.round(stored.delay / 10),
      transparent_index: stored.transparentIndex,
      has_local_palette: stored.palette !== image.frames[0].palette,
    });
    expect(info.disposal <= 1).toBe(stored.disposal <= 1);
    if (stored.disposal > 1) expect(info.disposal).toBe(stored.disposal);

    const drawn = new Uint8Array(image.width * image.height * 4);
    reader.decodeAndBlitFrameRGBA(number, drawn);
    const meant = new Uint8Array(image.width * image.height * 4);
    const { palette } = stored;
    for (const [at, index] of stored.indices.entries()) {
      if (index === stored.transparentIndex) continue;
      const x = stored.left + (at % stored.width);
      const y = stored.top + Math.floor(at / stored.width);
      meant.set([...palette.subarray(index * 3, index * 3 + 3), 255], (y * image.width + x) * 4);
    }
    expect(Buffer.compare(drawn, meant), `pixels of frame ${number}`).toBe(0);
  }
}

/** Each frame composited as this library's own decoder shows it must be what libvips shows. */
async function expectSameBySharp(image: GifImage, bytes: Uint8Array): Promise<void> {
  const input = sharp(bytes, { animated: true });
  const { pages = 1, loop, delay } = await input.metadata();
  expect(pages).toBe(image.frames.length);
  if (pages > 1) {
    expect(loop).toBe(image.plays);
    expect(delay).toEqual(image.frames.map((stored) => Math.round(stored.delay / 10) * 10));
  }
  const theirs = await input.ensureAlpha().raw().toBuffer();
  const ours = Buffer.concat(decodeFrames(bytes).map(({ pixels }) => pixels));
  expect(theirs.length).toBe(ours.length);
  let different = 0;
  for (let at = 0; at < ours.length; at += 4) {
    if (ours[at + 3] !== theirs[at + 3] || (ours[at + 3] > 0 && ours.compare(theirs, at, at + 3, at, at + 3) !== 0)) {
      different++;
    }
  }
  expect(different).toBe(0);
}

const side = fc.integer({ min: 1, max: 24 });
const images: fc.Arbitrary<GifImage> = fc
  .record({ width: side, height: side, colors: fc.integer({ min: 1, max: 256 }), plays: fc.nat(70_000) })
  .chain(({ width, height, colors, plays }) => {
    const common = noise(colors * 3, 256);
    const stored = fc
      .record({
        left: fc.nat(width - 1),
        top: fc.nat(height - 1),
        localColors: fc.option(fc.integer({ min: 1, max: 256 })),
        transparent: fc.boolean(),
        delay: fc.nat(700_000).map((delay) => Math.min(delay, 655_350)),
        disposal: fc.constantFrom(...Object.values(DISPOSAL)),
        right: fc.nat(width - 1),
        bottom: fc.nat(height - 1),
        runs: fc.integer({ min: 1, max: 40 }),
        seed: fc.nat(),
      })
      .map(({ left, top, right, bottom, localColors, transparent, delay, disposal, runs, seed }): GifFrame => {
        const [x0, x1] = left <= right ? [left, right] : [right, left];
        const [y0, y1] = top <= bottom ? [top, bottom] : [bottom, top];
        const pixels = (x1 - x0 + 1) * (y1 - y0 + 1);
        const used = localColors ?? colors;
        const values = noise(Math.ceil(pixels / runs), used, seed);
        return {
          left: x0,
          top: y0,
          width: x1 - x0 + 1,
          height: y1 - y0 + 1,
          indices: Uint8Array.from({ length: pixels }, (_, at) => values[Math.floor(at / runs)]),
          alike: null,
          palette: localColors === null ? common : noise(localColors * 3, 256, seed + 1),
          transparentIndex: transparent ? seed % used : null,
          delay,
          disposal,
        };
      });
    return fc.array(stored, { minLength: 1, maxLength: 4 }).map((frames) => ({ width, height, plays, frames }));
  });

describe('against other decoders', () => {
  it('omggif: any image', () => {
    fc.assert(
      fc.property(images, (image) => {
        expectSameByOmggif(image, writeGif(image));
      }),
      { numRuns: 300 },
    );
  });

  it('omggif and this library: plays', () => {
    fc.assert(
      fc.property(fc.nat(65_536), (plays) => {
        const bytes = writeGif(gifOf([frame(2, 1, [0, 1]), frame(2, 1, [1, 0])], { plays }));
        // omggif hands over the extension's number: `null` where there is none, else repetitions, 0 for ever.
        expect(new GifReader(Buffer.from(bytes)).loopCount()).toBe(plays === 1 ? null : Math.max(plays - 1, 0));
        expect(gifDecoder.readHeader(bytes).plays).toBe(plays);
      }),
    );
  });

  it('libvips: any animation that keeps its frames', async () => {
    await fc.assert(
      fc.asyncProperty(images, async (image) => {
        // libvips has black where nothing was drawn, unless there are transparent pixels.
        const { width, height } = image;
        const { palette } = image.frames[0];
        const backdrop = frame(width, height, new Uint8Array(width * height), { delay: 20, palette });
        const frames = [backdrop, ...image.frames].map((stored) => ({
          ...stored,
          disposal: DISPOSAL.keep,
          delay: Math.max(stored.delay, 20),
        }));
        const animation = { ...image, plays: image.plays % 60_000, frames };
        await expectSameBySharp(animation, writeGif(animation));
      }),
      { numRuns: 100 },
    );
  });

  // From one code size to the next, and through a full table that is cleared.
  it.each([2, 3, 4, 7, 16, 200, 256])('omggif and libvips: 100×100 of noise in %i colours', async (colors) => {
    const stored = frame(100, 100, noise(10_000, colors), { palette: greys(colors) });
    const image = gifOf([stored], { width: 100, height: 100 });
    const bytes = writeGif(image);
    expectSameByOmggif(image, bytes);
    await expectSameBySharp(image, bytes);
  });

  it('omggif: every length of a row, so that the end falls on every bit and on every width of a code', () => {
    for (let width = 1; width <= 600; width++) {
      const image = gifOf([frame(width, 1, noise(width, 4), { palette: greys(4) })], { width });
      expectSameByOmggif(image, writeGif(image));
    }
  });

  it('libvips: a single colour, in strings as long as they get', async () => {
    const image = gifOf([frame(3000, 3000, new Uint8Array(9e6))], { width: 3000, height: 3000 });
    const bytes = writeGif(image);
    await expectSameBySharp(image, bytes);
  });
});
