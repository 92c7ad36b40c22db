import { existsSync, readdirSync, readFileSync } from 'node:fs';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { Film } from '../../src/imaging/film.ts';
import { LIMITS, renderEmoji } from '../../src/imaging/index.ts';
import { Pace } from '../../src/imaging/pace.ts';
import { random } from '../bench/random.ts';
import { decodeGif } from '../support/gif.ts';
import { difference } from './pixels-of.ts';

const FIXTURES = 'test/fixtures';
const PARROTS = '../shared/corpus/parrots';
const ALL = { furtherSizes: [64, 128], still: true };
const CONTAIN = { fit: 'contain', background: { r: 0, g: 0, b: 0, alpha: 0 } } as const;

const files = [
  ...readdirSync(FIXTURES)
    .filter((name) => /\.(png|jpg|gif|webp|avif|bmp|ico|svg|tiff)$/.test(name))
    .map((name) => `${FIXTURES}/${name}`),
  ...(existsSync(PARROTS)
    ? readdirSync(PARROTS)
        .slice(0, 6)
        .map((name) => `${PARROTS}/${name}`)
    : []),
];

/** Something with colour at every scale, and edges. */
function photo(width: number, height: number): Uint8Array {
  return Uint8Array.from({ length: width * height * 3 }, (_, i) => {
    const x = Math.floor(i / 3) % width;
    const y = Math.floor(i / 3 / width);
    const waves = 60 * Math.sin(x / 37 + (i % 3)) + 50 * Math.cos(y / 29 - (i % 3));
    return Math.max(0, Math.min(255, 128 + waves + (x > width / 2 && y > height / 3 ? 60 : 0)));
  });
}

const photoOf = (width: number, height: number) => sharp(photo(width, height), { raw: { width, height, channels: 3 } });
const rgbaOf = (file: Uint8Array) => sharp(file).ensureAlpha().raw().toBuffer();

describe('the pictures of one decode', () => {
  it.each(files)('leave the emoji of %s as it is without them', async (file) => {
    const bytes = readFileSync(file);
    const { gif: alone, further: none, png: noStill, ...told } = await renderEmoji(bytes);
    expect([none.size, noStill]).toEqual([0, null]);
    const { gif, further, png, ...facts } = await renderEmoji(bytes, ALL);
    expect(facts).toEqual(told);
    expect([...further.keys()].sort()).toEqual([128, 64]);
    expect(png).not.toBeNull();
    // A decoder that reduces as it decodes is asked for more when there are larger sizes.
    if (!/jpe?g|svg$/.test(file)) expect(Buffer.compare(gif, alone)).toBe(0);
  });

  it.each(files.filter((file) => !/jpe?g|svg$/.test(file)))(
    'are of %s what each size is on its own: made from the original, not from one another',
    async (file) => {
      const bytes = readFileSync(file);
      const { further } = await renderEmoji(bytes, ALL);
      for (const [size, gif] of further) {
        expect(Buffer.compare(gif, (await renderEmoji(bytes, { size })).gif), `${size}`).toBe(0);
      }
    },
  );

  // 100×100 and 128×128 average the same boxes of these: 2×2 pixels.
  it.each([false, true])(
    'are what each size is on its own where two share their boxes, interlaced: %s',
    async (progressive) => {
      const bytes = await photoOf(512, 384).png({ progressive }).toBuffer();
      const { gif, further } = await renderEmoji(bytes, ALL);
      for (const [size, file] of [...further, [100, gif] as const]) {
        expect(Buffer.compare(file, (await renderEmoji(bytes, { size })).gif), `${size}`).toBe(0);
      }
    },
  );

  it.each(['png', 'jpeg', 'webp', 'tiff', 'avif'] as const)(
    'look as another scaler makes them, of a %s',
    async (format) => {
      const bytes = await photoOf(1000, 750).toFormat(format, { quality: 95 }).toBuffer();
      const { gif, further, png } = await renderEmoji(bytes, ALL);
      // Decoded as a whole: what sharp decodes at a reduced scale of its own is some levels off.
      const { data, info } = await sharp(bytes).raw().toBuffer({ resolveWithObject: true });
      for (const [size, file] of [...further, [100, gif] as const, [100, png ?? gif] as const]) {
        const theirs = await sharp(data, { raw: info }).resize(size, size, CONTAIN).ensureAlpha().raw().toBuffer();
        // A palette of 256 colours with error diffusion is some levels off; a shift by one pixel would be 10 and more.
        expect(difference(await rgbaOf(file), theirs).mean, `${size}`).toBeLessThan(file === png ? 0.6 : 3);
      }
    },
  );

  it('keep frames, times and repetitions', async () => {
    const { gif, further } = await renderEmoji(readFileSync(`${FIXTURES}/moving-square.webp`), ALL);
    const [main, ...others] = [gif, ...further.values()].map(decodeGif);
    for (const { plays, frames } of others) {
      expect(plays).toBe(main.plays);
      expect(frames.map(({ delay }) => delay)).toEqual(main.frames.map(({ delay }) => delay));
    }
  });

  it('are made once where two are of one size', async () => {
    const bytes = readFileSync(`${FIXTURES}/moving-square.gif`);
    const { gif, further } = await renderEmoji(bytes, { size: 64, furtherSizes: [64, 128, 128] });
    expect([...further.keys()]).toEqual([64, 128]);
    expect(further.get(64)).toBe(gif);
  });

  it('are turned and cut as the emoji is', async () => {
    const bytes = readFileSync(`${FIXTURES}/orientation-6.jpg`);
    for (const fit of ['contain', 'cover', 'stretch'] as const) {
      const { further, png } = await renderEmoji(bytes, { ...ALL, fit });
      for (const [size, file] of [...further, [100, png ?? bytes] as const]) {
        const theirs = await sharp(await sharp(bytes).autoOrient().toBuffer())
          .resize(size, size, { ...CONTAIN, fit: fit === 'stretch' ? 'fill' : fit })
          .ensureAlpha()
          .raw()
          .toBuffer();
        // Flat quadrants: only pixels on their edges may differ.
        expect(difference(await rgbaOf(file), theirs).mean, `${fit} ${size}`).toBeLessThan(3);
      }
    }
  });

  it('show what is faint, in every size', async () => {
    const faint = {
      create: { width: 300, height: 300, channels: 4 as const, background: { r: 200, g: 30, b: 30, alpha: 0.2 } },
    };
    const { gif, further, png } = await renderEmoji(await sharp(faint).png().toBuffer(), ALL);
    const shares = await Promise.all(
      [gif, ...further.values(), png ?? gif].map(async (file) => {
        const alphas = (await rgbaOf(file)).filter((_, i) => i % 4 === 3);
        return alphas.filter((alpha) => alpha === 255).length / alphas.length;
      }),
    );
    // A pattern of pixels, as dense in each. By its own alpha none would be drawn.
    for (const share of shares) expect(Math.abs(share - shares[0])).toBeLessThan(0.02);
    expect(shares[0]).toBeGreaterThan(0.2);
  });

  it.each([0, 257, 1.5])('are of 1 to 256 pixels: not %d', async (size) => {
    const bytes = readFileSync(`${FIXTURES}/halves.png`);
    await expect(renderEmoji(bytes, { furtherSizes: [64, size] })).rejects.toThrow(RangeError);
  });
});

describe('the still', () => {
  it.each(files)('of %s is the first frame of the emoji, in all its colours', async (file) => {
    const { gif, png } = await renderEmoji(readFileSync(file), ALL);
    const { data, info } = await sharp(png ?? gif)
      .ensureAlpha()
      .raw()
      .toBuffer({ resolveWithObject: true });
    expect([info.width, info.height]).toEqual([100, 100]);
    const first = decodeGif(gif).frames[0].rgba;
    // Transparent in the same places.
    for (let i = 3; i < data.length; i += 4) expect(data[i]).toBe(first[i]);
    // Colours under transparent pixels are nobody's concern.
    for (let i = 0; i < data.length; i += 4) if (data[i + 3] === 0) first.set(data.subarray(i, i + 3), i);
    expect(difference(data, first).mean).toBeLessThan(3);
  });

  it('is exact where the palette is', async () => {
    const { gif, png } = await renderEmoji(readFileSync(`${FIXTURES}/quadrants.bmp`), ALL);
    expect(Buffer.compare(await rgbaOf(png ?? gif), Buffer.from(decodeGif(gif).frames[0].rgba))).toBe(0);
  });

  it('has no palette where the picture has more colours', async () => {
    const { png } = await renderEmoji(await photoOf(400, 400).png().toBuffer(), ALL);
    const rgba = await rgbaOf(png ?? new Uint8Array());
    expect(new Set(new Uint32Array(new Uint8Array(rgba).buffer)).size).toBeGreaterThan(256);
  });
});

describe('a size that gets too large', () => {
  /** Pixels that nothing foretells. */
  function noise(size: number, seed: number): Uint32Array {
    const next = random(seed + 1);
    return Uint32Array.from({ length: size ** 2 }, () => (0xff000000 | (next() * 0x1000000)) >>> 0);
  }

  /** Films noise, which takes more than a byte a pixel, until it has come to more bytes than a further size may have. */
  async function filmNoise(isOptional: boolean): Promise<Film> {
    const size = 256;
    const film = new Film(size, true, 0, isOptional, new Pace());
    const frames = Math.ceil(LIMITS.furtherGifBytes / size ** 2) + 16;
    for (let n = 0; n < frames; n++) await film.add({ pixels: noise(size, n), strongestAlpha: 255 }, 100);
    await film.end(false);
    return film;
  }

  it('is left out when it is a further one, and is the emoji otherwise', async () => {
    expect((await filmNoise(true)).finish() === null).toBe(true);
    expect((await filmNoise(false)).finish()?.gif.length).toBeGreaterThan(LIMITS.furtherGifBytes);
  });
});
