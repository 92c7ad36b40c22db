/**
 * The hot half of the JPEG decoder, in AssemblyScript: the build compiles it to `build/jpeg.wasm`. From entropy-coded data,
 * which it asks for as it goes, to rows of pixels. What is in the file, and that it is within bounds, is for the caller to
 * find out (`jpeg/`): planes have the sizes that `layOut` gives them, and parameters are those that the standard allows.
 *
 * An instance decodes one picture at a time: begin it, add its planes and scans, start the rows, take them.
 */

import { allocate, freeAll } from '../memory';
import { applyInk, copySamples, fromGrey, fromRgb, fromYcc, GREY, RAW, YCC, YCCK } from './colour';
import { openFile } from './file';
import { MOST_TABLES, makeTable as makeTableFrom, tableAt } from './huffman';
import { decodeLosslessRow, prepareLossless } from './lossless';
import { allocateCoefficients, newPlane, Plane, placeQuantisation } from './plane';
import { decodeAcScan, decodeDcScan } from './progressive';
import { allocateSamples, reaches, stretchRow, takeMcuRow } from './samples';
import { addComponent as addTo, newScan, Scan, startScan as start } from './scan';
import { decodeSequentialRow, prepareSequential } from './sequential';
import { lastKept, layOutZigzag } from './zigzag';

export { lastKept };

/** Sequential and lossless scans, of which each has a component that those before do not have. */
const MOST_SCANS = 4;
const MOST_PLANES = 4;

const SEQUENTIAL = 0;
const PROGRESSIVE = 1;
const LOSSLESS = 2;

/** Where the caller lays down a table: 16 counts and 256 symbols, or 64 steps of 16 bits. */
const input: usize = memory.data(272, 16);
const planes: usize = memory.data(MOST_PLANES * 4, 4);
const scans: usize = memory.data(MOST_SCANS * 4, 4);

let process: i32 = SEQUENTIAL;
let precision: i32 = 0;
let colourModel: i32 = GREY;
/** Pixels of a row. */
let width: i32 = 0;
let mcusWide: i32 = 0;
let mcusHigh: i32 = 0;
let planeCount: i32 = 0;
let scanCount: i32 = 0;
/** The scan that components are being added to. */
let scan: Scan = changetype<Scan>(0);
let rgba: usize = 0;
/** The next row of MCUs, and of pixels. */
let mcuRow: i32 = 0;
let y: i32 = 0;

layOutZigzag();

export function tableInput(): usize {
  return input;
}

export function mostTables(): i32 {
  return MOST_TABLES;
}

/** Makes a Huffman table of what was laid down. It stays in its slot from picture to picture. */
export function makeTable(slot: i32): void {
  makeTableFrom(slot, input, input + 16);
}

/**
 * Begins a picture.
 *
 * @param frameProcess 0 sequential, 1 progressive, 2 lossless
 * @param bits of a sample, as stored
 * @param model as in `colour.ts`
 */
export function begin(
  fileLength: i32,
  frameProcess: i32,
  bits: i32,
  model: i32,
  rowPixels: i32,
  frameMcusWide: i32,
  frameMcusHigh: i32,
): void {
  freeAll();
  openFile(fileLength);
  process = frameProcess;
  precision = bits;
  colourModel = model;
  width = rowPixels;
  mcusWide = frameMcusWide;
  mcusHigh = frameMcusHigh;
  planeCount = 0;
  scanCount = 0;
  mcuRow = 0;
  y = 0;
}

function planeAt(index: i32): Plane {
  return load<Plane>(planes + ((<usize>index) << 2));
}

function scanAt(index: i32): Scan {
  return load<Scan>(scans + ((<usize>index) << 2));
}

/** Adds the next component of the frame, whose quantisation table has been laid down: see `Plane` in jpeg/geometry.ts. */
export function addPlane(
  horizontal: i32,
  vertical: i32,
  blockSize: i32,
  blocksWide: i32,
  blocksHigh: i32,
  blockStride: i32,
  samplesWide: i32,
  samplesHigh: i32,
  across: f64,
  down: f64,
): void {
  const plane = newPlane();
  plane.horizontal = horizontal;
  plane.vertical = vertical;
  plane.blockSize = blockSize;
  plane.blocksWide = blocksWide;
  plane.blocksHigh = blocksHigh;
  plane.blockStride = blockStride;
  plane.width = samplesWide;
  plane.height = samplesHigh;
  plane.across = across;
  plane.down = down;
  store<Plane>(planes + ((<usize>planeCount) << 2), plane);
  planeCount++;
  allocateCoefficients(plane, process === PROGRESSIVE ? mcusHigh : 1, process === PROGRESSIVE);
  placeQuantisation(plane, input);
}

/** Adds the next component of a lossless frame, one row high. A component whose scan never comes is grey. */
export function addRow(): void {
  const plane = newPlane();
  plane.horizontal = 1;
  plane.vertical = 1;
  plane.blocksWide = width;
  plane.row = allocate(width);
  memory.fill(plane.row, 128, width);
  store<Plane>(planes + ((<usize>planeCount) << 2), plane);
  planeCount++;
}

/** Begins a scan: its components are added next. */
export function beginScan(spectralStart: i32, spectralEnd: i32, approximationHigh: i32, approximationLow: i32): void {
  scan = newScan(spectralStart, spectralEnd, approximationHigh, approximationLow);
}

/** @param dcTable slot of a table */
export function addComponent(plane: i32, dcTable: i32, acTable: i32): void {
  addTo(scan, planeAt(plane), tableAt(dcTable), tableAt(acTable));
}

/**
 * Starts the scan, once it has its components. One of a progressive frame is decoded at once, others row by row.
 *
 * @param dataStart where its data is in the file
 * @param restartInterval MCUs between two restart markers; 0 for none
 */
export function startScan(dataStart: i32, restartInterval: i32): void {
  start(scan, mcusWide, mcusHigh, dataStart, restartInterval);
  if (process === PROGRESSIVE) {
    if (scan.spectralStart === 0) decodeDcScan(scan);
    else decodeAcScan(scan);
    return;
  }
  store<Scan>(scans + ((<usize>scanCount) << 2), scan);
  scanCount++;
  if (process === LOSSLESS) prepareLossless(scan);
  else prepareSequential(scan);
}

/** @returns where `nextRow` puts rows of RGBA; memory does not grow any more */
export function startRows(): usize {
  if (process !== LOSSLESS) {
    for (let i = 0; i < planeCount; i++) allocateSamples(planeAt(i), width, precision);
  }
  rgba = allocate(width << 2);
  if (colourModel === RAW) memory.fill(rgba, 255, width << 2);
  return rgba;
}

/** Decodes the next row of pixels. Ask for no more than there are. */
export function nextRow(): void {
  if (process === LOSSLESS) {
    for (let i = 0; i < scanCount; i++) decodeLosslessRow(scanAt(i), precision);
  } else {
    while (mcuRow < mcusHigh && !allReach()) nextMcuRow();
    for (let i = 0; i < planeCount; i++) stretchRow(planeAt(i), y);
  }
  y++;
  convertRow();
}

function allReach(): bool {
  for (let i = 0; i < planeCount; i++) if (!reaches(planeAt(i), y)) return false;
  return true;
}

function nextMcuRow(): void {
  if (process === SEQUENTIAL) decodeMcuRow();
  for (let i = 0; i < planeCount; i++) {
    const plane = planeAt(i);
    const row = process === SEQUENTIAL ? 0 : mcuRow;
    takeMcuRow(plane, plane.coefficients + row * mcuRowBytes(plane));
  }
  mcuRow++;
}

function decodeMcuRow(): void {
  for (let i = 0; i < planeCount; i++) {
    const plane = planeAt(i);
    memory.fill(plane.coefficients, 0, mcuRowBytes(plane));
  }
  for (let i = 0; i < scanCount; i++) decodeSequentialRow(scanAt(i));
}

/** Of a plane's coefficients. */
function mcuRowBytes(plane: Plane): i32 {
  return plane.vertical * plane.blockStride * plane.blockBytes;
}

function convertRow(): void {
  if (colourModel === RAW) {
    for (let i = 0; i < planeCount; i++) copySamples(planeAt(i).row, i, rgba, width);
    return;
  }
  const first = planeAt(0).row;
  if (colourModel === GREY) {
    fromGrey(first, rgba, width);
    return;
  }
  if (colourModel === YCC || colourModel === YCCK) fromYcc(first, planeAt(1).row, planeAt(2).row, rgba, width);
  else fromRgb(first, planeAt(1).row, planeAt(2).row, rgba, width);
  if (planeCount === 4) applyInk(planeAt(3).row, colourModel === YCCK, rgba, width);
}
