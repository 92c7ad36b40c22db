import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { differ, equalPixels, erases, fingerprint } from '../../src/imaging/frame-drawing.ts';

/** Two canvases that differ in few pixels, if in any. Most have pixels left over where four are looked at at a time. */
const pairs = fc.integer({ min: 1, max: 9 }).chain((side) => {
  const pixel = fc.constantFrom(0, 0xff0000ff, 0xff00ff00);
  const at = fc.integer({ min: 0, max: side * side - 1 });
  return fc
    .record({
      one: fc.array(pixel, { minLength: side * side, maxLength: side * side }),
      changes: fc.array(fc.tuple(at, pixel), { maxLength: 2 }),
    })
    .map(({ one, changes }) => {
      const other = Uint32Array.from(one);
      for (const [i, colour] of changes) other[i] = colour;
      return { one: Uint32Array.from(one), other };
    });
});

const differenceOf = (one: Uint32Array, other: Uint32Array) => one.some((pixel, i) => pixel !== other[i]);

describe('canvases of any side', () => {
  it('are told apart by any pixel', () => {
    fc.assert(
      fc.property(pairs, ({ one, other }) => {
        expect([...equalPixels(one, other)]).toEqual(Array.from(one, (pixel, i) => Number(pixel === other[i])));
        expect(differ(one, other)).toBe(differenceOf(one, other));
        expect(fingerprint(one) !== fingerprint(other)).toBe(differenceOf(one, other));
      }),
      { numRuns: 1000 },
    );
  });

  it('cannot be drawn on each other where any pixel is gone', () => {
    fc.assert(
      fc.property(pairs, ({ one, other }) => {
        expect(erases(one, other)).toBe(one.some((pixel, i) => pixel !== 0 && other[i] === 0));
      }),
      { numRuns: 1000 },
    );
  });
});
