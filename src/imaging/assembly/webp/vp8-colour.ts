import { allocate } from '../memory';
import { Plane } from './vp8-plane';

/** Sums of chroma of a row, 16 bits each. The first and the last sample come twice: beyond them is the picture's edge. */
let uSums: usize = 0;
let vSums: usize = 0;

/** @param chromaWidth samples of a row of chroma, whole macroblocks */
export function startColour(chromaWidth: usize): void {
  uSums = allocate(2 * chromaWidth + 32) + 16;
  vSums = allocate(2 * chromaWidth + 32) + 16;
}

/**
 * From a row of luma and two rows of half-size chroma to RGBA.
 *
 * Chroma is enlarged by the triangle filter that libwebp, and with it every browser, uses: 9/16 of the nearest sample,
 * 3/16 of each neighbour beside and below (or above) it, 1/16 of the one across. The conversion is BT.601 of limited
 * range in 14-bit fixed point, rounded as libwebp does.
 *
 * @param near offset of the nearest row in the planes of chroma; @param far of the second nearest
 * @param alpha of each pixel
 * @param rgba room for whole macroblocks
 */
export function rowToRgba(
  y: usize,
  u: Plane,
  v: Plane,
  near: usize,
  far: usize,
  width: i32,
  alpha: usize,
  rgba: usize,
): void {
  const chromaWidth = (width + 1) >> 1;
  addRows(u.pixels + near, u.pixels + far, chromaWidth, uSums);
  addRows(v.pixels + near, v.pixels + far, chromaWidth, vSums);
  for (let x = 0; x < width; x += 16, rgba += 64) {
    const us = enlarged(uSums + x);
    const vs = enlarged(vSums + x);
    const luma = v128.load(y + x);
    const lumaLow = scaled(i16x8.extend_low_i8x16_u(luma), 19077);
    const lumaHigh = scaled(i16x8.extend_high_i8x16_u(luma), 19077);
    const uLow = i16x8.extend_low_i8x16_u(us);
    const uHigh = i16x8.extend_high_i8x16_u(us);
    const vLow = i16x8.extend_low_i8x16_u(vs);
    const vHigh = i16x8.extend_high_i8x16_u(vs);
    const red = i8x16.narrow_i16x8_u(redOf(lumaLow, vLow), redOf(lumaHigh, vHigh));
    const green = i8x16.narrow_i16x8_u(greenOf(lumaLow, uLow, vLow), greenOf(lumaHigh, uHigh, vHigh));
    const blue = i8x16.narrow_i16x8_u(blueOf(lumaLow, uLow), blueOf(lumaHigh, uHigh));
    storePixels(rgba, red, green, blue, v128.load(alpha + x));
  }
}

/** Sums of columns, of weight 4. */
function addRows(near: usize, far: usize, width: i32, sums: usize): void {
  for (let x = 0; x < width; x += 8) {
    const nears = i16x8.mul(v128.load8x8_u(near + x), i16x8.splat(3));
    v128.store(sums + (x << 1), i16x8.add(nears, v128.load8x8_u(far + x)));
  }
  store<u16>(sums - 2, load<u16>(sums));
  const last = sums + ((width - 1) << 1);
  store<u16>(last, load<u16>(last), 2);
}

/** Chroma of 16 pixels from eight sums. */
function enlarged(sums: usize): v128 {
  const here = i16x8.add(i16x8.mul(v128.load(sums), i16x8.splat(3)), i16x8.splat(8));
  const even = i16x8.shr_u(i16x8.add(here, v128.load(sums - 2)), 4);
  const odd = i16x8.shr_u(i16x8.add(here, v128.load(sums + 2)), 4);
  return v128.or(even, i16x8.shl(odd, 8));
}

/** `samples` × factor / 256. */
function scaled(samples: v128, factor: i32): v128 {
  const factors = i16x8.splat(<i16>factor);
  return i16x8.narrow_i32x4_u(
    i32x4.shr_u(i32x4.extmul_low_i16x8_u(samples, factors), 8),
    i32x4.shr_u(i32x4.extmul_high_i16x8_u(samples, factors), 8),
  );
}

function redOf(luma: v128, v: v128): v128 {
  return i16x8.shr_s(i16x8.sub(i16x8.add(luma, scaled(v, 26149)), i16x8.splat(14234)), 6);
}

function greenOf(luma: v128, u: v128, v: v128): v128 {
  const less = i16x8.add(scaled(u, 6419), scaled(v, 13320));
  return i16x8.shr_s(i16x8.add(i16x8.sub(luma, less), i16x8.splat(8708)), 6);
}

/** Takes more than 15 bits. Below 0 it is 0. */
function blueOf(luma: v128, u: v128): v128 {
  return i16x8.shr_u(i16x8.sub_sat_u(i16x8.add(luma, scaled(u, 33050)), i16x8.splat(17685)), 6);
}

/** 16 pixels from their samples. */
function storePixels(rgba: usize, red: v128, green: v128, blue: v128, alpha: v128): void {
  const lowRg = i8x16.shuffle(red, green, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
  const highRg = i8x16.shuffle(red, green, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
  const lowBa = i8x16.shuffle(blue, alpha, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
  const highBa = i8x16.shuffle(blue, alpha, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
  v128.store(rgba, v128.shuffle<i16>(lowRg, lowBa, 0, 8, 1, 9, 2, 10, 3, 11));
  v128.store(rgba, v128.shuffle<i16>(lowRg, lowBa, 4, 12, 5, 13, 6, 14, 7, 15), 16);
  v128.store(rgba, v128.shuffle<i16>(highRg, highBa, 0, 8, 1, 9, 2, 10, 3, 11), 32);
  v128.store(rgba, v128.shuffle<i16>(highRg, highBa, 4, 12, 5, 13, 6, 14, 7, 15), 48);
}

/**
 * The same at a reduced scale: each pixel is the mean of a box of `factor` × `factor` luma samples and of the chroma
 * samples in it. Boxes at the right and lower edge hold what is inside of the picture.
 *
 * @param y offset of the first row in the plane of luma; @param uv the same for chroma
 * @param factor 4 or 8
 * @param rows of luma in the boxes, at most `factor`
 */
export function boxRowToRgba(
  luma: Plane,
  u: Plane,
  v: Plane,
  y: usize,
  uv: usize,
  factor: i32,
  width: i32,
  rows: i32,
  rgba: usize,
): void {
  const chromaWidth = (width + 1) >> 1;
  const chromaRows = (rows + 1) >> 1;
  for (let x = 0; x < width; x += factor, rgba += 4) {
    const luminance = 1.164 * (boxMean(luma, y + x, min(factor, width - x), rows) - 16);
    const columns = min((x + factor) >> 1, chromaWidth) - (x >> 1);
    const cb = boxMean(u, uv + (x >> 1), columns, chromaRows) - 128;
    const cr = boxMean(v, uv + (x >> 1), columns, chromaRows) - 128;
    // BT.601, limited range.
    store<u8>(rgba, sample(luminance + 1.596 * cr));
    store<u8>(rgba, sample(luminance - 0.392 * cb - 0.813 * cr), 1);
    store<u8>(rgba, sample(luminance + 2.017 * cb), 2);
    store<u8>(rgba, 255, 3);
  }
}

/** @param columns at most 8; what follows them in a row of the plane is read, too */
function boxMean(plane: Plane, offset: usize, columns: i32, rows: i32): f64 {
  const used = i16x8.extend_low_i8x16_s(i64x2.splat(<i64>(~(<u64>0) >> ((8 - columns) << 3))));
  let sums = i16x8.splat(0);
  let row = plane.pixels + offset;
  for (const end = row + plane.stride * rows; row < end; row += plane.stride) {
    sums = i16x8.add(sums, v128.load8x8_u(row));
  }
  const fours = i32x4.extadd_pairwise_i16x8_u(v128.and(sums, used));
  const twos = i32x4.add(fours, v128.shuffle<i32>(fours, fours, 2, 3, 0, 1));
  const sum = i32x4.extract_lane(twos, 0) + i32x4.extract_lane(twos, 1);
  return <f64>sum / <f64>(rows * columns);
}

/** Rounded and clamped. */
function sample(value: f64): u32 {
  return <u32>nearest<f64>(max<f64>(0, min<f64>(255, value)));
}
