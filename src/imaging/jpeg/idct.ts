import type { BlockSize } from './geometry.ts';

/**
 * Inverse DCTs (T.81 A.3.3) to n×n samples from the n×n coefficients of lowest frequency: to fewer than 8×8 they are
 * the n-point transform, which gives the picture low-pass filtered and reduced. The basis is √2·cos, with 1 for
 * frequency 0, so that all sizes end with a division by 8.
 *
 * @param coefficients the block's, row by row, from `at` on: quantised
 * @param quantisation n×n steps, in the same places
 * @param samples clamped to 0–255, at `to`, in rows of `stride`
 */
export type InverseDct = (
  coefficients: Int16Array,
  at: number,
  quantisation: Int32Array,
  samples: Uint8ClampedArray,
  to: number,
  stride: number,
) => void;

export const INVERSE_DCT: Record<BlockSize, InverseDct> = {
  1: inverse1,
  2: inverse2,
  4: inverse4,
  8: inverse8,
};

/** √2·cos(kπ/16), in 13 fractional bits. */
const FRACTION = 13;
const [, C1, C2, C3, , C5, C6, C7] = Array.from({ length: 8 }, (_, k) =>
  Math.round(Math.SQRT2 * Math.cos((k * Math.PI) / 16) * (1 << FRACTION)),
);

/** Fractional bits that the first pass leaves to the second. */
const PASS_BITS = 2;
const PASS_SHIFT = FRACTION - PASS_BITS;
const PASS_ROUND = 1 << (PASS_SHIFT - 1);
const LAST_SHIFT = FRACTION + PASS_BITS + 3;
/** Rounds, and moves samples from around 0 to around 128 (T.81 A.3.1). */
const LAST_ROUND = (1 << (LAST_SHIFT - 1)) + (128 << LAST_SHIFT);

/** The result of the first pass. Decoding does not give way to other code, so that all blocks can share it. */
const workspace = new Int32Array(64);

function inverse1(
  coefficients: Int16Array,
  at: number,
  quantisation: Int32Array,
  samples: Uint8ClampedArray,
  to: number,
): void {
  samples[to] = (Math.imul(coefficients[at], quantisation[0]) + (128 << 3) + 4) >> 3;
}

function inverse2(
  coefficients: Int16Array,
  at: number,
  quantisation: Int32Array,
  samples: Uint8ClampedArray,
  to: number,
  stride: number,
): void {
  const dc = Math.imul(coefficients[at], quantisation[0]) + (128 << 3) + 4;
  const across = Math.imul(coefficients[at + 1], quantisation[1]);
  const down = Math.imul(coefficients[at + 2], quantisation[2]);
  const both = Math.imul(coefficients[at + 3], quantisation[3]);
  samples[to] = (dc + across + down + both) >> 3;
  samples[to + 1] = (dc - across + down - both) >> 3;
  samples[to + stride] = (dc + across - down - both) >> 3;
  samples[to + stride + 1] = (dc - across - down + both) >> 3;
}

function inverse4(
  coefficients: Int16Array,
  at: number,
  quantisation: Int32Array,
  samples: Uint8ClampedArray,
  to: number,
  stride: number,
): void {
  for (let x = 0; x < 4; x++) {
    const x0 = Math.imul(coefficients[at + x], quantisation[x]) << FRACTION;
    const x1 = Math.imul(coefficients[at + 4 + x], quantisation[4 + x]);
    const x2 = Math.imul(coefficients[at + 8 + x], quantisation[8 + x]) << FRACTION;
    const x3 = Math.imul(coefficients[at + 12 + x], quantisation[12 + x]);
    const even = x0 + x2 + PASS_ROUND;
    const odd = x0 - x2 + PASS_ROUND;
    const outer = Math.imul(x1, C2) + Math.imul(x3, C6);
    const inner = Math.imul(x1, C6) - Math.imul(x3, C2);
    workspace[x] = (even + outer) >> PASS_SHIFT;
    workspace[4 + x] = (odd + inner) >> PASS_SHIFT;
    workspace[8 + x] = (odd - inner) >> PASS_SHIFT;
    workspace[12 + x] = (even - outer) >> PASS_SHIFT;
  }
  for (let y = 0; y < 16; y += 4) {
    const x0 = workspace[y] << FRACTION;
    const x1 = workspace[y + 1];
    const x2 = workspace[y + 2] << FRACTION;
    const x3 = workspace[y + 3];
    const even = x0 + x2 + LAST_ROUND;
    const odd = x0 - x2 + LAST_ROUND;
    const outer = Math.imul(x1, C2) + Math.imul(x3, C6);
    const inner = Math.imul(x1, C6) - Math.imul(x3, C2);
    samples[to] = (even + outer) >> LAST_SHIFT;
    samples[to + 1] = (odd + inner) >> LAST_SHIFT;
    samples[to + 2] = (odd - inner) >> LAST_SHIFT;
    samples[to + 3] = (even - outer) >> LAST_SHIFT;
    to += stride;
  }
}

function inverse8(
  coefficients: Int16Array,
  at: number,
  quantisation: Int32Array,
  samples: Uint8ClampedArray,
  to: number,
  stride: number,
): void {
  for (let x = 0; x < 8; x++) {
    const c = at + x;
    const x0 = Math.imul(coefficients[c], quantisation[x]);
    // Most columns have nothing but their first coefficient.
    if (
      (coefficients[c + 8] |
        coefficients[c + 16] |
        coefficients[c + 24] |
        coefficients[c + 32] |
        coefficients[c + 40] |
        coefficients[c + 48] |
        coefficients[c + 56]) ===
      0
    ) {
      const flat = x0 << PASS_BITS;
      for (let y = x; y < 64; y += 8) workspace[y] = flat;
      continue;
    }
    const x1 = Math.imul(coefficients[c + 8], quantisation[x + 8]);
    const x2 = Math.imul(coefficients[c + 16], quantisation[x + 16]);
    const x3 = Math.imul(coefficients[c + 24], quantisation[x + 24]);
    const x4 = Math.imul(coefficients[c + 32], quantisation[x + 32]);
    const x5 = Math.imul(coefficients[c + 40], quantisation[x + 40]);
    const x6 = Math.imul(coefficients[c + 48], quantisation[x + 48]);
    const x7 = Math.imul(coefficients[c + 56], quantisation[x + 56]);
    const sum = ((x0 + x4) << FRACTION) + PASS_ROUND;
    const difference = ((x0 - x4) << FRACTION) + PASS_ROUND;
    const outer = Math.imul(x2, C2) + Math.imul(x6, C6);
    const inner = Math.imul(x2, C6) - Math.imul(x6, C2);
    const odd0 = Math.imul(x1, C1) + Math.imul(x3, C3) + Math.imul(x5, C5) + Math.imul(x7, C7);
    const odd1 = Math.imul(x1, C3) - Math.imul(x3, C7) - Math.imul(x5, C1) - Math.imul(x7, C5);
    const odd2 = Math.imul(x1, C5) - Math.imul(x3, C1) + Math.imul(x5, C7) + Math.imul(x7, C3);
    const odd3 = Math.imul(x1, C7) - Math.imul(x3, C5) + Math.imul(x5, C3) - Math.imul(x7, C1);
    workspace[x] = (sum + outer + odd0) >> PASS_SHIFT;
    workspace[x + 8] = (difference + inner + odd1) >> PASS_SHIFT;
    workspace[x + 16] = (difference - inner + odd2) >> PASS_SHIFT;
    workspace[x + 24] = (sum - outer + odd3) >> PASS_SHIFT;
    workspace[x + 32] = (sum - outer - odd3) >> PASS_SHIFT;
    workspace[x + 40] = (difference - inner - odd2) >> PASS_SHIFT;
    workspace[x + 48] = (difference + inner - odd1) >> PASS_SHIFT;
    workspace[x + 56] = (sum + outer - odd0) >> PASS_SHIFT;
  }
  for (let y = 0; y < 64; y += 8) {
    const x0 = workspace[y];
    const x1 = workspace[y + 1];
    const x2 = workspace[y + 2];
    const x3 = workspace[y + 3];
    const x4 = workspace[y + 4];
    const x5 = workspace[y + 5];
    const x6 = workspace[y + 6];
    const x7 = workspace[y + 7];
    const sum = ((x0 + x4) << FRACTION) + LAST_ROUND;
    const difference = ((x0 - x4) << FRACTION) + LAST_ROUND;
    const outer = Math.imul(x2, C2) + Math.imul(x6, C6);
    const inner = Math.imul(x2, C6) - Math.imul(x6, C2);
    const odd0 = Math.imul(x1, C1) + Math.imul(x3, C3) + Math.imul(x5, C5) + Math.imul(x7, C7);
    const odd1 = Math.imul(x1, C3) - Math.imul(x3, C7) - Math.imul(x5, C1) - Math.imul(x7, C5);
    const odd2 = Math.imul(x1, C5) - Math.imul(x3, C1) + Math.imul(x5, C7) + Math.imul(x7, C3);
    const odd3 = Math.imul(x1, C7) - Math.imul(x3, C5) + Math.imul(x5, C3) - Math.imul(x7, C1);
    samples[to] = (sum + outer + odd0) >> LAST_SHIFT;
    samples[to + 1] = (difference + inner + odd1) >> LAST_SHIFT;
    samples[to + 2] = (difference - inner + odd2) >> LAST_SHIFT;
    samples[to + 3] = (sum - outer + odd3) >> LAST_SHIFT;
    samples[to + 4] = (sum - outer - odd3) >> LAST_SHIFT;
    samples[to + 5] = (difference - inner - odd2) >> LAST_SHIFT;
    samples[to + 6] = (difference + inner - odd1) >> LAST_SHIFT;
    samples[to + 7] = (sum + outer - odd0) >> LAST_SHIFT;
    to += stride;
  }
}
