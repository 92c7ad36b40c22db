import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Axis, axisWeights, LANCZOS3, WEIGHT_BITS } from '../../src/imaging/kernel.ts';

const ONE = 1 << WEIGHT_BITS;

/** Duchon's window, with the outermost samples repeated: what each sample weighs in a target sample, 1 in all. */
function lanczos3({ samples, origin, length, target }: Axis, i: number): number[] {
  const scale = length / target;
  const stretch = Math.max(1, scale);
  const centre = origin + (scale < 1 ? i * scale : (i + 0.5) * scale) - 0.5;
  const weights = new Array<number>(samples).fill(0);
  for (let j = Math.floor(centre - 3 * stretch); j <= centre + 3 * stretch + 1; j++) {
    const x = (Math.PI * (j - centre)) / stretch;
    const weight = x === 0 ? 1 : Math.abs(x) < 3 * Math.PI ? (3 * Math.sin(x) * Math.sin(x / 3)) / x ** 2 : 0;
    weights[Math.min(Math.max(j, 0), samples - 1)] += weight;
  }
  const sum = weights.reduce((a, b) => a + b, 0);
  return weights.map((weight) => weight / sum);
}

/** The part of a line of samples that is scaled, to fewer or to more. */
const axes = fc
  .record({
    before: fc.integer({ min: 0, max: 12 }),
    length: fc.integer({ min: 1, max: 400 }),
    half: fc.boolean(),
    after: fc.integer({ min: 1, max: 12 }),
    target: fc.integer({ min: 1, max: 128 }),
  })
  .map(({ before, length, half, after, target }) => {
    return { samples: before + length + after, origin: before + (half ? 0.5 : 0), length, target };
  });

describe('the weights of an axis', () => {
  it('are those of the kernel, and 1 in all', () => {
    fc.assert(
      fc.property(axes, (axis) => {
        const { taps, first, weights } = axisWeights(LANCZOS3, axis);
        for (let i = 0; i < axis.target; i++) {
          const own = weights.subarray(i * taps, (i + 1) * taps);
          expect(own.reduce((a, b) => a + b, 0)).toBe(ONE);
          for (const [j, wanted] of lanczos3(axis, i).entries()) {
            // What rounding leaves over is given to the largest: half a level for each at most.
            expect(Math.abs((own[j - first[i]] ?? 0) - wanted * ONE)).toBeLessThanOrEqual(0.51 + taps / 2);
          }
        }
      }),
      { numRuns: 60 },
    );
  });

  it('are of samples that there are, and no later ones than the next target sample has', () => {
    fc.assert(
      fc.property(axes, (axis) => {
        const { taps, first } = axisWeights(LANCZOS3, axis);
        expect(first[0]).toBeGreaterThanOrEqual(0);
        for (let i = 1; i < first.length; i++) expect(first[i]).toBeGreaterThanOrEqual(first[i - 1]);
        expect(first[first.length - 1] + taps).toBeLessThanOrEqual(axis.samples);
      }),
    );
  });

  it('are one for each target sample where nothing is scaled', () => {
    const { taps, first, weights } = axisWeights(LANCZOS3, { samples: 60, origin: 10, length: 40, target: 40 });
    expect(taps).toBe(1);
    expect([...first]).toEqual(Array.from({ length: 40 }, (_, i) => 10 + i));
    expect(weights.every((weight) => weight === ONE)).toBe(true);
  });
});
