import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { ImagingError } from '../../src/imaging/errors.ts';
import { gifDecoder } from '../../src/imaging/gif/decoder.ts';
import { decodeGif } from '../support/gif.ts';
import { corpusFiles } from './corpus.ts';
import {
  BLUE,
  COLORS,
  control,
  fill,
  gif,
  image,
  literals,
  loop,
  pack,
  screen,
  subBlocks,
  TRAILER,
  WHITE,
} from './gif-bytes.ts';
import { decodeFrames } from './gif-frames.ts';

const LETTERS: Readonly<Record<string, string>> = {
  '255,0,0,255': 'R',
  '0,255,0,255': 'G',
  '0,0,255,255': 'B',
  '255,255,255,255': 'W',
  '0,0,0,255': 'k',
  '0,0,0,0': '.',
};

/** The frames as letters, row after row: R, G, B, W, k for black, a dot for transparent. */
const show = (bytes: Uint8Array): string[] =>
  decodeFrames(bytes).map(({ width, height, pixels }) =>
    Array.from({ length: height }, (_, y) =>
      Array.from({ length: width }, (_, x) => {
        const at = (y * width + x) * 4;
        return LETTERS[pixels.subarray(at, at + 4).join()] ?? '?';
      }).join(''),
    ).join(' '),
  );

const SCREEN = screen(2, 2);
const WHOLE = [0, 0, 2, 2] as const;
const DOT = [0, 0, 1, 1] as const;
/** A first frame all in red, kept. */
const RED_FRAME = [...SCREEN, ...control(1, 10), ...fill(WHOLE, 0)];

describe('disposal (GIF89a, section 23)', () => {
  it.each([
    ['0, unspecified, keeps', 0, ['RR RR', 'GR RR', 'GR RB']],
    ['1, do not dispose', 1, ['RR RR', 'GR RR', 'GR RB']],
    ['2, restore to background, makes transparent', 2, ['RR RR', 'GR RR', '.R RB']],
    ['3, restore to previous', 3, ['RR RR', 'GR RR', 'RR RB']],
    ['4, as browsers take it, is 3', 4, ['RR RR', 'GR RR', 'RR RB']],
    ['5, reserved, keeps', 5, ['RR RR', 'GR RR', 'GR RB']],
  ])('%s', (_, disposal, expected) => {
    const bytes = gif(RED_FRAME, control(disposal, 10), fill(DOT, 1), control(0, 10), fill([1, 1, 1, 1], 2), TRAILER);
    expect(show(bytes)).toEqual(expected);
  });

  it('restores to what was before the first of a chain of frames with method 3', () => {
    const bytes = gif(
      screen(3, 1),
      control(1, 10),
      fill([0, 0, 3, 1], 0),
      control(3, 10),
      fill([0, 0, 1, 1], 1),
      control(3, 10),
      fill([1, 0, 1, 1], 2),
      control(0, 10),
      fill([2, 0, 1, 1], 3),
      TRAILER,
    );
    expect(show(bytes)).toEqual(['RRR', 'GRR', 'RBR', 'RRW']);
  });

  it('keeps the hole of method 2 through method 3', () => {
    const bytes = gif(
      screen(3, 1),
      control(1, 10),
      fill([0, 0, 3, 1], 0),
      control(2, 10),
      fill([0, 0, 1, 1], 1),
      control(3, 10),
      fill([1, 0, 1, 1], 2),
      control(0, 10),
      fill([2, 0, 1, 1], 3),
      TRAILER,
    );
    expect(show(bytes)).toEqual(['RRR', 'GRR', '.BR', '.RW']);
  });

  it('restores a transparent canvas after a first frame with method 3', () => {
    const bytes = gif(screen(2, 2, COLORS, 1), control(3, 10), fill(WHOLE, 0), control(0, 10), fill(DOT, 1), TRAILER);
    expect(show(bytes)).toEqual(['RR RR', 'G. ..']);
  });

  it('never paints the background colour', () => {
    const bytes = gif(screen(2, 2, COLORS, 1), control(2, 10), fill(DOT, 0), control(0, 10), fill(DOT, 2), TRAILER);
    expect(show(bytes)).toEqual(['R. ..', 'B. ..']);
  });
});

describe('changed rectangles', () => {
  const changed = (bytes: Uint8Array) => decodeFrames(bytes).map((frame) => frame.changed);

  it('are of what differs, and empty where nothing does', () => {
    const bytes = gif(
      screen(4, 4),
      control(1, 10),
      fill([0, 0, 4, 4], 0),
      control(1, 10, 3),
      image([0, 0, 4, 2], [0, 3, 1, 0, 0, 1, 3, 0]),
      control(1, 10),
      image([0, 0, 4, 2], [0, 0, 1, 0, 0, 1, 0, 0]),
      TRAILER,
    );
    expect(changed(bytes)).toEqual([
      null,
      { left: 1, top: 0, width: 2, height: 2 },
      { left: 0, top: 0, width: 0, height: 0 },
    ]);
  });

  it('hold what the disposal of the frame before touched', () => {
    const frames = (disposal: number): number[] => [
      ...control(disposal, 10),
      ...fill([0, 0, 2, 1], 1),
      ...control(1, 10),
      ...fill([2, 2, 1, 1], 2),
    ];
    const first = [...screen(4, 4), ...control(1, 10), ...fill([0, 0, 4, 4], 0)];
    const rect = (left: number, top: number, width: number, height: number) => ({ left, top, width, height });
    expect(changed(gif(first, frames(1), TRAILER))).toEqual([null, rect(0, 0, 2, 1), rect(2, 2, 1, 1)]);
    expect(changed(gif(first, frames(2), TRAILER))).toEqual([null, rect(0, 0, 2, 1), rect(0, 0, 3, 3)]);
    expect(changed(gif(first, frames(3), TRAILER))).toEqual([null, rect(0, 0, 2, 1), rect(0, 0, 3, 3)]);
  });

  it('hold every pixel that differs from the frame before, whatever the frames', () => {
    const frame = fc.record({
      left: fc.integer({ min: 0, max: 6 }),
      top: fc.integer({ min: 0, max: 6 }),
      width: fc.integer({ min: 0, max: 6 }),
      height: fc.integer({ min: 0, max: 6 }),
      disposal: fc.integer({ min: 0, max: 4 }),
      transparent: fc.option(fc.integer({ min: 0, max: 3 })),
      interlaced: fc.boolean(),
      seed: fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 30, maxLength: 30 }),
    });
    fc.assert(
      fc.property(fc.array(frame, { minLength: 2, maxLength: 6 }), (frames) => {
        const size = 6;
        const bytes = gif(
          screen(size, size),
          fill([0, 0, size, size], 0),
          ...frames.map(({ left, top, width, height, disposal, transparent, interlaced, seed }) => [
            ...control(disposal, 10, transparent),
            // 30 indices for up to 36 pixels: the end of some images is missing.
            ...image([left, top, width, height], seed.slice(0, width * height), { interlaced }),
          ]),
          TRAILER,
        );
        let before: Uint8Array | null = null;
        for (const { pixels, changed: rect } of decodeFrames(bytes)) {
          for (let at = 0; before !== null && at < pixels.length; at++) {
            const x = (at >> 2) % size;
            const y = Math.floor((at >> 2) / size);
            const inside =
              rect !== null &&
              x >= rect.left &&
              x < rect.left + rect.width &&
              y >= rect.top &&
              y < rect.top + rect.height;
            if (!inside && pixels[at] !== before[at])
              throw new Error(`${x},${y} differs outside ${JSON.stringify(rect)}`);
          }
          before = pixels;
        }
      }),
    );
  });
});

describe('interlaced images (GIF89a, appendix E)', () => {
  // Row y of the picture in the colour y mod 4, stored in the order of the four passes.
  const stored = (height: number): number[] =>
    [
      [0, 8],
      [4, 8],
      [2, 4],
      [1, 2],
    ].flatMap(([start, step]) => {
      const rows: number[] = [];
      for (let y = start; y < height; y += step) rows.push(y & 3);
      return rows;
    });

  it.each([1, 2, 3, 4, 5, 6, 7, 8, 9, 16, 17])('of %i rows', (height) => {
    const expected = Array.from({ length: height }, (_, y) => 'RGBW'[y & 3]).join(' ');
    const interlaced = image([0, 0, 1, height], stored(height), { interlaced: true });
    expect(show(gif(screen(1, height), interlaced, TRAILER))).toEqual([expected]);
    // As a frame of an animation it goes another way.
    expect(show(gif(screen(1, height), fill([0, 0, 1, height], 0), interlaced, TRAILER))[1]).toEqual(expected);
  });

  it('fill what did not arrive from the row above', () => {
    // Rows 0, 8, 4 and 12 of 16 are there: the first pass and the second.
    const data = [0xff, ...literals([0, 1, 2, 3], false)];
    const bytes = gif(screen(1, 16), image([0, 0, 1, 16], [], { interlaced: true, data }));
    expect(show(bytes)).toEqual([`${'R '.repeat(4)}${'B '.repeat(4)}${'G '.repeat(4)}${'W '.repeat(4)}`.trim()]);
  });
});

describe('canvas', () => {
  it('is enlarged for a first image that is larger', () => {
    expect(show(gif(SCREEN, fill([0, 0, 3, 2], 0), TRAILER))).toEqual(['RRR RRR']);
    expect(show(gif(SCREEN, fill([1, 1, 3, 2], 0), TRAILER))).toEqual(['.... .RRR .RRR']);
    expect(show(gif(screen(0, 0), fill(WHOLE, 0), TRAILER))).toEqual(['RR RR']);
  });

  it('clips the other images', () => {
    expect(show(gif(RED_FRAME, control(0, 10), image([0, 0, 3, 3], [1, 2, 0, 2, 1, 0, 0, 0, 0]), TRAILER))).toEqual([
      'RR RR',
      'GB BG',
    ]);
    expect(show(gif(RED_FRAME, control(2, 10), fill([1, 1, 5, 5], 1), control(0, 10), fill(DOT, 2), TRAILER))).toEqual([
      'RR RR',
      'RR RG',
      'BR R.',
    ]);
    expect(show(gif(RED_FRAME, control(3, 10), fill([5, 5, 2, 2], 1), control(0, 10), fill(DOT, 2), TRAILER))).toEqual([
      'RR RR',
      'RR RR',
      'BR RR',
    ]);
  });

  it.each([
    ['right of', [5, 0, 2, 2]],
    ['below', [0, 5, 2, 2]],
    ['right of the last row of', [5, 1, 2, 2]],
  ] as const)('disposes of an image that lies %s the canvas', (_, rect) => {
    for (const disposal of [2, 3]) {
      const bytes = gif(RED_FRAME, control(disposal, 10), fill(rect, 1), control(0, 10), fill(DOT, 2), TRAILER);
      expect(show(bytes)).toEqual(['RR RR', 'RR RR', 'BR RR']);
    }
  });

  it('takes an image of no size as a frame that draws nothing', () => {
    expect(show(gif(SCREEN, control(0, 10), image([0, 0, 0, 0], []), control(0, 10), fill(WHOLE, 1), TRAILER))).toEqual(
      ['.. ..', 'GG GG'],
    );
  });
});

describe('colours', () => {
  it('come from the local table where there is one', () => {
    const palette = [BLUE, WHITE];
    expect(show(gif(SCREEN, image(WHOLE, [0, 1, 1, 0], { palette }), TRAILER))).toEqual(['BW WB']);
    expect(show(gif(screen(2, 2, null), image(WHOLE, [0, 1, 1, 0], { palette }), TRAILER))).toEqual(['BW WB']);
  });

  it('are black where the table lacks them, as in browsers', () => {
    expect(show(gif(screen(2, 2, null), image(WHOLE, [0, 1, 2, 3]), TRAILER))).toEqual(['kk kk']);
    expect(show(gif(SCREEN, image(WHOLE, [0, 1, 2, 3], { palette: [BLUE, WHITE] }), TRAILER))).toEqual(['BW kk']);
  });

  it('may be transparent beyond the table', () => {
    const frame = image(WHOLE, [0, 1, 2, 3], { palette: [BLUE, WHITE] });
    expect(show(gif(SCREEN, control(0, 0, 2), frame, TRAILER))).toEqual(['BW .k']);
  });
});

describe('timing', () => {
  const frames = [...control(0, 7), ...fill(WHOLE, 0), ...control(0, 0), ...fill(WHOLE, 1), ...fill(WHOLE, 2)];

  it('gives delays in milliseconds, as stored', () => {
    const bytes = gif(SCREEN, frames, control(0, 65535), fill(WHOLE, 3), TRAILER);
    expect(decodeFrames(bytes).map(({ delay }) => delay)).toEqual([70, 0, 0, 655350]);
  });

  // What Chromium's ImageDecoder gives as repetitionCount, and one more: how often it plays.
  it.each([
    ['no extension', frames, 1],
    ['count 0', [...loop(0), ...frames], 0],
    ['count 1', [...loop(1), ...frames], 2],
    ['count 65535', [...loop(65535), ...frames], 65536],
    ['ANIMEXTS1.0', [...loop(2, 'ANIMEXTS1.0'), ...frames], 3],
    ['another application', [...loop(2, 'IMGCTRL 1.0'), ...frames], 1],
    ['at the end', [...frames, ...loop(3)], 4],
    ['two extensions', [...loop(2), ...loop(5), ...frames], 6],
  ])('plays: %s', (_, blocks, plays) => {
    expect(gifDecoder.readHeader(gif(SCREEN, blocks, TRAILER)).plays).toBe(plays);
  });

  it('takes the last of several graphic control extensions', () => {
    const bytes = gif(SCREEN, control(0, 10, 0), control(0, 20), image(WHOLE, [0, 1, 2, 3]), TRAILER);
    expect(show(bytes)).toEqual(['RG BW']);
    expect(decodeFrames(bytes)[0].delay).toBe(200);
  });

  it('uses a graphic control extension for one image, over a comment in between', () => {
    const comment = [0x21, 0xfe, ...subBlocks([...Buffer.from('hello')])];
    const bytes = gif(SCREEN, control(0, 10, 0), comment, image(WHOLE, [0, 1, 2, 3]), fill(WHOLE, 0), TRAILER);
    expect(show(bytes)).toEqual(['.G BW', 'RR RR']);
  });
});

describe('damage', () => {
  const second = [...control(0, 10), ...fill(DOT, 1)];

  it('skips garbage between blocks', () => {
    expect(show(gif(RED_FRAME, [0, 0, 0], second, TRAILER))).toEqual(['RR RR', 'GR RR']);
    expect(show(gif(RED_FRAME, [0x55, 0xaa, 7], second, TRAILER))).toEqual(['RR RR', 'GR RR']);
    // A separator by chance: what follows would be an image of 0x0707 pixels.
    expect(show(gif(RED_FRAME, [7, 0x2c, 7, 7, 7, 7, 7, 7, 7, 7], second, TRAILER))).toEqual(['RR RR', 'GR RR']);
    expect(show(gif(SCREEN, [7, 7], fill(WHOLE, 1), TRAILER))).toEqual(['GG GG']);
  });

  it('shows the part of an image that is there', () => {
    expect(show(gif(SCREEN, image(WHOLE, [3, 2, 1]), TRAILER))).toEqual(['WB G.']);
    const cut = [0xff, ...literals([3, 2, 1, 1], false).slice(0, -1)];
    expect(show(gif(SCREEN, image(WHOLE, [], { data: cut })))).toEqual(['WB G.']);
    expect(show(gif(RED_FRAME, image(WHOLE, [], { data: cut })))).toEqual(['RR RR', 'WB GR']);
  });

  it('leaves out a last image whose data has not begun', () => {
    const cut = gif(RED_FRAME, second);
    const descriptor = cut.length - second.length + 8;
    for (let length = descriptor; length < descriptor + 12; length++) {
      expect(gifDecoder.readHeader(cut.subarray(0, length)).frameCount, `${length} bytes`).toBe(1);
    }
  });

  it('stops an image at a code that is not in the table', () => {
    expect(show(gif(RED_FRAME, image(WHOLE, [], { data: subBlocks(pack([4, 1, 7, 1], 3)) }), second))).toEqual([
      'RR RR',
      'GR RR',
      'GR RR',
    ]);
  });

  it('ignores pixels beyond the image, and data beyond the end code', () => {
    expect(show(gif(SCREEN, image(WHOLE, [0, 1, 2, 3, 0, 0, 0, 0]), second, TRAILER))).toEqual(['RG BW', 'GG BW']);
    const data = subBlocks([...literals([0, 1]), ...literals([2, 3])]);
    expect(show(gif(SCREEN, image(WHOLE, [], { data }), second, TRAILER))).toEqual(['RG ..', 'GG ..']);
  });

  it('reads data in sub-blocks of one byte', () => {
    const data = [...literals([0, 1, 2, 3]).flatMap((byte) => [1, byte]), 0];
    expect(show(gif(SCREEN, image(WHOLE, [], { data }), TRAILER))).toEqual(['RG BW']);
  });

  it.each([
    ['no bytes', gif()],
    ['a header that is cut', gif(SCREEN.slice(0, 12))],
    ['a global colour table that is cut', gif(SCREEN.slice(0, 20))],
    ['another format', Uint8Array.from([0x89, 0x50, 0x4e, 0x47, ...SCREEN])],
    ['no image', gif(SCREEN, TRAILER)],
    ['a canvas without pixels', gif(screen(0, 5), image([0, 0, 0, 0], []), TRAILER)],
    ['not one pixel that can be decoded', gif(SCREEN, image(WHOLE, [], { data: subBlocks(pack([7, 7], 3)) }), TRAILER)],
    ['two images of no pixels', gif(SCREEN, image([0, 0, 0, 0], []), image(WHOLE, []), TRAILER)],
  ])('is an error: %s', (_, bytes) => {
    expect(() => decodeFrames(bytes)).toThrow(ImagingError);
  });

  it('reads the header of any size, and refuses images beyond the limit of pixels', () => {
    const largest = gif(screen(65535, 65535), fill(DOT, 1), TRAILER);
    expect(gifDecoder.readHeader(largest)).toMatchObject({ width: 65535, height: 65535, frameCount: 1 });
    const lying = gif(RED_FRAME, image([0, 0, 65535, 65535], [1]), TRAILER);
    expect(() => gifDecoder.readHeader(lying)).toThrow(
      /4294836229 pixels; the limit is 1000000000/u.source ? /limit/ : '',
    );
  });

  it('decodes no more of an oversize image than its canvas shows', () => {
    const lying = gif(RED_FRAME, image([0, 0, 2, 60000], [1, 2, 3, 0]), TRAILER);
    expect(show(lying)).toEqual(['RR RR', 'GB WR']);
  });

  it('of any kind ends in frames or in an ImagingError', async () => {
    const bytes = new Uint8Array(await animation(12, 9, 4));
    const damage = fc.array(fc.tuple(fc.nat(bytes.length - 1), fc.nat(255)), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(damage, fc.nat(bytes.length), (changes, length) => {
        const damaged = bytes.slice();
        for (const [at, value] of changes) damaged[at] = value;
        for (const mutant of [damaged, damaged.subarray(0, length)]) {
          try {
            const { width, height } = gifDecoder.readHeader(mutant);
            if (width * height < 1e6) decodeFrames(mutant);
          } catch (error) {
            if (!(error instanceof ImagingError)) throw error;
          }
        }
      }),
      { numRuns: 2000 },
    );
  });
});

/** An animation of moving gradients with noise, written by libvips. */
function animation(width: number, height: number, pages: number): Promise<Buffer> {
  let noise = 1;
  const data = Buffer.alloc(width * height * pages * 4);
  for (let at = 0; at < data.length; at += 4) {
    noise = (Math.imul(noise, 1103515245) + 12345) >>> 0;
    const page = Math.floor(at / 4 / (width * height));
    data[at] = ((at >> 2) % width) * 5 + page * 9;
    data[at + 1] = Math.floor((at >> 2) / width) + (noise >>> 28);
    data[at + 2] = page * 40;
    data[at + 3] = (at >> 2) % width < 2 ? 0 : 255;
  }
  return sharp(data, { raw: { width, height: height * pages, channels: 4, pageHeight: height } })
    .gif({ delay: Array.from({ length: pages }, (_, page) => 20 + page * 10), loop: 3 })
    .toBuffer();
}

/** Each frame as libvips shows it. Its background is not transparent by itself: files of method 2 differ. */
async function framesOfSharp(bytes: Uint8Array) {
  const input = sharp(bytes, { animated: true, limitInputPixels: false });
  const { pages = 1, pageHeight, delay, loop } = await input.metadata();
  const { data, info } = await input.ensureAlpha().raw().toBuffer({ resolveWithObject: true });
  const size = info.width * (pageHeight ?? info.height) * 4;
  const frames = Array.from({ length: pages }, (_, page) => data.subarray(page * size, (page + 1) * size));
  return { frames, delay, loop };
}

/** Where two frames differ visibly: the colour under a transparent pixel does not count. */
function differences(a: Uint8Array, b: Uint8Array): number {
  let count = Math.abs(a.length - b.length);
  for (let at = 0; at < a.length; at += 4) {
    if (
      a[at + 3] !== b[at + 3] ||
      (a[at + 3] > 0 && (a[at] !== b[at] || a[at + 1] !== b[at + 1] || a[at + 2] !== b[at + 2]))
    )
      count++;
  }
  return count;
}

describe('against other decoders', () => {
  it.each([
    [1, 1, 1],
    [300, 200, 1],
    [12, 9, 4],
    [150, 70, 5],
  ])('libvips: %i×%i, %i frames', async (width, height, pages) => {
    const bytes = await animation(width, height, pages);
    const theirs = await framesOfSharp(bytes);
    const ours = decodeFrames(bytes);
    expect(ours).toHaveLength(pages);
    for (const [page, { pixels, delay }] of ours.entries()) {
      expect(differences(pixels, theirs.frames[page])).toBe(0);
      expect(delay).toBe(20 + page * 10);
    }
    expect(gifDecoder.readHeader(bytes).plays).toBe(pages === 1 ? theirs.loop : 3);
  });

  it('libvips: strings of thousands of pixels', async () => {
    const bytes = await sharp({ create: { width: 2000, height: 1500, channels: 3, background: '#123456' } })
      .gif()
      .toBuffer();
    const [{ pixels }] = decodeFrames(bytes);
    expect(differences(pixels, (await framesOfSharp(bytes)).frames[0])).toBe(0);
  });
});

const parrots = corpusFiles('.gif', 'parrots');

describe.skipIf(parrots.length === 0)('the parrots', () => {
  it.each(parrots)('%s: as omggif', (path) => {
    const bytes = readFileSync(path);
    const expected = decodeGif(bytes).frames;
    const ours = decodeFrames(bytes);
    expect(ours.map(({ delay }) => delay)).toEqual(expected.map(({ delay }) => delay));
    for (const [number, { pixels }] of ours.entries()) {
      expect(differences(pixels, expected[number].rgba), `frame ${number}`).toBe(0);
    }
  });
});
