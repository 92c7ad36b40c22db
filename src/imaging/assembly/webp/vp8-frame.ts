import { allocate, freeAll } from '../memory';
import { decoderOf, startPartitions } from './vp8-bool-decoder';
import { boxRowToRgba, rowToRgba, startColour } from './vp8-colour';
import { filterLevelOf, partitionCount, quantiserOf, readHeader } from './vp8-header';
import { Blocks, filterMacroblock } from './vp8-loop-filter';
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
} from './vp8-modes';
import { Plane } from './vp8-plane';
import { predictBlock, predictSubblock } from './vp8-predict';
import {
  BLOCK_BYTES,
  coefficients,
  extents,
  FLAGS,
  readResiduals,
  skipResiduals,
  startResidualRow,
  startResiduals,
} from './vp8-residuals';
import { addDc, addInverseDct } from './vp8-transform';

/*
 * A key frame, one row of macroblocks after the other.
 *
 * The planes hold three such rows. Prediction needs the row above before the loop filter changes it, so that the
 * filter runs one row behind; it changes up to three pixel rows of the row above its own, so that pixels are final
 * one more row behind.
 */
const luma = changetype<Plane>(memory.data(16, 4));
const u = changetype<Plane>(memory.data(16, 4));
const v = changetype<Plane>(memory.data(16, 4));
const blocks = changetype<Blocks>(memory.data(32, 4));

let width: i32 = 0;
let height: i32 = 0;
let columns: i32 = 0;
let macroblockRows: i32 = 0;
/** The row of macroblocks to decode next. */
let row: i32 = 0;
/** Of each macroblock of the newest row its filter level, and whether its inner edges are filtered. */
let levels: usize = 0;
let inner: usize = 0;
let previousLevels: usize = 0;
let previousInner: usize = 0;
let alpha: usize = 0;
let rgba: usize = 0;

/**
 * Begins a lossy picture (VP8 key frame, RFC 6386) and reads its header from partition 0.
 *
 * @param frameWidth 1 to 16,383, like the height
 * @returns how many partitions of coefficients follow: 1, 2, 4 or 8
 */
export function startFrame(frameWidth: i32, frameHeight: i32): i32 {
  width = frameWidth;
  height = frameHeight;
  columns = (width + 15) >> 4;
  macroblockRows = (height + 15) >> 4;
  row = 0;
  freeAll();
  luma.layOut(16, columns);
  u.layOut(8, columns);
  v.layOut(8, columns);
  startModes(allocate(4 * columns), columns);
  startResiduals(allocate(FLAGS * columns));
  startColour(8 * columns);
  levels = allocate(columns);
  inner = allocate(columns);
  previousLevels = allocate(columns);
  previousInner = allocate(columns);
  alpha = allocate(16 * columns);
  memory.fill(alpha, 255, 16 * columns);
  rgba = allocate(64 * columns);
  startPartitions();
  readHeader();
  return partitionCount;
}

/** Where the alpha of the next row of pixels can be laid down; otherwise it is that of the row before, at first opaque. */
export function alphaRow(): usize {
  return alpha;
}

/**
 * Decodes the next row of macroblocks. After it, rows of pixels up to 16 · row − 8 are final, after the last all.
 *
 * @returns false where the data ends before the row does
 */
export function decodeMacroblockRow(): bool {
  if (row > 0) advance();
  const complete = reconstructRow();
  if (row > 0) filterRow(row - 1, 1, previousLevels, previousInner);
  if (complete && row === macroblockRows - 1) filterRow(row, 2, levels, inner);
  row++;
  return complete;
}

/** @param y of a final row that the planes still hold. @returns its pixels */
export function rgbaRow(y: i32): usize {
  const newest = row - 1;
  const near = y >> 1;
  const far = max(0, min((height - 1) >> 1, y & 1 ? near + 1 : near - 1));
  const lumaRow = luma.pixels + luma.rowOffset(y, newest);
  rowToRgba(lumaRow, u, v, u.rowOffset(near, newest), u.rowOffset(far, newest), width, alpha, rgba);
  return rgba;
}

/** The same of a picture reduced by `factor`, 4 or 8, whose rows are final. */
export function reducedRgbaRow(y: i32, factor: i32): usize {
  const newest = row - 1;
  const top = y * factor;
  const rows = min(factor, height - top);
  boxRowToRgba(luma, u, v, luma.rowOffset(top, newest), u.rowOffset(top >> 1, newest), factor, width, rows, rgba);
  return rgba;
}

function advance(): void {
  luma.advance();
  u.advance();
  v.advance();
  const freeLevels = previousLevels;
  previousLevels = levels;
  levels = freeLevels;
  const freeInner = previousInner;
  previousInner = inner;
  inner = freeInner;
}

function reconstructRow(): bool {
  const modes = decoderOf(0);
  const residuals = decoderOf(1 + (row & (partitionCount - 1)));
  startModeRow();
  startResidualRow();
  for (let column = 0; column < columns; column++) {
    readModes(column);
    const bySubblock = lumaMode === B_PRED;
    let hasCoefficients = false;
    if (skipped) skipResiduals(column, !bySubblock);
    else hasCoefficients = readResiduals(residuals, column, !bySubblock, quantiserOf(segment));
    if (modes.overrun || residuals.overrun) return false;
    store<u8>(levels + column, filterLevelOf(segment, bySubblock));
    store<u8>(inner + column, bySubblock || hasCoefficients);
    reconstructLuma(column);
    reconstructChroma(u, column, 16);
    reconstructChroma(v, column, 20);
  }
  return true;
}

function reconstructLuma(column: i32): void {
  const stride = luma.stride;
  const at = luma.pixels + luma.offset(2, column);
  const bySubblock = lumaMode === B_PRED;
  if (!bySubblock) predictBlock(lumaMode, at, stride, 16, row > 0, column > 0);
  for (let i = 0; i < 16; i++) {
    const block = at + stride * (i & 12) + ((i & 3) << 2);
    if (bySubblock) {
      // Section 12.3: what is right of the macroblock is not there yet, so that all rows use what is above it.
      const aboveRight = (i & 3) === 3 ? at - stride + 16 : block - stride + 4;
      predictSubblock(load<u8>(subblockModes + i), block, stride, aboveRight);
    }
    addResiduals(i, block, stride);
  }
}

/** @param first of the plane's four blocks */
function reconstructChroma(plane: Plane, column: i32, first: i32): void {
  const stride = plane.stride;
  const at = plane.pixels + plane.offset(2, column);
  predictBlock(chromaMode, at, stride, 8, row > 0, column > 0);
  for (let i = 0; i < 4; i++) addResiduals(first + i, at + stride * ((i & 2) << 1) + ((i & 1) << 2), stride);
}

function addResiduals(block: i32, at: usize, stride: usize): void {
  const extent = load<u8>(extents + block);
  if (extent > 1) addInverseDct(coefficients + BLOCK_BYTES * block, at, stride);
  else if (extent === 1) addDc(coefficients + BLOCK_BYTES * block, at, stride);
}

/** @param planeRow where the row is in the planes */
function filterRow(filtered: i32, planeRow: i32, rowLevels: usize, rowInner: usize): void {
  blocks.lumaStride = luma.stride;
  blocks.chromaStride = u.stride;
  for (let column = 0; column < columns; column++) {
    const level = load<u8>(rowLevels + column);
    if (level === 0) continue;
    blocks.luma = luma.pixels + luma.offset(planeRow, column);
    blocks.u = u.pixels + u.offset(planeRow, column);
    blocks.v = v.pixels + v.offset(planeRow, column);
    filterMacroblock(blocks, level, load<u8>(rowInner + column) !== 0, column > 0, filtered > 0);
  }
}
