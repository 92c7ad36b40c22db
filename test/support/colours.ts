import { expect } from 'vitest';

/** The colours that `test/fixtures/make.ts` paints with: red, green, blue, alpha. */
export const RED = [220, 20, 20, 255];
export const GREEN = [20, 160, 20, 255];
export const BLUE = [20, 20, 220, 255];
export const YELLOW = [240, 220, 20, 255];

/** Within what a palette, and a lossy format, may change of a flat colour. */
export function like(colour: number[]): unknown {
  return expect.toSatisfy(
    (pixel) => Array.isArray(pixel) && colour.every((value, channel) => Math.abs(value - pixel[channel]) <= 8),
    `a colour like ${colour}`,
  );
}
