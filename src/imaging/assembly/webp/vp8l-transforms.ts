/**
 * The inverse transforms of the lossless format (RFC 9649 section 3.5), each on one row of ARGB pixels in place.
 * Rows come in order from the top, and may be changed up to three pixels beyond their end.
 */

/** Section 3.5.3. */
export function addGreen(row: usize, width: i32): void {
  for (const end = row + (width << 2); row < end; row += 16) {
    const pixels = v128.load(row);
    const zero = i8x16.splat(0);
    const greens = i8x16.shuffle(pixels, zero, 1, 16, 1, 16, 5, 16, 5, 16, 9, 16, 9, 16, 13, 16, 13, 16);
    v128.store(row, i8x16.add(pixels, greens));
  }
}

/** Section 3.5.2. @param elements of the blocks: green_to_red, green_to_blue and red_to_blue from the lowest byte up */
export function undoColour(row: usize, width: i32, blockBits: i32, elements: usize): void {
  for (let start = 0; start < width; start += 1 << blockBits, elements += 4) {
    const element = load<i32>(elements);
    const greenToRed = i32x4.splat((element << 24) >> 24);
    const greenToBlue = i32x4.splat((element << 16) >> 24);
    const redToBlue = i32x4.splat((element << 8) >> 24);
    const end = min(width, start + (1 << blockBits));
    for (let x = start; x < end; x += 4) {
      const at = row + (x << 2);
      const pixels = v128.load(at);
      const greens = i32x4.shr_s(i32x4.shl(pixels, 16), 24);
      const reds = i32x4.add(i32x4.shr_s(pixels, 16), i32x4.shr_s(i32x4.mul(greenToRed, greens), 5));
      const signedReds = i32x4.shr_s(i32x4.shl(reds, 24), 24);
      const fromGreen = i32x4.shr_s(i32x4.mul(greenToBlue, greens), 5);
      const fromRed = i32x4.shr_s(i32x4.mul(redToBlue, signedReds), 5);
      const blues = i32x4.add(pixels, i32x4.add(fromGreen, fromRed));
      const redBlue = v128.or(i32x4.shl(v128.and(reds, i32x4.splat(0xff)), 16), v128.and(blues, i32x4.splat(0xff)));
      put(at, v128.or(v128.and(pixels, i32x4.splat(0xff00ff00)), redBlue), end - x);
    }
  }
}

/**
 * Section 3.5.4: the green channel is an index; narrow indices are packed, several in one pixel.
 *
 * @param width of the row that comes out
 * @param palette of 256 colours, transparent black beyond those in use
 * @param packingBits log2 of the pixels packed in one, 0 to 3
 */
export function undoIndexing(row: usize, width: i32, packingBits: i32, palette: usize): void {
  const indexBits = 8 >> packingBits;
  const mask = (1 << indexBits) - 1;
  const last = (1 << packingBits) - 1;
  // From the right, so that no packed pixel is overwritten before its turn.
  for (let x = width - 1; x >= 0; x--) {
    const packed = load<u32>(row + ((x >> packingBits) << 2));
    const index = (packed >> (8 + (x & last) * indexBits)) & mask;
    store<u32>(row + (x << 2), load<u32>(palette + (index << 2)));
  }
}

/**
 * Section 3.5.1.
 *
 * @param modes of the row's blocks, in the lower four bits
 * @param above the row above as it came out, which becomes this one. One longer: the last pixel's neighbour above to
 * the right is this row's first
 */
export function undoPrediction(
  row: usize,
  width: i32,
  blockBits: i32,
  modes: usize,
  above: usize,
  isFirstRow: bool,
): void {
  if (isFirstRow) {
    addTo(row, i32x4.splat(OPAQUE_BLACK));
    predict(1, row, above, 1, width);
  } else {
    addTo(row, v128.load32_zero(above));
    store<u32>(above + (width << 2), load<u32>(row));
    for (let start = 0; start < width; start += 1 << blockBits, modes++) {
      predict(load<u8>(modes) & 15, row, above, max(1, start), min(width, start + (1 << blockBits)));
    }
  }
  memory.copy(above, row, width << 2);
}

const OPAQUE_BLACK: i32 = 0xff000000;

/** Adds the prediction of one mode to the pixels from `start` to `end`. L, T, TL and TR are the neighbours. */
function predict(mode: i32, row: usize, above: usize, start: i32, end: i32): void {
  const at = row + (start << 2);
  const top = above + (start << 2);
  const count = end - start;
  switch (mode) {
    case 1: // L
    case 5: // average of (average of L and TR) and T
    case 6: // average of L and TL
    case 7: // average of L and T
    case 10: // average of (average of L and TL) and (average of T and TR)
    case 11:
    case 12:
    case 13:
      predictFromLeft(mode, at, top, count);
      break;
    case 2: // T
      addRow(at, top, count);
      break;
    case 3: // TR
      addRow(at, top + 4, count);
      break;
    case 4: // TL
      addRow(at, top - 4, count);
      break;
    case 8: // average of TL and T
      addMeans(at, top - 4, top, count);
      break;
    case 9: // average of T and TR
      addMeans(at, top, top + 4, count);
      break;
    default: // 0; 14 and 15 are not used and mean the same
      for (let x = 0; x < count; x += 4) {
        put(at + (x << 2), i8x16.add(v128.load(at + (x << 2)), i32x4.splat(OPAQUE_BLACK)), count - x);
      }
  }
}

function addRow(at: usize, predictions: usize, count: i32): void {
  for (let x = 0; x < count; x += 4) {
    const here = at + (x << 2);
    put(here, i8x16.add(v128.load(here), v128.load(predictions + (x << 2))), count - x);
  }
}

function addMeans(at: usize, a: usize, b: usize, count: i32): void {
  for (let x = 0; x < count; x += 4) {
    const here = at + (x << 2);
    put(here, i8x16.add(v128.load(here), average(v128.load(a + (x << 2)), v128.load(b + (x << 2)))), count - x);
  }
}

/** The modes that need the pixel to the left: one after the other. Only the first lane counts. */
function predictFromLeft(mode: i32, at: usize, top: usize, count: i32): void {
  let left = v128.load32_zero(at - 4);
  for (const end = at + (count << 2); at < end; at += 4, top += 4) {
    let prediction = left;
    if (mode !== 1) {
      const t = v128.load32_zero(top);
      const topLeft = v128.load32_zero(top - 4);
      switch (mode) {
        case 5:
          prediction = average(average(left, v128.load32_zero(top + 4)), t);
          break;
        case 6:
          prediction = average(left, topLeft);
          break;
        case 7:
          prediction = average(left, t);
          break;
        case 10:
          prediction = average(average(left, topLeft), average(t, v128.load32_zero(top + 4)));
          break;
        case 11:
          prediction = select(left, t, topLeft);
          break;
        case 12:
          prediction = clampedSum(left, t, topLeft);
          break;
        default:
          prediction = clampedHalf(average(left, t), topLeft);
      }
    }
    left = i8x16.add(v128.load32_zero(at), prediction);
    v128.store32_lane(at, left, 0);
  }
}

/** Stores four pixels, or as many as there are left. */
function put(at: usize, pixels: v128, count: i32): void {
  if (count >= 4) v128.store(at, pixels);
  else v128.store(at, v128.bitselect(pixels, v128.load(at), i32x4.gt_s(i32x4.splat(count), i32x4(0, 1, 2, 3))));
}

function addTo(pixel: usize, prediction: v128): void {
  v128.store32_lane(pixel, i8x16.add(v128.load32_zero(pixel), prediction), 0);
}

/** Rounded down. */
function average(a: v128, b: v128): v128 {
  return i8x16.sub(i8x16.avgr_u(a, b), v128.and(v128.xor(a, b), i8x16.splat(1)));
}

/** The one of L and T that is nearer to L + T − TL. */
function select(left: v128, top: v128, topLeft: v128): v128 {
  return distance(top, topLeft) < distance(left, topLeft) ? left : top;
}

function distance(a: v128, b: v128): i32 {
  const differences = v128.or(i8x16.sub_sat_u(a, b), i8x16.sub_sat_u(b, a));
  return i32x4.extract_lane(i32x4.extadd_pairwise_i16x8_u(i16x8.extadd_pairwise_i8x16_u(differences)), 0);
}

/** L + T − TL, clamped. */
function clampedSum(left: v128, top: v128, topLeft: v128): v128 {
  const sum = i16x8.add(i16x8.extend_low_i8x16_u(left), i16x8.extend_low_i8x16_u(top));
  const clamped = i16x8.sub(sum, i16x8.extend_low_i8x16_u(topLeft));
  return i8x16.narrow_i16x8_u(clamped, clamped);
}

/** a + (a − b) / 2, clamped; the quotient is rounded towards 0. */
function clampedHalf(a: v128, b: v128): v128 {
  const wide = i16x8.extend_low_i8x16_u(a);
  const difference = i16x8.sub(wide, i16x8.extend_low_i8x16_u(b));
  const half = i16x8.shr_s(i16x8.add(difference, i16x8.shr_u(difference, 15)), 1);
  const sum = i16x8.add(wide, half);
  return i8x16.narrow_i16x8_u(sum, sum);
}
