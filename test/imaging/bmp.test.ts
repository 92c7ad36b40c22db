import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { bmpDecoder } from '../../src/imaging/bmp/decoder.ts';
import { ImagingError } from '../../src/imaging/errors.ts';
import { decodeAll } from './png-frames.ts';
import { concat, randomFrom } from './png-writer.ts';

interface BitmapFields {
  width: number;
  height: number;
  bitCount: number;
  /** 12 (OS/2 1.x), 16 and 64 (OS/2 2.x), 40, 52, 56, 108 or 124. */
  headerSize?: number;
  compression?: number;
  /** Red, green, blue and alpha. */
  masks?: number[];
  /** Blue, green, red of each colour. */
  palette?: number[][];
  coloursUsed?: number;
  pixels: number[];
  pixelOffset?: number;
}

/** A file as BITMAPFILEHEADER, BITMAPINFOHEADER and their relatives have it, little-endian. */
function bmp(fields: BitmapFields): Uint8Array {
  const { width, height, bitCount, headerSize = 40, compression = 0, masks = [], palette = [], pixels } = fields;
  const isCore = headerSize === 12;
  const header = new Uint8Array(Math.max(headerSize, headerSize === 40 ? 40 + 4 * masks.length : 0));
  const view = new DataView(header.buffer);
  view.setUint32(0, headerSize, true);
  if (isCore) {
    for (const [i, value] of [width, height, 1, bitCount].entries()) view.setUint16(4 + 2 * i, value, true);
  } else {
    view.setInt32(4, width, true);
    view.setInt32(8, height, true);
    view.setUint16(12, 1, true);
    view.setUint16(14, bitCount, true);
    if (headerSize >= 40) {
      view.setUint32(16, compression, true);
      view.setUint32(32, fields.coloursUsed ?? palette.length, true);
    }
    for (const [i, mask] of masks.entries()) view.setUint32(40 + 4 * i, mask, true);
  }
  const table = palette.flatMap((colour) => (isCore ? colour : [...colour, 0]));
  const file = new Uint8Array(14);
  file.set([0x42, 0x4d]);
  new DataView(file.buffer).setUint32(10, fields.pixelOffset ?? 14 + header.length + table.length, true);
  return concat(file, header, Uint8Array.from(table), Uint8Array.from(pixels));
}

async function pixelsOf(bytes: Uint8Array): Promise<number[][]> {
  const { header, frames } = await decodeAll(bmpDecoder, bytes);
  expect(frames.length).toBe(1);
  expect(frames[0].rgba.length).toBe(header.width * header.height * 4);
  return Array.from({ length: header.width * header.height }, (_, i) => [...frames[0].rgba.subarray(4 * i, 4 * i + 4)]);
}

const BLACK = [0, 0, 0, 255];
const RED = [255, 0, 0, 255];
const GREEN = [0, 255, 0, 255];
const BLUE = [0, 0, 255, 255];
const CLEAR = [0, 0, 0, 0];
/** Blue, green, red. */
const PALETTE = [
  [0, 0, 0],
  [0, 0, 255],
  [0, 255, 0],
  [255, 0, 0],
];

describe('uncompressed', () => {
  it('8 bits, from the bottom, rows of multiples of 4 bytes', async () => {
    const bytes = bmp({ width: 3, height: 2, bitCount: 8, palette: PALETTE, pixels: [1, 2, 3, 0, 3, 2, 1, 0] });
    expect(await pixelsOf(bytes)).toEqual([BLUE, GREEN, RED, RED, GREEN, BLUE]);
  });

  it('8 bits, from the top', async () => {
    const bytes = bmp({ width: 3, height: -2, bitCount: 8, palette: PALETTE, pixels: [1, 2, 3, 0, 3, 2, 1, 0] });
    expect(await pixelsOf(bytes)).toEqual([RED, GREEN, BLUE, BLUE, GREEN, RED]);
  });

  it.each([
    [1, [0b01000000, 0, 0, 0], [BLACK, RED, BLACK]],
    [2, [0b01101100, 0, 0, 0], [RED, GREEN, BLUE]],
    [4, [0x12, 0x30, 0, 0], [RED, GREEN, BLUE]],
  ])('%i bits, the high ones first', async (bitCount, pixels, expected) => {
    const palette = PALETTE.slice(0, bitCount === 1 ? 2 : 4);
    expect(await pixelsOf(bmp({ width: 3, height: 1, bitCount, palette, pixels }))).toEqual(expected);
  });

  it('16 bits: 5 of each, scaled to the whole range', async () => {
    const pixels = [0x00, 0x7c, 0xe0, 0x03, 0x1f, 0x00, 0x10, 0x42];
    // 16 of 31 is 131.6 of 255.
    expect(await pixelsOf(bmp({ width: 4, height: 1, bitCount: 16, pixels }))).toEqual([
      RED,
      GREEN,
      BLUE,
      [132, 132, 132, 255],
    ]);
  });

  it('24 bits: blue, green, red', async () => {
    const pixels = [0, 0, 255, 0, 255, 0, 0, 0, 255, 0, 0, 1, 2, 3, 0, 0];
    expect(await pixelsOf(bmp({ width: 2, height: 2, bitCount: 24, pixels }))).toEqual([
      BLUE,
      [3, 2, 1, 255],
      RED,
      GREEN,
    ]);
  });

  it('32 bits: the fourth byte means nothing', async () => {
    expect(await pixelsOf(bmp({ width: 2, height: 1, bitCount: 32, pixels: [0, 0, 255, 7, 0, 255, 0, 200] }))).toEqual([
      RED,
      GREEN,
    ]);
  });
});

describe('masks', () => {
  it.each([40, 52, 56, 108, 124])('a header of %i bytes: 5, 6 and 5 bits', async (headerSize) => {
    const masks = [0xf800, 0x07e0, 0x001f];
    const pixels = [0x00, 0xf8, 0xe0, 0x07, 0x1f, 0x00, 0x00, 0x04];
    // 32 of 63 is 129.5 of 255.
    expect(
      await pixelsOf(bmp({ width: 4, height: 1, bitCount: 16, headerSize, compression: 3, masks, pixels })),
    ).toEqual([RED, GREEN, BLUE, [0, 130, 0, 255]]);
  });

  it('32 bits with samples of more than 8 and less', async () => {
    const masks = [0x3ff00000, 0x000ffc00, 0x00000003];
    const pixel = (0x3ff << 20) | (0x200 << 10) | 2;
    const pixels = [0, 8, 16, 24].map((shift) => (pixel >>> shift) & 255);
    expect(await pixelsOf(bmp({ width: 1, height: 1, bitCount: 32, compression: 3, masks, pixels }))).toEqual([
      [255, 128, 170, 255],
    ]);
  });

  it.each([
    ['a later header', { headerSize: 56, compression: 3 }],
    ['a later header without the masks of colours', { headerSize: 108, compression: 0 }],
    ['BI_ALPHABITFIELDS', { headerSize: 40, compression: 6 }],
  ])('alpha by %s', async (_, fields) => {
    const masks = [0xff0000, 0xff00, 0xff, 0xff000000];
    const pixels = [0, 0, 255, 255, 0, 255, 0, 100, 255, 0, 0, 0];
    expect(await pixelsOf(bmp({ width: 3, height: 1, bitCount: 32, masks, pixels, ...fields }))).toEqual([
      RED,
      [0, 255, 0, 100],
      [0, 0, 255, 0],
    ]);
  });

  it('alpha of 1 and of 4 bits', async () => {
    const one = {
      width: 2,
      height: 1,
      bitCount: 16,
      headerSize: 56,
      compression: 3,
      masks: [0x7c00, 0x3e0, 0x1f, 0x8000],
    };
    expect(await pixelsOf(bmp({ ...one, pixels: [0x00, 0xfc, 0x1f, 0x00] }))).toEqual([RED, [0, 0, 255, 0]]);
    const four = { ...one, masks: [0xf00, 0xf0, 0xf, 0xf000] };
    expect(await pixelsOf(bmp({ ...four, pixels: [0x00, 0xff, 0x0f, 0x30] }))).toEqual([RED, [0, 0, 255, 51]]);
  });

  it('alpha that is 0 throughout is none', async () => {
    const masks = [0xff0000, 0xff00, 0xff, 0xff000000];
    const pixels = [0, 0, 255, 0, 0, 255, 0, 0];
    expect(
      await pixelsOf(bmp({ width: 2, height: 1, bitCount: 32, headerSize: 124, compression: 3, masks, pixels })),
    ).toEqual([RED, GREEN]);
  });
});

describe('headers', () => {
  it('OS/2 1.x: 16-bit sizes, and 3 bytes a colour', async () => {
    const bytes = bmp({ width: 2, height: 1, bitCount: 4, headerSize: 12, palette: PALETTE, pixels: [0x12, 0, 0, 0] });
    expect(await pixelsOf(bytes)).toEqual([RED, GREEN]);
  });

  it.each([16, 64])('OS/2 2.x: a header of %i bytes', async (headerSize) => {
    const bytes = bmp({ width: 2, height: 1, bitCount: 4, headerSize, palette: PALETTE, pixels: [0x12, 0, 0, 0] });
    expect(await pixelsOf(bytes)).toEqual([RED, GREEN]);
  });

  it('OS/2 bitmap arrays: the first bitmap', async () => {
    const inner = bmp({ width: 1, height: 1, bitCount: 24, pixels: [0, 0, 255, 0], pixelOffset: 14 + 14 + 40 });
    expect(await pixelsOf(concat(Uint8Array.of(0x42, 0x41, ...new Array(12).fill(0)), inner))).toEqual([RED]);
  });

  it.each([
    ['is not given', 0],
    ['is beyond the end', 1e6],
    ['is where the palette starts', 54],
  ])('pixels follow the palette where their place %s', async (_, pixelOffset) => {
    const bytes = bmp({ width: 2, height: 1, bitCount: 8, palette: PALETTE, pixelOffset, pixels: [1, 2, 0, 0] });
    expect(await pixelsOf(bytes)).toEqual([RED, GREEN]);
  });

  it('leaves a gap before the pixels, also after a palette that is for other programs', async () => {
    const bytes = bmp({
      width: 1,
      height: 1,
      bitCount: 24,
      palette: PALETTE,
      pixelOffset: 54 + 16 + 5,
      pixels: [9, 9, 9, 9, 9, 0, 255, 0, 0],
    });
    expect(await pixelsOf(bytes)).toEqual([GREEN]);
  });

  it.each([
    ['fewer colours than indices', { palette: PALETTE.slice(0, 2) }],
    // The file says 4; what follows the second is pixels.
    ['colours cut off by the pixels', { palette: PALETTE.slice(0, 2), coloursUsed: 4 }],
    ['more colours than there can be', { palette: PALETTE.slice(0, 2), coloursUsed: 0xffffffff }],
  ])('%s: indices beyond are black', async (_, fields) => {
    expect(await pixelsOf(bmp({ width: 3, height: 1, bitCount: 8, pixels: [1, 2, 255, 0], ...fields }))).toEqual([
      RED,
      BLACK,
      BLACK,
    ]);
  });

  it('gives the ICC profile of a version 5 header', () => {
    const bytes = concat(
      bmp({ width: 1, height: 1, bitCount: 24, headerSize: 124, pixels: [0, 0, 255, 0] }),
      Uint8Array.of(1, 2, 3, 4, 5),
    );
    const view = new DataView(bytes.buffer);
    view.setUint32(14 + 56, 0x4d424544, true);
    view.setUint32(14 + 112, 128, true);
    view.setUint32(14 + 116, 5, true);
    expect(bmpDecoder.readHeader(bytes).iccProfile).toEqual(Uint8Array.of(1, 2, 3, 4, 5));
    view.setUint32(14 + 116, 6, true);
    expect(bmpDecoder.readHeader(bytes).iccProfile).toBeNull();
  });

  const valid = { width: 1, height: 1, bitCount: 24, pixels: [0, 0, 0, 0] };
  it.each<[string, Uint8Array, RegExp]>([
    ['no bytes', new Uint8Array(0), /letters BM/],
    ['other letters', Uint8Array.of(0x42, 0x40, 0, 0), /letters BM/],
    ['a file header that is cut off', bmp(valid).subarray(0, 13), /expected 14 bytes, found 13/],
    ['no bitmap header', bmp(valid).subarray(0, 16), /found one of 0/],
    ['a bitmap header that is cut off', bmp(valid).subarray(0, 30), /expected 40 bytes, found 16/],
    [
      'a header of 15 bytes',
      concat(bmp(valid).subarray(0, 14), Uint8Array.of(15, 0, 0, 0), new Uint8Array(90)),
      /found one of 15/,
    ],
    ['no width', bmp({ ...valid, width: 0 }), /0×1/],
    ['a negative width', bmp({ ...valid, width: -5 }), /-5×1/],
    ['no height', bmp({ ...valid, height: 0 }), /1×0/],
    ['5 bits', bmp({ ...valid, bitCount: 5 }), /found 5/],
    ['64 bits', bmp({ ...valid, bitCount: 64 }), /found 64/],
    ['OS/2 fax compression', bmp({ ...valid, bitCount: 1, compression: 3 }), /compression method 3 with 1 bits/],
    ['a JPEG inside', bmp({ ...valid, compression: 4, bitCount: 8 }), /compression method 4/],
    ['RLE8 of 4 bits', bmp({ ...valid, bitCount: 4, compression: 1 }), /compression method 1 with 4 bits/],
  ])('refuses %s', (_, bytes, message) => {
    expect(() => bmpDecoder.readHeader(bytes)).toThrow(ImagingError);
    expect(() => bmpDecoder.readHeader(bytes)).toThrow(message);
  });
});

describe('run lengths', () => {
  const rle = (bitCount: number, width: number, height: number, pixels: number[]) =>
    bmp({
      width,
      height,
      bitCount,
      compression: bitCount === 8 ? 1 : bitCount === 4 ? 2 : 4,
      palette: bitCount === 24 ? [] : PALETTE,
      pixels,
    });

  it('RLE8: runs, pixels one by one with padding, ends of lines and of the bitmap', async () => {
    const bytes = rle(8, 4, 2, [2, 1, 2, 2, 0, 0, 0, 3, 3, 2, 1, 99, 1, 0, 0, 0, 0, 1]);
    expect(await pixelsOf(bytes)).toEqual([BLUE, GREEN, RED, BLACK, RED, RED, GREEN, GREEN]);
  });

  it('RLE4: two colours in turn', async () => {
    const bytes = rle(4, 5, 2, [5, 0x12, 0, 0, 0, 5, 0x32, 0x10, 0x10, 99, 0, 1]);
    expect(await pixelsOf(bytes)).toEqual([BLUE, GREEN, RED, BLACK, RED, RED, GREEN, RED, GREEN, RED]);
  });

  it('RLE24 of OS/2', async () => {
    const bytes = rle(24, 3, 2, [3, 0, 0, 255, 0, 0, 0, 3, 255, 0, 0, 0, 255, 0, 0, 0, 255, 99, 0, 1]);
    expect(await pixelsOf(bytes)).toEqual([BLUE, GREEN, RED, RED, RED, RED]);
  });

  it('from the top, which no program should write', async () => {
    expect(await pixelsOf(rle(8, 1, -2, [1, 1, 0, 0, 1, 2, 0, 1]))).toEqual([RED, GREEN]);
  });

  it('pixels that are skipped are transparent', async () => {
    // A pixel; 1 to the right, 1 up; a pixel; end of line; nothing in the third row.
    const bytes = rle(8, 3, 3, [1, 1, 0, 2, 1, 1, 1, 2, 0, 0, 0, 1]);
    expect(await pixelsOf(bytes)).toEqual([CLEAR, CLEAR, CLEAR, CLEAR, CLEAR, GREEN, RED, CLEAR, CLEAR]);
    // Within a row.
    expect(await pixelsOf(rle(8, 3, 1, [1, 1, 0, 2, 1, 0, 1, 2]))).toEqual([RED, CLEAR, GREEN]);
  });

  it.each([
    ['a run', [9, 1, 0, 0, 1, 2]],
    ['pixels one by one', [0, 4, 1, 1, 1, 2, 0, 0, 1, 2]],
    ['a way to the right', [2, 1, 0, 2, 200, 0, 1, 3, 0, 0, 1, 2]],
  ])('drops what is beyond the row: %s', async (_, pixels) => {
    expect(await pixelsOf(rle(8, 2, 2, pixels))).toEqual([GREEN, CLEAR, RED, RED]);
  });

  it('stops where rows or bytes end', async () => {
    expect(await pixelsOf(rle(8, 1, 1, [1, 1, 0, 0, 1, 2, 0, 0, 1, 3]))).toEqual([RED]);
    for (const cut of [[1], [0], [0, 2], [0, 2, 0], [0, 4, 2], [0, 4, 2, 2]]) {
      const [first] = await pixelsOf(rle(8, 4, 1, [1, 1, ...cut]));
      expect(first).toEqual(RED);
    }
    expect(await pixelsOf(rle(24, 2, 1, [1, 0, 0, 255, 1, 0, 0]))).toEqual([RED, CLEAR]);
  });
});

it('shows the pixels that came of a file that is cut off', async () => {
  const random = randomFrom(1);
  const pixels = Array.from({ length: 7 * 20 }, () => Math.floor(random() * 256));
  const bytes = bmp({ width: 6, height: 7, bitCount: 24, pixels });
  const whole = await pixelsOf(bytes);
  for (let length = 0; length < bytes.length; length++) {
    const came = Math.max(0, length - 54);
    if (came === 0) {
      await expect(decodeAll(bmpDecoder, bytes.subarray(0, length))).rejects.toBeInstanceOf(ImagingError);
      continue;
    }
    const shown = await pixelsOf(bytes.subarray(0, length));
    for (const [i, pixel] of whole.entries()) {
      const at = (6 - Math.floor(i / 6)) * 20 + 3 * (i % 6);
      expect(shown[i]).toEqual(at + 3 <= came ? pixel : CLEAR);
    }
  }
});

it('never fails but with an ImagingError, whatever is damaged', async () => {
  const random = randomFrom(6);
  const masks = [0xf800, 0x07e0, 0x001f];
  const noise = Array.from({ length: 400 }, () => Math.floor(random() * 256));
  const originals = [
    bmp({ width: 9, height: 7, bitCount: 1, palette: PALETTE, pixels: noise }),
    bmp({ width: 9, height: 7, bitCount: 8, headerSize: 12, palette: PALETTE, pixels: noise }),
    bmp({ width: 9, height: 7, bitCount: 4, compression: 2, palette: PALETTE, pixels: noise }),
    bmp({ width: 9, height: -7, bitCount: 8, compression: 1, palette: PALETTE, pixels: noise }),
    bmp({ width: 9, height: 7, bitCount: 24, compression: 4, pixels: noise }),
    bmp({ width: 9, height: 7, bitCount: 16, compression: 3, masks, pixels: noise }),
    bmp({ width: 9, height: 7, bitCount: 32, headerSize: 124, pixels: noise }),
  ];
  let decoded = 0;
  for (let i = 0; i < 4000; i++) {
    const bytes = originals[i % originals.length].slice();
    for (let k = Math.floor(random() * 4); k >= 0; k--) {
      const at = Math.floor(random() * bytes.length);
      // Not the high bytes of the size: the caller refuses what is too large.
      if (at < 19 || at > 25) bytes[at] = random() < 0.5 ? random() * 256 : bytes[at] ^ (1 << (random() * 8));
    }
    try {
      const { header } = await decodeAll(
        bmpDecoder,
        bytes.subarray(0, random() < 0.2 ? random() * bytes.length : bytes.length),
      );
      expect(header.width * header.height).toBeLessThan(1e8);
      decoded++;
    } catch (error) {
      if (!(error instanceof ImagingError)) throw error;
    }
  }
  expect(decoded).toBeGreaterThan(1000);
});

describe('corpus', () => {
  const folders = ['pillow', 'image-rs'].map((name) => `../shared/corpus/${name}`).filter(existsSync);
  const find = (name: string) => folders.map((folder) => `${folder}/${name}`).find(existsSync);
  const load = async (name: string) => pixelsOf(new Uint8Array(readFileSync(find(name) ?? '')));

  it.skipIf(folders.length === 0)('reads every file, or says why not', async () => {
    const failed: string[] = [];
    for (const folder of folders) {
      for (const name of readdirSync(folder).filter((file) => file.endsWith('.bmp'))) {
        await decodeAll(bmpDecoder, new Uint8Array(readFileSync(`${folder}/${name}`))).catch((error: unknown) => {
          expect(error).toBeInstanceOf(ImagingError);
          failed.push(name);
        });
      }
    }
    // Its width is 3158064.
    expect(failed).toEqual(['l2rgb_read.bmp']);
  });

  // Of bmpsuite: the same picture, stored in other ways; the same 8-bit palette picture, and the same RGB one.
  it.skipIf(folders.length === 0).each([
    [
      'pal8-0.bmp',
      [
        'pal8os2sp.bmp',
        'pal8os2v2.bmp',
        'pal8os2v2-16.bmp',
        'pal8topdown.bmp',
        'pal8v4.bmp',
        'pal8v5.bmp',
        'pal8oversizepal.bmp',
        'badpalettesize.bmp',
        'rgb24rle24.bmp',
      ],
    ],
    ['rgb24.bmp', ['rgb24prof.bmp', 'rgb24lprof.bmp', 'rgb32.bmp', 'rgb32bf-xbgr.bmp', 'rgb32fakealpha.bmp']],
  ])('%s is the same as others', async (name, others) => {
    const expected = await load(name);
    for (const other of others.filter((file) => find(file) !== undefined)) {
      expect({ other, same: (await load(other)).join() === expected.join() }).toEqual({ other, same: true });
    }
  });

  it.skipIf(folders.length === 0)('skips pixels where an RLE file does', async () => {
    const [plain, skipped] = [await load('pal8-0.bmp'), await load('pal8rletrns.bmp')];
    const differing = skipped.filter((pixel, i) => pixel.join() !== plain[i].join());
    expect(differing.length).toBe(416);
    for (const pixel of differing) expect(pixel).toEqual(CLEAR);
  });
});
