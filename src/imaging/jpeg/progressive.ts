import { EntropyDecoder } from './entropy-decoder.ts';
import type { Geometry, Plane } from './geometry.ts';
import { type HuffmanTable, LOOKUP_SHIFT } from './huffman.ts';
import type { Scan, ScanComponent } from './scans.ts';
import { KEPT, type KeptCoefficients } from './zigzag.ts';

/** A component's coefficients, gathered scan by scan. */
export interface PlaneCoefficients {
  plane: Plane;
  /** Blocks in rows of `plane.blockStride`, each of `plane.blockSize`² kept coefficients. */
  kept: Int16Array;
  /**
   * Two words a block, with the bit of each AC coefficient's zigzag index set where it is not 0: dropped ones too,
   * since
   * refinement scans send a bit for each. Empty where nothing but DC is kept.
   */
  nonZero: Int32Array;
}

/** Bytes that the coefficients of a progressive frame take at its scale. */
export function coefficientBytes({ planes, mcusHigh }: Geometry): number {
  return planes.reduce((sum, { blockStride, vertical, blockSize }) => {
    return sum + blockStride * vertical * mcusHigh * (2 * blockSize ** 2 + (blockSize > 1 ? 8 : 0));
  }, 0);
}

/**
 * Decodes the scans of a progressive frame (T.81 G.2), as far as they came. Only the kept coefficients are stored,
 * and scans
 * that none of them depends on are passed over.
 *
 * @param bytes the whole file
 */
export function decodeProgressive(bytes: Uint8Array, scans: Scan[], geometry: Geometry): PlaneCoefficients[] {
  const coefficients = geometry.planes.map((plane): PlaneCoefficients => {
    const blocks = plane.blockStride * plane.vertical * geometry.mcusHigh;
    return {
      plane,
      kept: new Int16Array(blocks * plane.blockSize ** 2),
      nonZero: new Int32Array(plane.blockSize > 1 ? 2 * blocks : 0),
    };
  });
  scans.forEach((scan, i) => {
    if (scan.spectralStart === 0) decodeDcScan(bytes, scan, geometry, coefficients);
    else if (isNeeded(scan, scans.slice(i + 1), geometry)) decodeAcScan(bytes, scan, coefficients);
  });
  return coefficients;
}

/** Whether an AC scan has coefficients that are kept, or that a later scan of kept ones has correction bits for. */
function isNeeded(scan: Scan, later: Scan[], { planes }: Geometry): boolean {
  const { index } = scan.components[0];
  const last = KEPT[planes[index].blockSize].last;
  if (scan.spectralStart <= last) return true;
  return later.some(
    ({ components, spectralStart, spectralEnd, approximationHigh }) =>
      components[0].index === index &&
      approximationHigh > 0 &&
      spectralStart > 0 &&
      spectralStart <= last &&
      spectralEnd >= scan.spectralStart,
  );
}

/** T.81 G.1.2.1: the first scan has differences as in sequential frames, later ones have a bit for each block. */
function decodeDcScan(bytes: Uint8Array, scan: Scan, geometry: Geometry, coefficients: PlaneCoefficients[]): void {
  const interleaved = scan.components.length > 1;
  const { plane } = coefficients[scan.components[0].index];
  const mcusWide = interleaved ? geometry.mcusWide : plane.blocksWide;
  const mcusHigh = interleaved ? geometry.mcusHigh : plane.blocksHigh;
  const parts = scan.components.map((component, order) => {
    const { plane, kept } = coefficients[component.index];
    return {
      order,
      table: component.dcTable,
      kept,
      size: plane.blockSize ** 2,
      stride: plane.blockStride,
      across: interleaved ? plane.horizontal : 1,
      down: interleaved ? plane.vertical : 1,
    };
  });
  const decoder = new EntropyDecoder({
    bytes,
    start: scan.dataStart,
    restartInterval: scan.restartInterval,
    blocksPerMcu: parts.reduce((sum, { across, down }) => sum + across * down, 0),
  });
  const first = scan.approximationHigh === 0;
  for (let y = 0; y < mcusHigh; y++) {
    for (let x = 0; x < mcusWide; x++) {
      if (!decoder.beginMcu()) {
        if (decoder.finished) return;
        continue;
      }
      for (let i = 0; i < parts.length; i++) {
        const { order, table, kept, size, stride, across, down } = parts[i];
        for (let v = 0; v < down; v++) {
          for (let h = 0; h < across; h++) {
            const at = ((y * down + v) * stride + x * across + h) * size;
            if (first) kept[at] = decodeDc(decoder, table, order) << scan.approximationLow;
            else kept[at] |= takeBit(decoder) << scan.approximationLow;
          }
        }
      }
    }
  }
}

function decodeDc(decoder: EntropyDecoder, table: HuffmanTable, order: number): number {
  const { view, position } = decoder;
  let entry = table.coefficients[(view.getInt32(position >>> 3) << (position & 7)) >>> LOOKUP_SHIFT];
  if (entry === 0) entry = decoder.longCoefficient(table, position);
  decoder.position = position + (entry & 31);
  decoder.predictions[order] += entry >> 16;
  return decoder.predictions[order];
}

function takeBit(decoder: EntropyDecoder): number {
  const bit = decoder.bits(decoder.position, 1);
  decoder.position++;
  return bit;
}

/** An AC scan's constants. */
interface Band {
  table: HuffmanTable;
  lookup: Int32Array;
  start: number;
  end: number;
  /** The bit position that the scan stops at. */
  low: number;
  kept: Int16Array;
  nonZero: Int32Array;
  places: KeptCoefficients['places'];
}

function decodeAcScan(bytes: Uint8Array, scan: Scan, coefficients: PlaneCoefficients[]): void {
  const component: ScanComponent = scan.components[0];
  const { plane, kept, nonZero } = coefficients[component.index];
  const band: Band = {
    table: component.acTable,
    lookup: component.acTable.progressive,
    start: scan.spectralStart,
    end: scan.spectralEnd,
    low: scan.approximationLow,
    kept,
    nonZero,
    places: KEPT[plane.blockSize].places,
  };
  const decoder = new EntropyDecoder({
    bytes,
    start: scan.dataStart,
    restartInterval: scan.restartInterval,
    blocksPerMcu: 1,
  });
  const size = plane.blockSize ** 2;
  const first = scan.approximationHigh === 0;
  for (let y = 0; y < plane.blocksHigh; y++) {
    for (let x = 0; x < plane.blocksWide; x++) {
      const block = y * plane.blockStride + x;
      if (!decoder.beginMcu()) {
        if (decoder.finished) return;
        continue;
      }
      if (first) decodeFirst(decoder, band, block, block * size);
      else decodeRefinement(decoder, band, block, block * size);
    }
  }
}

/** T.81 G.1.2.2. */
function decodeFirst(decoder: EntropyDecoder, band: Band, block: number, at: number): void {
  if (decoder.endOfBandRun > 0) {
    decoder.endOfBandRun--;
    return;
  }
  const { lookup, end, low, kept, nonZero, places } = band;
  const view = decoder.view;
  let position = decoder.position;
  let lowWord = 0;
  let highWord = 0;
  for (let k = band.start; k <= end; k++) {
    let entry = lookup[(view.getInt32(position >>> 3) << (position & 7)) >>> LOOKUP_SHIFT];
    if (entry === 0) {
      const decoded = band.table.decode(decoder.bits(position, 16));
      const run = (decoded >> 4) & 15;
      if ((decoded & 15) === 0 && run < 15) {
        position += decoded >> 8;
        decoder.endOfBandRun = (1 << run) - 1;
        if (run > 0) decoder.endOfBandRun += decoder.bits(position, run);
        position += run;
        break;
      }
      entry = decoder.longCoefficient(band.table, position);
    }
    position += entry & 31;
    k += (entry >> 5) & 127;
    const value = entry >> 16;
    if (value === 0 || k > end) continue;
    if (k < 32) lowWord |= 1 << k;
    else highWord |= 1 << k;
    if (places[k] > 0) kept[at + places[k]] = value << low;
  }
  decoder.position = position;
  nonZero[2 * block] |= lowWord;
  nonZero[2 * block + 1] |= highWord;
}

/** T.81 G.1.2.3: new coefficients, and between them a correction bit for each that is already there. */
function decodeRefinement(decoder: EntropyDecoder, band: Band, block: number, at: number): void {
  const { table, end, low, kept, nonZero, places } = band;
  const before = nonZero[2 * block];
  const before32 = nonZero[2 * block + 1];
  let position = decoder.position;
  let k = band.start;
  if (decoder.endOfBandRun === 0) {
    let after = before;
    let after32 = before32;
    while (k <= end) {
      const decoded = table.decode(decoder.bits(position, 16));
      position += decoded >> 8;
      let run = (decoded >> 4) & 15;
      let value = 0;
      if ((decoded & 15) !== 0) {
        // A coefficient that is new in this bit is 1 or -1 there.
        value = decoder.bits(position++, 1) === 1 ? 1 : -1;
      } else if (run < 15) {
        decoder.endOfBandRun = 1 << run;
        if (run > 0) decoder.endOfBandRun += decoder.bits(position, run);
        position += run;
        break;
      }
      for (;;) {
        const next = nextNonZero(before, before32, k);
        if (next - k > run || next > end) break;
        if (decoder.bits(position++, 1) === 1 && places[next] > 0) correct(kept, at + places[next], low);
        run -= next - k;
        k = next + 1;
      }
      k += run;
      if (value !== 0 && k <= end) {
        if (k < 32) after |= 1 << k;
        else after32 |= 1 << k;
        if (places[k] > 0) kept[at + places[k]] = value << low;
      }
      k++;
    }
    nonZero[2 * block] = after;
    nonZero[2 * block + 1] = after32;
  }
  if (decoder.endOfBandRun > 0) {
    decoder.endOfBandRun--;
    for (k = nextNonZero(before, before32, k); k <= end; k = nextNonZero(before, before32, k + 1)) {
      if (decoder.bits(position++, 1) === 1 && places[k] > 0) correct(kept, at + places[k], low);
    }
  }
  decoder.position = position;
}

/** The first zigzag index from `k` on whose bit is set in the two words; 64 where there is none. */
function nextNonZero(low: number, high: number, k: number): number {
  if (k < 32) {
    const rest = (low >>> k) << k;
    if (rest !== 0) return 31 - Math.clz32(rest & -rest);
    return high === 0 ? 64 : 63 - Math.clz32(high & -high);
  }
  // A shift by 32 or more takes the count modulo 32.
  const rest = k < 64 ? (high >>> k) << k : 0;
  return rest === 0 ? 64 : 63 - Math.clz32(rest & -rest);
}

/** Moves a coefficient away from 0 by the bit that a correction adds. One that has the bit already is left alone. */
function correct(kept: Int16Array, at: number, low: number): void {
  const value = kept[at];
  const magnitude = value < 0 ? -value : value;
  if (((magnitude >> low) & 1) !== 0) return;
  kept[at] = value < 0 ? value - (1 << low) : value + (1 << low);
}
