import { squaredDistance } from './lzw-encoder';

// Canvases are square, 32 bits a pixel, red in the low byte; 0 is transparent.

/** What a pixel that need not be drawn costs, where one that must be drawn costs 1: runs of them pack well. */
const COST_OF_SKIPPED = 0.1;
// Disposal methods (GIF89a, section 23).
const KEEP = 1;
const BACKGROUND = 2;
const PREVIOUS = 3;

@unmanaged
class Rect {
  left: i32;
  top: i32;
  width: i32;
  height: i32;
}

/** Between what is on the canvas and what is wanted, or another pair. */
const drawn = changetype<Rect>(memory.data(16, 16));
const other = changetype<Rect>(memory.data(16, 16));

/**
 * Marks with 1 each of `count` pixels that is the same on both canvases, with 0 all others. Up to three more
 * bytes are written.
 */
export function markEqual(one: usize, two: usize, count: i32, marks: usize): void {
  for (let i = 0; i < count; i += 4) {
    const halves = i16x8.narrow_i32x4_s(equal(one, two, i), i32x4.splat(0));
    v128.store32_lane(marks + i, v128.and(i8x16.narrow_i16x8_s(halves, halves), i8x16.splat(1)), 0);
  }
}

/** Of pixel `i` and the three after it those that are the same on both canvases, all bits set. */
function equal(one: usize, two: usize, i: i32): v128 {
  return i32x4.eq(v128.load(one + (i << 2)), v128.load(two + (i << 2)));
}

/** @returns whether a pixel that is seen on one canvas is not on the next: drawing cannot do that */
export function erases(before: usize, now: usize, count: i32): bool {
  const none = i32x4.splat(0);
  let i = 0;
  for (; i + 4 <= count; i += 4) {
    const isGone = i32x4.eq(v128.load(now + (i << 2)), none);
    if (v128.any_true(v128.and(isGone, v128.load(before + (i << 2))))) return true;
  }
  for (; i < count; i++) if (load<u32>(now + (i << 2)) === 0 && load<u32>(before + (i << 2)) !== 0) return true;
  return false;
}

/** Puts in place of the wanted pixels those of the canvas, where the frame before had the same. */
export function holdEqual(wanted: usize, before: usize, base: usize, count: i32): void {
  for (let at: usize = 0, end = (<usize>count) << 2; at < end; at += 4) {
    if (load<u32>(wanted + at) === load<u32>(before + at)) store<u32>(wanted + at, load<u32>(base + at));
  }
}

/** Puts in place of the wanted pixels those of the canvas, where the difference is not seen. */
export function holdUnseen(wanted: usize, base: usize, count: i32, mostDistance: i32): void {
  for (let i = 0; i < count; ) {
    if (i + 4 <= count && i32x4.all_true(equal(wanted, base, i))) {
      i += 4;
      continue;
    }
    const pixel = load<u32>(wanted + (i << 2));
    const there = load<u32>(base + (i << 2));
    const isSeen = pixel === 0 || there === 0 || squaredDistance(pixel, there) > mostDistance;
    if (!isSeen) store<u32>(wanted + (i << 2), there);
    i++;
  }
}

/** A number that differs where two canvases do (FNV-1a, a pixel at a time, in four lanes). */
export function fingerprint(pixels: usize, count: i32): u32 {
  const prime = i32x4.splat(0x01000193);
  let hashes = i32x4(0x811c9dc5, 1, 2, 3);
  const end = pixels + (count << 2);
  for (const last = end - 16; pixels <= last; pixels += 16) {
    hashes = i32x4.mul(v128.xor(hashes, v128.load(pixels)), prime);
    // The product carries upwards only: what is high must get back to the low bits.
    hashes = v128.xor(hashes, i32x4.shr_u(hashes, 15));
  }
  let hash = mixed(i32x4.extract_lane(hashes, 0), i32x4.extract_lane(hashes, 1));
  hash = mixed(hash, i32x4.extract_lane(hashes, 2));
  hash = mixed(hash, i32x4.extract_lane(hashes, 3));
  for (; pixels < end; pixels += 4) hash = mixed(hash, load<u32>(pixels));
  return hash;
}

function mixed(hash: u32, value: u32): u32 {
  const product = (hash ^ value) * 0x01000193;
  return product ^ (product >> 15);
}

/**
 * Finds the smallest rectangle that holds every pixel in which two canvases differ.
 *
 * @param rect takes left, top, width and height, 32 bits each; left alone where nothing differs
 * @returns whether anything does
 */
export function differ(one: usize, two: usize, size: i32, rect: usize): bool {
  return difference(one, two, size, changetype<Rect>(rect));
}

function difference(one: usize, two: usize, size: i32, rect: Rect): bool {
  const count = size * size;
  let first = 0;
  while (first + 4 <= count && i32x4.all_true(equal(one, two, first))) first += 4;
  while (first < count && areSame(one, two, first)) first++;
  if (first === count) return false;
  let last = count - 1;
  while (last >= 4 && i32x4.all_true(equal(one, two, last - 3))) last -= 4;
  while (areSame(one, two, last)) last--;
  const top = first / size;
  const bottom = last / size + 1;
  let left = size;
  let right = 0;
  for (let row = top * size; row < bottom * size; row += size) {
    let x = 0;
    while (x < left && areSame(one, two, row + x)) x++;
    left = min(left, x);
    x = size;
    while (x > right && areSame(one, two, row + x - 1)) x--;
    right = max(right, x);
  }
  rect.left = left;
  rect.top = top;
  rect.width = right - left;
  rect.height = bottom - top;
  return true;
}

function areSame(one: usize, two: usize, i: i32): bool {
  return load<u32>(one + (i << 2)) === load<u32>(two + (i << 2));
}

/**
 * Chooses what becomes of a frame after it was shown: what leaves the next one least to draw.
 *
 * @param base the canvas that the frame is drawn on; then takes the one that the next frame is drawn on
 * @param current as the frame is to look
 * @param next as the one after it; 0 where there is none, or it cannot be drawn on any canvas
 * @param room for two canvases
 * @param rect takes the frame's rectangle: left, top, width and height, 32 bits each
 * @returns the disposal method
 */
export function planFrame(base: usize, current: usize, next: usize, size: i32, room: usize, rect: usize): i32 {
  const count = size * size;
  const own = changetype<Rect>(rect);
  if (!difference(base, current, size, own)) {
    // A frame has at least one pixel.
    own.left = 0;
    own.top = 0;
    own.width = 1;
    own.height = 1;
  }
  if (next === 0) {
    memory.copy(base, current, count << 2);
    return KEEP;
  }
  const cleared = room;
  clear(own, current, next, size, cleared, room + (count << 2));
  let best = BACKGROUND;
  let least = cost(drawn, cleared, next, size);
  if (!erases(current, next, count)) {
    const total = cost(own, current, next, size);
    if (total <= least) {
      best = KEEP;
      least = total;
    }
  }
  if (!erases(base, next, count) && cost(own, base, next, size) < least) return PREVIOUS;
  memory.copy(base, best === KEEP ? current : cleared, count << 2);
  if (best === BACKGROUND) memory.copy(rect, changetype<usize>(drawn), offsetof<Rect>());
  return best;
}

/** Restores to transparency a rectangle that holds what was drawn, and every pixel that is gone in the next frame. */
function clear(own: Rect, current: usize, next: usize, size: i32, cleared: usize, rest: usize): void {
  const count = size * size;
  const none = i32x4.splat(0);
  for (let at: usize = 0, end = (<usize>count) << 2; at < end; at += 16) {
    const isGone = i32x4.eq(v128.load(next + at), none);
    v128.store(rest + at, v128.andnot(v128.load(current + at), isGone));
  }
  memory.copy(changetype<usize>(drawn), changetype<usize>(own), offsetof<Rect>());
  if (difference(current, rest, size, other)) {
    const right = max(drawn.left + drawn.width, other.left + other.width);
    const bottom = max(drawn.top + drawn.height, other.top + other.height);
    drawn.left = min(drawn.left, other.left);
    drawn.top = min(drawn.top, other.top);
    drawn.width = right - drawn.left;
    drawn.height = bottom - drawn.top;
  }
  memory.copy(cleared, current, count << 2);
  for (let y = drawn.top; y < drawn.top + drawn.height; y++) {
    memory.fill(cleared + ((y * size + drawn.left) << 2), 0, drawn.width << 2);
  }
}

/** What a frame in a rectangle and the one after it, drawn on a canvas, cost together. */
function cost(rect: Rect, base: usize, target: usize, size: i32): f64 {
  const own = <f64>(rect.width * rect.height) * COST_OF_SKIPPED;
  if (!difference(base, target, size, other)) return own;
  const count = size * size;
  let changed = 0;
  let i = 0;
  for (; i + 4 <= count; i += 4) changed += 4 - popcnt(i32x4.bitmask(equal(base, target, i)));
  for (; i < count; i++) if (!areSame(base, target, i)) changed++;
  return own + (<f64>changed + <f64>(other.width * other.height) * COST_OF_SKIPPED);
}

/**
 * Cuts a rectangle out of a frame's palette indices, transparent where the canvas already is as it should be.
 *
 * @param indices of the whole canvas
 * @param transparentIndex −1 for none
 * @param rect as `planFrame` gives it
 * @param target takes a byte for each pixel of the rectangle
 */
export function cut(
  indices: usize,
  base: usize,
  pixels: usize,
  size: i32,
  transparentIndex: i32,
  rect: usize,
  target: usize,
): void {
  const own = changetype<Rect>(rect);
  for (let y = own.top; y < own.top + own.height; y++) {
    for (let i = y * size + own.left, end = i + own.width; i < end; i++) {
      const isThere = transparentIndex >= 0 && areSame(base, pixels, i);
      store<u8>(target++, isThere ? transparentIndex : load<u8>(indices + i));
    }
  }
}

/** Draws a rectangle of palette indices on a canvas. @param colours 256 pixels @param transparentIndex −1 for none */
export function paint(
  indices: usize,
  rect: usize,
  colours: usize,
  transparentIndex: i32,
  pixels: usize,
  size: i32,
): void {
  const own = changetype<Rect>(rect);
  for (let y = own.top; y < own.top + own.height; y++) {
    for (let i = y * size + own.left, end = i + own.width; i < end; i++) {
      const index: i32 = load<u8>(indices++);
      if (index !== transparentIndex) store<u32>(pixels + (i << 2), load<u32>(colours + (index << 2)));
    }
  }
}
