import fc from 'fast-check';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { place } from '../../src/imaging/geometry.ts';
import type { Rect } from '../../src/imaging/image.ts';
import { Scaler } from '../../src/imaging/scale.ts';

interface Picture {
  width: number;
  height: number;
  /** Straight RGBA. */
  data: Uint8Array;
}

/** Waves, edges and noise, with soft and hard transparency. */
function testPicture(width: number, height: number, isOpaque: boolean): Picture {
  const data = new Uint8Array(width * height * 4);
  let seed = 12345;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      seed = (Math.imul(seed, 1103515245) + 12345) >>> 0;
      const noise = (seed >>> 16) % 32;
      const inside = (x - width / 2) ** 2 + (y - height / 2) ** 2 < (Math.min(width, height) / 2.2) ** 2;
      const alpha = isOpaque ? 255 : inside ? 255 : (x * 255) / width;
      data.set(
        [110 + 100 * Math.sin(x / 9) + noise, (x >> 4) % 2 ? 220 : 30, 128 + 90 * Math.cos((x + y) / 23), alpha],
        (y * width + x) * 4,
      );
    }
  }
  return { width, height, data };
}

function scale(picture: Picture, size = 100): Scaler {
  const { window, width, height } = place(picture.width, picture.height, size, 'contain');
  const scaler = new Scaler(picture, window, { width, height });
  scaler.begin(null);
  feed(scaler, picture);
  scaler.end();
  return scaler;
}

function feed(scaler: Scaler, { width, height, data }: Picture, from = 0, to = height): void {
  for (let y = from; y < to; y++) scaler.row(y, data.subarray(y * width * 4, (y + 1) * width * 4), 0, 1, width);
}

const bytesOf = ({ pixels }: Scaler) => new Uint8Array(pixels.buffer, pixels.byteOffset, pixels.byteLength);

function psnr(one: Uint8Array, other: Uint8Array): number {
  let error = 0;
  for (let i = 0; i < one.length; i++) error += (one[i] - other[i]) ** 2;
  return error === 0 ? 99 : 10 * Math.log10((255 * 255 * one.length) / error);
}

async function byLibvips({ width, height, data }: Picture, target: Scaler): Promise<Uint8Array> {
  const straight = await sharp(data, { raw: { width, height, channels: 4 } })
    .resize(target.width, target.height, { kernel: 'lanczos3', fit: 'fill' })
    .raw()
    .toBuffer();
  return Uint8Array.from(straight, (value, i) => (i % 4 === 3 ? value : Math.round((value * straight[i | 3]) / 255)));
}

/** Opaque pixels of as many colours, without order. */
function pixelArt(side: number, colours: number): Picture {
  const data = new Uint8Array(side * side * 4);
  for (let i = 0; i < side * side; i++) {
    const colour = (Math.imul(i, 2654435761) >>> 8) % colours;
    data.set([255 - colour * 2, colour, colour % 2 === 0 ? 200 : 20, 255], i * 4);
  }
  return { width: side, height: side, data };
}

/** Enlarged to the canvas by nearest neighbour, as it is defined, and premultiplied. */
function squares({ width, height, data }: Picture): Uint8Array {
  return Uint8Array.from({ length: 100 * 100 * 4 }, (_, i) => {
    const x = Math.floor((((i >> 2) % 100) * width) / 100);
    const y = Math.floor((Math.floor((i >> 2) / 100) * height) / 100);
    const at = (y * width + x) * 4;
    return i % 4 === 3 ? data[at + 3] : Math.round((data[at + (i % 4)] * data[at + 3]) / 255);
  });
}

describe('Scaler', () => {
  it.each([
    [640, 480, true],
    [643, 211, false],
    [1501, 997, false],
    [128, 128, false],
    [101, 99, true],
    [80, 60, false],
  ])('scales %i×%i as Lanczos-3 of libvips does', async (width, height, isOpaque) => {
    const picture = testPicture(width, height, isOpaque);
    const scaler = scale(picture);
    expect(psnr(bytesOf(scaler), await byLibvips(picture, scaler))).toBeGreaterThan(45);
  });

  it('keeps a picture of the right size as it is', () => {
    const picture = testPicture(100, 100, true);
    expect(bytesOf(scale(picture))).toEqual(picture.data);
  });

  it('keeps an area of one colour', () => {
    const channel = fc.integer({ min: 0, max: 255 });
    const side = fc.integer({ min: 1, max: 700 });
    fc.assert(
      fc.property(side, side, fc.tuple(channel, channel, channel), (width, height, colour) => {
        const data = new Uint8Array(width * height * 4);
        for (let i = 0; i < data.length; i += 4) data.set([...colour, 255], i);
        const { pixels } = scale({ width, height, data });
        const expected = new Uint32Array(Uint8Array.from([...colour, 255]).buffer)[0];
        expect(pixels.every((pixel) => pixel === expected)).toBe(true);
      }),
      { numRuns: 40 },
    );
  });

  it('takes rows in any order, and the passes of an interlaced picture', () => {
    const picture = testPicture(517, 389, false);
    const whole = scale(picture);
    const { window, width, height } = place(517, 389, 100, 'contain');
    const scaler = new Scaler(picture, window, { width, height });
    scaler.begin(null);
    for (const x of [1, 0, 2]) {
      for (let y = picture.height - 1; y >= 0; y--) {
        const pixels: number[] = [];
        for (let column = x; column < picture.width; column += 3) {
          const at = (y * picture.width + column) * 4;
          pixels.push(...picture.data.subarray(at, at + 4));
        }
        scaler.row(y, Uint8Array.from(pixels), x, 3, pixels.length / 4);
      }
    }
    scaler.end();
    expect(psnr(bytesOf(scaler), bytesOf(whole))).toBeGreaterThan(60);
  });

  it('leaves what did not come transparent', () => {
    const picture = testPicture(300, 300, true);
    const { window, width, height } = place(300, 300, 100, 'contain');
    const scaler = new Scaler(picture, window, { width, height });
    scaler.begin(null);
    feed(scaler, picture, 0, 150);
    scaler.end();
    const alpha = (y: number) => scaler.pixels[y * 100 + 50] >>> 24;
    expect([alpha(10), alpha(45), alpha(55), alpha(90)]).toEqual([255, 255, 0, 0]);
  });

  it('lets no colour of transparent pixels into edges', () => {
    const data = new Uint8Array(256 * 256 * 4);
    for (let i = 0; i < data.length; i += 4) data.set((i / 4) % 256 < 130 ? [0, 0, 255, 255] : [255, 0, 0, 0], i);
    for (const pixel of scale({ width: 256, height: 256, data }).pixels) expect(pixel & 0xff).toBe(0);
  });

  it.each([
    ['boxes', 400, 300, 40],
    ['pixels', 150, 110, 80],
  ])('works again on the %s that changed alone, with the same result', (_, width, height, most) => {
    const before = testPicture(width, height, false);
    const after = { ...before, data: before.data.slice() };
    const changed = { left: 37, top: 41, width: 90, height: 55 };
    for (let y = changed.top; y < changed.top + changed.height; y++) {
      for (let x = changed.left; x < changed.left + changed.width; x++) {
        after.data.set([x, y, 255 - x, 255], (y * width + x) * 4);
      }
    }
    const scaler = scale(before);
    scaler.begin(changed);
    feed(scaler, after);
    const region = scaler.end();
    expect(region.width).toBeLessThan(most);
    expect(scaler.pixels).toEqual(scale(after).pixels);
  });

  it.each([25, 32, 40, 48])('enlarges pixel art %i pixels wide by nearest neighbour', (side) => {
    expect(bytesOf(scale(pixelArt(side, 2)))).toEqual(squares(pixelArt(side, 2)));
  });

  it('enlarges pixel art as libvips does where the factor is whole', async () => {
    const { width, height, data } = pixelArt(25, 20);
    const theirs = sharp(data, { raw: { width, height, channels: 4 } }).resize(100, 100, { kernel: 'nearest' });
    expect(bytesOf(scale({ width, height, data }))).toEqual(new Uint8Array(await theirs.raw().toBuffer()));
  });

  it('enlarges a photo smoothly', async () => {
    const photo = testPicture(25, 25, true);
    const scaler = scale(photo);
    expect(psnr(bytesOf(scaler), await byLibvips(photo, scaler))).toBeGreaterThan(38);
  });

  describe('of a small animation', () => {
    const blank = { width: 25, height: 25, data: new Uint8Array(25 * 25 * 4) };
    const white = { ...blank, data: new Uint8Array(25 * 25 * 4).fill(255) };
    const photo = testPicture(25, 25, true);
    const following = (scaler: Scaler, picture: Picture, changed: Rect | null = null) => {
      scaler.begin(changed);
      feed(scaler, picture);
      return scaler.end();
    };

    it.each([
      ['transparent', blank],
      ['of one colour', white],
    ])('takes a first frame that is %s neither for pixel art nor for a photo', async (_, first) => {
      const smooth = scale(first);
      following(smooth, photo);
      expect(psnr(bytesOf(smooth), await byLibvips(photo, smooth))).toBeGreaterThan(38);
      const art = scale(first);
      following(art, pixelArt(25, 2));
      expect(bytesOf(art)).toEqual(squares(pixelArt(25, 2)));
    });

    it('is smooth, all of it, from the frame on that has too many colours for pixel art', async () => {
      const scaler = scale(pixelArt(25, 2));
      const region = following(scaler, photo, { left: 0, top: 0, width: 25, height: 24 });
      expect(region).toEqual({ left: 0, top: 0, width: 100, height: 100 });
      const last = { ...photo, data: photo.data.slice() };
      last.data.set(pixelArt(25, 2).data.subarray(24 * 25 * 4), 24 * 25 * 4);
      expect(psnr(bytesOf(scaler), await byLibvips(last, scaler))).toBeGreaterThan(38);
    });

    it('stays pixel art where a later frame has some colours more, or fades', () => {
      const scaler = scale(pixelArt(25, 60));
      following(scaler, pixelArt(25, 100));
      expect(bytesOf(scaler)).toEqual(squares(pixelArt(25, 100)));
      const faded = pixelArt(25, 2);
      for (let i = 3; i < faded.data.length; i += 4) faded.data[i] = 51;
      following(scaler, faded);
      expect(bytesOf(scaler)).toEqual(squares(faded));
    });
  });

  it('adds up 100 megapixels without loss', () => {
    const side = 10_000;
    const window = { left: 0, top: 0, width: side, height: side };
    const scaler = new Scaler(window, window, { width: 100, height: 100 });
    const row = new Uint8Array(side * 4);
    for (let i = 0; i < row.length; i += 4) row.set([254, 127, 1, 255], i);
    scaler.begin(null);
    for (let y = 0; y < side; y++) scaler.row(y, row, 0, 1, side);
    scaler.end();
    expect(scaler.pixels.every((pixel) => pixel === 0xff017ffe)).toBe(true);
  });

  it('adds up a row of a million pixels without loss, whatever their alpha', () => {
    const width = 1_000_000;
    const row = new Uint8Array(width * 4);
    for (let i = 0; i < row.length; i += 4) row.set([255, 102, 51, i % 8 === 0 ? 255 : 155], i);
    const scaler = new Scaler({ width, height: 1 }, { left: 0, top: 0, width, height: 1 }, { width: 1, height: 1 });
    scaler.begin(null);
    scaler.row(0, row, 0, 1, width);
    scaler.end();
    // Means of alpha, and of the colours times alpha: 205 × (1, 0.4, 0.2).
    expect([...bytesOf(scaler)]).toEqual([205, 82, 41, 205]);
  });
});
