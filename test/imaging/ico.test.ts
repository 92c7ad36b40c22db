import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ImagingError } from '../../src/imaging/errors.ts';
import { icoDecoder } from '../../src/imaging/ico/decoder.ts';
import { corpusFiles } from './corpus.ts';
import { decodeAll } from './png-frames.ts';
import { chunk, concat, png, randomFrom } from './png-writer.ts';

/** ICONDIR, an ICONDIRENTRY for each picture, and the pictures. */
function ico(pictures: Uint8Array[], type = 1): Uint8Array {
  const directory = new Uint8Array(6 + 16 * pictures.length);
  const view = new DataView(directory.buffer);
  view.setUint16(2, type, true);
  view.setUint16(4, pictures.length, true);
  let offset = directory.length;
  for (const [i, picture] of pictures.entries()) {
    view.setUint32(6 + 16 * i + 8, picture.length, true);
    view.setUint32(6 + 16 * i + 12, offset, true);
    offset += picture.length;
  }
  return concat(directory, ...pictures);
}

/** BITMAPINFOHEADER with twice the height, palette, pixels, AND mask. */
function bitmap(width: number, height: number, bitCount: number, ...data: number[][]): Uint8Array {
  const header = new Uint8Array(40);
  const view = new DataView(header.buffer);
  view.setUint32(0, 40, true);
  view.setInt32(4, width, true);
  view.setInt32(8, 2 * height, true);
  view.setUint16(12, 1, true);
  view.setUint16(14, bitCount, true);
  return concat(header, Uint8Array.from(data.flat()));
}

async function pixelsOf(bytes: Uint8Array): Promise<number[][]> {
  const { header, frames } = await decodeAll(icoDecoder, bytes);
  expect(header.format).toBe('ico');
  return Array.from({ length: header.width * header.height }, (_, i) => [...frames[0].rgba.subarray(4 * i, 4 * i + 4)]);
}

const RED = [255, 0, 0, 255];
const GREEN = [0, 255, 0, 255];
const BLUE = [0, 0, 255, 255];
const CLEAR = [0, 0, 0, 0];
/** Blue, green, red, and a byte that means nothing. */
const TWO_COLOURS = [0, 0, 255, 0, 0, 255, 0, 0];

describe('bitmaps', () => {
  it('1 bit: the mask says what is transparent', async () => {
    const picture = bitmap(
      3,
      2,
      1,
      TWO_COLOURS,
      [0b01100000, 0, 0, 0, 0, 0, 0, 0],
      [0b00100000, 0, 0, 0, 0b10000000, 0, 0, 0],
    );
    expect(await pixelsOf(ico([picture]))).toEqual([CLEAR, RED, RED, RED, GREEN, CLEAR]);
  });

  it('24 bits, masked as well', async () => {
    const picture = bitmap(2, 1, 24, [0, 0, 255, 0, 255, 0, 0, 0], [0b01000000, 0, 0, 0]);
    expect(await pixelsOf(ico([picture]))).toEqual([RED, CLEAR]);
  });

  it('32 bits have alpha, whatever the mask says', async () => {
    const picture = bitmap(2, 1, 32, [0, 0, 255, 100, 0, 255, 0, 255], [0b11000000, 0, 0, 0]);
    expect(await pixelsOf(ico([picture]))).toEqual([[255, 0, 0, 100], GREEN]);
  });

  it('32 bits with no alpha at all go by the mask', async () => {
    const picture = bitmap(2, 1, 32, [0, 0, 255, 0, 0, 255, 0, 0], [0b01000000, 0, 0, 0]);
    expect(await pixelsOf(ico([picture]))).toEqual([RED, CLEAR]);
  });

  it('are opaque where the mask is cut off', async () => {
    const picture = bitmap(1, 2, 24, [255, 0, 0, 0, 0, 0, 255, 0], [0x80, 0, 0, 0]);
    expect(await pixelsOf(ico([picture]))).toEqual([RED, CLEAR]);
    expect(await pixelsOf(ico([picture.subarray(0, -4)]))).toEqual([RED, BLUE]);
  });
});

describe('choice', () => {
  const small = bitmap(1, 1, 32, [0, 0, 255, 255], [0, 0, 0, 0]);
  const shallow = bitmap(2, 1, 24, [0, 0, 255, 0, 0, 255, 0, 0], [0, 0, 0, 0]);
  const deep = bitmap(2, 1, 32, [0, 255, 0, 255, 0, 255, 0, 255], [0, 0, 0, 0]);
  const largePng = png({ width: 3, height: 1, colourType: 2, bitDepth: 8 }, [0, 0, 255, 0, 0, 255, 0, 0, 255]);

  it('takes the largest, then the deepest, wherever it is', async () => {
    expect(await pixelsOf(ico([small, deep, shallow]))).toEqual([GREEN, GREEN]);
    expect(await pixelsOf(ico([shallow, deep, small]))).toEqual([GREEN, GREEN]);
    for (const order of [
      [deep, largePng, small],
      [largePng, shallow],
    ]) {
      expect(await pixelsOf(ico(order))).toEqual([BLUE, BLUE, BLUE]);
    }
  });

  it('takes the deepest of PNGs as large', async () => {
    const header = { width: 1, height: 1, colourType: 3, bitDepth: 8 };
    const indexed = png(header, [0], { extra: [chunk('PLTE', Uint8Array.from(RED.slice(0, 3)))] });
    const truecolour = png({ ...header, colourType: 2 }, GREEN.slice(0, 3));
    expect(await pixelsOf(ico([indexed, truecolour]))).toEqual([GREEN]);
    expect(await pixelsOf(ico([truecolour, indexed]))).toEqual([GREEN]);
  });

  it('reads cursors', async () => {
    expect(await pixelsOf(ico([small], 2))).toEqual([RED]);
  });

  it('leaves out pictures that are damaged or not there', async () => {
    const bytes = ico([deep.slice().fill(7), small, largePng]);
    new DataView(bytes.buffer).setUint32(6 + 32 + 12, 0xfffffff0, true);
    expect(await pixelsOf(bytes)).toEqual([RED]);
  });

  it.each<[string, Uint8Array, RegExp]>([
    ['no bytes', new Uint8Array(0), /does not start/],
    ['another type', ico([small], 3), /does not start/],
    ['no pictures', ico([]), /none of its 0/],
    ['no readable picture', ico([small.slice().fill(0)]), /none of its 1/],
    ['a directory that is cut off', ico([small]).subarray(0, 15), /none of its 1/],
  ])('refuses %s', (_, bytes, message) => {
    expect(() => icoDecoder.readHeader(bytes)).toThrow(ImagingError);
    expect(() => icoDecoder.readHeader(bytes)).toThrow(message);
  });
});

it('never fails but with an ImagingError, whatever is damaged or cut off', async () => {
  const random = randomFrom(8);
  const noise = Array.from({ length: 300 }, () => Math.floor(random() * 256));
  const header = { width: 5, height: 5, colourType: 6, bitDepth: 8 };
  const originals = [
    ico([bitmap(8, 8, 4, noise), bitmap(4, 4, 24, noise)]),
    ico([bitmap(7, 7, 32, noise), png(header, noise.slice(0, 100))]),
    ico([png(header, noise.slice(0, 100))], 2),
  ];
  let decoded = 0;
  for (let i = 0; i < 3000; i++) {
    const bytes = originals[i % 3].slice();
    for (let k = Math.floor(random() * 4); k >= 0; k--) {
      const at = Math.floor(random() * bytes.length);
      bytes[at] = random() < 0.5 ? random() * 256 : bytes[at] ^ (1 << (random() * 8));
    }
    const cut = bytes.subarray(0, random() < 0.3 ? random() * bytes.length : bytes.length);
    try {
      const { width, height } = icoDecoder.readHeader(cut);
      // As the caller does.
      if (width * height > 1e6) continue;
      await decodeAll(icoDecoder, cut);
      decoded++;
    } catch (error) {
      if (!(error instanceof ImagingError)) throw error;
    }
  }
  expect(decoded).toBeGreaterThan(1000);
});

const corpus = corpusFiles('.ico', 'pillow', 'image-rs');

describe.skipIf(corpus.length === 0)('the corpus', () => {
  it.each(corpus)('%s: the largest size of its directory', async (path) => {
    const bytes = new Uint8Array(readFileSync(path));
    // ICONDIRENTRY starts with the width and the height, 0 for 256.
    const sizes = Array.from({ length: bytes[4] }, (_, i) => [bytes[6 + 16 * i] || 256, bytes[7 + 16 * i] || 256]);
    const [[width, height]] = sizes.sort((a, b) => b[0] * b[1] - a[0] * a[1]);
    const { header, frames } = await decodeAll(icoDecoder, bytes);
    expect([header.width, header.height]).toEqual([width, height]);
    expect(frames[0].pixels).toBe(width * height);
  });
});
