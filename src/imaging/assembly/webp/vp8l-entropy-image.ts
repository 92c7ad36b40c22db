import { allocate, freeFrom, mark } from '../memory';
import { CODES_CUT_SHORT, fail, SUBIMAGE_CUT_SHORT, WRONG_CACHE_SIZE } from './failure';
import { bits } from './vp8l-bit-reader';
import { PrefixCode, startCodes } from './vp8l-prefix-code';

const LITERALS = 256;
const LENGTH_PREFIXES = 24;
const DISTANCE_PREFIXES = 40;
const MAX_CACHE_BITS = 11;

/** Section 3.6.2.2 bounds both: prefix code 39 is the largest for distances, 23 for lengths. */
const MAX_DISTANCE = 1 << 20;
const MAX_LENGTH = 1 << 12;
/** Pixels that are decoded before the window is moved to the front of its array. */
const WINDOW_SLACK = 1 << 19;

/**
 * Section 3.6.2.2: distance codes 1–120 are neighbours, [columns to the left, rows above], nearest first; among the
 * equally near by column, right before left. Here by code rows × 16 + columns + 7.
 */
const NEIGHBOURS = 120;
const neighbours: usize = memory.data(NEIGHBOURS, 16);
layOutNeighbours();

function layOutNeighbours(): void {
  let count = 0;
  for (let square = 1; square <= 8 * 8 + 7 * 7; square++) {
    for (let columns = 0; columns <= 8; columns++) {
      for (let rows = 0; rows < 8; rows++) {
        if (columns * columns + rows * rows !== square) continue;
        store<u8>(neighbours + count++, (rows << 4) | (columns + 7));
        if (columns > 0 && columns < 8 && rows > 0) store<u8>(neighbours + count++, (rows << 4) | (7 - columns));
      }
    }
  }
}

/** The prefix codes of a tile (section 3.7.2.2). */
@unmanaged
class Group {
  isConstant: bool;
  /** Red, blue and alpha, where they take no bits because they never change. */
  constant: i32;

  @inline
  get green(): PrefixCode {
    return this.code(0);
  }

  @inline
  get red(): PrefixCode {
    return this.code(1);
  }

  @inline
  get blue(): PrefixCode {
    return this.code(2);
  }

  @inline
  get alpha(): PrefixCode {
    return this.code(3);
  }

  @inline
  get distance(): PrefixCode {
    return this.code(4);
  }

  /** The codes follow. */
  @inline
  private code(i: i32): PrefixCode {
    return changetype<PrefixCode>(changetype<usize>(this) + offsetof<Group>() + offsetof<PrefixCode>() * i);
  }

  /** @param greenAlphabet symbols of the first code, which has lengths and cached colours, too */
  read(greenAlphabet: i32): void {
    this.green.read(greenAlphabet);
    this.red.read(LITERALS);
    this.blue.read(LITERALS);
    this.alpha.read(LITERALS);
    this.distance.read(DISTANCE_PREFIXES);
    this.isConstant = this.red.isConstant && this.blue.isConstant && this.alpha.isConstant;
    if (this.isConstant) this.constant = argb(this.alpha.find(0), this.red.find(0), 0, this.blue.find(0));
  }
}

const GROUP_BYTES: usize = offsetof<Group>() + 5 * offsetof<PrefixCode>();

/** A pixel from the entries of its samples. */
function argb(alpha: i32, red: i32, green: i32, blue: i32): i32 {
  return ((alpha >> 4) << 24) | ((red >> 4) << 16) | ((green >> 4) << 8) | (blue >> 4);
}

/**
 * An entropy-coded image of ARGB pixels (RFC 9649 section 3.6 and 3.7), decoded row by row.
 *
 * Pixels are kept as far back as a copy can reach, at most MAX_DISTANCE: so a picture of any height takes 6 MB.
 */
@unmanaged
export class EntropyImage {
  width: i32;
  rowsLeft: i32;
  y: i32;
  /** ARGB, alpha in the upper byte. */
  pixels: usize;
  pixelsEnd: usize;
  /** The current row's first pixel, and the next pixel to decode: a copy may run into rows to come. */
  rowStart: usize;
  next: usize;

  /** Section 3.6.2.3. Pixels from `cachedUntil` on have still to be entered. */
  cache: usize;
  /** 0 where there is no cache. */
  cacheBits: i32;
  cachedUntil: usize;

  /** Section 3.7.2.2: the number of the group of each tile, 16 bits; 0 where one serves the whole image. */
  tileGroups: usize;
  tileBits: i32;
  tilesPerRow: i32;
  groups: usize;
}

/**
 * @param isTopLevel may have more than one group of prefix codes; images that serve the decoder itself may not
 * @param mostEntries of all tables of prefix codes
 */
export function newEntropyImage(width: i32, height: i32, isTopLevel: bool, mostEntries: i32): EntropyImage {
  const image = changetype<EntropyImage>(allocate(offsetof<EntropyImage>()));
  image.width = width;
  image.rowsLeft = height;
  image.y = 0;
  const size = (<usize>min(width * height, MAX_DISTANCE + WINDOW_SLACK)) << 2;
  image.pixels = allocate(size);
  image.pixelsEnd = image.pixels + size;
  image.rowStart = image.pixels;
  image.next = image.pixels;
  image.cachedUntil = image.pixels;

  const cacheBits = bits.read(1) ? bits.read(4) : 0;
  if (cacheBits > MAX_CACHE_BITS) fail(WRONG_CACHE_SIZE, cacheBits, MAX_CACHE_BITS);
  image.cacheBits = cacheBits;
  const cacheSize = cacheBits === 0 ? 0 : 1 << cacheBits;
  image.cache = allocate(cacheSize << 2);

  image.tileGroups = 0;
  image.tileBits = 0;
  image.tilesPerRow = 0;
  const groups = isTopLevel && bits.read(1) ? readTileGroups(image, mostEntries) : 1;
  image.groups = allocate(GROUP_BYTES * groups);
  // Tables of the codes come last, for nobody knows yet how large they are.
  startCodes(allocate(0), mostEntries);
  for (let i = 0; i < groups; i++) {
    groupAt(image, i).read(LITERALS + LENGTH_PREFIXES + cacheSize);
    if (bits.overrun) fail(CODES_CUT_SHORT, i + 1, groups);
  }
  return image;
}

function groupAt(image: EntropyImage, i: i32): Group {
  return changetype<Group>(image.groups + GROUP_BYTES * i);
}

/** @returns how many groups there are */
function readTileGroups(image: EntropyImage, mostEntries: i32): i32 {
  const height = image.rowsLeft;
  image.tileBits = 2 + bits.read(3);
  image.tilesPerRow = blocks(image.width, image.tileBits);
  const rows = blocks(height, image.tileBits);
  const count = image.tilesPerRow * rows;
  image.tileGroups = readSubimage(image.tilesPerRow, rows, 2, mostEntries);
  let groups = 1;
  for (let i = 0; i < count; i++) groups = max(groups, 1 + <i32>load<u16>(image.tileGroups + (i << 1)));
  return groups;
}

/**
 * Reads an image that serves the decoder itself.
 *
 * @param bytes of a pixel that are kept: 4, 2 for red and green, 1 for green
 * @returns where they are
 */
export function readSubimage(width: i32, height: i32, bytes: i32, mostEntries: i32): usize {
  const kept = allocate(<usize>(width * height) * bytes);
  const marked = mark();
  const image = newEntropyImage(width, height, false, mostEntries);
  let to = kept;
  for (let y = 0; y < height; y++) {
    const row = nextEntropyRow(image);
    if (row === 0) fail(SUBIMAGE_CUT_SHORT, y + 1, height);
    for (let x = 0; x < width; x++, to += bytes) {
      const pixel = load<u32>(row + (x << 2));
      if (bytes === 4) store<u32>(to, pixel);
      else if (bytes === 2) store<u16>(to, pixel >> 8);
      else store<u8>(to, pixel >> 8);
    }
  }
  freeFrom(marked);
  return kept;
}

/** @returns where the next row's pixels are, until the next call; 0 where the data ends or is damaged */
export function nextEntropyRow(image: EntropyImage): usize {
  if (image.rowsLeft === 0) return 0;
  if (image.y > 0) image.rowStart += image.width << 2;
  moveWindow(image);
  if (!decodeUntil(image, image.rowStart + (image.width << 2)) || bits.overrun) {
    image.rowsLeft = 0;
    return 0;
  }
  if (image.cacheBits > 0) enterCache(image, image.next);
  image.rowsLeft--;
  image.y++;
  return image.rowStart;
}

function moveWindow(image: EntropyImage): void {
  const room = <i32>(image.pixelsEnd - image.rowStart) >> 2;
  if (image.rowsLeft * image.width <= room) return; // the rest fits
  if (image.width + MAX_LENGTH <= room) return;
  const dropped = image.rowStart - (MAX_DISTANCE << 2) - image.pixels;
  memory.copy(image.pixels, image.pixels + dropped, image.next - image.pixels - dropped);
  image.rowStart -= dropped;
  image.next -= dropped;
  image.cachedUntil -= dropped;
}

/** @returns false where a copy starts before the image */
function decodeUntil(image: EntropyImage, end: usize): bool {
  const rowStart = image.rowStart;
  const tileBits = image.tileBits;
  const tiles = image.tileGroups + (((image.y >> tileBits) * image.tilesPerRow) << 1);
  let next = image.next;
  let group = groupAt(image, 0);
  let groupEnd = image.tileGroups === 0 ? end : next;
  let position = bits.position;
  while (next < end) {
    if (next >= groupEnd) {
      const tile = <i32>((next - rowStart) >> 2) >> tileBits;
      group = groupAt(image, load<u16>(tiles + (tile << 1)));
      groupEnd = rowStart + (((tile + 1) << tileBits) << 2);
    }
    if (position > bits.limit) {
      bits.position = position;
      bits.refill();
      position = bits.position;
    }
    const window = bits.peek(position);
    const entry = group.green.find(window);
    const length = entry & 15;
    position += length;
    const symbol = entry >> 4;
    if (symbol < LITERALS) {
      if (group.isConstant) store<i32>(next, group.constant | (symbol << 8));
      else {
        // Three codes are within the window; the fourth may be beyond.
        const red = group.red.find(window >> length);
        const redEnd = length + (red & 15);
        const blue = group.blue.find(window >> redEnd);
        position += (red & 15) + (blue & 15);
        const alpha = group.alpha.find(bits.peek(position));
        position += alpha & 15;
        store<i32>(next, argb(alpha, red, entry, blue));
      }
      next += 4;
    } else if (symbol < LITERALS + LENGTH_PREFIXES) {
      bits.position = position;
      const count = readPrefixed(symbol - LITERALS);
      const distance = readDistance(group.distance, image.width);
      position = bits.position;
      if (distance > <i32>(next - image.pixels) >> 2) return false;
      next = copy(next, distance << 2, min(next + (count << 2), image.pixelsEnd));
    } else {
      enterCache(image, next);
      store<i32>(next, load<i32>(image.cache + ((symbol - LITERALS - LENGTH_PREFIXES) << 2)));
      next += 4;
    }
  }
  bits.position = position;
  image.next = next;
  return true;
}

/** Repeats pixels up to `end`, and spoils up to three behind it, which are still to come. @returns `end` */
function copy(to: usize, distance: usize, end: usize): usize {
  if (distance < 16) {
    for (; to < end; to += 4) store<u32>(to, load<u32>(to - distance));
  } else {
    for (; to < end; to += 16) v128.store(to, v128.load(to - distance));
  }
  return end;
}

/** Section 3.6.2.2: a length or distance code from its prefix symbol and extra bits. There is enough in the window. */
function readPrefixed(prefix: i32): i32 {
  if (prefix < 4) return prefix + 1;
  const extraBits = (prefix - 2) >> 1;
  const extra = <i32>bits.peek(bits.position) & ((1 << extraBits) - 1);
  bits.position += extraBits;
  return ((2 + (prefix & 1)) << extraBits) + extra + 1;
}

/** @returns pixels */
function readDistance(code: PrefixCode, width: i32): i32 {
  const entry = code.find(bits.peek(bits.position));
  bits.position += entry & 15;
  const distance = readPrefixed(entry >> 4);
  if (distance > NEIGHBOURS) return distance - NEIGHBOURS;
  const neighbour: i32 = load<u8>(neighbours + distance - 1);
  return max(1, (neighbour & 15) - 7 + (neighbour >> 4) * width);
}

/**
 * Enters the pixels decoded since the last time, up to `end`. Nobody looks in between, so that it need not be done at
 * once.
 */
function enterCache(image: EntropyImage, end: usize): void {
  const cache = image.cache;
  const shift = 32 - image.cacheBits;
  for (let at = image.cachedUntil; at < end; at += 4) {
    const pixel = load<u32>(at);
    store<u32>(cache + (((pixel * 0x1e35a7bd) >> shift) << 2), pixel);
  }
  image.cachedUntil = end;
}

/** How many blocks of 2^`blockBits` pixels cover `size` pixels. */
export function blocks(size: i32, blockBits: i32): i32 {
  return (size + (1 << blockBits) - 1) >> blockBits;
}
