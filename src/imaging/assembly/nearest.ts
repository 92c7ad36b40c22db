/** Levels of a channel that share a cell of the grid. */
const CELL_BITS = 4;
const CELL_MASK = -1 << CELL_BITS;
/** From the middle of a cell to its outermost level. */
const HALF: f32 = <f32>((1 << CELL_BITS) - 1) / 2;
const SIDE_BITS = 8 - CELL_BITS;
const CELLS = 1 << (3 * SIDE_BITS);
/** Farther from everything than any colour. */
const NOWHERE: f32 = 4096;

// Of each palette colour: its channels apart, to look at four colours at once; in 16 bits; and in floating point.
const reds: usize = memory.data(256 * 4, 16);
const greens: usize = memory.data(256 * 4, 16);
const blues: usize = memory.data(256 * 4, 16);
const words: usize = memory.data(256 * 8, 16);
export const floats: usize = memory.data(256 * 16, 16);
/** Squared distances to the cell that is being filled. */
const closest: usize = memory.data(256 * 4, 16);
/** Of each cell where its list starts, 20 bits, and how long it is, 9 bits; 0 for a cell not asked for yet. */
const cells: usize = memory.data(CELLS * 4, 16);
/** Palette indices. */
const lists: usize = memory.data(CELLS * 256, 16);

let size: i32 = 0;
let used: u32 = 0;

/**
 * Sets the palette in which colours are found.
 *
 * Each cell of a grid over the colour cube lists the few palette colours that can be nearest to anything in it. Cells
 * are filled when first asked for.
 *
 * @param palette 3 bytes a colour
 * @param colours 1 to 256
 */
export function setPalette(palette: usize, colours: i32): void {
  size = (colours + 3) & ~3;
  used = 0;
  memory.fill(cells, 0, CELLS * 4);
  for (let i = 0; i < size; i++) {
    const at = palette + i * 3;
    const isThere = i < colours;
    const red = load<u8>(at);
    const green = load<u8>(at, 1);
    const blue = load<u8>(at, 2);
    store<f32>(reds + (i << 2), isThere ? <f32>red : NOWHERE);
    store<f32>(greens + (i << 2), isThere ? <f32>green : NOWHERE);
    store<f32>(blues + (i << 2), isThere ? <f32>blue : NOWHERE);
    v128.store64_lane(words + (i << 3), i16x8(red, green, blue, 0, 0, 0, 0, 0), 0);
    v128.store(floats + (i << 4), f32x4(<f32>red, <f32>green, <f32>blue, 255));
  }
}

/**
 * Finds the nearest palette colours.
 *
 * @param colours `count` pixels
 * @param indices takes a byte for each
 */
export function findNearest(colours: usize, count: i32, indices: usize): void {
  for (let i = 0; i < count; i++) {
    const colour = load<u32>(colours + (i << 2));
    store<u8>(indices + i, nearest(colour & 0xff, (colour >> 8) & 0xff, (colour >> 16) & 0xff));
  }
}

/** @returns the index of the palette colour with the smallest squared distance, the first of them */
export function nearest(red: i32, green: i32, blue: i32): i32 {
  const cell = ((((red >> CELL_BITS) << SIDE_BITS) | (green >> CELL_BITS)) << SIDE_BITS) | (blue >> CELL_BITS);
  let list = load<u32>(cells + (cell << 2));
  if (list === 0) list = fill(cell, red, green, blue);
  let at = lists + (list >> 9);
  const end = at + (list & 511);
  let best: i32 = load<u8>(at);
  if (end === at + 1) return best;
  const wanted = i16x8(<i16>red, <i16>green, <i16>blue, 0, 0, 0, 0, 0);
  let least = i32.MAX_VALUE;
  for (; at < end; at++) {
    const index: i32 = load<u8>(at);
    const delta = i16x8.sub(v128.load64_zero(words + (index << 3)), wanted);
    const squares = i32x4.dot_i16x8_s(delta, delta);
    const distance = i32x4.extract_lane(squares, 0) + i32x4.extract_lane(squares, 1);
    if (distance < least) {
      least = distance;
      best = index;
    }
  }
  return best;
}

/** Lists the colours whose nearest point of the cell is no farther than the nearest colour's farthest. */
function fill(cell: i32, red: i32, green: i32, blue: i32): u32 {
  const middleRed = f32x4.splat(<f32>(red & CELL_MASK) + HALF);
  const middleGreen = f32x4.splat(<f32>(green & CELL_MASK) + HALF);
  const middleBlue = f32x4.splat(<f32>(blue & CELL_MASK) + HALF);
  const half = f32x4.splat(HALF);
  let bounds = f32x4.splat(f32.MAX_VALUE);
  for (let at = 0; at < size << 2; at += 16) {
    const dr = f32x4.abs(f32x4.sub(v128.load(reds + at), middleRed));
    const dg = f32x4.abs(f32x4.sub(v128.load(greens + at), middleGreen));
    const db = f32x4.abs(f32x4.sub(v128.load(blues + at), middleBlue));
    bounds = f32x4.min(bounds, squared(f32x4.add(dr, half), f32x4.add(dg, half), f32x4.add(db, half)));
    v128.store(closest + at, squared(beyond(dr, half), beyond(dg, half), beyond(db, half)));
  }
  bounds = f32x4.min(bounds, i8x16.shuffle(bounds, bounds, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7));
  const bound = f32x4.splat(min(f32x4.extract_lane(bounds, 0), f32x4.extract_lane(bounds, 1)));
  const start = used;
  for (let i = 0; i < size; i += 4) {
    let listed = i32x4.bitmask(f32x4.le(v128.load(closest + (i << 2)), bound));
    for (; listed !== 0; listed &= listed - 1) store<u8>(lists + used++, i + ctz(listed));
  }
  const list = (start << 9) | (used - start);
  store<u32>(cells + (cell << 2), list);
  return list;
}

function squared(red: v128, green: v128, blue: v128): v128 {
  return f32x4.add(f32x4.add(f32x4.mul(red, red), f32x4.mul(green, green)), f32x4.mul(blue, blue));
}

function beyond(distance: v128, half: v128): v128 {
  return f32x4.max(f32x4.sub(distance, half), f32x4.splat(0));
}
