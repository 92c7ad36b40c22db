import { EntropyDecoder } from './entropy-decoder.ts';
import type { Geometry, Plane } from './geometry.ts';
import { BLOCK_ENDED, type HuffmanTable, LOOKUP_BITS, LOOKUP_SHIFT } from './huffman.ts';
import type { Scan } from './scans.ts';
import { KEPT } from './zigzag.ts';

/** In place of a look-up that the scale has no use for: it need not be made. */
const NO_COEFFICIENTS = new Int32Array(0);
const NO_SKIPS = new Uint16Array(0);

/** One block of an MCU. */
interface McuBlock {
  /** Of the component, in the scan. */
  component: number;
  dcTable: HuffmanTable;
  acTable: HuffmanTable;
  dc: Int32Array;
  ac: Int32Array;
  skips: Uint16Array;
  places: Uint8Array;
  lastKept: number;
  coefficients: Int16Array;
  /** Where the coefficients of the block of the first MCU of a row go, and how far on those of the next. */
  first: number;
  step: number;
}

/**
 * A scan of a baseline or extended sequential frame (T.81 F.2), decoded one row of MCUs at a time. Scans of different
 * components do not depend on each other: a file with several has them decoded side by side.
 */
export class SequentialScan {
  readonly #decoder: EntropyDecoder;
  /** For each row of MCUs that the scan has within one of the frame: the blocks of its MCU. */
  readonly #rows: McuBlock[][];
  readonly #mcusWide: number;
  /** Rows of MCUs that the scan has. */
  readonly #mcusHigh: number;
  #mcuRow = 0;

  /** @param coefficients of each plane, one row of MCUs: `decodeRow` writes there */
  constructor(bytes: Uint8Array, scan: Scan, geometry: Geometry, coefficients: Int16Array[]) {
    const blocks = (component: number, row: number, columns: number): McuBlock[] => {
      const { index, dcTable, acTable } = scan.components[component];
      const plane = geometry.planes[index];
      const { places, last } = KEPT[plane.blockSize];
      return Array.from({ length: columns }, (_, column) => ({
        component,
        dcTable,
        acTable,
        dc: dcTable.coefficients,
        ac: last > 0 ? acTable.coefficients : NO_COEFFICIENTS,
        skips: last < 63 ? acTable.skips : NO_SKIPS,
        places,
        lastKept: last,
        coefficients: coefficients[index],
        first: (row * plane.blockStride + column) * plane.blockSize ** 2,
        step: columns * plane.blockSize ** 2,
      }));
    };
    const planeOf = (component: number): Plane => geometry.planes[scan.components[component].index];

    if (scan.components.length === 1) {
      // Not interleaved: an MCU is one block, and there are only as many as the component's samples fill (T.81 A.2.2).
      const plane = planeOf(0);
      this.#mcusWide = plane.blocksWide;
      this.#mcusHigh = plane.blocksHigh;
      this.#rows = Array.from({ length: plane.vertical }, (_, row) => blocks(0, row, 1));
    } else {
      this.#mcusWide = geometry.mcusWide;
      this.#mcusHigh = geometry.mcusHigh;
      const mcu = scan.components.flatMap((_, component) =>
        Array.from({ length: planeOf(component).vertical }, (_, row) =>
          blocks(component, row, planeOf(component).horizontal),
        ).flat(),
      );
      this.#rows = [mcu];
    }
    this.#decoder = new EntropyDecoder({
      bytes,
      start: scan.dataStart,
      restartInterval: scan.restartInterval,
      blocksPerMcu: this.#rows[0].length,
    });
  }

  /** Decodes the next row of the frame's MCUs. Coefficients that are 0 or missing are not written. */
  decodeRow(): void {
    const decoder = this.#decoder;
    for (const mcu of this.#rows) {
      if (this.#mcuRow++ >= this.#mcusHigh) return;
      decodeMcus(decoder, mcu, this.#mcusWide);
    }
  }
}

function decodeMcus(decoder: EntropyDecoder, mcu: McuBlock[], count: number): void {
  for (let x = 0; x < count; x++) {
    if (!decoder.beginMcu()) continue;
    for (let i = 0; i < mcu.length; i++) {
      const block = mcu[i];
      decodeBlock(decoder, block, block.first + x * block.step);
    }
  }
}

/** T.81 F.2.2. `at` is the place of the block's DC coefficient. */
function decodeBlock(decoder: EntropyDecoder, block: McuBlock, at: number): void {
  const { coefficients, lastKept } = block;
  const view = decoder.view;
  let position = decoder.position;

  let entry = block.dc[(view.getInt32(position >>> 3) << (position & 7)) >>> LOOKUP_SHIFT];
  if (entry === 0) entry = decoder.longCoefficient(block.dcTable, position);
  position += entry & 31;
  const value = decoder.predictions[block.component] + (entry >> 16);
  decoder.predictions[block.component] = value;

  let k = 1;
  if (lastKept > 0) {
    const { ac, places } = block;
    do {
      entry = ac[(view.getInt32(position >>> 3) << (position & 7)) >>> LOOKUP_SHIFT];
      if (entry === 0) entry = decoder.longCoefficient(block.acTable, position);
      position += entry & 31;
      k += (entry >> 5) & 127;
      // A run of zeros and an end of block write a 0 over a 0; what is dropped goes where the DC coefficient will be.
      coefficients[at + places[k]] = entry >> 16;
      k++;
    } while (k <= lastKept);
  }
  coefficients[at] = value;

  decoder.position = k < 64 ? skipToEnd(decoder, block, position, k) : position;
}

/**
 * Passes over the coefficients from zigzag index `k` on.
 *
 * @returns the position after the block
 */
function skipToEnd(decoder: EntropyDecoder, block: McuBlock, position: number, k: number): number {
  const { view } = decoder;
  const { skips } = block;
  for (;;) {
    const window = view.getInt32(position >>> 3) << (position & 7);
    let skip = skips[window >>> LOOKUP_SHIFT];
    let next = k + (skip >> 5);
    if (next < 64) {
      const used = skip & 31;
      position += used;
      k = next;
      // Of the 25 bits that are sure to be there, enough may be left for another look-up: that saves the load.
      if (used > 25 - LOOKUP_BITS) continue;
      skip = skips[(window << used) >>> LOOKUP_SHIFT];
      next = k + (skip >> 5);
      if (next < 64) {
        position += skip & 31;
        k = next;
        continue;
      }
    }
    // The block ends with this group of codes, by an end of block after at most 63 or by its 63rd coefficient.
    if (next === 64 || (next >= BLOCK_ENDED && next < BLOCK_ENDED + 64)) return position + (skip & 31);
    // Codes of the next block are in the group, or the code is too long for the look-up: one by one.
    const entry = decoder.longCoefficient(block.acTable, position);
    position += entry & 31;
    k += ((entry >> 5) & 127) + 1;
    if (k > 63) return position;
  }
}
