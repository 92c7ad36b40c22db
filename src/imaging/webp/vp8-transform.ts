/**
 * The inverse transforms of VP8, bit for bit as RFC 6386 section 14.3 and 14.4 say.
 * `Math.imul` keeps absurd coefficients of damaged files within 32 bits.
 */

// √2·cos(π/8) − 1 and √2·sin(π/8) in 1/65536.
const COS = 20091;
const SIN = 35468;

/** Inverse Walsh–Hadamard transform of the Y2 block into the DCs of the 16 luma blocks that follow each other in `out`. */
export function addWalshHadamard(y2: Int16Array, out: Int16Array): void {
  for (let i = 0; i < 4; i++) {
    const a = y2[i] + y2[12 + i];
    const b = y2[4 + i] + y2[8 + i];
    const c = y2[4 + i] - y2[8 + i];
    const d = y2[i] - y2[12 + i];
    y2[i] = a + b;
    y2[4 + i] = c + d;
    y2[8 + i] = a - b;
    y2[12 + i] = d - c;
  }
  for (let i = 0; i < 16; i += 4) {
    const a = y2[i] + y2[i + 3];
    const b = y2[i + 1] + y2[i + 2];
    const c = y2[i + 1] - y2[i + 2];
    const d = y2[i] - y2[i + 3];
    out[16 * i] = (a + b + 3) >> 3;
    out[16 * (i + 1)] = (c + d + 3) >> 3;
    out[16 * (i + 2)] = (a - b + 3) >> 3;
    out[16 * (i + 3)] = (d - c + 3) >> 3;
  }
}

/** Adds the inverse DCT of the block at `c` to the 4×4 pixels at `at`, and clears the block. */
export function addInverseDct(
  block: Int16Array,
  c: number,
  pixels: Uint8ClampedArray,
  at: number,
  stride: number,
): void {
  for (let i = c; i < c + 4; i++) {
    const c1 = block[i + 4];
    const c3 = block[i + 12];
    const a = block[i] + block[i + 8];
    const b = block[i] - block[i + 8];
    const e = (Math.imul(c1, SIN) >> 16) - c3 - (Math.imul(c3, COS) >> 16);
    const d = c1 + (Math.imul(c1, COS) >> 16) + (Math.imul(c3, SIN) >> 16);
    block[i] = a + d;
    block[i + 4] = b + e;
    block[i + 8] = b - e;
    block[i + 12] = a - d;
  }
  for (let i = c; i < c + 16; i += 4, at += stride) {
    const c0 = block[i] + 4;
    const c1 = block[i + 1];
    const c2 = block[i + 2];
    const c3 = block[i + 3];
    const a = c0 + c2;
    const b = c0 - c2;
    const e = (Math.imul(c1, SIN) >> 16) - c3 - (Math.imul(c3, COS) >> 16);
    const d = c1 + (Math.imul(c1, COS) >> 16) + (Math.imul(c3, SIN) >> 16);
    pixels[at] += (a + d) >> 3;
    pixels[at + 1] += (b + e) >> 3;
    pixels[at + 2] += (b - e) >> 3;
    pixels[at + 3] += (a - d) >> 3;
    block[i] = block[i + 1] = block[i + 2] = block[i + 3] = 0;
  }
}

/** The same for a block that has a DC alone. */
export function addDc(block: Int16Array, c: number, pixels: Uint8ClampedArray, at: number, stride: number): void {
  const dc = (block[c] + 4) >> 3;
  block[c] = 0;
  for (let y = 0; y < 4; y++, at += stride) {
    pixels[at] += dc;
    pixels[at + 1] += dc;
    pixels[at + 2] += dc;
    pixels[at + 3] += dc;
  }
}
