import { EntropyDecoder, WINDOW_BITS } from './entropy-decoder';
import { BLOCK_ENDED, HuffmanTable, LOOKUP_BITS, LOOKUP_SHIFT } from './huffman';
import { Plane } from './plane';
import { Scan, ScanComponent } from './scan';

/** A code and its value take so many bits at most. */
const LONGEST_COEFFICIENT = 31;

/** Makes the look-ups that a scan of a baseline or extended sequential frame needs. */
export function prepareSequential(scan: Scan): void {
  for (let i = 0; i < scan.count; i++) {
    const component = scan.component(i);
    component.dcTable.prepareCoefficients(false);
    if (component.plane.lastKept > 0) component.acTable.prepareCoefficients(false);
    if (component.plane.lastKept < 63) component.acTable.prepareSkips();
  }
}

/**
 * Decodes the next row of the frame's MCUs (T.81 F.2). Coefficients that are 0 or missing are not written. Scans of
 * different components do not depend on each other: a file with several has them decoded side by side.
 */
export function decodeSequentialRow(scan: Scan): void {
  const first = scan.component(0);
  // An MCU of a scan that is not interleaved is one block high.
  const rows = scan.count > 1 ? 1 : first.plane.vertical;
  for (let row = 0; row < rows; row++) {
    if (scan.mcuRow++ >= scan.mcusHigh) return;
    for (let x = 0; x < scan.mcusWide; x++) {
      if (scan.decoder.beginMcu()) decodeMcu(scan, row, x);
    }
  }
}

function decodeMcu(scan: Scan, row: i32, x: i32): void {
  for (let i = 0; i < scan.count; i++) {
    const component = scan.component(i);
    const plane = component.plane;
    for (let v = 0; v < component.down; v++) {
      let at = blockAt(plane, row + v, x * component.across);
      for (let h = 0; h < component.across; h++, at += plane.blockBytes) decodeBlock(scan.decoder, component, at);
    }
  }
}

/** @returns the address of a block's coefficients, among those that are held */
export function blockAt(plane: Plane, row: i32, column: i32): usize {
  return plane.coefficients + (row * plane.blockStride + column) * plane.blockBytes;
}

/** T.81 F.2.2. `at` is the address of the block's DC coefficient. */
function decodeBlock(decoder: EntropyDecoder, component: ScanComponent, at: usize): void {
  const dcTable = component.dcTable;
  let position = decoder.position;
  let window = decoder.window(position);
  let entry = load<i32>(dcTable.coefficients + ((<usize>(window >>> LOOKUP_SHIFT)) << 2));
  if (entry === 0) entry = dcTable.longCoefficient(window);
  position += entry & 31;
  const value = load<i32>(component.prediction) + (entry >> 16);
  store<i32>(component.prediction, value);

  let k = 1;
  const last = component.plane.lastKept;
  if (last > 0) {
    const acTable = component.acTable;
    const coefficients = acTable.coefficients;
    const places = component.plane.places;
    window <<= <u64>(entry & 31);
    let left = WINDOW_BITS - (entry & 31);
    do {
      if (left < LONGEST_COEFFICIENT) {
        window = decoder.window(position);
        left = WINDOW_BITS;
      }
      entry = load<i32>(coefficients + ((<usize>(window >>> LOOKUP_SHIFT)) << 2));
      if (entry === 0) entry = acTable.longCoefficient(window);
      const used = entry & 31;
      position += used;
      left -= used;
      window <<= <u64>used;
      k += (entry >> 5) & 127;
      // A run of zeros and an end of block write a 0 over a 0; what is dropped goes where the DC coefficient will be.
      store<i16>(at + ((<usize>load<u8>(places + k)) << 1), entry >> 16);
      k++;
    } while (k <= last);
  }
  store<i16>(at, value);
  decoder.position = k < 64 ? skipToEnd(decoder, component.acTable, position, k) : position;
}

/**
 * Passes over the coefficients from zigzag index `k` on.
 *
 * @returns the position after the block
 */
function skipToEnd(decoder: EntropyDecoder, table: HuffmanTable, position: i32, k: i32): i32 {
  const skips = table.skips;
  let window: u64 = 0;
  let left = 0;
  while (k < 64) {
    if (left < LOOKUP_BITS) {
      window = decoder.window(position);
      left = WINDOW_BITS;
    }
    const skip = <i32>load<u16>(skips + ((<usize>(window >>> LOOKUP_SHIFT)) << 1));
    const used = skip & 31;
    const next = k + (skip >> 5);
    if (next < 64) {
      position += used;
      k = next;
      window <<= <u64>used;
      left -= used;
    } else if (next === 64 || (next >= BLOCK_ENDED && next < BLOCK_ENDED + 64)) {
      // The block ends with this group of codes, by an end of block after at most 63 or by its 63rd coefficient.
      return position + used;
    } else {
      // Codes of the next block are in the group, or the code is too long for the look-up: one by one.
      const entry = table.longCoefficient(decoder.window(position));
      position += entry & 31;
      k += ((entry >> 5) & 127) + 1;
      left = 0;
    }
  }
  return position;
}
