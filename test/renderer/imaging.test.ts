import { describe, expect, it } from 'vitest';
import { renderEmoji } from '../../src/imaging/index.ts';
import { decodeGif, pixelAt } from '../support/gif.ts';
import { fixture } from '../support/service.ts';

const RED = [220, 20, 20, 255];
const GREEN = [20, 160, 20, 255];
const BLUE = [20, 20, 220, 255];
const YELLOW = [240, 220, 20, 255];

/** Within what a lossy format may change of a flat colour. */
function like(colour: number[]): unknown {
  return expect.toSatisfy(
    (pixel) => Array.isArray(pixel) && colour.every((value, channel) => Math.abs(value - pixel[channel]) <= 8),
    `a colour like ${colour}`,
  );
}

const rendered = async (name: string) => decodeGif((await renderEmoji(fixture(name))).gif);

describe('the image library in workerd', () => {
  it.each(['webp', 'avif', 'tiff', 'bmp', 'ico', 'svg'])('makes an emoji of quadrants.%s', async (ending) => {
    const gif = await rendered(`quadrants.${ending}`);
    const seen = [25, 75].flatMap((y) => [25, 75].map((x) => pixelAt(gif, 0, x, y)));
    expect(seen).toEqual([RED, GREEN, BLUE, YELLOW].map(like));
  });

  it.each(['gif', 'png', 'webp'])(
    'makes an emoji of moving-square.%s, with every frame and its timing',
    async (ending) => {
      const gif = await rendered(`moving-square.${ending}`);
      expect(gif.frames.map(({ delay }) => delay)).toEqual([50, 120, 200]);
      expect(gif.plays).toBe(2);
      const corners = [
        [25, 25],
        [75, 25],
        [75, 75],
      ];
      const seen = [0, 1, 2].map((frame) => corners.map(([x = 0, y = 0]) => pixelAt(gif, frame, x, y)));
      expect(seen).toEqual([
        [like(RED), 'clear', 'clear'],
        ['clear', like(GREEN), 'clear'],
        ['clear', 'clear', like(BLUE)],
      ]);
    },
  );

  it('goes on after a picture that made a decoder in WebAssembly trap', async () => {
    for (const ending of ['avif', 'tiff', 'svg']) {
      const whole = fixture(`quadrants.${ending}`);
      const broken = whole.slice(0, whole.length * 0.8);
      await expect(renderEmoji(broken), ending).rejects.toMatchObject({ name: 'ImagingError' });
      expect((await renderEmoji(whole)).frames).toBe(1);
    }
  });
});
