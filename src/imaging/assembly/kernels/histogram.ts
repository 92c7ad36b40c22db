/** More distinct colours than this are merged with their neighbours: a palette of 256 does not tell them apart. */
const MOST_COLOURS = 16_384;
const SLOT_BITS = 15;
const SLOTS = 1 << SLOT_BITS;

/** Distinct colours, as pixels, and how often each came. */
const colours: usize = memory.data(MOST_COLOURS * 4, 16);
const counts: usize = memory.data(MOST_COLOURS * 4, 16);
/** Open addressing: an index into `colours` plus 1, or 0 for a free slot. */
const slots: usize = memory.data(SLOTS * 2, 16);
let size: i32 = 0;
/** Bits of a pixel by which colours are told apart. */
let mask: u32 = 0xffff_ffff;
let multiplier: u32 = 1;
let hasTransparency = false;

export function histogramColours(): usize {
  return colours;
}

export function histogramCounts(): usize {
  return counts;
}

/** @returns how many distinct colours there are */
export function histogramSize(): i32 {
  return size;
}

export function histogramHasTransparency(): bool {
  return hasTransparency;
}

/** @param odd never the same: whoever knew it could make a picture whose colours all want one slot */
export function startHistogram(odd: u32): void {
  multiplier = odd;
  mask = 0xffff_ffff;
  hasTransparency = false;
  clear();
}

function clear(): void {
  size = 0;
  memory.fill(slots, 0, SLOTS * 2);
}

/**
 * Counts the colours of pixels, exactly up to 16,384 colours; beyond that, low bits are dropped until the colours fit,
 * and the first of each group stands for it.
 *
 * @param pixels `count` of them, red in the low byte; 0 is transparent
 * @param passedOver 1 for each pixel that is not to be counted; 0 in place of the address to count all
 */
export function countColours(pixels: usize, count: i32, passedOver: usize): void {
  let last: u32 = 0;
  // Counted when the run ends.
  let run: u32 = 0;
  for (let i = 0; i < count; i++) {
    if (passedOver !== 0 && load<u8>(passedOver + i) === 1) continue;
    const pixel = load<u32>(pixels + (i << 2));
    if (pixel === last) {
      run++;
      continue;
    }
    addRun(last, run);
    last = pixel;
    run = 1;
  }
  addRun(last, run);
}

function addRun(pixel: u32, count: u32): void {
  if (count === 0) return;
  if (pixel === 0) hasTransparency = true;
  else add(pixel, count);
}

function add(pixel: u32, count: u32): void {
  const key = pixel & mask;
  // The high bits of the product are the well mixed ones. What is counted does not depend on where.
  let slot = (key * multiplier) >> (32 - SLOT_BITS);
  for (;;) {
    const found = <i32>load<u16>(slots + (slot << 1));
    if (found === 0) break;
    const at = (found - 1) << 2;
    if ((load<u32>(colours + at) & mask) === key) {
      store<u32>(counts + at, load<u32>(counts + at) + count);
      return;
    }
    slot = (slot + 1) & (SLOTS - 1);
  }
  if (size === MOST_COLOURS) {
    coarsen();
    add(pixel, count);
    return;
  }
  store<u32>(colours + (size << 2), pixel);
  store<u32>(counts + (size << 2), count);
  store<u16>(slots + (slot << 1), ++size);
}

/** Drops one more bit of each channel, in place: no more colours are left than have been read. */
function coarsen(): void {
  const before = size;
  mask = (mask << 1) & 0xfefefefe;
  clear();
  for (let i = 0; i < before; i++) add(load<u32>(colours + (i << 2)), load<u32>(counts + (i << 2)));
}
