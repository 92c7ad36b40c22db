import fc from 'fast-check';
import { GifReader } from 'omggif';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { GifAnimation } from '../../src/imaging/animation.ts';
import { DISPOSAL } from '../../src/imaging/gif/model.ts';
import { LIMITS } from '../../src/imaging/limits.ts';
import { type CanvasFrame, Quantiser } from '../../src/imaging/quantise.ts';
import { verify } from '../../src/imaging/verify.ts';
import { corpusFiles } from './corpus.ts';

const SIZE = 12;
const COLOURS = [0, 0xff0000ff, 0xff00ff00, 0xffff0000, 0xff202020];

/** @param batch frames that are quantised together */
function make(frames: CanvasFrame[], plays = 0, size = SIZE, batch = frames.length) {
  const quantiser = new Quantiser(size, frames.length > 1);
  const animation = new GifAnimation(size, plays);
  for (let i = 0; i < frames.length; i += batch) {
    for (const frame of quantiser.quantise(frames.slice(i, i + batch))) animation.add(frame);
  }
  return animation.finish();
}

/** The frames as omggif reads them. */
function stored(gif: Uint8Array) {
  const reader = new GifReader(Buffer.from(gif));
  return Array.from({ length: reader.numFrames() }, (_, number) => reader.frameInfo(number));
}

/** The canvases as libvips composites them. */
async function seen(gif: Uint8Array, size = SIZE): Promise<{ frames: Uint32Array[]; delays: number[] }> {
  const picture = sharp(gif, { animated: true });
  const { delay = [] } = await picture.metadata();
  const data = new Uint8Array(await picture.ensureAlpha().raw().toBuffer());
  const words = new Uint32Array(data.buffer).map((word) => (word >>> 24 === 0 ? 0 : word));
  const pixels = size * size;
  const frames = Array.from({ length: words.length / pixels }, (_, i) => words.subarray(i * pixels, (i + 1) * pixels));
  return { frames, delays: delay };
}

/** A picture with a rectangle of one colour. */
function withRectangle(under: Uint32Array, x: number, y: number, width: number, height: number, colour: number) {
  const pixels = under.slice();
  for (let row = y; row < Math.min(SIZE, y + height); row++) {
    pixels.fill(colour, row * SIZE + x, row * SIZE + Math.min(SIZE, x + width));
  }
  return pixels;
}

const empty = new Uint32Array(SIZE * SIZE);

describe('GifAnimation', () => {
  it('is seen by libvips as it was meant, whatever appears and disappears', async () => {
    const place = fc.integer({ min: 0, max: SIZE - 1 });
    const extent = fc.integer({ min: 1, max: 8 });
    const rectangle = fc.tuple(place, place, extent, extent, fc.constantFrom(...COLOURS), fc.boolean());
    await fc.assert(
      fc.asyncProperty(fc.array(rectangle, { minLength: 2, maxLength: 8 }), extent, async (rectangles, batch) => {
        // The corner makes libvips take every one of them for a picture with transparency.
        let pixels = withRectangle(empty, 1, 1, 1, 1, 0xffffffff);
        const frames = rectangles.map(([x, y, width, height, colour, onEmpty], i) => {
          pixels = withRectangle(onEmpty ? empty : pixels, x, y, width, height, colour);
          pixels = withRectangle(pixels, 0, 0, 2, 1, i % 2 === 0 ? 0 : 0xff888888);
          return { pixels, delay: 50 };
        });
        const { gif, expected } = make(frames, 0, SIZE, batch);
        await verify(gif, expected);
        expect((await seen(gif)).frames).toEqual(frames.map((frame) => frame.pixels));
      }),
      { numRuns: 150 },
    );
  });

  it('draws only what changed', () => {
    const still = withRectangle(empty, 0, 0, SIZE, SIZE, COLOURS[1]);
    const moved = withRectangle(still, 3, 4, 2, 1, COLOURS[2]);
    const { gif } = make([
      { pixels: still, delay: 50 },
      { pixels: moved, delay: 50 },
    ]);
    expect(stored(gif)[1]).toMatchObject({ x: 3, y: 4, width: 2, height: 1 });
  });

  it('chooses the disposal that leaves least to draw', () => {
    const scene = withRectangle(empty, 0, 0, SIZE, SIZE, COLOURS[4]);
    for (let i = 0; i < SIZE * SIZE; i += 2) scene[i] = COLOURS[3];
    const sprite = withRectangle(scene, 2, 2, 6, 6, COLOURS[1]);
    const on = (...frames: Uint32Array[]) => stored(make(frames.map((pixels) => ({ pixels, delay: 50 }))).gif);
    // A sprite that vanishes from a scene: the scene is restored, not drawn again.
    expect(on(scene, sprite, scene)[1].disposal).toBe(DISPOSAL.previous);
    // A sprite that moves over nothing: what it leaves must become transparent.
    const here = withRectangle(empty, 0, 0, 4, 4, COLOURS[1]);
    const there = withRectangle(empty, 7, 7, 4, 4, COLOURS[1]);
    expect(on(here, there)[0].disposal).not.toBe(DISPOSAL.keep);
    // A bar that grows: nothing is to be taken away.
    expect(on(here, withRectangle(empty, 0, 0, 8, 4, COLOURS[1]))[0].disposal).toBe(DISPOSAL.keep);
  });

  it('makes equal neighbours one frame, with the time of both', async () => {
    const one = withRectangle(empty, 0, 0, 5, 5, COLOURS[1]);
    const other = withRectangle(empty, 0, 0, 5, 5, COLOURS[2]);
    const { gif } = make([one, one, other, other, other, one].map((pixels) => ({ pixels, delay: 40 })));
    expect((await seen(gif)).delays).toEqual([80, 120, 40]);
  });

  it('keeps the length of an animation in which nothing moves', async () => {
    const pixels = withRectangle(empty, 0, 0, 5, 5, COLOURS[1]);
    const { gif, expected } = make(Array.from({ length: 5 }, () => ({ pixels, delay: 50 })));
    expect((await seen(gif)).delays).toEqual([130, 120]);
    expect(expected.plays).toBe(0);
  });

  it('plays as often as a GIF can say', async () => {
    const frames = [COLOURS[1], COLOURS[2]].map((colour) => ({
      pixels: withRectangle(empty, 0, 0, 5, 5, colour),
      delay: 50,
    }));
    const { gif, expected } = make(frames, 851_968);
    expect(expected.plays).toBe(65_536);
    await expect(verify(gif, expected)).resolves.toBeUndefined();
  });

  it('shows a frame several times where one cannot last as long', async () => {
    const here = withRectangle(empty, 0, 0, 5, 5, COLOURS[1]);
    const there = withRectangle(empty, 7, 7, 4, 4, COLOURS[2]);
    const { gif, expected } = make([
      { pixels: here, delay: 400_000 },
      { pixels: here, delay: 955_350 },
      { pixels: there, delay: 655_360 },
      { pixels: here, delay: 655_350 },
    ]);
    await verify(gif, expected);
    const { frames, delays } = await seen(gif);
    expect(delays).toEqual([451_790, 451_780, 451_780, 327_680, 327_680, 655_350]);
    expect(frames).toEqual([here, here, here, there, there, here]);
    // One pixel that draws nothing is the least that a frame can be.
    expect(stored(gif)[1]).toMatchObject({ width: 1, height: 1 });
  });

  it('repeats frames as often as is allowed, and cuts what is longer still', async () => {
    const frames = [COLOURS[1], COLOURS[2]].map((colour) => ({
      pixels: withRectangle(empty, 0, 0, 5, 5, colour),
      delay: 655_350 * LIMITS.repeatedFrames,
    }));
    const { gif, expected } = make(frames);
    await verify(gif, expected);
    const { delays } = await seen(gif);
    expect(delays).toEqual(new Array(LIMITS.repeatedFrames + 2).fill(655_350));
  });

  it('keeps the palette of a long animation while it suits', () => {
    const frames = Array.from({ length: 9 }, (_, n) => ({
      pixels: withRectangle(empty, n, 1, 3, 3, COLOURS[1]),
      delay: 50,
    }));
    const { gif } = make(frames, 0, SIZE, 3);
    expect(stored(gif).some((frame) => frame.has_local_palette)).toBe(false);
  });

  it.each([1, 3, 4])('gives frames palettes of their own where one is not enough (batches of %i)', async (batch) => {
    const size = 64;
    const frames = Array.from({ length: 4 }, (_, n) => ({
      delay: 50,
      pixels: Uint32Array.from({ length: size * size }, (_, i) => {
        const noise = Math.imul(i + n * 7919, 2654435761) >>> 8;
        // Half of it stays still.
        if (i < (size * size) / 2) return (0xff000000 | (Math.imul(i, 2654435761) >>> 8)) >>> 0;
        return (0xff000000 | (noise & (0x3f3f3f << (n % 2)))) >>> 0;
      }),
    }));
    const { gif, expected } = make(frames, 0, size, batch);
    expect(stored(gif).some((frame) => frame.has_local_palette)).toBe(true);
    await verify(gif, expected);
    const { frames: shown } = await seen(gif, size);
    const half = (size * size) / 2;
    for (const canvas of shown) expect(canvas.subarray(0, half)).toEqual(shown[0].subarray(0, half));
  });

  it('leaves what stays as it was written, which may be in colours alike, where what changes is exact', async () => {
    const size = 64;
    // A shade with near neighbours in the palette, beside noise that no palette is enough for.
    const first = Uint32Array.from({ length: size * size }, (_, i) => {
      const [x, y] = [i % size, Math.floor(i / size)];
      if (x < 16) return (0xff000000 | (Math.imul(i + 1, 2654435761) >>> 8)) >>> 0;
      const [red, green, blue] = [x + y, x * 2, y].map((shade) => 60 + Math.floor(shade / 4));
      return (0xff000000 | (blue << 16) | (green << 8) | red) >>> 0;
    });
    // A stripe of one colour comes, then another: each is exact in a palette of its own.
    const frames = [0, 1, 2].map((n) => ({
      pixels: n === 0 ? first : first.slice().fill(COLOURS[n], n * 1024, n * 1024 + 300),
      delay: 50,
    }));
    const { gif, expected } = make(frames, 0, size);
    await verify(gif, expected);
  });

  it('gives each frame of its own colours a palette of its own, where pixels are erased as well', async () => {
    // A sticker in motion: columns of 225 colours, which no other frame has, walk over a transparent canvas.
    const side = 40;
    const frames = [0, 1, 2, 3].map((n) => {
      const pixels = new Uint32Array(side * side);
      for (let i = 0; i < 225; i++) {
        const [x, y] = [i % 15, Math.floor(i / 15)];
        const colour = [
          [x * 16, y * 16, 0],
          [0, x * 16, y * 16],
          [y * 16, 0, x * 16],
          [x * 16, 250, y * 16],
        ][n];
        pixels[(y + 5) * side + x + n * 6] = (0xff000000 | (colour[2] << 16) | (colour[1] << 8) | colour[0]) >>> 0;
      }
      return { pixels, delay: 50 };
    });
    const { gif, expected } = make(frames, 0, side);
    expect((await seen(gif, side)).frames).toEqual(frames.map(({ pixels }) => pixels));
    await verify(gif, expected);
  });

  it.each(corpusFiles('accessibleparrot.gif', 'parrots'))(
    'writes colours for others that look the same, but not in stills: %s',
    async (file) => {
      const size = 100;
      const source = sharp(file, { animated: true });
      const { pages = 1 } = await source.metadata();
      const data = new Uint8Array(await source.resize(size, size, { fit: 'fill' }).ensureAlpha().raw().toBuffer());
      const words = new Uint32Array(data.buffer).map((word) => (word >>> 24 === 255 ? word : 0));
      const frames = Array.from({ length: pages }, (_, n) => ({
        delay: 50,
        pixels: words.slice(n * size * size, (n + 1) * size * size),
      }));
      const quantised = [...new Quantiser(size, true).quantise(frames)];
      expect(quantised[0].palette.error).toBeGreaterThan(0);
      const { gif, expected } = make(frames, 0, size);
      await verify(gif, expected);
      const shown = (await seen(gif, size)).frames;
      let replaced = 0;
      for (const [n, { pixels }] of quantised.entries()) {
        for (const [i, pixel] of pixels.entries()) {
          const distance = [0, 8, 16].reduce(
            (sum, at) => sum + (((pixel >> at) & 255) - ((shown[n][i] >> at) & 255)) ** 2,
            0,
          );
          expect(distance).toBeLessThanOrEqual(LIMITS.unseenDistance);
          if (distance > 0) replaced++;
        }
      }
      expect(replaced).toBeGreaterThan(0);

      const still = make([{ ...frames[0], delay: 0 }], 0, size);
      const [{ pixels }] = new Quantiser(size, false).quantise([frames[0]]);
      expect((await seen(still.gif, size)).frames[0]).toEqual(pixels);
    },
  );
});

describe('verify', () => {
  const frames = [COLOURS[1], COLOURS[2]].map((colour, i) => ({
    pixels: withRectangle(empty, i * 3, 2, 5, 5, colour),
    delay: 50,
  }));

  it('accepts what was meant', async () => {
    const { gif, expected } = make(frames);
    await expect(verify(gif, expected)).resolves.toBeUndefined();
  });

  it('refuses another colour, another time, another count', async () => {
    const { gif, expected } = make(frames);
    const recoloured = gif.slice();
    recoloured[13] ^= 1;
    await expect(verify(recoloured, expected)).rejects.toThrow('verification failed: fingerprint of frame 0');
    const late = { ...expected, frames: expected.frames.map((frame) => ({ ...frame, delay: 60 })) };
    await expect(verify(gif, late)).rejects.toThrow('delay of frame 0 should be 60, not 50');
    const fewer = { ...expected, frames: expected.frames.slice(1) };
    await expect(verify(gif, fewer)).rejects.toThrow('frames should be 1, not 2');
    await expect(verify(gif, { ...expected, plays: 3 })).rejects.toThrow('plays should be 3, not 0');
  });
});
