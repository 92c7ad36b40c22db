/**
 * The inverse transforms of the lossless format (RFC 9649 section 3.5), each on one row of ARGB pixels in place.
 * Rows come in order from the top.
 */

const ALPHA_GREEN: i32 = 0xff00ff00;
const RED_BLUE: i32 = 0x00ff00ff;
const OPAQUE_BLACK: i32 = 0xff000000;

// Kinds of transforms, as in the bitstream.
export const PREDICTOR = 0;
export const COLOUR = 1;
export const SUBTRACT_GREEN = 2;
export const COLOUR_INDEXING = 3;

@unmanaged
export class Transform {
  kind: i32;
  /** Of the row that comes out. */
  width: i32;
  /** Of predictor and colour transform: log2 of a block's side, and blocks in a row. */
  blockBits: i32;
  blocksPerRow: i32;
  /**
   * Of the predictor by block: the mode, a byte whose upper four bits mean nothing; of the colour transform by block:
   * green_to_red, green_to_blue and red_to_blue from the lowest of four bytes up; of colour indexing: 256 colours,
   * transparent black beyond those in use.
   */
  parameters: usize;
  /** Of colour indexing: log2 of the pixels packed in one, 0 to 3. */
  packingBits: i32;
  /** Of the predictor: the row above as it came out. One longer: the last pixel's neighbour above to the right is this row's first. */
  above: usize;
}

export function invert(transform: Transform, row: usize, y: i32): void {
  if (transform.kind === PREDICTOR) unpredict(transform, row, y);
  else if (transform.kind === COLOUR) transformColours(transform, row, y);
  else if (transform.kind === SUBTRACT_GREEN) addGreen(row, transform.width);
  else lookUpColours(transform, row);
}

/** Section 3.5.3. Four pixels at a time: up to three beyond the last. */
function addGreen(row: usize, width: i32): void {
  for (const end = row + (width << 2); row < end; row += 16) {
    const pixels = v128.load(row);
    const none = i8x16.splat(0);
    const greens = i8x16.shuffle(pixels, none, 1, 16, 1, 16, 5, 16, 5, 16, 9, 16, 9, 16, 13, 16, 13, 16);
    v128.store(row, i8x16.add(pixels, greens));
  }
}

/** Section 3.5.2. */
function transformColours(transform: Transform, row: usize, y: i32): void {
  const blockBits = transform.blockBits;
  const elements = transform.parameters + (((y >> blockBits) * transform.blocksPerRow) << 2);
  for (let block = 0; block < transform.blocksPerRow; block++) {
    const element = load<i32>(elements + (block << 2));
    const greenToRed = (element << 24) >> 24;
    const greenToBlue = (element << 16) >> 24;
    const redToBlue = (element << 8) >> 24;
    const end = row + (min(transform.width, (block + 1) << blockBits) << 2);
    for (let at = row + ((block << blockBits) << 2); at < end; at += 4) {
      const pixel = load<i32>(at);
      const green = (pixel << 16) >> 24;
      const red = (pixel >> 16) + ((greenToRed * green) >> 5);
      const delta = ((greenToBlue * green) >> 5) + ((redToBlue * ((red << 24) >> 24)) >> 5);
      store<i32>(at, (pixel & ALPHA_GREEN) | ((red & 0xff) << 16) | ((pixel + delta) & 0xff));
    }
  }
}

/** Section 3.5.4: the green channel is an index; narrow indices are packed, several in one pixel. */
function lookUpColours(transform: Transform, row: usize): void {
  const packingBits = transform.packingBits;
  const indexBits = 8 >> packingBits;
  const mask = (1 << indexBits) - 1;
  const last = (1 << packingBits) - 1;
  // From the right, so that no packed pixel is overwritten before its turn.
  for (let x = transform.width - 1; x >= 0; x--) {
    const packed = load<i32>(row + ((x >> packingBits) << 2));
    const index = (packed >> (8 + (x & last) * indexBits)) & mask;
    store<i32>(row + (x << 2), load<i32>(transform.parameters + (index << 2)));
  }
}

/** Section 3.5.1. */
function unpredict(transform: Transform, row: usize, y: i32): void {
  const width = transform.width;
  const above = transform.above;
  if (y === 0) {
    store<i32>(row, addPixels(load<i32>(row), OPAQUE_BLACK));
    predict(1, row, above, 1, width);
  } else {
    store<i32>(row, addPixels(load<i32>(row), load<i32>(above)));
    store<i32>(above + (width << 2), load<i32>(row));
    const blockBits = transform.blockBits;
    const modes = transform.parameters + (y >> blockBits) * transform.blocksPerRow;
    for (let block = 0; block < transform.blocksPerRow; block++) {
      const mode = load<u8>(modes + block) & 15;
      predict(mode, row, above, max(1, block << blockBits), min(width, (block + 1) << blockBits));
    }
  }
  memory.copy(above, row, width << 2);
}

/** Adds the prediction of one mode to the pixels from `start` to `end`. L, T, TL and TR are the neighbours. */
function predict(mode: i32, row: usize, above: usize, start: i32, end: i32): void {
  let left = load<i32>(row + (start << 2) - 4);
  let top = above + (start << 2);
  for (let at = row + (start << 2), last = row + (end << 2); at < last; at += 4, top += 4) {
    left = addPixels(load<i32>(at), prediction(mode, left, top));
    store<i32>(at, left);
  }
}

/** @param top address of the pixel above */
function prediction(mode: i32, left: i32, top: usize): i32 {
  const T = load<i32>(top);
  const TL = load<i32>(top - 4);
  const TR = load<i32>(top, 4);
  switch (mode) {
    case 1:
      return left;
    case 2:
      return T;
    case 3:
      return TR;
    case 4:
      return TL;
    case 5:
      return average(average(left, TR), T);
    case 6:
      return average(left, TL);
    case 7:
      return average(left, T);
    case 8:
      return average(TL, T);
    case 9:
      return average(T, TR);
    case 10:
      return average(average(left, TL), average(T, TR));
    case 11:
      return select(left, T, TL);
    case 12:
      return clampedSum(left, T, TL);
    case 13:
      return clampedHalf(average(left, T), TL);
    default: // 0; 14 and 15 are not used and mean the same
      return OPAQUE_BLACK;
  }
}

/** Channel by channel, modulo 256. */
export function addPixels(a: i32, b: i32): i32 {
  return (((a & ALPHA_GREEN) + (b & ALPHA_GREEN)) & ALPHA_GREEN) | (((a & RED_BLUE) + (b & RED_BLUE)) & RED_BLUE);
}

/** Channel by channel, rounded down. */
function average(a: i32, b: i32): i32 {
  return (((a ^ b) & 0xfefefefe) >>> 1) + (a & b);
}

/** The one of L and T that is nearer to L + T − TL. */
function select(left: i32, top: i32, topLeft: i32): i32 {
  return distance(top, topLeft) < distance(left, topLeft) ? left : top;
}

/** Sum of the channels' differences. */
function distance(a: i32, b: i32): i32 {
  const differences = i16x8.abs(i16x8.sub(channels(a), channels(b)));
  const sums = i32x4.extadd_pairwise_i16x8_s(differences);
  return i32x4.extract_lane(sums, 0) + i32x4.extract_lane(sums, 1);
}

/** L + T − TL, clamped. */
function clampedSum(left: i32, top: i32, topLeft: i32): i32 {
  return clamped(i16x8.sub(i16x8.add(channels(left), channels(top)), channels(topLeft)));
}

/** a + (a − b) / 2, clamped; the quotient is rounded towards 0. */
function clampedHalf(a: i32, b: i32): i32 {
  const difference = i16x8.sub(channels(a), channels(b));
  const half = i16x8.shr_s(i16x8.add(difference, i16x8.shr_u(difference, 15)), 1);
  return clamped(i16x8.add(channels(a), half));
}

/** 16 bits each; the upper half is of no use. */
function channels(pixel: i32): v128 {
  return i16x8.extend_low_i8x16_u(i32x4.splat(pixel));
}

function clamped(values: v128): i32 {
  return i32x4.extract_lane(i8x16.narrow_i16x8_u(values, values), 0);
}
