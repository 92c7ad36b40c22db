import { env } from 'cloudflare:workers';
import { describe, expect, it } from 'vitest';
import { ImagingError, renderEmoji } from '../../src/imaging/index.ts';
import { BLUE, GREEN, like, RED, YELLOW } from '../support/colours.ts';
import { type DecodedGif, decodeGif, pixelAt } from '../support/gif.ts';
import { fixture } from '../support/service.ts';

/** The middles of the quadrants of a canvas: above from the left, below from the left. */
const MIDDLES = [
  [25, 25],
  [75, 25],
  [25, 75],
  [75, 75],
];

/** What is seen there, frame by frame. Where each colour must be follows from `test/fixtures/make.ts` by arithmetic. */
const EXPECTED: Record<string, { points: number[][]; frames: unknown[][]; delays?: number[]; plays?: number }> = {
  // 200×100 is 100×50, at rows 25 to 74; its upper quarter is transparent.
  'halves.png': {
    points: [
      [50, 10],
      [25, 30],
      [25, 60],
      [75, 60],
      [75, 90],
    ],
    frames: [['clear', 'clear', like(RED), like(BLUE), 'clear']],
  },
  // 240×120 turned clockwise is 120×240, which is 50×100, at columns 25 to 74. What was left is above.
  'orientation-6.jpg': {
    points: [
      [10, 50],
      [37, 25],
      [62, 25],
      [37, 75],
      [62, 75],
      [90, 50],
    ],
    frames: [['clear', like(BLUE), like(RED), like(YELLOW), like(GREEN), 'clear']],
  },
  ...Object.fromEntries(
    ['webp', 'avif', 'bmp', 'ico', 'svg', 'tiff'].map((format) => [
      `quadrants.${format}`,
      { points: MIDDLES, frames: [[RED, GREEN, BLUE, YELLOW].map(like)] },
    ]),
  ),
  // 50×50 is enlarged to the whole canvas.
  ...Object.fromEntries(
    ['gif', 'webp', 'png'].map((format) => [
      `moving-square.${format}`,
      {
        points: MIDDLES,
        frames: [
          [like(RED), 'clear', 'clear', 'clear'],
          ['clear', like(GREEN), 'clear', 'clear'],
          ['clear', 'clear', 'clear', like(BLUE)],
        ],
        delays: [50, 120, 200],
        plays: 2,
      },
    ]),
  ),
};

function seenAt(gif: DecodedGif, points: number[][]): unknown[][] {
  return gif.frames.map((_, frame) => points.map(([x, y]) => pixelAt(gif, frame, x, y)));
}

describe('the image library in workerd', () => {
  it('is tried on every fixture', () => {
    expect(Object.keys(EXPECTED).sort()).toEqual(Object.keys(env.FIXTURES).sort());
  });

  it.each(Object.keys(EXPECTED))('makes an emoji of %s', async (name) => {
    const { points, frames, delays = [0], plays = 1 } = EXPECTED[name];
    const gif = decodeGif((await renderEmoji(fixture(name))).gif);
    expect(gif).toMatchObject({ width: 100, height: 100, plays });
    expect(gif.frames.map(({ delay }) => delay)).toEqual(delays);
    expect(seenAt(gif, points)).toEqual(frames);
  });

  it.each(Object.keys(EXPECTED))('says what is wrong with the first 20 bytes of %s', async (name) => {
    await expect(renderEmoji(fixture(name).subarray(0, 20))).rejects.toBeInstanceOf(ImagingError);
  });

  it('draws the text of an SVG drawing in its own font', async () => {
    const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 100">
      <text x="50" y="86" font-family="Arial" font-size="100" text-anchor="middle" fill="#dc1414">H</text></svg>`;
    const gif = decodeGif((await renderEmoji(new TextEncoder().encode(svg))).gif);
    // An H of Arial's proportions: the stroke across it, and nothing above or below.
    const points = [
      [50, 48],
      [50, 25],
      [50, 75],
      [50, 95],
    ];
    expect(seenAt(gif, points)).toEqual([[like(RED), 'clear', 'clear', 'clear']]);
  });

  it('goes on after a picture that made a decoder in WebAssembly trap', async () => {
    for (const ending of ['avif', 'svg']) {
      const whole = fixture(`quadrants.${ending}`);
      const broken = whole.slice(0, whole.length * 0.8);
      await expect(renderEmoji(broken), ending).rejects.toMatchObject({ name: 'ImagingError' });
      expect((await renderEmoji(whole)).frames).toBe(1);
    }
  });
});
