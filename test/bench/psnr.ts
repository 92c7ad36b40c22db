/** White, and the dark of chat programs. */
const BACKGROUNDS = [
  [255, 255, 255],
  [49, 51, 56],
];
const BINOMIAL = [1, 4, 6, 4, 1].map((weight) => weight / 16);

/** Mean squared differences of 8-bit sRGB: as it is, and softened. */
export interface SquaredError {
  raw: number;
  soft: number;
}

/** Decibels; 99 for what cannot be told apart. */
export function psnr(meanSquaredError: number): number {
  return Math.min(99, 10 * Math.log10(255 ** 2 / meanSquaredError));
}

/**
 * How much two pictures differ to the eye, over both backgrounds.
 *
 * @param one straight RGBA, `side × side` pixels
 */
export function squaredError(one: Uint8Array, other: Uint8Array, side: number): SquaredError {
  const errors = BACKGROUNDS.map((background) => {
    const difference = subtract(over(one, background), over(other, background));
    return { raw: meanSquare(difference), soft: meanSquare(soften(difference, side)) };
  });
  return mean(errors);
}

export function mean(errors: SquaredError[]): SquaredError {
  const sum = { raw: 0, soft: 0 };
  for (const { raw, soft } of errors) {
    sum.raw += raw / errors.length;
    sum.soft += soft / errors.length;
  }
  return sum;
}

/** RGB of a picture on a background. */
function over(rgba: Uint8Array, background: number[]): Float32Array {
  const rgb = new Float32Array((rgba.length / 4) * 3);
  for (let i = 0, o = 0; i < rgba.length; i += 4) {
    const alpha = rgba[i + 3] / 255;
    for (let c = 0; c < 3; c++) rgb[o++] = rgba[i + c] * alpha + background[c] * (1 - alpha);
  }
  return rgb;
}

function subtract(one: Float32Array, other: Float32Array): Float32Array {
  return one.map((value, i) => value - other[i]);
}

function meanSquare(values: Float32Array): number {
  return values.reduce((sum, value) => sum + value ** 2, 0) / values.length;
}

/** The filter is linear, so the difference may be softened in place of both pictures. */
function soften(rgb: Float32Array, side: number): Float32Array {
  return filter(filter(rgb, side, 3, side * 3), side, side * 3, 3);
}

/** Along lines of `side` pixels that are `step` values apart; edges are repeated. */
function filter(rgb: Float32Array, side: number, step: number, nextLine: number): Float32Array {
  const filtered = new Float32Array(rgb.length);
  for (let line = 0; line < side; line++) {
    for (let x = 0; x < side; x++) {
      const at = line * nextLine + x * step;
      for (let tap = -2; tap <= 2; tap++) {
        const from = line * nextLine + Math.min(side - 1, Math.max(0, x + tap)) * step;
        for (let c = 0; c < 3; c++) filtered[at + c] += BINOMIAL[tap + 2] * rgb[from + c];
      }
    }
  }
  return filtered;
}
