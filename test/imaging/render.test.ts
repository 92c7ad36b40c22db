import { existsSync, readdirSync, readFileSync } from 'node:fs';
import omggif from 'omggif';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { ImagingError, type RenderOptions, renderEmoji } from '../../src/imaging/index.ts';

const PARROTS = '../shared/corpus/parrots';

/** A photo-like picture: gradients, texture, edges. */
function photo(width: number, height: number, phase = 0): Uint8Array {
  return Uint8Array.from({ length: width * height * 3 }, (_, i) => {
    const x = Math.floor(i / 3) % width;
    const y = Math.floor(i / 3 / width);
    const texture = 25 * Math.sin((x * y) / 40 + (i % 3)) + 12 * Math.sin(x / 3 + y / 2);
    const waves = 60 * Math.sin((x + phase) / 37 + (i % 3)) + 50 * Math.cos(y / 29 - (i % 3));
    return Math.max(0, Math.min(255, 128 + waves + texture * (y > height / 2 ? 1 : 0.1)));
  });
}

const photoOf = (width: number, height: number) => sharp(photo(width, height), { raw: { width, height, channels: 3 } });

/** An animation with a square that moves over transparency. */
async function movingSquare(format: 'gif' | 'webp', delay: number[], loop: number, side = 64): Promise<Uint8Array> {
  const frames = delay.map((_, n) =>
    Uint8Array.from({ length: side * side * 4 }, (__, i) => {
      const x = (i >> 2) % side;
      const y = Math.floor((i >> 2) / side);
      return x >= n * 5 && x < n * 5 + 20 && y >= 10 && y < 30 ? [250, 60 + 10 * n, 20, 255][i % 4] : 0;
    }),
  );
  const raw = { width: side, height: side * frames.length, channels: 4 as const, pageHeight: side };
  return sharp(Buffer.concat(frames), { raw }).toFormat(format, { delay, loop, lossless: true }).toBuffer();
}

async function canvases(gif: Uint8Array): Promise<{ frames: Uint8Array[]; size: number }> {
  const { data, info } = await sharp(gif, { animated: true }).ensureAlpha().raw().toBuffer({ resolveWithObject: true });
  const bytes = info.width * info.width * 4;
  const frames = Array.from({ length: data.length / bytes }, (_, i) => data.subarray(i * bytes, (i + 1) * bytes));
  return { frames, size: info.width };
}

/** Peak signal to noise of two pictures on a page of one colour; `soften` first blurs as an eye does at chat size. */
async function psnr(one: Uint8Array, other: Uint8Array, page: string, soften = false): Promise<number> {
  const [a, b] = await Promise.all(
    [one, other].map(async (rgba) => {
      const flat = sharp(rgba, { raw: { width: 100, height: 100, channels: 4 } }).flatten({ background: page });
      const kernel = [1, 4, 6, 4, 1].flatMap((down) => [1, 4, 6, 4, 1].map((across) => down * across));
      const raw = await flat.raw().toBuffer();
      if (!soften) return raw;
      return sharp(raw, { raw: { width: 100, height: 100, channels: 3 } })
        .convolve({ width: 5, height: 5, kernel, scale: 256 })
        .raw()
        .toBuffer();
    }),
  );
  const error = a.reduce((sum, value, i) => sum + (value - b[i]) ** 2, 0) / a.length;
  return error === 0 ? 99 : 10 * Math.log10(65025 / error);
}

const CONTAIN = { fit: 'contain', background: { r: 0, g: 0, b: 0, alpha: 0 } } as const;

async function refusal(bytes: Uint8Array, options?: RenderOptions): Promise<ImagingError> {
  const error: unknown = await renderEmoji(bytes, options).catch((reason: unknown) => reason);
  if (error instanceof ImagingError) return error;
  throw new Error(`expected an ImagingError, got ${error}`);
}

/** A PNG that says any size, and holds nothing. */
function pngOf(width: number, height: number): Uint8Array {
  const bytes = new Uint8Array(Buffer.from('89504e470d0a1a0a0000000d49484452000000000000000008060000000', 'hex'));
  const ihdr = new Uint8Array(57);
  ihdr.set(bytes);
  const view = new DataView(ihdr.buffer);
  view.setUint32(16, width);
  view.setUint32(20, height);
  ihdr.set([8, 6, 0, 0, 0], 24);
  return ihdr;
}

describe('renderEmoji', () => {
  it.each(['png', 'jpeg', 'webp', 'gif'] as const)('makes a still %s a GIF of 100×100', async (format) => {
    const bytes = await photoOf(320, 200).toFormat(format).toBuffer();
    const emoji = await renderEmoji(bytes);
    expect(emoji.source).toMatchObject({ format, width: 320, height: 200, frames: 1, plays: 1, durationMs: 0 });
    expect(emoji).toMatchObject({ frames: 1, durationMs: 0 });
    const reader = new omggif.GifReader(Buffer.from(emoji.gif));
    expect([reader.width, reader.height, reader.numFrames()]).toEqual([100, 100, 1]);
    const [canvas] = (await canvases(emoji.gif)).frames;
    const alpha = (x: number, y: number) => canvas[(y * 100 + x) * 4 + 3];
    // 320×200 becomes 100×63: 18 rows above are empty.
    expect([alpha(50, 17), alpha(50, 18), alpha(50, 80), alpha(50, 81)]).toEqual([0, 255, 255, 0]);
  });

  it.each([
    ['jpeg', 320, 240],
    ['png', 640, 640],
    ['webp', 200, 150],
  ] as const)('shows a %s of %i×%i about as well as libvips does', async (format, width, height) => {
    const bytes = await photoOf(width, height)
      .toFormat(format, format === 'jpeg' ? { quality: 95, chromaSubsampling: '4:4:4' } : {})
      .toBuffer();
    // Decoded first: left to itself, libvips shrinks as it loads, which is not as good.
    const { data, info } = await sharp(bytes).ensureAlpha().raw().toBuffer({ resolveWithObject: true });
    const scaled = sharp(data, { raw: info }).resize(100, 100, CONTAIN);
    const reference = await scaled.clone().raw().toBuffer();
    const [theirs] = (await canvases(await scaled.clone().gif().toBuffer())).frames;
    const [ours] = (await canvases((await renderEmoji(bytes)).gif)).frames;
    for (const page of ['#ffffff', '#313338']) {
      // To the eye, where dither counts as the tone it makes, and pixel by pixel, where it is noise.
      expect(await psnr(ours, reference, page, true)).toBeGreaterThan(
        (await psnr(theirs, reference, page, true)) - 0.5,
      );
      expect(await psnr(ours, reference, page)).toBeGreaterThan((await psnr(theirs, reference, page)) - 1);
    }
  });

  it.each([1, 2, 3, 4, 5, 6, 7, 8])('turns EXIF orientation %i upright', async (orientation) => {
    const quadrants = Buffer.alloc(80 * 40 * 3);
    for (let i = 0; i < 80 * 40; i++) {
      const colour = [
        [255, 0, 0],
        [0, 255, 0],
        [0, 0, 255],
        [255, 255, 0],
      ][(i % 80 < 40 ? 0 : 1) + (i < 80 * 20 ? 0 : 2)];
      quadrants.set(colour, i * 3);
    }
    const bytes = await sharp(quadrants, { raw: { width: 80, height: 40, channels: 3 } })
      .withMetadata({ orientation })
      .jpeg({ quality: 100, chromaSubsampling: '4:4:4' })
      .toBuffer();
    const upright = await sharp(bytes).autoOrient().resize(100, 100, CONTAIN).ensureAlpha().raw().toBuffer();
    const [canvas] = (await canvases((await renderEmoji(bytes)).gif)).frames;
    expect(await psnr(canvas, upright, '#888888')).toBeGreaterThan(28);
  });

  it('shows Display P3 as sRGB', async () => {
    const bytes = await sharp({ create: { width: 64, height: 64, channels: 3, background: { r: 20, g: 200, b: 60 } } })
      .withIccProfile('p3')
      .png()
      .toBuffer();
    const [canvas] = (await canvases((await renderEmoji(bytes)).gif)).frames;
    const [red, green, blue] = canvas;
    expect(Math.max(Math.abs(red - 20), Math.abs(green - 200), Math.abs(blue - 60))).toBeLessThanOrEqual(3);
  });

  it.each(['gif', 'webp'] as const)('keeps the frames, times and plays of an animated %s', async (format) => {
    const delay = [50, 120, 30, 200];
    const bytes = await movingSquare(format, delay, 3);
    const emoji = await renderEmoji(bytes);
    const { plays } = emoji.source;
    expect(emoji.source).toMatchObject({ format, frames: 4, durationMs: 400 });
    expect(emoji).toMatchObject({ frames: 4, durationMs: 400, plays });
    const metadata = await sharp(emoji.gif, { animated: true }).metadata();
    expect(metadata.delay).toEqual(delay);
    expect(metadata.loop).toBe((await sharp(bytes, { animated: true }).metadata()).loop);
    const { frames } = await canvases(emoji.gif);
    // The square starts 5 of 64 pixels further in each frame, and leaves nothing behind.
    frames.forEach((canvas, n) => {
      const alpha = (x: number) => canvas[(30 * 100 + x) * 4 + 3];
      const left = Math.round(((n * 5) / 64) * 100);
      expect([alpha(Math.max(0, left - 3)), alpha(left + 3)]).toEqual([n === 0 ? 255 : 0, 255]);
    });
  });

  it('plays delays of 0 and 10 ms as browsers do', async () => {
    const emoji = await renderEmoji(await movingSquare('gif', [0, 10, 20], 0));
    expect((await sharp(emoji.gif, { animated: true }).metadata()).delay).toEqual([100, 100, 20]);
  });

  it('takes frames that show the same for one', async () => {
    const square = (await sharp(await movingSquare('webp', [100], 0))
      .ensureAlpha()
      .raw()
      .toBuffer()) as Buffer;
    const raw = { width: 64, height: 64 * 3, channels: 4 as const, pageHeight: 64 };
    const other = Buffer.alloc(square.length, 255);
    const bytes = await sharp(Buffer.concat([square, square, other]), { raw })
      .webp({ delay: [100, 100, 100], lossless: true })
      .toBuffer();
    const emoji = await renderEmoji(bytes);
    expect((await sharp(emoji.gif, { animated: true }).metadata()).delay).toEqual([200, 100]);
  });

  it('keeps still areas still', async () => {
    const side = 128;
    const still = photo(side, side);
    const frames = [0, 1, 2].map((n) => {
      const frame = still.slice();
      for (let y = 20; y < 60; y++) frame.fill(n * 90, (y * side + 20) * 3, (y * side + 60) * 3);
      return frame;
    });
    const raw = { width: side, height: side * 3, channels: 3 as const, pageHeight: side };
    const bytes = await sharp(Buffer.concat(frames), { raw })
      .webp({ lossless: true, delay: [50, 50, 50] })
      .toBuffer();
    const { frames: shown } = await canvases((await renderEmoji(bytes)).gif);
    for (let y = 0; y < 100; y++) {
      if (y > 12 && y < 50) continue;
      const row = (n: number) => [...shown[n].subarray(y * 400, y * 400 + 400)];
      expect(row(1)).toEqual(row(0));
      expect(row(2)).toEqual(row(0));
    }
  });

  it('offers size, fit, background and matte', async () => {
    const bytes = await sharp({
      create: { width: 200, height: 100, channels: 4, background: { r: 255, g: 0, b: 0, alpha: 1 } },
    })
      .png()
      .toBuffer();
    const pixel = async (options: RenderOptions, x: number, y: number) => {
      const { frames, size } = await canvases((await renderEmoji(bytes, options)).gif);
      return [...frames[0].subarray((y * size + x) * 4, (y * size + x) * 4 + 4)];
    };
    expect(await pixel({ size: 128 }, 64, 20)).toEqual([0, 0, 0, 0]);
    expect(await pixel({ size: 128 }, 64, 64)).toEqual([255, 0, 0, 255]);
    expect(await pixel({ fit: 'cover' }, 0, 0)).toEqual([255, 0, 0, 255]);
    expect(await pixel({ fit: 'stretch' }, 99, 99)).toEqual([255, 0, 0, 255]);
    expect(await pixel({ background: '#00ff10' }, 50, 0)).toEqual([0, 255, 16, 255]);
    await expect(renderEmoji(bytes, { size: 257 })).rejects.toThrow(
      'size must be a whole number from 1 to 256, not 257',
    );
    await expect(renderEmoji(bytes, { matte: 'red' })).rejects.toThrow('a colour is written #rrggbb, not red');
  });

  describe('of a picture that is faint', () => {
    /** A disc of one alpha in each frame, and how much of the canvas each frame of the emoji shows. */
    async function shares(alphas: number[], options: RenderOptions = {}): Promise<number[]> {
      const side = 100;
      const frames = alphas.map((alpha, n) =>
        Uint8Array.from({ length: side * side * 4 }, (_, i) => {
          const [x, y] = [(i >> 2) % side, Math.floor((i >> 2) / side)];
          return (x - 50) ** 2 + (y - 50) ** 2 < 40 ** 2 ? [200, 10 * n, 0, alpha][i % 4] : 0;
        }),
      );
      const raw = { width: side, height: side * frames.length, channels: 4 as const, pageHeight: side };
      const delay = frames.map(() => 50);
      const bytes = await sharp(Buffer.concat(frames), { raw }).webp({ lossless: true, exact: true, delay }).toBuffer();
      const { frames: shown } = await canvases((await renderEmoji(bytes, options)).gif);
      return shown.map((canvas) => canvas.filter((value, i) => i % 4 === 3 && value === 255).length / side ** 2);
    }
    const disc = (Math.PI * 40 ** 2) / 100 ** 2;

    it.each([[[12]], [[45]], [[30, 40]]])('something is seen (alpha %j)', async (alphas) => {
      for (const share of await shares(alphas)) {
        expect(share).toBeGreaterThan(disc * 0.1);
        expect(share).toBeLessThan(disc * 0.6);
      }
    });

    it('on a matte all of it is seen', async () => {
      const [share] = await shares([40], { matte: '#ffffff' });
      expect(share).toBeCloseTo(disc, 2);
    });

    it('what is faded in is faint at first', async () => {
      const [first, , last] = await shares([12, 128, 255]);
      expect(first).toBe(0);
      expect(last).toBeCloseTo(disc, 2);
    });
  });

  it('tells how far it is, and lets others have a turn', async () => {
    const bytes = await movingSquare(
      'webp',
      Array.from({ length: 36 }, () => 40),
      0,
      200,
    );
    const told: string[] = [];
    let turns = 0;
    let isDone = false;
    const others = async () => {
      while (!isDone) {
        await new Promise((resolve) => setTimeout(resolve, 0));
        turns++;
      }
    };
    const waiting = others();
    await renderEmoji(bytes, { onFrame: (done, of) => void told.push(`${done}/${of}`) });
    isDone = true;
    await waiting;
    expect(told).toHaveLength(36);
    expect(told.at(-1)).toBe('36/36');
    expect(turns).toBeGreaterThan(5);
  });

  it('shows the part of a truncated picture that arrived', async () => {
    const bytes = await photoOf(400, 400).png().toBuffer();
    const [canvas] = (await canvases((await renderEmoji(bytes.subarray(0, bytes.length / 2))).gif)).frames;
    const alpha = (y: number) => canvas[(y * 100 + 50) * 4 + 3];
    expect([alpha(5), alpha(95)]).toEqual([255, 0]);
  });

  it('refuses too many pixels from the header, with both numbers', async () => {
    const error = await refusal(pngOf(20_000, 14_000));
    expect(error.code).toBe('too_many_pixels');
    expect(`${error.message} ${error.remedy}`).toBe(
      '20000×14000 is 280 megapixels; the limit is 100. Scale it down first.',
    );
  });

  it('refuses a side that is too long, and an animation that is too large, from the header', async () => {
    expect((await refusal(pngOf(1_000_001, 1))).message).toBe(
      'The picture is 1000001×1 pixels; the limit of a side is 1000000.',
    );
    // 4000×3001 pixels, two frames of one pixel each.
    const frame = '21f904000a0000002c0000000001000100000202440100';
    const large = Buffer.from(`474946383961a00fb90b800000000000ffffff${frame.repeat(2)}3b`, 'hex');
    const message = 'An animation of 4000×3001 takes 12.1 megapixels; the limit is 10.4.';
    expect((await refusal(large)).message).toBe(message);
    // One interlaced image of that size, cut off: its missing rows are made on a canvas.
    const interlaced = Buffer.from('474946383961a00fb90b800000000000ffffff2c00000000a00fb90b400202440', 'hex');
    expect((await refusal(interlaced)).message).toBe(message);
  });

  it('refuses too many frames, with both numbers', async () => {
    // One pixel: graphic control extension, image descriptor, LZW data.
    const frame = '21f904000a0000002c0000000001000100000202440100';
    const head = '47494638396101000100800000000000ffffff';
    const many = Buffer.from(`${head}${frame.repeat(2001)}3b`, 'hex');
    expect(await refusal(many)).toMatchObject({
      code: 'too_many_frames',
      message: 'The animation has 2001 frames; the limit is 2000 at 100×100 pixels.',
    });
    const some = Buffer.from(`${head}${frame.repeat(700)}3b`, 'hex');
    expect((await refusal(some, { size: 256 })).message).toBe(
      'The animation has 700 frames; the limit is 610 at 256×256 pixels.',
    );
  });

  it('names what it does not know', async () => {
    expect(await refusal(new Uint8Array())).toMatchObject({ code: 'empty_file' });
    expect(await refusal(Buffer.from('%PDF-1.4'))).toMatchObject({ code: 'unsupported_format' });
  });

  it.runIf(existsSync(PARROTS))('makes parrots better than libvips does, and smaller', async () => {
    const total = { quality: 0, bytes: 0 };
    const peer = { quality: 0, bytes: 0 };
    for (const file of readdirSync(PARROTS)) {
      const bytes = readFileSync(`${PARROTS}/${file}`);
      const first = await sharp(bytes).ensureAlpha().raw().toBuffer({ resolveWithObject: true });
      const reference = await sharp(first.data, { raw: first.info }).resize(100, 100, CONTAIN).raw().toBuffer();
      const count = async (sum: typeof total, gif: Uint8Array) => {
        const [canvas] = (await canvases(gif)).frames;
        sum.quality +=
          (await psnr(canvas, reference, '#ffffff', true)) + (await psnr(canvas, reference, '#313338', true));
        sum.bytes += gif.length;
      };
      await count(total, (await renderEmoji(bytes)).gif);
      await count(peer, await sharp(bytes, { animated: true }).resize(100, 100, CONTAIN).gif().toBuffer());
    }
    expect(total.quality).toBeGreaterThan(peer.quality);
    expect(total.bytes).toBeLessThan(peer.bytes);
  });
});
