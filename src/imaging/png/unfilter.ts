/**
 * Undoes the filters (PNG third edition, section 9): each byte was stored less what its neighbours foretell, the pixel
 * to its left (a), the one above (b), and the one above and to the left (c).
 */

/** Filter types (section 9.2). */
const NONE = 0;
const SUB = 1;
const UP = 2;
const AVERAGE = 3;
const PAETH = 4;

export const FILTER_TYPES = 5;

/**
 * Undoes a scanline's filter.
 * @param source has the scanline's bytes from `at`
 * @param above the scanline above, unfiltered; zeros above the first one
 * @param row receives `length` bytes
 * @param step bytes of a pixel, at least 1
 */
export function unfilter(
  filter: number,
  source: Uint8Array,
  at: number,
  above: Uint8Array,
  row: Uint8Array,
  length: number,
  step: number,
): void {
  // The first pixel has nothing to its left.
  for (let i = 0; i < step; i++) {
    const b = above[i];
    row[i] = source[at + i] + (filter === UP || filter === PAETH ? b : filter === AVERAGE ? b >> 1 : 0);
  }
  switch (filter) {
    case NONE:
      for (let i = step; i < length; i++) row[i] = source[at + i];
      break;
    case SUB:
      for (let i = step; i < length; i++) row[i] = source[at + i] + row[i - step];
      break;
    case UP:
      for (let i = step; i < length; i++) row[i] = source[at + i] + above[i];
      break;
    case AVERAGE:
      for (let i = step; i < length; i++) row[i] = source[at + i] + ((row[i - step] + above[i]) >> 1);
      break;
    default:
      for (let i = step; i < length; i++) row[i] = source[at + i] + paeth(row[i - step], above[i], above[i - step]);
  }
}

const LOW_BITS = 0x7f7f7f7f;
const HIGH_BITS = 0x80808080 | 0;
const ALL_BUT_LOWEST = 0xfefefefe | 0;
const OPAQUE = 0xff000000 | 0;
const EVEN_BYTES = 0x00ff00ff;
const LOWEST_BITS = 0x00010001;

/**
 * The same for 8-bit RGB and RGBA, a pixel at a time as a little-endian word: the four bytes of a word are added
 * without a carry between them.
 * @param size bytes of a stored pixel: 3 for RGB, which is made opaque RGBA, or 4
 * @param row receives `count` pixels
 */
export function unfilterPixels(
  filter: number,
  source: DataView,
  at: number,
  above: Int32Array,
  row: Int32Array,
  count: number,
  size: 3 | 4,
): void {
  const mask = size === 4 ? -1 : ~OPAQUE;
  const opaque = size === 4 ? 0 : OPAQUE;
  let left = 0;
  switch (filter) {
    case NONE:
      for (let i = 0; i < count; i++, at += size) row[i] = (source.getInt32(at, true) & mask) | opaque;
      break;
    case SUB:
      for (let i = 0; i < count; i++, at += size) {
        const delta = source.getInt32(at, true) & mask;
        left = (((left & LOW_BITS) + (delta & LOW_BITS)) ^ ((left ^ delta) & HIGH_BITS)) | opaque;
        row[i] = left;
      }
      break;
    case UP:
      for (let i = 0; i < count; i++, at += size) {
        const delta = source.getInt32(at, true) & mask;
        const up = above[i];
        row[i] = (((up & LOW_BITS) + (delta & LOW_BITS)) ^ ((up ^ delta) & HIGH_BITS)) | opaque;
      }
      break;
    case AVERAGE:
      for (let i = 0; i < count; i++, at += size) {
        const delta = source.getInt32(at, true) & mask;
        const up = above[i];
        const average = (left & up) + (((left ^ up) & ALL_BUT_LOWEST) >>> 1);
        left = (((average & LOW_BITS) + (delta & LOW_BITS)) ^ ((average ^ delta) & HIGH_BITS)) | opaque;
        row[i] = left;
      }
      break;
    default:
      unfilterPaeth(source, at, above, row, count, size);
  }
}

function unfilterPaeth(
  source: DataView,
  at: number,
  above: Int32Array,
  row: Int32Array,
  count: number,
  size: 3 | 4,
): void {
  const mask = size === 4 ? -1 : ~OPAQUE;
  const opaque = size === 4 ? 0 : OPAQUE;
  // Red and blue are predicted together, and green and alpha.
  let even = 0;
  let odd = 0;
  let corner = 0;
  for (let i = 0; i < count; i++, at += size) {
    const delta = source.getInt32(at, true) & mask;
    const up = above[i];
    // Where the row above does not change, the prediction is the pixel to the left: so it is in flat areas.
    if (up !== corner) {
      even = paethPair(even, up & EVEN_BYTES, corner & EVEN_BYTES);
      odd = paethPair(odd, (up >>> 8) & EVEN_BYTES, (corner >>> 8) & EVEN_BYTES);
    }
    even = (even + (delta & EVEN_BYTES)) & EVEN_BYTES;
    odd = (odd + ((delta >>> 8) & EVEN_BYTES)) & EVEN_BYTES;
    row[i] = even | (odd << 8) | opaque;
    corner = up;
  }
}

/** What `paeth` does, for the samples in the low and the high half of the arguments. */
function paethPair(a: number, b: number, c: number): number {
  // Each comparison leaves a bit in each half, which becomes a mask of the half's sample. What is added before a
  // subtraction keeps it from borrowing from the other half.
  const isOrdered = (((a + 0x0100_0100 - b) >>> 8) & LOWEST_BITS) * 255;
  const difference = (a ^ b) & isOrdered;
  const low = a ^ difference;
  const high = b ^ difference;
  const sum = a + b;
  const isLow = (((3 * c + 0x0400_0400 - sum - high) >>> 10) & LOWEST_BITS) * 255;
  const isHigh = (((sum + low + 0x0400_0400 - 3 * c) >>> 10) & LOWEST_BITS) * 255;
  const lowOrC = c ^ ((c ^ low) & isLow);
  return lowOrC ^ ((lowOrC ^ high) & isHigh);
}

/**
 * Whichever of a, b and c is nearest to a + b − c, the first of them in a tie (section 9.4).
 *
 * Without a branch, since in a noisy picture none could be foreseen. It is the lower of a and b where
 * 3c − (a + b) ≥ the higher, the higher where 3c − (a + b) ≤ the lower, and c in between.
 */
function paeth(a: number, b: number, c: number): number {
  const difference = a - b;
  const lowerBy = difference & (difference >> 31);
  const low = b + lowerBy;
  const high = a - lowerBy;
  const threshold = 3 * c - a - b;
  // c, but low where threshold ≥ high, and high where threshold ≤ low.
  const notLow = (threshold - high) >> 31;
  const lowOrC = low ^ ((low ^ c) & notLow);
  const notHigh = (low - threshold) >> 31;
  return high ^ ((high ^ lowOrC) & notHigh);
}
