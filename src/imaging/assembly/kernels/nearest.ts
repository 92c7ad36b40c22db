// Colours are kept in half levels, so that the middle of a cell is a whole number of them, and four in a vector.
/** Levels of a channel that share a cell of the grid, as bits. */
const CELL_BITS = 5;
const CELL_MASK = -1 << CELL_BITS;
/** From the middle of a cell to its outermost level, in half levels. */
const REACH = (1 << CELL_BITS) - 1;
const SIDE_BITS = 8 - CELL_BITS;
const CELLS = 1 << (3 * SIDE_BITS);

/** Of each palette colour red and green, in 16 bits each. */
const redGreens: usize = memory.data(256 * 4, 16);
/** Of each palette colour blue, in 32 bits. */
const blues: usize = memory.data(256 * 4, 16);
/** Of each palette colour, its levels in floating point. */
export const floats: usize = memory.data(256 * 16, 16);
/** Squared distances to the cell that is being filled. */
const closest: usize = memory.data(256 * 4, 16);
/** Of each cell where its list starts, and where it ends; 0 for a cell not asked for yet. */
const cells: usize = memory.data(CELLS * 8, 16);
/** Four colours in a block: red and green of each, then blue, then the indices. */
const BLOCK_BYTES = 48;
const lists: usize = memory.data(CELLS * 64 * BLOCK_BYTES, 16);

let size: i32 = 0;
let used: usize = 0;

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
  used = lists;
  memory.fill(cells, 0, CELLS * 8);
  for (let i = 0; i < size; i++) {
    // The last vector is filled up with the first colour, which then is found under its first index.
    const at = palette + (i < colours ? i * 3 : 0);
    const red: i32 = load<u8>(at);
    const green: i32 = load<u8>(at, 1);
    const blue: i32 = load<u8>(at, 2);
    store<i32>(redGreens + (i << 2), (red << 1) | (green << 17));
    store<i32>(blues + (i << 2), blue << 1);
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
  const list = cells + (cell << 3);
  if (load<usize>(list) === 0) fill(list, red & CELL_MASK, green & CELL_MASK, blue & CELL_MASK);
  const redGreen = i32x4.splat((red << 1) | (green << 17));
  const wantedBlue = i32x4.splat(blue << 1);
  // Distance and index in one number: the least of them is of the nearest.
  let least = i32x4.splat(i32.MAX_VALUE);
  for (let block = load<usize>(list), end = load<usize>(list, 4); block < end; block += BLOCK_BYTES) {
    const distances = squares(i16x8.sub(v128.load(block), redGreen), i16x8.sub(v128.load(block, 16), wantedBlue));
    least = i32x4.min_s(least, v128.or(i32x4.shl(distances, 8), v128.load(block, 32)));
  }
  return leastOf(least) & 0xff;
}

/** Lists the colours whose nearest point of the cell is no farther than the nearest colour's farthest. */
function fill(list: usize, red: i32, green: i32, blue: i32): void {
  const middleRedGreen = i32x4.splat(((red << 1) + REACH) | (((green << 1) + REACH) << 16));
  const middleBlue = i32x4.splat((blue << 1) + REACH);
  const reachRedGreen = i32x4.splat(REACH | (REACH << 16));
  const reachBlue = i32x4.splat(REACH);
  let farthest = i32x4.splat(i32.MAX_VALUE);
  for (let at = 0; at < size << 2; at += 16) {
    const rg = i16x8.abs(i16x8.sub(v128.load(redGreens + at), middleRedGreen));
    const b = i16x8.abs(i16x8.sub(v128.load(blues + at), middleBlue));
    farthest = i32x4.min_s(farthest, squares(i16x8.add(rg, reachRedGreen), i16x8.add(b, reachBlue)));
    v128.store(closest + at, squares(i16x8.sub_sat_u(rg, reachRedGreen), i16x8.sub_sat_u(b, reachBlue)));
  }
  const bound = i32x4.splat(leastOf(farthest));
  store<usize>(list, used);
  let found = 0;
  for (let i = 0; i < size; i += 4) {
    let listed = i32x4.bitmask(i32x4.le_s(v128.load(closest + (i << 2)), bound));
    for (; listed !== 0; listed &= listed - 1) append(found++, i + ctz(listed));
  }
  // The last block is filled up with its own last colour.
  const last = load<i32>(place(found - 1), 32);
  while ((found & 3) !== 0) append(found++, last);
  used = place(found);
  store<usize>(list, used, 4);
}

/** Where colour `n` of the list that is being made belongs. */
function place(n: i32): usize {
  return used + (n >> 2) * BLOCK_BYTES + ((n & 3) << 2);
}

function append(n: i32, index: i32): void {
  const to = place(n);
  store<i32>(to, load<i32>(redGreens + (index << 2)));
  store<i32>(to, load<i32>(blues + (index << 2)), 16);
  store<i32>(to, index, 32);
}

/** The squared lengths of four differences. */
function squares(redGreen: v128, blue: v128): v128 {
  return i32x4.add(i32x4.dot_i16x8_s(redGreen, redGreen), i32x4.dot_i16x8_s(blue, blue));
}

function leastOf(four: v128): i32 {
  const two = i32x4.min_s(four, i32x4.shuffle(four, four, 2, 3, 0, 1));
  return min(i32x4.extract_lane(two, 0), i32x4.extract_lane(two, 1));
}
