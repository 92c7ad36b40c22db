import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LzwDecoder } from '../../src/imaging/gif/lzw-decoder.ts';
import { codeSizeFor, encodeLzw, listAlike } from '../../src/imaging/gif/lzw-encoder.ts';
import type { Alike } from '../../src/imaging/gif/model.ts';
import { pack, subBlocks } from './gif-bytes.ts';

/**
 * The worked example of Matthew Flickinger, "What's in a GIF" (https://www.matthewflickinger.com/lab/whatsinagif/):
 * 10×10 pixels of `sample_1.gif`, and their image data.
 */
const SAMPLE = [
  '1111122222',
  '1111122222',
  '1111122222',
  '1110000222',
  '1110000222',
  '2220000111',
  '2220000111',
  '2222211111',
  '2222211111',
  '2222211111',
].flatMap((row) => [...row].map(Number));
const SAMPLE_DATA = [
  0x02, 0x16, 0x8c, 0x2d, 0x99, 0x87, 0x2a, 0x1c, 0xdc, 0x33, 0xa0, 0x02, 0x75, 0xec, 0x95, 0xfa, 0xa8, 0xde, 0x60,
  0x8c, 0x04, 0x91, 0x4c, 0x01, 0x00,
];

/** All indices of an image of rows, and how many each call handed over. */
function decode(data: readonly number[], width: number, rows: number, lzw = new LzwDecoder()) {
  const indices: number[] = [];
  const counts: number[] = [];
  const decoded = lzw.decode(Uint8Array.from(data), 0, width, rows, (batch, count) => {
    indices.push(...batch.subarray(0, count));
    counts.push(count);
  });
  expect(decoded).toBe(indices.length);
  return { indices, counts };
}

/** Lists in a row, and where each starts. */
function listed(lists: number[][]): Alike {
  const starts = lists.map((_, i) => lists.slice(0, i).flat().length);
  return { starts: Uint16Array.of(...starts, lists.flat().length), others: Uint8Array.from(lists.flat()) };
}

describe('LZW (GIF89a, appendix F)', () => {
  it('decodes the worked example', () => {
    expect(decode(SAMPLE_DATA, 10, 10).indices).toEqual(SAMPLE);
  });

  it('encodes the worked example', () => {
    expect([...encodeLzw(Uint8Array.from(SAMPLE), 2)]).toEqual(SAMPLE_DATA.slice(2, -1));
  });

  it('decodes the string that is entered by the code itself', () => {
    // Clear, 1, then 6: the string of 1 and its own first index; then 7: that and its first index again.
    expect(decode([2, ...subBlocks(pack([4, 1, 6, 7], 3))], 6, 1).indices).toEqual([1, 1, 1, 1, 1, 1]);
  });

  it('goes on with a full table of 12-bit codes until it is cleared', () => {
    // 3 + 9-bit … codes of an encoder that never clears: literals only, so that only the widths grow.
    const literals = Array.from({ length: 6000 }, (_, at) => (at * 7) & 255);
    const bits: number[] = [];
    const put = (code: number, size: number): void => {
      for (let bit = 0; bit < size; bit++) bits.push((code >> bit) & 1);
    };
    put(256, 9);
    for (const [at, literal] of literals.entries()) put(literal, Math.min(12, 32 - Math.clz32(257 + at)));
    put(256, 12);
    put(9, 9);
    const bytes = Array.from({ length: Math.ceil(bits.length / 8) }, (_, byte) =>
      bits.slice(byte * 8, byte * 8 + 8).reduce((sum, bit, at) => sum | (bit << at), 0),
    );
    expect(decode([8, ...subBlocks(bytes)], 6001, 1).indices).toEqual([...literals, 9]);
  });

  it('hands over whole rows but for the end of data that is too short', () => {
    const { indices, counts } = decode(SAMPLE_DATA, 30, 400);
    expect(indices).toEqual(SAMPLE);
    expect(counts).toEqual([100]);
    const zeros = [8, ...subBlocks([...encodeLzw(new Uint8Array(50_000), 8)])];
    const { counts: many } = decode(zeros, 3000, 20);
    expect(many.slice(0, -1).every((count) => count % 3000 === 0)).toBe(true);
    expect(many.reduce((sum, count) => sum + count, 0)).toBe(50_000);
  });

  it('decodes what it encodes, whatever was coded before by the same tables', () => {
    const decoder = new LzwDecoder();
    const image = fc.record({
      size: fc.integer({ min: 2, max: 8 }),
      width: fc.integer({ min: 1, max: 300 }),
      runs: fc.array(fc.tuple(fc.nat(255), fc.integer({ min: 1, max: 900 })), { minLength: 1, maxLength: 60 }),
    });
    fc.assert(
      fc.property(image, ({ size, width, runs }) => {
        const indices = runs.flatMap(([index, length]) => Array<number>(length).fill(index & ((1 << size) - 1)));
        const rows = Math.ceil(indices.length / width);
        const packed = encodeLzw(Uint8Array.from(indices), size);
        expect(decode([size, ...subBlocks([...packed])], width, rows, decoder).indices).toEqual(indices);
      }),
      { numRuns: 200 },
    );
  });

  it('writes indices that are alike where strings get longer, and says which', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(15), { minLength: 1, maxLength: 2000 }), (wanted) => {
        // Pairs are alike: 0 and 1, 2 and 3 … but for the last.
        const alike = Array.from({ length: 16 }, (_, index) => (index < 14 ? [index ^ 1] : []));
        const written = Uint8Array.from(wanted);
        const data = encodeLzw(written, 4, listed(alike)).slice();
        expect(decode([4, ...subBlocks([...data])], wanted.length, 1).indices).toEqual([...written]);
        for (const [i, index] of wanted.entries()) expect([index, ...alike[index]]).toContain(written[i]);
      }),
    );
    // 0 1 is known when 0 0 comes, and ends in what is alike.
    const indices = Uint8Array.of(0, 1, 2, 0, 0, 2);
    encodeLzw(indices, 2, listed([[1], [0], [], []]));
    expect([...indices]).toEqual([0, 1, 2, 0, 1, 2]);
  });

  it('lists the colours that are alike, the nearest first, and equal ones as they come', () => {
    const word = fc.tuple(fc.nat(3), fc.nat(3), fc.nat(3));
    fc.assert(
      fc.property(fc.array(word, { minLength: 1, maxLength: 40 }), fc.nat(39), fc.nat(20), (colours, clear, most) => {
        const pixels = Uint32Array.from(colours, ([red, green, blue]) => red | (green << 8) | (blue << 16));
        const far = (one: number, other: number) =>
          colours[one].reduce((sum, value, channel) => sum + (value - colours[other][channel]) ** 2, 0);
        const expected = colours.map((_, index) =>
          [...colours.keys()]
            .filter((other) => other !== index && other !== clear && index !== clear && far(index, other) <= most)
            .sort((one, other) => far(index, one) - far(index, other)),
        );
        expect(listAlike(pixels, clear, most)).toEqual(listed(expected));
      }),
    );
  });

  it('takes as few bits for a code as the indices need, and two at least', () => {
    const sizes = [[0], [1, 3], [4], [7, 1], [128], [255]].map((indices) => codeSizeFor(Uint8Array.from(indices)));
    expect(sizes).toEqual([2, 2, 3, 3, 8, 8]);
  });
});
