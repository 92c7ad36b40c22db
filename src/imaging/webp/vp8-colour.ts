/**
 * From a row of luma and two rows of half-size chroma to RGBA.
 *
 * Chroma is enlarged by the triangle filter that libwebp, and with it every browser, uses: 9/16 of the nearest sample,
 * 3/16 of each neighbour beside and below (or above) it, 1/16 of the one across. U and V are filtered together, as the
 * halves of one integer. The conversion is BT.601 of limited range in 14-bit fixed point, rounded as libwebp does.
 */
export function rowToRgba(
  y: Uint8ClampedArray,
  yAt: number,
  u: Uint8ClampedArray,
  v: Uint8ClampedArray,
  near: number,
  far: number,
  width: number,
  rgba: Uint8ClampedArray,
): void {
  // Sums of a column, of weight 4: the value 1 of U is 1, that of V is 2^16.
  let previous = 3 * (u[near] | (v[near] << 16)) + (u[far] | (v[far] << 16));
  // The first pixel has no chroma to its left, the last of an even width none to its right.
  putPixel(y[yAt], (previous + 0x00020002) >> 2, rgba, 0);
  const last = width - 1;
  let x = 1;
  for (let i = 1; x < last; i++, x += 2) {
    const next = 3 * (u[near + i] | (v[near + i] << 16)) + (u[far + i] | (v[far + i] << 16));
    const sum = previous + next + 0x00080008;
    putPixel(y[yAt + x], (sum + 2 * previous) >> 4, rgba, 4 * x);
    putPixel(y[yAt + x + 1], (sum + 2 * next) >> 4, rgba, 4 * x + 4);
    previous = next;
  }
  if (x === last) putPixel(y[yAt + x], (previous + 0x00020002) >> 2, rgba, 4 * x);
}

/** @param uv U in bits 0–7 and V in bits 16–23; the bits between are noise */
function putPixel(y: number, uv: number, rgba: Uint8ClampedArray, at: number): void {
  const luma = Math.imul(y, 19077) >> 8;
  const u = uv & 0xff;
  const v = (uv >> 16) & 0xff;
  rgba[at] = (luma + (Math.imul(v, 26149) >> 8) - 14234) >> 6;
  rgba[at + 1] = (luma - (Math.imul(u, 6419) >> 8) - (Math.imul(v, 13320) >> 8) + 8708) >> 6;
  rgba[at + 2] = (luma + (Math.imul(u, 33050) >> 8) - 17685) >> 6;
}

/**
 * The same at a reduced scale: each pixel is the mean of a box of `factor` × `factor` luma samples and of the chroma
 * samples in it. Boxes at the right and lower edge hold what is inside of the picture.
 * @param factor 4 or 8
 * @param rows of luma in the boxes, at most `factor`
 */
export function boxRowToRgba(
  luma: Samples,
  u: Samples,
  v: Samples,
  factor: number,
  width: number,
  rows: number,
  rgba: Uint8ClampedArray,
): void {
  const chromaWidth = (width + 1) >> 1;
  const chromaRows = (rows + 1) >> 1;
  for (let x = 0, at = 0; x < width; x += factor, at += 4) {
    const y = 1.164 * (boxMean(luma, x, Math.min(x + factor, width), rows) - 16);
    const end = Math.min((x + factor) >> 1, chromaWidth);
    const cb = boxMean(u, x >> 1, end, chromaRows) - 128;
    const cr = boxMean(v, x >> 1, end, chromaRows) - 128;
    // BT.601, limited range. The array rounds and clamps.
    rgba[at] = y + 1.596 * cr;
    rgba[at + 1] = y - 0.392 * cb - 0.813 * cr;
    rgba[at + 2] = y + 2.017 * cb;
  }
}

/** Rows of one plane, the first at index `at`. */
export interface Samples {
  pixels: Uint8ClampedArray;
  at: number;
  stride: number;
}

function boxMean({ pixels, at, stride }: Samples, start: number, end: number, rows: number): number {
  let sum = 0;
  for (let row = at; row < at + rows * stride; row += stride) {
    for (let x = start; x < end; x++) sum += pixels[row + x];
  }
  return sum / (rows * (end - start));
}
