import { allocate, freeAll } from '../memory';
import { read } from './input';
import { nextLosslessRow, startLossless } from './vp8l-image';

// RFC 9649 section 2.7.1.2.
const NONE = 0;
const HORIZONTAL = 1;
const VERTICAL = 2;

let width: i32 = 0;
let filter: i32 = NONE;
let isLossless: bool = false;
let isFirstRow: bool = true;
/** What is coded of a row: differences to what the filter predicts. */
let residuals: usize = 0;
/** The row before, and then the next. */
let levels: usize = 0;

/** Begins the alpha plane of a lossy picture (section 2.7.1.2). @param lossless coded so; otherwise stored as it is */
export function startAlpha(planeWidth: i32, height: i32, lossless: bool, planeFilter: i32, mostEntries: i32): void {
  if (lossless) startLossless(planeWidth, height, mostEntries);
  else freeAll();
  width = planeWidth;
  filter = planeFilter;
  isLossless = lossless;
  isFirstRow = true;
  residuals = allocate(planeWidth);
  levels = allocate(planeWidth);
}

/** @returns where the next row is, until the next call; 0 after the last, or where the data ends */
export function nextAlphaRow(): usize {
  if (!readResidualRow()) return 0;
  if (filter === NONE) memory.copy(levels, residuals, width);
  // What is left of the first pixel is, for all filters, the pixel above it, or 0 in the corner.
  else if (filter === HORIZONTAL || isFirstRow) addLeft();
  else if (filter === VERTICAL) addAbove();
  else addGradient();
  isFirstRow = false;
  return levels;
}

function readResidualRow(): bool {
  if (!isLossless) return read(0, residuals, width) === width;
  const argb = nextLosslessRow();
  if (argb === 0) return false;
  // The green channel.
  for (let x = 0; x < width; x++) store<u8>(residuals + x, load<u8>(argb + (x << 2), 1));
  return true;
}

function addLeft(): void {
  let left = load<u8>(levels);
  for (let x = 0; x < width; x++) {
    left += load<u8>(residuals + x);
    store<u8>(levels + x, left);
  }
}

function addAbove(): void {
  for (let x = 0; x < width; x += 16) {
    v128.store(levels + x, i8x16.add(v128.load(levels + x), v128.load(residuals + x)));
  }
}

function addGradient(): void {
  let topLeft: i32 = load<u8>(levels);
  let left = topLeft;
  for (let x = 0; x < width; x++) {
    const top: i32 = load<u8>(levels + x);
    const prediction = max(0, min(255, left + top - topLeft));
    left = (prediction + load<u8>(residuals + x)) & 0xff;
    topLeft = top;
    store<u8>(levels + x, left);
  }
}
