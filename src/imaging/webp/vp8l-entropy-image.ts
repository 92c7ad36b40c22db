import { corrupt } from '../errors.ts';
import type { BitReader } from './vp8l-bit-reader.ts';
import { PrefixCodes, secondIndex } from './vp8l-prefix-code.ts';

const LITERALS = 256;
const LENGTH_PREFIXES = 24;
const DISTANCE_PREFIXES = 40;
const CODES_PER_GROUP = 5;
const MAX_CACHE_BITS = 11;

/** Section 3.6.2.2 bounds both: prefix code 39 is the largest for distances, 23 for lengths. */
const MAX_DISTANCE = 1 << 20;
const MAX_LENGTH = 1 << 12;
/** Pixels that are decoded before the window is moved to the front of its array. */
const WINDOW_SLACK = 1 << 19;

/**
 * Section 3.6.2.2: distance codes 1–120 are neighbours, [columns to the left, rows above], nearest first; among the
 * equally near by column, right before left.
 */
const NEIGHBOURS: [number, number][] = [];
for (let rows = 0; rows < 8; rows++) {
  for (let columns = rows === 0 ? 1 : -7; columns <= 8; columns++) NEIGHBOURS.push([columns, rows]);
}
NEIGHBOURS.sort(
  ([x1, y1], [x2, y2]) => x1 * x1 + y1 * y1 - x2 * x2 - y2 * y2 || Math.abs(x1) - Math.abs(x2) || x2 - x1,
);

/**
 * An entropy-coded image of ARGB pixels (RFC 9649 section 3.6 and 3.7), decoded row by row.
 *
 * Pixels are kept as far back as a copy can reach, at most MAX_DISTANCE: so a picture of any height takes 6 MB.
 */
export class EntropyImage {
  /** ARGB, alpha in the upper byte. */
  readonly pixels: Int32Array;
  readonly width: number;
  private readonly bits: BitReader;
  private readonly codes: PrefixCodes;
  private readonly distances = new Int32Array(NEIGHBOURS.length);

  /** Section 3.6.2.3. Empty where there is no cache. Pixels from `cachedUntil` on have still to be entered. */
  private readonly cache: Int32Array;
  private readonly cacheShift: number;
  private cachedUntil = 0;

  /** Section 3.7.2.2: the prefix code group of each tile; `null` where one serves the whole image. */
  private readonly tileGroups: Uint16Array | null;
  private readonly tileBits: number;
  private readonly tilesPerRow: number;
  /** Of each group: red, blue and alpha, where they take no bits because they never change. */
  private readonly constants: Int32Array;
  private readonly areConstant: Uint8Array;

  private rowsLeft: number;
  private y = 0;
  /** Index of the current row's first pixel, and of the next pixel to decode: a copy may run into rows to come. */
  private rowStart = 0;
  private next = 0;

  /**
   * @param topLevel may have more than one group of prefix codes; images that serve the decoder itself may not
   * @throws ImagingError when the codes are damaged
   */
  constructor(bits: BitReader, width: number, height: number, topLevel: boolean) {
    this.bits = bits;
    this.width = width;
    this.rowsLeft = height;
    this.pixels = new Int32Array(Math.min(width * height, MAX_DISTANCE + WINDOW_SLACK));
    NEIGHBOURS.forEach(([columns, rows], i) => {
      this.distances[i] = Math.max(1, columns + rows * width);
    });

    const cacheBits = bits.read(1) ? bits.read(4) : 0;
    if (cacheBits > MAX_CACHE_BITS) {
      throw corrupt('WebP', `a colour cache of 1 to ${MAX_CACHE_BITS} bits was expected; found ${cacheBits}`);
    }
    this.cache = new Int32Array(cacheBits === 0 ? 0 : 1 << cacheBits);
    this.cacheShift = 32 - cacheBits;

    this.tileBits = 0;
    this.tilesPerRow = 0;
    this.tileGroups = null;
    let groups = 1;
    if (topLevel && bits.read(1)) {
      this.tileBits = 2 + bits.read(3);
      this.tilesPerRow = blocks(width, this.tileBits);
      const rows = blocks(height, this.tileBits);
      const tileGroups = new Uint16Array(this.tilesPerRow * rows);
      new EntropyImage(bits, this.tilesPerRow, rows, false).readAll((pixel, i) => {
        const group = (pixel >> 8) & 0xffff;
        tileGroups[i] = group;
        if (group >= groups) groups = group + 1;
      });
      this.tileGroups = tileGroups;
    }

    const alphabets = [LITERALS + LENGTH_PREFIXES + this.cache.length, LITERALS, LITERALS, LITERALS, DISTANCE_PREFIXES];
    const codes = new PrefixCodes(CODES_PER_GROUP * groups, alphabets[0]);
    this.codes = codes;
    this.constants = new Int32Array(groups);
    this.areConstant = new Uint8Array(groups);
    for (let group = 0; group < groups; group++) {
      const first = CODES_PER_GROUP * group;
      alphabets.forEach((alphabet, i) => {
        codes.read(bits, first + i, alphabet);
      });
      if (bits.overrun) throw corrupt('WebP', `the lossless data ends in prefix code group ${group + 1} of ${groups}`);
      if (codes.masks[first + 1] === 0 && codes.masks[first + 2] === 0 && codes.masks[first + 3] === 0) {
        const [red, blue, alpha] = [1, 2, 3].map((i) => codes.entries[codes.starts[first + i]] >> 4);
        this.constants[group] = (alpha << 24) | (red << 16) | blue;
        this.areConstant[group] = 1;
      }
    }
  }

  /** Hands over all pixels in order; for images that serve the decoder itself. */
  readAll(each: (pixel: number, index: number) => void): void {
    const rows = this.rowsLeft;
    for (let y = 0; y < rows; y++) {
      const start = this.nextRow();
      if (start < 0) throw corrupt('WebP', `a lossless subimage ends in row ${y + 1} of ${rows}`);
      for (let x = 0; x < this.width; x++) each(this.pixels[start + x], y * this.width + x);
    }
  }

  /** @returns where in `pixels` the next row starts, until the next call; -1 where the data ends or is damaged */
  nextRow(): number {
    if (this.rowsLeft === 0) return -1;
    if (this.y > 0) this.rowStart += this.width;
    this.moveWindow();
    if (!this.decodeUntil(this.rowStart + this.width) || this.bits.overrun) {
      this.rowsLeft = 0;
      return -1;
    }
    if (this.cache.length > 0) this.enterCache();
    this.rowsLeft--;
    this.y++;
    return this.rowStart;
  }

  private moveWindow(): void {
    const { pixels, rowStart } = this;
    if (this.rowsLeft * this.width <= pixels.length - rowStart) return; // the rest fits
    if (rowStart + this.width + MAX_LENGTH <= pixels.length) return;
    const dropped = rowStart - MAX_DISTANCE;
    pixels.copyWithin(0, dropped, this.next);
    this.rowStart -= dropped;
    this.next -= dropped;
    this.cachedUntil -= dropped;
  }

  /** @returns false where a copy starts before the image */
  private decodeUntil(end: number): boolean {
    const { bits, pixels, codes, cache, distances, rowStart, tileGroups, tileBits, areConstant, constants } = this;
    const { entries, starts, masks } = codes;
    const firstTile = (this.y >> tileBits) * this.tilesPerRow;
    let next = this.next;
    let group = 0;
    let groupEnd = tileGroups ? next : end;
    let green = 0;
    let start = starts[0];
    let mask = masks[0];
    while (next < end) {
      if (next >= groupEnd && tileGroups) {
        const tile = (next - rowStart) >> tileBits;
        group = tileGroups[firstTile + tile];
        groupEnd = rowStart + ((tile + 1) << tileBits);
        green = CODES_PER_GROUP * group;
        start = starts[green];
        mask = masks[green];
      }
      const window = bits.peek();
      let entry = entries[start + (window & mask)];
      if ((entry & 15) > 8) entry = entries[secondIndex(start, entry, window)];
      bits.position += entry & 15;
      const symbol = entry >> 4;
      if (symbol < LITERALS) {
        if (areConstant[group]) {
          pixels[next++] = constants[group] | (symbol << 8);
        } else {
          const red = codes.symbol(bits, green + 1);
          const blue = codes.symbol(bits, green + 2);
          const alpha = codes.symbol(bits, green + 3);
          pixels[next++] = (alpha << 24) | (red << 16) | (symbol << 8) | blue;
        }
      } else if (symbol < LITERALS + LENGTH_PREFIXES) {
        const length = readPrefixed(bits, symbol - LITERALS);
        const code = readPrefixed(bits, codes.symbol(bits, green + 4));
        const distance = code > distances.length ? code - distances.length : distances[code - 1];
        if (distance > next) return false;
        const copyEnd = Math.min(next + length, pixels.length);
        for (let from = next - distance; next < copyEnd; from++) pixels[next++] = pixels[from];
      } else {
        this.next = next;
        this.enterCache();
        pixels[next++] = cache[symbol - LITERALS - LENGTH_PREFIXES];
      }
    }
    this.next = next;
    return true;
  }

  /** Enters the pixels decoded since the last time. Nobody looks in between, so that it need not be done at once. */
  private enterCache(): void {
    const { pixels, cache, cacheShift, next } = this;
    for (let i = this.cachedUntil; i < next; i++) cache[Math.imul(0x1e35a7bd, pixels[i]) >>> cacheShift] = pixels[i];
    this.cachedUntil = next;
  }
}

/** How many blocks of 2^`bits` pixels cover `size` pixels. */
export function blocks(size: number, bits: number): number {
  return (size + (1 << bits) - 1) >> bits;
}

/** Section 3.6.2.2: a length or distance code from its prefix symbol and extra bits. */
function readPrefixed(bits: BitReader, prefix: number): number {
  if (prefix < 4) return prefix + 1;
  const extraBits = (prefix - 2) >> 1;
  return ((2 + (prefix & 1)) << extraBits) + bits.read(extraBits) + 1;
}
