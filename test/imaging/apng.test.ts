import { deflateSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { ImagingError } from '../../src/imaging/errors.ts';
import { LIMITS } from '../../src/imaging/limits.ts';
import { pngDecoder } from '../../src/imaging/png/decoder.ts';
import { decodeAll } from './png-frames.ts';
import {
  actl,
  chunk,
  concat,
  type FrameControl,
  fctl,
  fdat,
  IEND,
  type ImageHeaderFields,
  ihdr,
  randomFrom,
  SIGNATURE,
  scanlines,
} from './png-writer.ts';

/** Frame disposal and blending (PNG third edition, section 11.3.5.2). */
const NONE = 0;
const BACKGROUND = 1;
const PREVIOUS = 2;
const SOURCE = 0;
const OVER = 1;

const HEADER = { width: 6, height: 5, colourType: 6, bitDepth: 8 };

interface TestFrame extends Omit<FrameControl, 'sequence'> {
  /** RGBA. */
  pixels: number[];
}

function imageData(pixels: number[], width: number, height: number, header: ImageHeaderFields = HEADER): Uint8Array {
  return deflateSync(scanlines({ ...header, width, height }, pixels, (line) => line % 5));
}

function frameChunks(
  frames: TestFrame[],
  options: { hidden?: number[]; header?: ImageHeaderFields } = {},
): Uint8Array[] {
  const { hidden, header = HEADER } = options;
  let sequence = 0;
  const chunks: Uint8Array[] = [];
  if (hidden !== undefined) chunks.push(chunk('IDAT', imageData(hidden, header.width, header.height, header)));
  for (const [i, { pixels, ...control }] of frames.entries()) {
    chunks.push(fctl({ ...control, sequence: sequence++ }));
    const data = imageData(pixels, control.width, control.height, header);
    if (i === 0 && hidden === undefined) {
      chunks.push(chunk('IDAT', data));
    } else {
      // In two parts, as encoders may.
      chunks.push(fdat(data.subarray(0, 9), sequence++), fdat(data.subarray(9), sequence++));
    }
  }
  return chunks;
}

function apng(
  frames: TestFrame[],
  options: { hidden?: number[]; header?: ImageHeaderFields; plays?: number } = {},
): Uint8Array {
  const { header = HEADER, plays = 0 } = options;
  return concat(SIGNATURE, ihdr(header), actl(frames.length, plays), ...frameChunks(frames, options), IEND);
}

function solid(width: number, height: number, rgba: number[]): number[] {
  return new Array(width * height).fill(rgba).flat();
}

/** The frames as they are to be seen, by the rules as the specification has them, in floating point. */
function composited(frames: TestFrame[], { width, height }: ImageHeaderFields): number[][] {
  const shown: number[][] = [];
  let canvas: number[] = new Array(width * height * 4).fill(0);
  for (const [i, frame] of frames.entries()) {
    const { left = 0, top = 0, dispose = NONE, blend = SOURCE } = frame;
    const before = canvas.slice();
    for (let y = 0; y < frame.height; y++) {
      for (let x = 0; x < frame.width; x++) {
        const from = 4 * (y * frame.width + x);
        const to = 4 * ((top + y) * width + left + x);
        const [red, green, blue, alpha] = frame.pixels.slice(from, from + 4);
        if (blend === SOURCE || alpha === 255) {
          canvas.splice(to, 4, red, green, blue, alpha);
        } else if (alpha > 0) {
          // Porter–Duff "over" of straight alpha.
          const a = alpha / 255;
          const b = (canvas[to + 3] / 255) * (1 - a);
          const mix = (over: number, under: number) => Math.round((over * a + under * b) / (a + b));
          canvas.splice(
            to,
            4,
            mix(red, canvas[to]),
            mix(green, canvas[to + 1]),
            mix(blue, canvas[to + 2]),
            Math.round((a + b) * 255),
          );
        }
      }
    }
    shown.push(canvas.slice());
    // "If the first fcTL chunk uses PREVIOUS, it should be treated as BACKGROUND."
    if (dispose === PREVIOUS && i > 0) canvas = before;
    else if (dispose !== NONE) {
      for (let y = top; y < top + frame.height; y++)
        canvas.fill(0, 4 * (y * width + left), 4 * (y * width + left + frame.width));
    }
  }
  return shown;
}

async function framesOf(bytes: Uint8Array): Promise<number[][]> {
  return (await decodeAll(pngDecoder, bytes)).frames.map(({ rgba }) => [...rgba]);
}

const RED = [255, 0, 0, 255];
const GREEN = [0, 255, 0, 255];
const CLEAR = [0, 0, 0, 0];
const HALF_BLUE = [0, 0, 255, 128];

describe('composition', () => {
  /** The middle 2×1 of a red canvas, and what the next frame, a green pixel in a corner, leaves there. */
  const second = { width: 2, height: 1, left: 2, top: 2 };
  const third = { width: 1, height: 1, left: 5, top: 4, pixels: GREEN };
  const first = { width: 6, height: 5, pixels: solid(6, 5, RED) };

  it.each([
    ['none, source', NONE, SOURCE, HALF_BLUE, HALF_BLUE, HALF_BLUE],
    ['none, over', NONE, OVER, HALF_BLUE, [127, 0, 128, 255], [127, 0, 128, 255]],
    ['none, source, clear', NONE, SOURCE, CLEAR, CLEAR, CLEAR],
    ['none, over, clear', NONE, OVER, CLEAR, RED, RED],
    ['none, over, opaque', NONE, OVER, GREEN, GREEN, GREEN],
    ['background, source', BACKGROUND, SOURCE, HALF_BLUE, HALF_BLUE, CLEAR],
    ['background, over', BACKGROUND, OVER, HALF_BLUE, [127, 0, 128, 255], CLEAR],
    ['previous, source', PREVIOUS, SOURCE, HALF_BLUE, HALF_BLUE, RED],
    ['previous, over', PREVIOUS, OVER, HALF_BLUE, [127, 0, 128, 255], RED],
  ])('%s', async (_, dispose, blend, pixel, shown, left) => {
    const frames = [first, { ...second, dispose, blend, pixels: solid(2, 1, pixel) }, third];
    const [, during, after] = await framesOf(apng(frames));
    const at = 4 * (2 * 6 + 2);
    expect(during.slice(at, at + 8)).toEqual([...shown, ...shown]);
    expect(after.slice(at, at + 8)).toEqual([...left, ...left]);
    expect(during.slice(at - 4, at)).toEqual(RED);
    expect(after.slice(-4)).toEqual(GREEN);
  });

  it('blends over a canvas that is half transparent itself', async () => {
    const [, shown] = await framesOf(
      apng([
        { width: 6, height: 5, pixels: solid(6, 5, [200, 100, 0, 102]) },
        { width: 1, height: 1, blend: OVER, pixels: [0, 100, 200, 153] },
      ]),
    );
    // Alpha 0.6 + 0.4 × 0.4 = 0.76; red 200 × 0.16 / 0.76 = 42.1; blue 200 × 0.6 / 0.76 = 157.9.
    expect(shown.slice(0, 4)).toEqual([42, 100, 158, 194]);
  });

  it('is right for any sequence of operations', async () => {
    const random = randomFrom(9);
    const below = (n: number) => Math.floor(random() * n);
    for (let i = 0; i < 150; i++) {
      const frames: TestFrame[] = [];
      const count = 2 + below(8);
      for (let k = 0; k < count; k++) {
        const left = k === 0 ? 0 : below(6);
        const top = k === 0 ? 0 : below(5);
        const width = k === 0 ? 6 : 1 + below(6 - left);
        const height = k === 0 ? 5 : 1 + below(5 - top);
        const pixels = Array.from({ length: width * height }, () => [
          below(256),
          below(256),
          below(256),
          [0, 255, below(256)][below(3)],
        ]).flat();
        frames.push({ width, height, left, top, dispose: below(3), blend: below(2), pixels });
      }
      const header = { ...HEADER, interlaced: i % 2 === 1 };
      const expected = composited(frames, header);
      const { frames: shown } = await decodeAll(pngDecoder, apng(frames, { header }));
      expect(shown.length).toBe(count);
      for (const [k, { rgba }] of shown.entries()) {
        // Rounding to 8 bits after each frame may differ by one, which low alphas magnify.
        const worst = Math.max(...rgba.map((byte, at) => Math.abs(byte - expected[k][at]) * (rgba[at | 3] / 255)));
        expect(worst).toBeLessThanOrEqual(k === 0 ? 0 : 1.01);
      }
      // Whatever differs from the frame before is within `changed`.
      for (const [k, { rgba, changed }] of shown.entries()) {
        if (k === 0) {
          expect(changed).toBeNull();
          continue;
        }
        if (changed === null) throw new Error('a later frame without its changed rectangle');
        for (let at = 0; at < rgba.length; at += 4) {
          const x = (at / 4) % 6;
          const y = Math.floor(at / 24);
          const inside =
            x >= changed.left &&
            x < changed.left + changed.width &&
            y >= changed.top &&
            y < changed.top + changed.height;
          if (!inside) expect(rgba.subarray(at, at + 4)).toEqual(shown[k - 1].rgba.subarray(at, at + 4));
        }
      }
    }
  });

  it('says that only the frame changed, or also what the frame before leaves', async () => {
    const small = { width: 1, height: 1, pixels: GREEN };
    const { frames } = await decodeAll(
      pngDecoder,
      apng([
        { width: 6, height: 5, pixels: solid(6, 5, RED) },
        { ...small, left: 1, top: 1 },
        { ...small, left: 4, top: 3, dispose: PREVIOUS },
        { ...small, left: 2, top: 4 },
      ]),
    );
    expect(frames.map(({ changed }) => changed)).toEqual([
      null,
      { left: 1, top: 1, width: 1, height: 1 },
      { left: 4, top: 3, width: 1, height: 1 },
      { left: 2, top: 3, width: 3, height: 2 },
    ]);
  });

  it('treats PREVIOUS of the first frame as BACKGROUND', async () => {
    const frames = [
      { width: 6, height: 5, dispose: PREVIOUS, pixels: solid(6, 5, RED) },
      { width: 1, height: 1, pixels: GREEN },
    ];
    expect(await framesOf(apng(frames))).toEqual([solid(6, 5, RED), [...GREEN, ...solid(29, 1, CLEAR)]]);
  });

  it('gives frames of palette and 16-bit pictures', async () => {
    const indexed = { ...HEADER, colourType: 3, bitDepth: 4 };
    const frames = [
      { width: 6, height: 5, pixels: new Array(30).fill(1) },
      { width: 2, height: 1, left: 1, top: 0, blend: OVER, pixels: [0, 2] },
    ];
    const tables = [
      chunk('PLTE', Uint8Array.of(9, 9, 9, ...RED.slice(0, 3), ...GREEN.slice(0, 3))),
      chunk('tRNS', Uint8Array.of(0)),
    ];
    const bytes = concat(
      SIGNATURE,
      ihdr(indexed),
      ...tables,
      actl(2, 0),
      ...frameChunks(frames, { header: indexed }),
      IEND,
    );
    expect((await framesOf(bytes))[1].slice(0, 16)).toEqual([...RED, ...RED, ...GREEN, ...RED]);

    const deep = { ...HEADER, bitDepth: 16 };
    const [, shown] = await framesOf(
      apng(
        [
          { width: 6, height: 5, pixels: solid(6, 5, [0x1234, 0x5678, 0x9abc, 0xffff]) },
          { width: 1, height: 1, blend: OVER, pixels: [0xabcd, 0, 0, 0xffff] },
        ],
        { header: deep },
      ),
    );
    expect(shown.slice(0, 8)).toEqual([0xab, 0, 0, 255, 0x12, 0x56, 0x9a, 255]);
  });
});

describe('control', () => {
  const twoFrames = (delay: [number, number] = [1, 10]): TestFrame[] => [
    { width: 6, height: 5, delay, pixels: solid(6, 5, RED) },
    { width: 6, height: 5, delay: [3, 4], pixels: solid(6, 5, GREEN) },
  ];

  it.each([
    ['for ever', 0],
    ['once', 1],
    ['seven times', 7],
  ])('plays %s', (_, plays) => {
    const header = pngDecoder.readHeader(apng(twoFrames(), { plays }));
    expect(header).toMatchObject({ frameCount: 2, plays });
  });

  it.each([
    [[1, 10], 100],
    [[1, 30], 1000 / 30],
    [[5, 0], 50],
    [[0, 10], 0],
    [[0, 0], 0],
    [[65_535, 1], 65_535_000],
  ] as [[number, number], number][])('delay %j is %d ms', async (delay, expected) => {
    const { frames } = await decodeAll(pngDecoder, apng(twoFrames(delay)));
    expect(frames[0].delay).toBeCloseTo(expected, 9);
    expect(frames[1].delay).toBe(750);
  });

  /** An animation of which only the header is looked at. */
  function announced(width: number, height: number, frames: FrameControl[]): Uint8Array {
    const data = frames.flatMap((frame) => [fctl(frame), fdat(new Uint8Array(9))]);
    const header = ihdr({ ...HEADER, width, height });
    return concat(SIGNATURE, header, actl(frames.length, 1), ...data, chunk('IDAT', new Uint8Array(9)), IEND);
  }

  it('refuses a canvas that is too large to be held, with what is kept under frames', () => {
    const dot = { width: 1, height: 1 };
    const tooLarge = expect.objectContaining({ code: 'too_many_pixels' });
    const width = 4000;
    const height = LIMITS.canvasInMemory / width;
    expect(pngDecoder.readHeader(announced(width, height, [dot, dot])).frameCount).toBe(2);
    expect(() => pngDecoder.readHeader(announced(width, height + 1, [dot, dot]))).toThrow(tooLarge);

    const half = { width, height: height / 2 };
    const undone = (frame: FrameControl) => ({ ...frame, dispose: PREVIOUS });
    const keeping = announced(width, height / 2, [half, undone(dot), undone(half)]);
    expect(pngDecoder.readHeader(keeping).frameCount).toBe(3);
    expect(() => pngDecoder.readHeader(announced(width, height / 2 + 1, [half, undone(half)]))).toThrow(tooLarge);
    // What comes first has nothing under it.
    expect(() => pngDecoder.readHeader(announced(width, height, [undone(half), dot]))).not.toThrow();
  });

  it('holds no canvas for a single frame, wherever it is', async () => {
    const width = 4000;
    const height = 1 + LIMITS.canvasInMemory / width;
    expect(pngDecoder.readHeader(announced(width, height, [{ width, height }])).height).toBe(height);
    // Half transparent over nothing is as it is.
    const frame = { width: 3, height: 2, left: 2, top: 1, blend: OVER, pixels: solid(3, 2, HALF_BLUE) };
    const options = { hidden: solid(6, 5, RED) };
    for (const interlaced of [false, true]) {
      const bytes = apng([frame], { ...options, header: { ...HEADER, interlaced } });
      expect(await framesOf(bytes)).toEqual(composited([frame], HEADER));
    }
  });

  it('leaves out a default image that is no part of the animation', async () => {
    const bytes = apng(twoFrames(), { hidden: solid(6, 5, HALF_BLUE) });
    expect(pngDecoder.readHeader(bytes).frameCount).toBe(2);
    expect(await framesOf(bytes)).toEqual([solid(6, 5, RED), solid(6, 5, GREEN)]);
  });

  it('shows the one frame of an animation, rather than the default image', async () => {
    const bytes = apng(twoFrames().slice(1), { hidden: solid(6, 5, RED), plays: 5 });
    expect(pngDecoder.readHeader(bytes)).toMatchObject({ frameCount: 1, plays: 1 });
    expect(await framesOf(bytes)).toEqual([solid(6, 5, GREEN)]);
  });
});

describe('files that are not quite right', () => {
  const first = { width: 6, height: 5, pixels: solid(6, 5, RED) };
  const second = { width: 6, height: 5, pixels: solid(6, 5, GREEN) };
  const [control1, idat, control2, fdat1, fdat2] = frameChunks([first, second]);
  const file = (...chunks: Uint8Array[]) => concat(SIGNATURE, ihdr(HEADER), ...chunks);
  const red = solid(6, 5, RED);
  const green = solid(6, 5, GREEN);

  it.each<[string, Uint8Array, number[][]]>([
    ['no acTL', file(control1, idat, control2, fdat1, fdat2, IEND), [red]],
    [
      'an acTL that is cut off',
      file(chunk('acTL', new Uint8Array(4)), control1, idat, control2, fdat1, fdat2, IEND),
      [red],
    ],
    ['acTL after the image', file(control1, idat, actl(2, 0), control2, fdat1, fdat2, IEND), [red]],
    ['acTL says 0 frames', file(actl(0, 0), control1, idat, control2, fdat1, fdat2, IEND), [red]],
    ['acTL says fewer frames', file(actl(1, 0), control1, idat, control2, fdat1, fdat2, IEND), [red]],
    ['acTL says more frames', file(actl(9, 0), control1, idat, control2, fdat1, fdat2, IEND), [red, green]],
    ['acTL and no frames', file(actl(2, 0), idat, IEND), [red]],
    ['a second acTL', file(actl(2, 0), actl(1, 0), control1, idat, control2, fdat1, fdat2, IEND), [red, green]],
    ['a frame without data', file(actl(3, 0), control1, idat, control1, control2, fdat1, fdat2, IEND), [red, green]],
    ['data without a frame', file(actl(2, 0), fdat1, control1, idat, control2, fdat1, fdat2, IEND), [red, green]],
    [
      'a control chunk that is too short',
      file(actl(2, 0), control1, idat, chunk('fcTL', new Uint8Array(25)), fdat1, fdat2),
      [red],
    ],
    [
      'chunks between a frame’s data',
      file(actl(2, 0), control1, idat, control2, fdat1, chunk('tIME', new Uint8Array(7)), fdat2, IEND),
      [red, green],
    ],
    [
      'wrong sequence numbers',
      file(actl(2, 0), fctl({ ...first, sequence: 7 }), idat, fctl({ ...second, sequence: 7 }), fdat1, fdat2, IEND),
      [red, green],
    ],
    [
      'a default image with another size in its control chunk',
      file(actl(2, 0), fctl({ width: 2, height: 2, left: 3, top: 1 }), idat, control2, fdat1, fdat2, IEND),
      [red, green],
    ],
    ['a first frame of which nothing came', file(actl(1, 0), idat, control2, fdat(new Uint8Array(20)), IEND), [red]],
  ])('%s', async (_, bytes, expected) => {
    expect(await framesOf(bytes)).toEqual(expected);
  });

  it.each([
    [7, 5, 0, 0],
    [6, 6, 0, 0],
    [1, 1, 6, 0],
    [1, 1, 0, 5],
    [0, 1, 0, 0],
    [1, 0, 0, 0],
    [0xffffffff, 1, 1, 0],
    [1, 1, 0xffffffff, 0xffffffff],
  ])('leaves out a frame of %i×%i at %i, %i', async (width, height, left, top) => {
    const outside = fctl({ width, height, left, top });
    const bytes = file(actl(3, 0), control1, idat, outside, fdat1, fdat2, control2, fdat1, fdat2, IEND);
    expect(pngDecoder.readHeader(bytes).frameCount).toBe(2);
    expect(await framesOf(bytes)).toEqual([red, green]);
  });

  it('plays the frames that arrived, cut anywhere', async () => {
    const frames = [first, second, { ...first, pixels: solid(6, 5, HALF_BLUE) }];
    const bytes = apng(frames);
    const expected = composited(frames, HEADER);
    let most = 0;
    for (let length = 0; length < bytes.length; length++) {
      const shown = await framesOf(bytes.subarray(0, length)).catch((error: unknown) => {
        expect(error).toBeInstanceOf(ImagingError);
        return [];
      });
      // The first may be there in part; the others are whole.
      for (const [i, frame] of shown.entries()) if (i > 0) expect(frame).toEqual(expected[i]);
      expect(shown.length).toBeGreaterThanOrEqual(most);
      most = shown.length;
    }
    expect(most).toBe(3);
  });

  it('never fails but with an ImagingError, whatever is damaged', async () => {
    const random = randomFrom(4);
    const original = apng(
      [
        first,
        { width: 3, height: 2, left: 1, top: 2, dispose: PREVIOUS, blend: OVER, pixels: solid(3, 2, HALF_BLUE) },
        { width: 2, height: 4, left: 4, top: 1, dispose: BACKGROUND, pixels: solid(2, 4, GREEN) },
        second,
      ],
      { hidden: solid(6, 5, GREEN) },
    );
    let decoded = 0;
    for (let i = 0; i < 3000; i++) {
      const bytes = original.slice();
      for (let k = Math.floor(random() * 5); k >= 0; k--) {
        const at = Math.floor(random() * bytes.length);
        // Not the canvas's size: the caller refuses what is too large.
        if (at < 16 || at >= 24) bytes[at] = random() < 0.5 ? random() * 256 : bytes[at] ^ (1 << (random() * 8));
      }
      try {
        await decodeAll(pngDecoder, bytes.subarray(0, random() < 0.2 ? random() * bytes.length : bytes.length));
        decoded++;
      } catch (error) {
        if (!(error instanceof ImagingError)) throw error;
      }
    }
    expect(decoded).toBeGreaterThan(1000);
  });
});
