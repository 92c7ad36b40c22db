/**
 * Undoes the filters (PNG third edition, section 9): each byte was stored less what its neighbours foretell, the one of
 * the pixel to its left (a), of the one above (b), and of the one above and to the left (c).
 */

/** Filter types (section 9.2). */
const NONE = 0;
const SUB = 1;
const UP = 2;
const AVERAGE = 3;

export const FILTER_TYPES = 5;

/**
 * Undoes a scanline's filter. Reads and writes whole vectors: up to 15 bytes beyond each row's end.
 *
 * @param source the scanline's bytes, `length` of them
 * @param above the scanline above, unfiltered; zeros above the first one
 * @param row receives the bytes
 * @param step bytes of a pixel, 1 to 8
 */
export function unfilter(filter: i32, source: usize, above: usize, row: usize, length: i32, step: i32): void {
  if (filter === NONE) memory.copy(row, source, length);
  else if (filter === SUB) unfilterSub(source, row, length, step);
  else if (filter === UP) unfilterUp(source, above, row, length);
  else if (filter === AVERAGE) unfilterAverage(source, above, row, length, step);
  else unfilterPaeth(source, above, row, length, step);
}

function unfilterUp(source: usize, above: usize, row: usize, length: i32): void {
  for (let i = 0; i < length; i += 16) {
    v128.store(row + i, i8x16.add(v128.load(source + i), v128.load(above + i)));
  }
}

// The others go pixel by pixel. Eight bytes are taken at a time: those beyond the pixel are written over by the next.

function unfilterSub(source: usize, row: usize, length: i32, step: i32): void {
  let a = i64x2.splat(0);
  for (let i = 0; i < length; i += step) {
    a = i8x16.add(a, v128.load64_zero(source + i));
    v128.store64_lane(row + i, a, 0);
  }
}

function unfilterAverage(source: usize, above: usize, row: usize, length: i32, step: i32): void {
  const ones = i8x16.splat(1);
  let a = i64x2.splat(0);
  for (let i = 0; i < length; i += step) {
    const b = v128.load64_zero(above + i);
    // The instruction rounds up, the filter down.
    const average = i8x16.sub(i8x16.avgr_u(a, b), v128.and(v128.xor(a, b), ones));
    a = i8x16.add(average, v128.load64_zero(source + i));
    v128.store64_lane(row + i, a, 0);
  }
}

/** Section 9.4: whichever of a, b and c is nearest to a + b − c, the first of them in a tie. In lanes of 16 bits. */
function unfilterPaeth(source: usize, above: usize, row: usize, length: i32, step: i32): void {
  const bytes = i16x8.splat(0xff);
  let a = i64x2.splat(0);
  let c = i64x2.splat(0);
  for (let i = 0; i < length; i += step) {
    const b = v128.load_ext<u8>(above + i);
    const fromC = i16x8.sub(b, c);
    const difference = i16x8.sub(a, c);
    const toA = i16x8.abs(fromC);
    const toB = i16x8.abs(difference);
    const toC = i16x8.abs(i16x8.add(difference, fromC));
    const least = i16x8.min_s(toC, i16x8.min_s(toA, toB));
    const bOrC = v128.bitselect(b, c, i16x8.eq(least, toB));
    const nearest = v128.bitselect(a, bOrC, i16x8.eq(least, toA));
    a = v128.and(i16x8.add(nearest, v128.load_ext<u8>(source + i)), bytes);
    v128.store64_lane(row + i, i8x16.narrow_i16x8_u(a, a), 0);
    c = b;
  }
}
