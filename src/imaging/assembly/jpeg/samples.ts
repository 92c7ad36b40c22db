import { allocate } from '../memory';
import { inverse1, inverse2, inverse4, inverse8 } from './inverse-dct';
import { Plane } from './plane';
import { wideBasis, wideInverse } from './wide-inverse-dct';

/**
 * Rows of samples that are kept from the rows of MCUs before. A row of pixels waits for the next row of a subsampled
 * plane: for at most half a sample of it, where a sample is at most 4 rows of pixels.
 */
const ROWS_BEFORE = 4;

const FRACTION = 8;
const ONE = 1 << FRACTION;

/**
 * Prepares a window on a component's samples, one row of MCUs high, and the rows of pixels that they stretch to.
 *
 * Subsampled components are interpolated linearly between the centres of their samples: what JFIF asks for, and the
 * "fancy" or triangle filter of other decoders where the factor is 2.
 *
 * @param width pixels of a row
 * @param precision bits of a sample, as stored
 */
export function allocateSamples(plane: Plane, width: i32, precision: i32): void {
  if (precision > 8) plane.basis = wideBasis(plane.blockSize);
  plane.bits = precision;
  plane.pixels = width;
  plane.stride = plane.blockStride * plane.blockSize;
  plane.rowsPerMcu = plane.vertical * plane.blockSize;
  plane.samples = allocate(plane.stride * (ROWS_BEFORE + plane.rowsPerMcu));
  plane.top = -ROWS_BEFORE - plane.rowsPerMcu;
  if (plane.across < 1) {
    plane.columns = allocate(width << 2);
    plane.shares = allocate(width << 2);
    for (let x = 0; x < width; x++) {
      const centre = centreOf(plane, x, plane.across, plane.width);
      store<i32>(plane.columns + ((<usize>x) << 2), <i32>centre);
      store<i32>(plane.shares + ((<usize>x) << 2), shareOf(centre));
    }
  }
  if (plane.across < 1 || plane.down < 1) {
    plane.blended = allocate((max(plane.width, width) + 1) << 2);
    plane.stretched = allocate(width);
  }
}

/** Where among the samples of one axis a pixel lies. Like libjpeg, and so browsers, two columns are not interpolated. */
function centreOf(plane: Plane, pixel: i32, scale: f64, samples: i32): f64 {
  if (plane.across === 0.5 && plane.width <= 2) return floor(<f64>pixel * scale);
  return min(max((<f64>pixel + 0.5) * scale - 0.5, 0), <f64>(samples - 1));
}

/** The share of the sample after it, of `ONE`. */
function shareOf(centre: f64): i32 {
  return <i32>((centre - floor(centre)) * ONE + 0.5);
}

/** Takes in a row of MCUs, whose coefficients are at an address. */
export function takeMcuRow(plane: Plane, coefficients: usize): void {
  const before = ROWS_BEFORE * plane.stride;
  memory.copy(plane.samples, plane.samples + plane.rowsPerMcu * plane.stride, before);
  plane.top += plane.rowsPerMcu;
  let to = plane.samples + before;
  for (let row = 0; row < plane.vertical; row++) {
    invertRow(plane, coefficients, to);
    coefficients += plane.blockStride * plane.blockBytes;
    to += plane.blockSize * plane.stride;
  }
}

/** The samples of a row of blocks. */
function invertRow(plane: Plane, coefficients: usize, samples: usize): void {
  const size = plane.blockSize;
  const quantisation = plane.quantisation;
  const stride = plane.stride;
  const bytes = plane.blockBytes;
  const end = samples + stride;
  if (plane.basis !== 0) {
    for (; samples < end; samples += size, coefficients += bytes) {
      wideInverse(size, plane.basis, plane.bits, coefficients, quantisation, samples, stride);
    }
  } else if (size === 1) {
    for (; samples < end; samples++, coefficients += bytes) inverse1(coefficients, quantisation, samples);
  } else if (size === 2) {
    for (; samples < end; samples += 2, coefficients += bytes) inverse2(coefficients, quantisation, samples, stride);
  } else if (size === 4) {
    for (; samples < end; samples += 4, coefficients += bytes) inverse4(coefficients, quantisation, samples, stride);
  } else {
    for (; samples < end; samples += 8, coefficients += bytes) inverse8(coefficients, quantisation, samples, stride);
  }
}

/** Whether the samples that row `y` of the pixels needs have been taken in. */
export function reaches(plane: Plane, y: i32): bool {
  const lower = plane.down === 1 ? y : min(<i32>floor((<f64>y + 0.5) * plane.down - 0.5) + 1, plane.height - 1);
  return lower < plane.top + ROWS_BEFORE + plane.rowsPerMcu;
}

/** Sets the plane's `row` to row `y` of the pixels. */
export function stretchRow(plane: Plane, y: i32): void {
  const centre = centreOf(plane, y, plane.down, plane.height);
  const share = shareOf(centre);
  const upper = rowAt(plane, <i32>centre);
  plane.row = upper;
  if (plane.blended === 0) return;
  blend(plane, upper, share === 0 ? upper : rowAt(plane, <i32>centre + 1), share);
  stretch(plane);
  plane.row = plane.stretched;
}

/** @returns the address of a row of the component, which is in the window */
function rowAt(plane: Plane, y: i32): usize {
  const row = max(0, min(ROWS_BEFORE + plane.rowsPerMcu - 1, y - plane.top));
  return plane.samples + row * plane.stride;
}

function blend(plane: Plane, upper: usize, lower: usize, share: i32): void {
  const width = plane.width;
  const blended = plane.blended;
  for (let x = 0; x < width; x++) {
    store<i32>(blended + ((<usize>x) << 2), load<u8>(upper + x) * (ONE - share) + load<u8>(lower + x) * share);
  }
  store<i32>(blended + ((<usize>width) << 2), load<i32>(blended + ((<usize>(width - 1)) << 2)));
}

function stretch(plane: Plane): void {
  const blended = plane.blended;
  const columns = plane.columns;
  const width = plane.pixels;
  for (let x = 0; x < width; x++) {
    const from = blended + ((<usize>(columns === 0 ? x : load<i32>(columns + ((<usize>x) << 2)))) << 2);
    const share = columns === 0 ? 0 : load<i32>(plane.shares + ((<usize>x) << 2));
    const sample = load<i32>(from) * (ONE - share) + load<i32>(from, 4) * share;
    store<u8>(plane.stretched + x, (sample + (ONE * ONE) / 2) >> (2 * FRACTION));
  }
}
