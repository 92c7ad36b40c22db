import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { GifAnimation } from '../../src/imaging/animation.ts';
import { dropFrames } from '../../src/imaging/fit/drop-frames.ts';
import { type Budget, fitEmoji } from '../../src/imaging/fit/fit-emoji.ts';
import { GifSearch } from '../../src/imaging/fit/gif-search.ts';
import { holdFrames } from '../../src/imaging/fit/held-frames.ts';
import { Likeness } from '../../src/imaging/fit/likeness.ts';
import { ImagingError, renderEmoji } from '../../src/imaging/index.ts';
import { Quantiser } from '../../src/imaging/quantise.ts';
import { openSource } from '../../src/imaging/source.ts';
import { mean, psnr, squaredError } from '../bench/psnr.ts';
import { random } from '../bench/random.ts';
import { decodeGif } from '../support/gif.ts';

const SIDE = 128;
const ANY: Budget = { side: SIDE, bytes: null, frames: null, png: true };

/** A photo-like picture in which a disc moves, on transparency. */
function scene(width: number, at: number): Uint8Array {
  const rgba = new Uint8Array(width * width * 4);
  for (let y = 0, o = 0; y < width; y++) {
    for (let x = 0; x < width; x++, o += 4) {
      if ((x - width / 2) ** 2 + (y - width / 2) ** 2 > (width / 2) ** 2) continue;
      const isDisc = (x - width * at) ** 2 + (y - width / 2) ** 2 < (width / 6) ** 2;
      rgba[o] = isDisc ? 250 - (y * 60) / width : 120 + 100 * Math.sin(x / 9);
      rgba[o + 1] = isDisc ? 40 : 120 + 90 * Math.cos(y / 13);
      rgba[o + 2] = isDisc ? 60 : 90 + 80 * Math.sin((x + y) / 17);
      rgba[o + 3] = 255;
    }
  }
  return rgba;
}

/** An animated WebP of so many frames, 50 ms each. */
function animation(frames: number, width = 128, draw = scene): Promise<Buffer> {
  const all = Buffer.concat(Array.from({ length: frames }, (_, n) => draw(width, 0.2 + (0.6 * n) / frames)));
  return sharp(all, { raw: { width, height: width * frames, channels: 4, pageHeight: width } })
    .webp({ lossless: true, delay: Array(frames).fill(50), loop: 3 })
    .toBuffer();
}

const noise = (() => {
  const next = random(7);
  return (width: number) =>
    Uint8Array.from({ length: width * width * 4 }, (_, i) => (i % 4 === 3 ? 255 : next() * 256));
})();

const durationOf = (gif: Uint8Array) => decodeGif(gif).frames.reduce((sum, { delay }) => sum + delay, 0);

describe('fitEmoji', () => {
  it('gives up nothing where everything fits', async () => {
    const picture = await animation(12);
    const { file, ...facts } = await fitEmoji(picture, ANY);
    expect(facts).toMatchObject({ type: 'gif', size: SIDE, lossy: 0, frames: 12, of: 12 });
    // It is what the emoji would be in that size.
    expect(Buffer.compare(file, (await renderEmoji(picture, { size: SIDE })).gif)).toBe(0);
  });

  it.each([100_000, 60_000, 30_000, 12_000, 5_000, 2_000, 700])(
    'keeps to %i bytes, and the animation its time and its repetitions',
    async (bytes) => {
      const { file, ...facts } = await fitEmoji(await animation(20), { ...ANY, bytes });
      expect(file.byteLength).toBeLessThanOrEqual(bytes);
      const { width, height, plays, frames } = decodeGif(file);
      expect([width, height, frames.length]).toEqual([facts.size, facts.size, facts.frames]);
      expect(facts.of).toBe(20);
      expect(facts.frames).toBeLessThanOrEqual(20);
      if (frames.length > 1) expect([plays, durationOf(file)]).toEqual([3, 1_000]);
    },
  );

  it('looks the better, the more bytes it may have', async () => {
    const picture = await animation(20);
    const { frames } = await holdFrames(await openSource(picture, {}, SIDE), SIDE, 'contain');
    const likeness = new Likeness(frames, SIDE);
    const figures = [];
    for (const bytes of [2_000, 8_000, 30_000, 120_000]) {
      figures.push(await likeness.of((await fitEmoji(picture, { ...ANY, bytes })).file));
    }
    expect(figures).toEqual([...figures].sort((a, b) => a - b));
  });

  it('loses no more than it has to: for a byte less, the next little', async () => {
    const picture = await animation(8);
    const { file: whole } = await fitEmoji(picture, ANY);
    const losses = [];
    for (let most = whole.byteLength - 1; losses.length < 5; ) {
      const { file, lossy } = await fitEmoji(picture, { ...ANY, bytes: most });
      losses.push(lossy);
      most = file.byteLength - 1;
    }
    expect(losses).toEqual([4, 6, 8, 11, 15]);
  });

  it('keeps to a number of frames, and then to nothing else that is not asked for', async () => {
    const { file, ...facts } = await fitEmoji(await animation(20), { ...ANY, frames: 8 });
    expect(facts).toMatchObject({ size: SIDE, lossy: 0, frames: 8, of: 20 });
    expect(decodeGif(file).frames).toHaveLength(8);
    expect(durationOf(file)).toBe(1_000);
    const { file: one, frames } = await fitEmoji(await animation(20), { ...ANY, frames: 1 });
    expect([frames, decodeGif(one).frames.length]).toEqual([1, 1]);
  });

  it('counts frames as a file has them, where one is seen for longer than a frame can say', async () => {
    const { frames } = await holdFrames(await openSource(await animation(2, 32), {}, 32), 32, 'contain');
    const slow = frames.map((frame) => ({ ...frame, delay: 800_000 }));
    const fitted = async (most: number) => {
      const search = new GifSearch(
        slow,
        2,
        32,
        { plays: 0, width: 32, height: 32, frameCount: 2 },
        { bytes: null, frames: most },
      );
      await search.goOn(slow, 32);
      return search.finish();
    };
    expect(await fitted(4)).toMatchObject({ frames: 4, of: 2 });
    expect(await fitted(3)).toMatchObject({ frames: 1, of: 2 });
  });

  it('is smaller rather than without frames in which much happens, also where a size between is no better', async () => {
    const jumping = await animation(10, 128, (width, at) => scene(width, Math.round(at * 1000) % 120 < 60 ? 0.2 : 0.8));
    expect(await fitEmoji(jumping, { ...ANY, bytes: 3_000 })).toMatchObject({ size: 48, frames: 10, of: 10 });
  });

  it('has as many colours as fit, also where fewer would be larger, for all the dither that these take', async () => {
    const striped = (width: number, at: number) =>
      Uint8Array.from({ length: width * width * 4 }, (_, i) => {
        const pixel = i >> 2;
        const stripe = Math.floor(((pixel % width) + Math.round(at * 40)) / 9) % 14;
        const shade = 4 * Math.sin(pixel / width / 3);
        return [17 * stripe + shade, ((stripe * 97) % 256) + shade, (stripe * 151) % 256, 255][i % 4];
      });
    const fitted = await fitEmoji(await animation(3, 128, striped), { ...ANY, bytes: 7_000 });
    expect(fitted).toMatchObject({ size: 128, colours: 16, lossy: 0 });
  });

  it('keeps to a size', async () => {
    const { file, size } = await fitEmoji(await animation(6), { ...ANY, side: 64 });
    const { width, height } = decodeGif(file);
    expect([width, height, size]).toEqual([64, 64, 64]);
  });

  it('is a PNG of a still in all its colours, where that may be and fits', async () => {
    const still = await sharp(scene(200, 0.4), { raw: { width: 200, height: 200, channels: 4 } })
      .png()
      .toBuffer();
    const { file, ...facts } = await fitEmoji(still, { ...ANY, bytes: 51_200 });
    expect(facts).toEqual({ type: 'png', size: SIDE, colours: null, lossy: 0, frames: 1, of: 1 });
    expect(await sharp(file).metadata()).toMatchObject({ format: 'png', width: SIDE, height: SIDE });
    expect(await fitEmoji(still, { ...ANY, png: false })).toMatchObject({ type: 'gif', size: SIDE, lossy: 0 });
  });

  it('makes even noise fit: a still as a GIF with some loss, an animation smaller or with fewer frames', async () => {
    const still = await sharp(noise(128), { raw: { width: 128, height: 128, channels: 4 } })
      .png()
      .toBuffer();
    const fitted = await fitEmoji(still, { ...ANY, bytes: 10_000 });
    expect(fitted.file.byteLength).toBeLessThanOrEqual(10_000);
    const long = await fitEmoji(await animation(30, 64, noise), { ...ANY, bytes: 51_200, frames: 50 });
    expect(long.file.byteLength).toBeLessThanOrEqual(51_200);
    expect(long).toMatchObject({ type: 'gif', of: 30 });
    expect(long.size < SIDE || long.frames < 30).toBe(true);
  });

  it('holds no more frames of a long animation than fit into memory, and says how many there were', async () => {
    const picture = await animation(450, 16, (width, at) => {
      const rgba = scene(width, 0.5);
      const n = Math.round((at - 0.2) * 750);
      rgba.set([n & 255, n >> 8, 0, 255], (8 * width + 8) * 4);
      return rgba;
    });
    const { file, ...facts } = await fitEmoji(picture, { ...ANY, bytes: 51_200 });
    expect(facts.of).toBe(450);
    expect(facts.frames).toBeLessThanOrEqual(150);
    expect(durationOf(file)).toBe(450 * 50);
  });

  it('draws as it is told', async () => {
    const still = await sharp(scene(200, 0.4), { raw: { width: 200, height: 200, channels: 4 } })
      .png()
      .toBuffer();
    const { file } = await fitEmoji(still, ANY, { background: '#336699' });
    const corner = await sharp(file).ensureAlpha().extract({ left: 0, top: 0, width: 1, height: 1 }).raw().toBuffer();
    expect([...corner]).toEqual([0x33, 0x66, 0x99, 255]);
  });

  it('says so where nothing fits', async () => {
    await expect(fitEmoji(await animation(3), { ...ANY, bytes: 30 })).rejects.toThrow(ImagingError);
    await expect(fitEmoji(new Uint8Array(5), ANY)).rejects.toThrow(ImagingError);
  });
});

describe('a loss', () => {
  it.each([6, 15, 36])('of %i levels is no more than that, in each pixel of each frame', async (levels) => {
    const { frames } = await holdFrames(await openSource(await animation(6), {}, SIDE), SIDE, 'contain');
    const quantised = [...new Quantiser(SIDE, true).quantise(frames)];
    const files = [0, 3 * levels ** 2].map((unseen) => {
      const animation = new GifAnimation(SIDE, 0, undefined, unseen);
      for (const frame of quantised) animation.add(frame);
      return animation.finish().gif;
    });
    expect(files[1].byteLength).toBeLessThan(files[0].byteLength);
    const shown = decodeGif(files[1]).frames;
    for (const [n, { pixels }] of quantised.entries()) {
      const wanted = new Uint8Array(pixels.buffer, pixels.byteOffset, pixels.byteLength);
      for (let i = 0; i < wanted.length; i += 4) {
        const { rgba } = shown[n];
        if (wanted[i + 3] === 0) continue;
        const distance = [0, 1, 2].reduce((sum, c) => sum + (wanted[i + c] - rgba[i + c]) ** 2, 0);
        // What is held and then written in another colour may be off by both.
        expect(distance).toBeLessThanOrEqual(4 * 3 * levels ** 2);
      }
    }
  });
});

describe('dropFrames', () => {
  const frame = (colour: number, delay: number) => ({ pixels: new Uint32Array(4).fill(colour), delay });
  const grey = (level: number) => (0xff000000 | (level * 0x010101)) >>> 0;

  it('leaves out what differs least, for as long as it is seen, and keeps the time', () => {
    const frames = [
      frame(grey(0), 10),
      frame(grey(100), 20),
      frame(grey(103), 30),
      frame(grey(0), 40),
      frame(grey(1), 5),
    ];
    const left = (wanted: number) => dropFrames(frames, wanted).map(({ pixels, delay }) => [pixels[0] & 255, delay]);
    expect(left(5)).toEqual([
      [0, 10],
      [100, 20],
      [103, 30],
      [0, 40],
      [1, 5],
    ]);
    expect(left(4)).toEqual([
      [0, 10],
      [100, 20],
      [103, 30],
      [0, 45],
    ]);
    expect(left(3)).toEqual([
      [0, 10],
      [100, 50],
      [0, 45],
    ]);
    expect(left(1)).toEqual([[0, 105]]);
    // Of equals the last goes. What is shown for longer counts more, and what follows is held against what is shown.
    const slow = [0, 10, 20, 30, 40].map((level) => frame(grey(level), 10));
    expect(dropFrames(slow, 3).map(({ pixels }) => pixels[0] & 255)).toEqual([0, 10, 30]);
  });

  it('counts what appears and disappears', () => {
    const frames = [frame(0, 10), frame(grey(200), 10), frame(grey(210), 10), frame(0, 10)];
    expect(dropFrames(frames, 3).map(({ pixels }) => pixels[0])).toEqual([0, grey(200), 0]);
  });
});

describe('Likeness', () => {
  it('is the softened figure of the bench, over the moments of one play', async () => {
    const picture = await animation(8);
    const { frames } = await holdFrames(await openSource(picture, {}, SIDE), SIDE, 'contain');
    const { file } = await fitEmoji(picture, { ...ANY, bytes: 9_000 });
    const { frames: made, width } = decodeGif(file);
    expect(width).toBe(SIDE);
    const total = frames.reduce((sum, { delay }) => sum + delay, 0);
    const at = (list: { delay: number }[], time: number) =>
      list.findIndex((_, n) => time < list.slice(0, n + 1).reduce((sum, { delay }) => sum + delay, 0));
    const errors = Array.from({ length: 16 }, (_, n) => {
      const time = ((n + 0.5) / 16) * total;
      const { pixels } = frames[at(frames, time)];
      const original = new Uint8Array(pixels.buffer, pixels.byteOffset, pixels.byteLength);
      const seen = made[at(made, time)].rgba.slice();
      for (let i = 0; i < seen.length; i += 4) if (seen[i + 3] === 0) seen.fill(0, i, i + 4);
      return squaredError(original, seen, SIDE);
    });
    expect(await new Likeness(frames, SIDE).of(file)).toBeCloseTo(psnr(mean(errors).soft), 3);
  });

  it('enlarges by blending neighbours, each pixel where its middle is', async () => {
    const still = await sharp(scene(64, 0.4), { raw: { width: 64, height: 64, channels: 4 } })
      .flatten()
      .png()
      .toBuffer();
    const { file } = await fitEmoji(still, { ...ANY, side: 64, png: false });
    const [{ rgba }] = decodeGif(file).frames;
    const sample = (x: number, y: number, c: number) =>
      rgba[(Math.min(63, Math.max(0, y)) * 64 + Math.min(63, Math.max(0, x))) * 4 + c];
    // At twice the size the middles are a quarter of a pixel off: three quarters of one, and a quarter of its neighbour.
    const pixels = new Uint32Array(SIDE * SIDE).map((_, i) => {
      const [x, y] = [i % SIDE, Math.floor(i / SIDE)];
      const [left, top] = [Math.floor((x - 1) / 2), Math.floor((y - 1) / 2)];
      const [across, down] = [x % 2 ? 0.25 : 0.75, y % 2 ? 0.25 : 0.75];
      const channel = (c: number) =>
        (sample(left, top, c) * (1 - across) + sample(left + 1, top, c) * across) * (1 - down) +
        (sample(left, top + 1, c) * (1 - across) + sample(left + 1, top + 1, c) * across) * down;
      return (0xff000000 | (channel(2) << 16) | (channel(1) << 8) | channel(0)) >>> 0;
    });
    expect(await new Likeness([{ pixels, delay: 0 }], SIDE).of(file)).toBeGreaterThan(50);
  });

  it('is 99 of what cannot be told apart', async () => {
    const still = await sharp(scene(128, 0.4), { raw: { width: 128, height: 128, channels: 4 } })
      .png({ palette: true, colours: 64 })
      .toBuffer();
    const { frames } = await holdFrames(await openSource(still, {}, SIDE), SIDE, 'contain');
    expect(await new Likeness(frames, SIDE).of((await fitEmoji(still, { ...ANY, png: false })).file)).toBe(99);
  });
});
