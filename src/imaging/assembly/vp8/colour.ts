import { allocate } from '../jpeg/memory';

/** Before the first of a row of chroma: a whole vector. */
const BEFORE: usize = 16;
/** Pixels and samples are worked on in so many at a time: rows have room for that much more. */
const LANES = 8;

// Rows of chroma: sums of a column, 16 bits each, and as they are enlarged.
let uSums: usize = 0;
let vSums: usize = 0;
let us: usize = 0;
let vs: usize = 0;

/** @param width pixels of a row of the picture */
export function startColour(width: i32): void {
  const bytes = BEFORE + ((width + 2 * LANES) << 1);
  uSums = allocate(bytes) + BEFORE;
  vSums = allocate(bytes) + BEFORE;
  us = allocate(bytes) + BEFORE;
  vs = allocate(bytes) + BEFORE;
}

/** @returns room for a row of RGBA */
export function newPixels(width: i32): usize {
  return allocate((width + LANES) << 2);
}

/**
 * From a row of luma and two rows of half-size chroma to RGBA.
 *
 * Chroma is enlarged by the triangle filter that libwebp, and with it every browser, uses: 9/16 of the nearest sample,
 * 3/16 of each neighbour beside and below (or above) it, 1/16 of the one across. The conversion is BT.601 of limited range
 * in 14-bit fixed point, rounded as libwebp does.
 */
export function rowToRgba(
  luma: usize,
  uNear: usize,
  uFar: usize,
  vNear: usize,
  vFar: usize,
  width: i32,
  rgba: usize,
): void {
  enlarge(uNear, uFar, uSums, us, width);
  enlarge(vNear, vFar, vSums, vs, width);
  for (let x = 0; x < width; x += 4) {
    const y = i32x4.shr_s(times(four(luma + x), 19077), 8);
    const u = four(us + x);
    const v = four(vs + x);
    const red = i32x4.add(y, i32x4.sub(product(v, 26149), i32x4.splat(14234)));
    const green = i32x4.add(i32x4.sub(i32x4.sub(y, product(u, 6419)), product(v, 13320)), i32x4.splat(8708));
    const blue = i32x4.add(y, i32x4.sub(product(u, 33050), i32x4.splat(17685)));
    const redBlue = i16x8.shr_s(i16x8.narrow_i32x4_s(red, blue), 6);
    const greens = i16x8.shr_s(i16x8.narrow_i32x4_s(green, green), 6);
    const samples = i8x16.narrow_i16x8_u(redBlue, greens);
    const opaque = i32x4.splat(-1);
    v128.store(rgba + (x << 2), i8x16.shuffle(samples, opaque, 0, 8, 4, 16, 1, 9, 5, 16, 2, 10, 6, 16, 3, 11, 7, 16));
  }
}

/** Four samples, 32 bits each. */
function four(samples: usize): v128 {
  return i32x4.extend_low_i16x8_u(i16x8.extend_low_i8x16_u(v128.load32_zero(samples)));
}

function times(values: v128, factor: i32): v128 {
  return i32x4.mul(values, i32x4.splat(factor));
}

function product(values: v128, factor: i32): v128 {
  return i32x4.shr_s(times(values, factor), 8);
}

/** @param enlarged takes a row of `width` samples */
function enlarge(near: usize, far: usize, sums: usize, enlarged: usize, width: i32): void {
  const count = (width + 1) >> 1;
  for (let x = 0; x < count; x += LANES) {
    const sum = i16x8.add(i16x8.mul(eight(near + x), i16x8.splat(3)), eight(far + x));
    v128.store(sums + (x << 1), sum);
  }
  // The first pixel has no chroma to its left, the last of an even width none to its right.
  store<u16>(sums - 2, load<u16>(sums));
  store<u16>(sums + (count << 1), load<u16>(sums + ((count - 1) << 1)));
  // Of each two samples beside each other, the two pixels between them. The first pixel of all is to the left.
  for (let x = 0; x <= count; x += LANES) {
    const left = v128.load(sums + (x << 1) - 2);
    const right = v128.load(sums + (x << 1));
    const sum = i16x8.add(i16x8.add(left, right), i16x8.splat(8));
    const nearLeft = i16x8.shr_u(i16x8.add(sum, i16x8.shl(left, 1)), 4);
    const nearRight = i16x8.shr_u(i16x8.add(sum, i16x8.shl(right, 1)), 4);
    v128.store(enlarged + (x << 1) - 1, v128.or(nearLeft, i16x8.shl(nearRight, 8)));
  }
}

/** Eight samples, 16 bits each. */
function eight(samples: usize): v128 {
  return i16x8.extend_low_i8x16_u(v128.load64_zero(samples));
}

/**
 * The same at a reduced scale: each pixel is the mean of a box of `factor` × `factor` luma samples and of the chroma
 * samples in it. Boxes at the right and lower edge hold what is inside of the picture.
 *
 * @param factor 4 or 8
 * @param rows of luma in the boxes, at most `factor`
 */
export function boxRowToRgba(
  luma: usize,
  lumaStride: i32,
  u: usize,
  v: usize,
  chromaStride: i32,
  factor: i32,
  width: i32,
  rows: i32,
  rgba: usize,
): void {
  const chromaWidth = (width + 1) >> 1;
  const chromaRows = (rows + 1) >> 1;
  const lumaSums = us;
  addRows(luma, lumaStride, width, rows, lumaSums);
  addRows(u, chromaStride, chromaWidth, chromaRows, uSums);
  addRows(v, chromaStride, chromaWidth, chromaRows, vSums);
  for (let x = 0; x < width; x += factor, rgba += 4) {
    const y = 1.164 * (boxMean(lumaSums, x, min(x + factor, width), rows) - 16);
    const end = min((x + factor) >> 1, chromaWidth);
    const cb = boxMean(uSums, x >> 1, end, chromaRows) - 128;
    const cr = boxMean(vSums, x >> 1, end, chromaRows) - 128;
    // BT.601, limited range.
    const red = toByte(y + 1.596 * cr);
    const green = toByte(y - 0.392 * cb - 0.813 * cr);
    const blue = toByte(y + 2.017 * cb);
    store<i32>(rgba, red | (green << 8) | (blue << 16) | (255 << 24));
  }
}

/** @param sums of each column, 16 bits */
function addRows(samples: usize, stride: i32, width: i32, rows: i32, sums: usize): void {
  for (let x = 0; x < width; x += LANES) {
    let sum = eight(samples + x);
    for (let row = 1; row < rows; row++) sum = i16x8.add(sum, eight(samples + x + row * stride));
    v128.store(sums + (x << 1), sum);
  }
}

function boxMean(sums: usize, start: i32, end: i32, rows: i32): f64 {
  let sum = 0;
  for (let x = start; x < end; x++) sum += load<u16>(sums + (x << 1));
  return <f64>sum / <f64>(rows * (end - start));
}

function toByte(value: f64): i32 {
  return <i32>nearest(min(max(value, 0), 255));
}
