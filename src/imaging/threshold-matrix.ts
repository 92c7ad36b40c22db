/** Side of the matrix, pixels. */
const SIDE = 8;

/**
 * Thresholds for ordered dither (Bayer, 1973): every one of 64 levels once in 8×8 pixels, neighbours as far apart as
 * can be. Bits of x ⊕ y and of y, interleaved, the lowest first.
 */
const LEVELS = Uint8Array.from({ length: SIDE * SIDE }, (_, i) => {
  const x = i % SIDE;
  const y = (i - x) / SIDE;
  let level = 0;
  for (let bit = 0; bit < 3; bit++) level = (level << 2) | ((((x ^ y) >> bit) & 1) << 1) | ((y >> bit) & 1);
  return level;
});

/** @returns a threshold between 0 and 1, which depends on the place alone */
export function thresholdAt(x: number, y: number): number {
  return (LEVELS[(y % SIDE) * SIDE + (x % SIDE)] + 0.5) / (SIDE * SIDE);
}
