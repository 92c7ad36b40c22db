/**
 * The hot half of the decoder of lossy WebP, VP8 key frames (RFC 6386), in AssemblyScript: the build compiles it to
 * `build/vp8.wasm`. From the first partition, whose data and that of the others it asks for as it goes, to rows of pixels.
 * Where the partitions are, and that they are within the data, is for the caller to find out (`webp/vp8-decoder.ts`).
 *
 * An instance decodes one picture at a time: begin it, add its partitions, start the rows, take them.
 */
import { allocate, freeAll } from '../jpeg/memory';
import { BoolDecoder, newBoolDecoder } from './bool-decoder';
import { boxRowToRgba, newPixels, rowToRgba, startColour } from './colour';
import { filterLevelOf, partitionCount, quantiserOf, readHeader, sharpness, simpleFilter } from './header';
import {
  filterColumns,
  filterEdge,
  filterTwoEdges,
  MACROBLOCK,
  SIMPLE_MACROBLOCK,
  SIMPLE_SUBBLOCK,
  SUBBLOCK,
  setLimits,
} from './loop-filter';
import {
  B_PRED,
  chromaMode,
  lumaMode,
  readModes,
  segment,
  skipped,
  startModeRow,
  startModes,
  subblockModes,
} from './modes';
import { newPlane, Plane } from './plane';
import { predictChroma, predictLuma, predictSubblock } from './predict';
import { coefficients, extent, readResiduals, skipResiduals, startResidualRow, startResiduals } from './residuals';
import { addDc, addInverseDct } from './transform';

const MOST_PARTITIONS = 8;
const BLOCK_BYTES = 32;

const partitions: usize = memory.data(MOST_PARTITIONS * 4, 4);
let partitionsAdded: i32 = 0;

let width: i32 = 0;
let height: i32 = 0;
/** Of macroblocks. */
let columns: i32 = 0;
let macroblockRows: i32 = 0;

let modes: BoolDecoder = changetype<BoolDecoder>(0);
let luma: Plane = changetype<Plane>(0);
let uPlane: Plane = changetype<Plane>(0);
let vPlane: Plane = changetype<Plane>(0);
/** Filter level of each macroblock, and "are the inner edges filtered?", of the newest row and the one before. */
let levels: usize = 0;
let inner: usize = 0;
let previousLevels: usize = 0;
let previousInner: usize = 0;

/** The picture is reduced by 1 << this. */
let reductionBits: i32 = 0;
let rgba: usize = 0;
/** The next row of pixels, and how many are final. */
let y: i32 = 0;
let ready: i32 = 0;
/** The next row of macroblocks. */
let macroblockRow: i32 = 0;
/** Is the picture decoded, or its data used up? */
let finished: bool = false;

/**
 * Begins a picture, and reads the frame header.
 *
 * @param from where the first partition starts in the data, and `to` where it ends
 * @returns how many partitions of coefficients there are
 */
export function begin(pictureWidth: i32, pictureHeight: i32, from: i32, to: i32): i32 {
  freeAll();
  width = pictureWidth;
  height = pictureHeight;
  columns = (width + 15) >> 4;
  macroblockRows = (height + 15) >> 4;
  modes = newBoolDecoder(from, to);
  readHeader(modes);
  partitionsAdded = 0;
  return partitionCount;
}

/** Adds the next partition of coefficients: macroblock row `r` is in partition `r mod n` (section 9.5). */
export function addPartition(from: i32, to: i32): void {
  store<BoolDecoder>(partitions + (partitionsAdded << 2), newBoolDecoder(from, to));
  partitionsAdded++;
}

/**
 * Prepares the rows.
 *
 * @param factorBits 0, or 2 or 3 for a picture reduced by 4 or 8, sides rounded up
 * @returns where `nextRow` puts rows of opaque RGBA; memory does not grow any more
 */
export function startRows(factorBits: i32): usize {
  reductionBits = factorBits;
  luma = newPlane(16, columns);
  uPlane = newPlane(8, columns);
  vPlane = newPlane(8, columns);
  startModes(columns);
  startResiduals(columns);
  levels = allocate(columns);
  inner = allocate(columns);
  previousLevels = allocate(columns);
  previousInner = allocate(columns);
  startColour(width);
  rgba = newPixels(width);
  y = 0;
  ready = 0;
  macroblockRow = 0;
  finished = false;
  return rgba;
}

/** Decodes the next row of pixels. @returns whether there is one: not after the last, nor where the data ends */
export function nextRow(): bool {
  while (y >= ready) {
    if (finished) return false;
    nextMacroblockRow();
  }
  if (reductionBits === 0) toRgba();
  else toReducedRgba();
  y++;
  return true;
}

function nextMacroblockRow(): void {
  const row = macroblockRow++;
  if (row > 0) advance();
  finished = !reconstructRow(row);
  if (row > 0) filterRow(row - 1, 1);
  // Chroma row 8·row − 4 is the last that the filter of the next row leaves alone.
  ready = (16 * row - 8) >> reductionBits;
  if (finished || row < macroblockRows - 1) return;
  filterRow(row, 2);
  ready = (height + (1 << reductionBits) - 1) >> reductionBits;
  finished = true;
}

function advance(): void {
  luma.advance();
  uPlane.advance();
  vPlane.advance();
  const oldLevels = previousLevels;
  previousLevels = levels;
  levels = oldLevels;
  const oldInner = previousInner;
  previousInner = inner;
  inner = oldInner;
}

/** @returns false where the data ends before the row does */
function reconstructRow(row: i32): bool {
  const partition = load<BoolDecoder>(partitions + ((row & (partitionCount - 1)) << 2));
  startModeRow();
  startResidualRow();
  for (let column = 0; column < columns; column++) {
    readModes(modes, column);
    const bySubblock = lumaMode === B_PRED;
    let hasCoefficients = false;
    if (skipped) skipResiduals(column, !bySubblock);
    else hasCoefficients = readResiduals(partition, column, !bySubblock, quantiserOf(segment));
    if (modes.overrun || partition.overrun) return false;
    store<u8>(levels + column, filterLevelOf(segment, bySubblock));
    store<u8>(inner + column, bySubblock || hasCoefficients);
    reconstructLuma(row, column);
    reconstructChroma(uPlane, 16, row, column);
    reconstructChroma(vPlane, 20, row, column);
  }
  return true;
}

function reconstructLuma(row: i32, column: i32): void {
  const stride = luma.stride;
  const at = luma.at(2, column);
  const bySubblock = lumaMode === B_PRED;
  if (!bySubblock) predictLuma(lumaMode, at, stride, row > 0, column > 0);
  for (let i = 0; i < 16; i++) {
    const block = at + (i >> 2) * 4 * stride + (i & 3) * 4;
    if (bySubblock) {
      // Section 12.3: what is right of the macroblock is not there yet, so that all rows use what is above it.
      const aboveRight = (i & 3) === 3 ? at - stride + 16 : block - stride + 4;
      predictSubblock(load<u8>(subblockModes + i), block, stride, aboveRight);
    }
    addResiduals(i, block, stride);
  }
}

/** @param firstBlock of the plane's four */
function reconstructChroma(plane: Plane, firstBlock: i32, row: i32, column: i32): void {
  const stride = plane.stride;
  const at = plane.at(2, column);
  predictChroma(chromaMode, at, stride, row > 0, column > 0);
  for (let i = 0; i < 4; i++) addResiduals(firstBlock + i, at + (i >> 1) * 4 * stride + (i & 1) * 4, stride);
}

function addResiduals(block: i32, at: usize, stride: i32): void {
  const size = load<u8>(extent + block);
  if (size > 1) addInverseDct(coefficients + block * BLOCK_BYTES, at, stride);
  else if (size === 1) addDc(coefficients + block * BLOCK_BYTES, at, stride);
}

/** Section 15.1: left edge, inner vertical edges, top edge, inner horizontal edges; macroblock by macroblock. */
function filterRow(row: i32, planeRow: i32): void {
  const rowLevels = planeRow === 2 ? levels : previousLevels;
  const rowInner = planeRow === 2 ? inner : previousInner;
  for (let column = 0; column < columns; column++) {
    const level = load<u8>(rowLevels + column);
    if (level === 0) continue;
    setLimits(level, sharpness);
    const filtersInner = load<u8>(rowInner + column) !== 0;
    filterLuma(luma.at(planeRow, column), column > 0, row > 0, filtersInner);
    if (!simpleFilter) {
      filterChroma(uPlane.at(planeRow, column), vPlane.at(planeRow, column), column > 0, row > 0, filtersInner);
    }
  }
}

function filterLuma(at: usize, hasLeft: bool, hasAbove: bool, filtersInner: bool): void {
  const stride = luma.stride;
  const outer = simpleFilter ? SIMPLE_MACROBLOCK : MACROBLOCK;
  const subblock = simpleFilter ? SIMPLE_SUBBLOCK : SUBBLOCK;
  const lower = at + 8 * stride;
  if (hasLeft) filterColumns(outer, at, lower, stride);
  if (filtersInner) for (let x = 4; x < 16; x += 4) filterColumns(subblock, at + x, lower + x, stride);
  if (hasAbove) filterEdge(outer, at, stride);
  if (filtersInner) for (let i = 4; i < 16; i += 4) filterEdge(subblock, at + i * stride, stride);
}

function filterChroma(u: usize, v: usize, hasLeft: bool, hasAbove: bool, filtersInner: bool): void {
  const stride = uPlane.stride;
  if (hasLeft) filterColumns(MACROBLOCK, u, v, stride);
  if (filtersInner) filterColumns(SUBBLOCK, u + 4, v + 4, stride);
  if (hasAbove) filterTwoEdges(MACROBLOCK, u, v, stride);
  if (filtersInner) filterTwoEdges(SUBBLOCK, u + 4 * stride, v + 4 * stride, stride);
}

function toRgba(): void {
  const newestRow = macroblockRow - 1;
  const near = y >> 1;
  const far = max(0, min((height - 1) >> 1, y & 1 ? near + 1 : near - 1));
  rowToRgba(
    luma.row(y, newestRow),
    uPlane.row(near, newestRow),
    uPlane.row(far, newestRow),
    vPlane.row(near, newestRow),
    vPlane.row(far, newestRow),
    width,
    rgba,
  );
}

function toReducedRgba(): void {
  const newestRow = macroblockRow - 1;
  const factor = 1 << reductionBits;
  const top = y << reductionBits;
  boxRowToRgba(
    luma.row(top, newestRow),
    luma.stride,
    uPlane.row(top >> 1, newestRow),
    vPlane.row(top >> 1, newestRow),
    uPlane.stride,
    factor,
    width,
    min(factor, height - top),
    rgba,
  );
}
