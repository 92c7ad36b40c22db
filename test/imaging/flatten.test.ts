import { describe, expect, it } from 'vitest';
import { type Appearance, flatten } from '../../src/imaging/flatten.ts';

const PLAIN: Appearance = { toSrgb: null, matte: null, background: null };

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

  it('puts the background under everything', () => {
    const all = flattened(EDGE, 4, { background: 0xffffffff });
    expect(all.every(([, , , alpha]) => alpha === 255)).toBe(true);
    expect(all[3]).toEqual([255, 255, 255, 255]);
    expect(all[2][1]).toBeCloseTo(255 * (1 - 90 / 255), -0.5);
  });

  it.each([80, 128, 176])('shows an even pane of alpha %i as that share of pixels', (alpha) => {
    const pane = premultiplied(Array.from({ length: 64 * 64 }, () => [0, 120, 240, alpha]));
    const opaque = flattened(pane, 64).filter(([, , , a]) => a === 255);
    // The spread of the thresholds is two thirds: the share is right in the middle and 12 % off at the ends.
    expect(Math.abs(opaque.length / 4096 - alpha / 255)).toBeLessThan(0.13);
    for (const [, green] of opaque) expect(Math.abs(green - 120)).toBeLessThanOrEqual(2);
  });

  it('makes no pattern of a pane whose page is known', () => {
    const pane = premultiplied(Array.from({ length: 64 }, () => [0, 0, 0, 200]));
    expect(flattened(pane, 8, { matte: 0xffffffff }).every(([, , , alpha]) => alpha === 255)).toBe(true);
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
