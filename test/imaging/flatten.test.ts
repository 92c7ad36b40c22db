import { describe, expect, it } from 'vitest';
import { type Appearance, flatten } from '../../src/imaging/flatten.ts';

const PLAIN: Appearance = { toSrgb: null, matte: null, background: null, strongestAlpha: 255 };

/** Pixels written as straight [red, green, blue, alpha], premultiplied. */
function premultiplied(straight: number[][]): Uint32Array {
  const bytes = straight.flatMap(([red, green, blue, alpha]) => [
    ...[red, green, blue].map((value) => Math.round((value * alpha) / 255)),
    alpha,
  ]);
  return new Uint32Array(Uint8Array.from(bytes).buffer);
}

function flattened(source: Uint32Array, width: number, appearance: Partial<Appearance> = {}): number[][] {
  const pixels = new Uint32Array(source.length);
  const region = { left: 0, top: 0, width, height: source.length / width };
  const steps = { start: 0, right: 1, down: width };
  flatten(source, width, region, { ...PLAIN, ...appearance }, pixels, steps);
  return Array.from(pixels, (pixel) => [pixel & 255, (pixel >>> 8) & 255, (pixel >>> 16) & 255, pixel >>> 24]);
}

/** An edge: opaque, half covered by two different shares, transparent. */
const EDGE = premultiplied([
  [200, 0, 0, 255],
  [200, 0, 0, 180],
  [200, 0, 0, 90],
  [0, 0, 0, 0],
]);

describe('flatten', () => {
  it('cuts an edge at half coverage, and knows nothing but opaque and transparent', () => {
    expect(flattened(EDGE, 4).map(([, , , alpha]) => alpha)).toEqual([255, 255, 0, 0]);
  });

  it('blends an edge with the matte', () => {
    const [, edge] = flattened(EDGE, 4, { matte: 0xff00ff00 });
    const share = 180 / 255;
    expect(edge[0]).toBeCloseTo(200 * share, -0.5);
    expect(edge[1]).toBeCloseTo(255 * (1 - share), -0.5);
  });

  it('keeps an edge near its own colour where no matte is given', () => {
    const [, edge] = flattened(EDGE, 4);
    expect(Math.abs(edge[0] - 200)).toBeLessThan(20);
    expect(edge[1]).toBeLessThan(40);
  });

  it('keeps the colour of what is all but opaque', () => {
    expect(flattened(premultiplied([250, 255, 245, 255].map((alpha) => [255, 0, 0, alpha])), 4)).toEqual(
      Array.from({ length: 4 }, () => [255, 0, 0, 255]),
    );
  });

  it('puts the background under everything', () => {
    const all = flattened(EDGE, 4, { background: 0xffffffff });
    expect(all.every(([, , , alpha]) => alpha === 255)).toBe(true);
    expect(all[3]).toEqual([255, 255, 255, 255]);
    expect(all[2][1]).toBeCloseTo(255 * (1 - 90 / 255), -0.5);
  });

  it.each([80, 128, 176])('shows an even pane of alpha %i as that share of pixels', (alpha) => {
    const pane = premultiplied(Array.from({ length: 64 * 64 }, () => [0, 120, 240, alpha]));
    const opaque = flattened(pane, 64).filter(([, , , a]) => a === 255);
    // The thresholds are spread over half of the range: the share is right near the middle and a quarter off at the ends.
    expect(Math.abs(opaque.length / 4096 - alpha / 255)).toBeLessThan(0.27);
    // Half way to what is between light and dark pages, by as much as it lets through.
    const through = (1 - alpha / 255) / 2;
    const blended = [0, 120, 240].map((value, i) => value + ([152, 153, 155][i] - value) * through);
    for (const pixel of opaque) blended.forEach((value, i) => void expect(Math.abs(pixel[i] - value)).toBeLessThan(3));
  });

  it('makes no pattern of a pane whose page is known', () => {
    const pane = premultiplied(Array.from({ length: 64 }, () => [0, 0, 0, 200]));
    expect(flattened(pane, 8, { matte: 0xffffffff }).every(([, , , alpha]) => alpha === 255)).toBe(true);
  });

  it('shows a shadow on its matte as it is composited there, down to where nobody sees it', () => {
    // Alpha from 0 to 127: less than any edge has.
    const shadow = premultiplied(Array.from({ length: 128 }, (_, alpha) => [20, 0, 60, alpha]));
    const matte = [240, 230, 220];
    for (const [alpha, [red, green, blue, shown]] of flattened(shadow, 128, { matte: 0xffdce6f0 }).entries()) {
      const over = [20, 0, 60].map((value, i) => (value * alpha + matte[i] * (255 - alpha)) / 255);
      const unlike = (seen: number[]) => Math.max(...seen.map((value, i) => Math.abs(value - over[i])));
      expect(unlike(shown === 255 ? [red, green, blue] : matte)).toBeLessThan(shown === 255 ? 2 : 7);
      if (unlike(matte) > 7) expect(shown).toBe(255);
    }
  });

  it('keeps the shape of what has the colour of its matte, and no halo', () => {
    const white = premultiplied([255, 180, 90, 20].map((alpha) => [255, 255, 255, alpha]));
    const expected = [255, 255, 0, 0].map((alpha) => (alpha === 0 ? [0, 0, 0, 0] : [255, 255, 255, 255]));
    expect(flattened(white, 4, { matte: 0xffffffff })).toEqual(expected);
  });

  it('shows something of an area that is as strong as a faint picture gets', () => {
    const pane = premultiplied(Array.from({ length: 64 * 64 }, () => [0, 102, 255, 20]));
    expect(flattened(pane, 64).every(([, , , alpha]) => alpha === 0)).toBe(true);
    const opaque = flattened(pane, 64, { strongestAlpha: 20 }).filter(([, , , alpha]) => alpha === 255);
    expect(opaque.length / 4096).toBeGreaterThanOrEqual(0.25);
    expect(opaque.length / 4096).toBeLessThan(0.5);
  });

  it('cuts the edges of a faint picture at half of what it has', () => {
    const alphas = [0, 12, 25, 40, 25, 12, 0];
    const line = premultiplied(Array.from({ length: 49 }, (_, i) => [0, 0, 0, alphas[i % 7]]));
    const row = flattened(line, 7, { strongestAlpha: 40 }).slice(0, 7);
    expect(row.map(([, , , alpha]) => alpha)).toEqual([0, 0, 255, 255, 255, 0, 0]);
  });

  it('tells the highest alpha', () => {
    const region = { left: 0, top: 0, width: 4, height: 1 };
    const strongest = (source: Uint32Array) =>
      flatten(source, 4, region, PLAIN, new Uint32Array(4), { start: 0, right: 1, down: 4 });
    expect(strongest(EDGE)).toBe(255);
    expect(strongest(premultiplied([90, 20, 0, 13].map((alpha) => [0, 0, 0, alpha])))).toBe(90);
  });

  it('transforms straight colours', () => {
    const seen: number[] = [];
    const toSrgb = (rgb: Uint8ClampedArray) => {
      seen.push(rgb[0]);
      rgb[0] = 7;
    };
    const [first] = flattened(EDGE, 4, { toSrgb });
    expect(first[0]).toBe(7);
    expect(seen[1]).toBeGreaterThanOrEqual(198);
  });
});
