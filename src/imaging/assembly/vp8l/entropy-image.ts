import { allocate, freeFrom, mark } from '../jpeg/memory';
import { overrun, peek, position, prepare, readBits, setPosition } from './bit-reader';
import { CACHE_BITS, ENDS_IN_CODES, ENDS_IN_SUBIMAGE, refuse } from './file';
import { CODE_BYTES, PrefixCode, readCode, startTables } from './prefix-codes';

const LITERALS = 256;
const LENGTH_PREFIXES = 24;
const DISTANCE_PREFIXES = 40;
const MAX_CACHE_BITS = 11;

/** Section 3.6.2.2 bounds both: prefix code 39 is the largest for distances, 23 for lengths. */
const MAX_DISTANCE = 1 << 20;
const MAX_LENGTH = 1 << 12;
/** Pixels that are decoded before the window is moved to the front of its memory. */
const WINDOW_SLACK = 1 << 19;

/** Section 3.6.2.2: distance codes up to this one are neighbours. */
const NEIGHBOURS = 120;
/** Of each of them: columns to the left, and rows above. */
const neighbours: usize = memory.data(NEIGHBOURS * 2, 4);

/** The prefix codes of a tile. */
@unmanaged
class Group {
  green: PrefixCode;
  red: PrefixCode;
  blue: PrefixCode;
  alpha: PrefixCode;
  distance: PrefixCode;
  /** Red, blue and alpha, where they take no bits because they never change. */
  constant: i32;
  isConstant: bool;
}

/**
 * An entropy-coded image of ARGB pixels, alpha in the upper byte (RFC 9649 section 3.6 and 3.7), decoded row by row.
 *
 * Pixels are kept as far back as a copy can reach, at most MAX_DISTANCE: so a picture of any height takes 6 MB.
 */
@unmanaged
export class EntropyImage {
  pixels: usize;
  /** How many there is room for. */
  capacity: i32;
  width: i32;
  /** By distance code: pixels back. */
  distances: usize;
  /** Section 3.6.2.3; 0 where there is no cache. Pixels from `cachedUntil` on have still to be entered. */
  cache: usize;
  cacheShift: i32;
  cachedUntil: i32;
  /** Section 3.7.2.2: the prefix code group of each tile, 16 bits; 0 where one serves the whole image. */
  tileGroups: usize;
  tileBits: i32;
  tilesPerRow: i32;
  groups: usize;
  rowsLeft: i32;
  y: i32;
  /** Index of the current row's first pixel, and of the next pixel to decode: a copy may run into rows to come. */
  rowStart: i32;
  next: i32;
}

/**
 * Lays out the neighbours, nearest first; among the equally near the one of fewer columns to either side, and right before
 * left.
 */
export function layOutNeighbours(): void {
  let to = neighbours;
  for (let square = 1; to < neighbours + NEIGHBOURS * 2; square++) {
    for (let columns = 0; columns <= 8; columns++) {
      for (let rows = 0; rows < 8; rows++) {
        if (columns * columns + rows * rows !== square) continue;
        to = putNeighbour(to, columns, rows);
        if (columns > 0 && columns < 8 && rows > 0) to = putNeighbour(to, -columns, rows);
      }
    }
  }
}

function putNeighbour(to: usize, columns: i32, rows: i32): usize {
  store<i8>(to, columns);
  store<i8>(to, rows, 1);
  return to + 2;
}

/**
 * Reads the codes of an image, up to its first pixel.
 *
 * @param topLevel may have more than one group of prefix codes; images that serve the decoder itself may not
 */
export function readImage(width: i32, height: i32, topLevel: bool): EntropyImage {
  const image = changetype<EntropyImage>(allocate(offsetof<EntropyImage>()));
  image.width = width;
  image.rowsLeft = height;
  image.capacity = <i32>min<i64>(<i64>width * <i64>height, MAX_DISTANCE + WINDOW_SLACK);
  image.distances = allocate(NEIGHBOURS << 2);
  for (let i = 0; i < NEIGHBOURS; i++) {
    const at = neighbours + (i << 1);
    const distance = <i32>load<i8>(at) + <i32>load<i8>(at, 1) * width;
    store<i32>(image.distances + (i << 2), max(1, distance));
  }
  const cacheBits = readBits(1) === 1 ? readBits(4) : 0;
  if (cacheBits > MAX_CACHE_BITS) refuse(CACHE_BITS, cacheBits, MAX_CACHE_BITS);
  if (cacheBits > 0) image.cache = allocate(4 << cacheBits);
  image.cacheShift = 32 - cacheBits;
  const groups = topLevel && readBits(1) === 1 ? readTiles(image, height) : 1;
  readGroups(image, groups, cacheBits === 0 ? 0 : 1 << cacheBits);
  image.pixels = allocate(image.capacity << 2);
  return image;
}

/** @returns how many groups the tiles name */
function readTiles(image: EntropyImage, height: i32): i32 {
  image.tileBits = 2 + readBits(3);
  image.tilesPerRow = blocks(image.width, image.tileBits);
  const rows = blocks(height, image.tileBits);
  const count = image.tilesPerRow * rows;
  image.tileGroups = allocate(count << 1);
  readSubimage(image.tilesPerRow, rows, image.tileGroups, 2);
  let last = 0;
  for (let i = 0; i < count; i++) last = max(last, <i32>load<u16>(image.tileGroups + (i << 1)));
  return last + 1;
}

function readGroups(image: EntropyImage, count: i32, cacheSize: i32): void {
  const bytes = offsetof<Group>();
  image.groups = allocate(count * bytes);
  let code = allocate(count * 5 * CODE_BYTES);
  startTables();
  for (let i = 0; i < count; i++) {
    const group = changetype<Group>(image.groups + i * bytes);
    group.green = changetype<PrefixCode>(code);
    group.red = changetype<PrefixCode>(code + CODE_BYTES);
    group.blue = changetype<PrefixCode>(code + 2 * CODE_BYTES);
    group.alpha = changetype<PrefixCode>(code + 3 * CODE_BYTES);
    group.distance = changetype<PrefixCode>(code + 4 * CODE_BYTES);
    code += 5 * CODE_BYTES;
    readCode(group.green, LITERALS + LENGTH_PREFIXES + cacheSize);
    readCode(group.red, LITERALS);
    readCode(group.blue, LITERALS);
    readCode(group.alpha, LITERALS);
    readCode(group.distance, DISTANCE_PREFIXES);
    if (overrun()) refuse(ENDS_IN_CODES, i + 1, count);
    group.isConstant = (group.red.mask | group.blue.mask | group.alpha.mask) === 0;
    if (group.isConstant) group.constant = pixelOf(group.alpha.entry(0), group.red.entry(0), group.blue.entry(0));
  }
}

/** @param alpha entry of its code */
function pixelOf(alpha: i32, red: i32, blue: i32): i32 {
  return ((alpha >> 4) << 24) | ((red >> 4) << 16) | (blue >> 4);
}

/**
 * Reads an image that serves the decoder itself. Memory beyond `to` is free again afterwards.
 *
 * @param to takes its pixels, so many bytes of each: all four, or one or two from the green channel up
 */
export function readSubimage(width: i32, height: i32, to: usize, bytes: i32): void {
  const before = mark();
  const image = readImage(width, height, false);
  for (let y = 0; y < height; y++) {
    const start = nextRow(image);
    if (start === 0) refuse(ENDS_IN_SUBIMAGE, y + 1, height);
    for (let pixel = start, end = start + (width << 2); pixel < end; pixel += 4, to += bytes) {
      if (bytes === 4) store<i32>(to, load<i32>(pixel));
      else if (bytes === 2) store<u16>(to, load<u16>(pixel, 1));
      else store<u8>(to, load<u8>(pixel, 1));
    }
  }
  freeFrom(before);
}

/** @returns the address of the next row's pixels, until the next call; 0 where the data ends or is damaged */
export function nextRow(image: EntropyImage): usize {
  if (image.rowsLeft === 0) return 0;
  if (image.y > 0) image.rowStart += image.width;
  moveWindow(image);
  if (!decodeUntil(image, image.rowStart + image.width) || overrun()) {
    image.rowsLeft = 0;
    return 0;
  }
  if (image.cache !== 0) enterCache(image);
  image.rowsLeft--;
  image.y++;
  return image.pixels + (image.rowStart << 2);
}

function moveWindow(image: EntropyImage): void {
  const rowStart = image.rowStart;
  const capacity = image.capacity;
  if (<i64>image.rowsLeft * <i64>image.width <= <i64>(capacity - rowStart)) return; // the rest fits
  if (rowStart + image.width + MAX_LENGTH <= capacity) return;
  const dropped = rowStart - MAX_DISTANCE;
  memory.copy(image.pixels, image.pixels + (dropped << 2), (image.next - dropped) << 2);
  image.rowStart -= dropped;
  image.next -= dropped;
  image.cachedUntil -= dropped;
}

/** @returns false where a copy starts before the image */
function decodeUntil(image: EntropyImage, end: i32): bool {
  const pixels = image.pixels;
  const bytes = offsetof<Group>();
  const tiles = image.tileGroups + (((image.y >> image.tileBits) * image.tilesPerRow) << 1);
  let next = image.next;
  let group = changetype<Group>(image.groups);
  let groupEnd = image.tileGroups === 0 ? end : next;
  while (next < end) {
    if (next >= groupEnd && image.tileGroups !== 0) {
      const tile = (next - image.rowStart) >> image.tileBits;
      group = changetype<Group>(image.groups + <usize>load<u16>(tiles + (tile << 1)) * bytes);
      groupEnd = image.rowStart + ((tile + 1) << image.tileBits);
    }
    prepare();
    let at = position;
    let bits = peek(at);
    const green = group.green.entry(bits);
    at += green & 15;
    const symbol = green >> 4;
    if (symbol < LITERALS) {
      let pixel = group.constant | (symbol << 8);
      if (!group.isConstant) {
        bits >>= <u64>(green & 15);
        const red = group.red.entry(bits);
        bits >>= <u64>(red & 15);
        const blue = group.blue.entry(bits);
        at += (red & 15) + (blue & 15);
        const alpha = group.alpha.entry(peek(at));
        at += alpha & 15;
        pixel = pixelOf(alpha, red, blue) | (symbol << 8);
      }
      setPosition(at);
      store<i32>(pixels + (next << 2), pixel);
      next++;
    } else if (symbol < LITERALS + LENGTH_PREFIXES) {
      setPosition(at);
      const length = readPrefixed(symbol - LITERALS);
      const code = readPrefixed(group.distance.symbol());
      const distance = code > NEIGHBOURS ? code - NEIGHBOURS : load<i32>(image.distances + ((code - 1) << 2));
      if (distance > next) return false;
      const copyEnd = min(next + length, image.capacity);
      for (let from = next - distance; next < copyEnd; from++, next++) {
        store<i32>(pixels + (next << 2), load<i32>(pixels + (from << 2)));
      }
    } else {
      setPosition(at);
      image.next = next;
      enterCache(image);
      store<i32>(pixels + (next << 2), load<i32>(image.cache + ((symbol - LITERALS - LENGTH_PREFIXES) << 2)));
      next++;
    }
  }
  image.next = next;
  return true;
}

/** Enters the pixels decoded since the last time. Nobody looks in between, so that it need not be done at once. */
function enterCache(image: EntropyImage): void {
  const end = image.pixels + (image.next << 2);
  for (let at = image.pixels + (image.cachedUntil << 2); at < end; at += 4) {
    const pixel = load<i32>(at);
    store<i32>(image.cache + (((0x1e35a7bd * <u32>pixel) >>> image.cacheShift) << 2), pixel);
  }
  image.cachedUntil = image.next;
}

/** How many blocks of 2^`bits` pixels cover `size` pixels. */
export function blocks(size: i32, bits: i32): i32 {
  return (size + (1 << bits) - 1) >> bits;
}

/** Section 3.6.2.2: a length or distance code from its prefix symbol and extra bits. */
function readPrefixed(prefix: i32): i32 {
  if (prefix < 4) return prefix + 1;
  const extraBits = (prefix - 2) >> 1;
  return ((2 + (prefix & 1)) << extraBits) + readBits(extraBits) + 1;
}
