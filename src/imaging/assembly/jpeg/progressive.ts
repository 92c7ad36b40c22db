import { EntropyDecoder } from './entropy-decoder';
import { HuffmanTable, LOOKUP_SHIFT } from './huffman';
import { Scan, ScanComponent } from './scan';
import { blockAt } from './sequential';

/**
 * Decodes a scan of the DC coefficients (T.81 G.1.2.1), as far as it came: the first has differences as in sequential
 * frames, later ones have a bit for each block.
 */
export function decodeDcScan(scan: Scan): void {
  const first = scan.approximationHigh === 0;
  if (first) for (let i = 0; i < scan.count; i++) scan.component(i).dcTable.prepareCoefficients(false);
  const decoder = scan.decoder;
  for (let y = 0; y < scan.mcusHigh; y++) {
    for (let x = 0; x < scan.mcusWide; x++) {
      if (!decoder.beginMcu()) {
        if (decoder.finished) return;
        continue;
      }
      for (let i = 0; i < scan.count; i++)
        decodeDcOfMcu(decoder, scan.component(i), x, y, first, scan.approximationLow);
    }
  }
}

function decodeDcOfMcu(decoder: EntropyDecoder, component: ScanComponent, x: i32, y: i32, first: bool, low: i32): void {
  const plane = component.plane;
  for (let v = 0; v < component.down; v++) {
    let at = blockAt(plane, y * component.down + v, x * component.across);
    for (let h = 0; h < component.across; h++, at += plane.blockBytes) {
      if (first) store<i16>(at, decodeDc(decoder, component) << low);
      else store<i16>(at, load<i16>(at) | (takeBit(decoder) << low));
    }
  }
}

function decodeDc(decoder: EntropyDecoder, component: ScanComponent): i32 {
  const table = component.dcTable;
  const window = decoder.window(decoder.position);
  let entry = load<i32>(table.coefficients + ((<usize>(window >>> LOOKUP_SHIFT)) << 2));
  if (entry === 0) entry = table.longCoefficient(window);
  decoder.position += entry & 31;
  const value = load<i32>(component.prediction) + (entry >> 16);
  store<i32>(component.prediction, value);
  return value;
}

function takeBit(decoder: EntropyDecoder): i32 {
  return decoder.bits(decoder.position++, 1);
}

/** Decodes a scan of AC coefficients, which are of one component, as far as it came. Only the kept ones are stored. */
export function decodeAcScan(scan: Scan): void {
  const component = scan.component(0);
  const plane = component.plane;
  const decoder = scan.decoder;
  const first = scan.approximationHigh === 0;
  if (first) component.acTable.prepareCoefficients(true);
  for (let y = 0; y < scan.mcusHigh; y++) {
    for (let x = 0; x < scan.mcusWide; x++) {
      if (!decoder.beginMcu()) {
        if (decoder.finished) return;
        continue;
      }
      const at = blockAt(plane, y, x);
      const nonZero = plane.nonZero + ((y * plane.blockStride + x) << 3);
      if (first) decodeFirst(decoder, scan, component, at, nonZero);
      else decodeRefinement(decoder, scan, component, at, nonZero);
    }
  }
}

/** T.81 G.1.2.2. */
function decodeFirst(decoder: EntropyDecoder, scan: Scan, component: ScanComponent, at: usize, nonZero: usize): void {
  if (decoder.endOfBandRun > 0) {
    decoder.endOfBandRun--;
    return;
  }
  const table = component.acTable;
  const places = component.plane.places;
  const end = scan.spectralEnd;
  let position = decoder.position;
  let found: u64 = 0;
  for (let k = scan.spectralStart; k <= end; k++) {
    const window = decoder.window(position);
    let entry = load<i32>(table.coefficients + ((<usize>(window >>> LOOKUP_SHIFT)) << 2));
    if (entry === 0) {
      const decoded = table.decode(<i32>(window >>> 48));
      const run = (decoded >> 4) & 15;
      if ((decoded & 15) === 0 && run < 15) {
        position = beginEndOfBand(decoder, run, position + (decoded >> 8));
        decoder.endOfBandRun--;
        break;
      }
      entry = table.longCoefficient(window);
    }
    position += entry & 31;
    k += (entry >> 5) & 127;
    const value = entry >> 16;
    if (value === 0 || k > end) continue;
    found |= (<u64>1) << (<u64>k);
    place(at, places, k, value << scan.approximationLow);
  }
  decoder.position = position;
  store<u64>(nonZero, load<u64>(nonZero) | found);
}

/**
 * Takes the length of a run of blocks that have ended, this one being the first (T.81 G.1.2.2, EOBn).
 *
 * @returns the position after it
 */
function beginEndOfBand(decoder: EntropyDecoder, size: i32, position: i32): i32 {
  decoder.endOfBandRun = 1 << size;
  if (size > 0) decoder.endOfBandRun += decoder.bits(position, size);
  return position + size;
}

/** Stores a coefficient, unless it is dropped. */
function place(at: usize, places: usize, k: i32, value: i32): void {
  const place = <usize>load<u8>(places + k);
  if (place > 0) store<i16>(at + (place << 1), value);
}

/** T.81 G.1.2.3: new coefficients, and between them a correction bit for each that is already there. */
function decodeRefinement(
  decoder: EntropyDecoder,
  scan: Scan,
  component: ScanComponent,
  at: usize,
  nonZero: usize,
): void {
  const places = component.plane.places;
  const end = scan.spectralEnd;
  const low = scan.approximationLow;
  const before = load<u64>(nonZero);
  let k = scan.spectralStart;
  if (decoder.endOfBandRun === 0) {
    let after = before;
    while (k <= end) {
      const value = takeRefinement(decoder, component.acTable);
      if (decoder.endOfBandRun > 0) break;
      for (let run = value >> 2; ; ) {
        const next = nextNonZero(before, k);
        if (next - k > run || next > end) {
          k += run;
          break;
        }
        correct(decoder, at, places, next, low);
        run -= next - k;
        k = next + 1;
      }
      const sign = (value & 3) - 1;
      if (sign !== 0 && k <= end) {
        after |= (<u64>1) << (<u64>k);
        place(at, places, k, sign << low);
      }
      k++;
    }
    store<u64>(nonZero, after);
  }
  if (decoder.endOfBandRun === 0) return;
  decoder.endOfBandRun--;
  for (k = nextNonZero(before, k); k <= end; k = nextNonZero(before, k + 1)) correct(decoder, at, places, k, low);
}

/**
 * Takes a code of a refinement scan, with its bit; or begins a run of blocks that have ended.
 *
 * @returns run << 2 | new value + 1. A coefficient that is new in this bit is 1 or -1 there; 0 is none, after a long run.
 */
function takeRefinement(decoder: EntropyDecoder, table: HuffmanTable): i32 {
  const decoded = table.decode(decoder.bits(decoder.position, 16));
  decoder.position += decoded >> 8;
  const run = (decoded >> 4) & 15;
  if ((decoded & 15) !== 0) return (run << 2) | (takeBit(decoder) << 1);
  if (run < 15) decoder.position = beginEndOfBand(decoder, run, decoder.position);
  return (run << 2) | 1;
}

/** The first zigzag index from `k` on whose bit is set; 64 where there is none. */
function nextNonZero(set: u64, k: i32): i32 {
  return k > 63 ? 64 : <i32>ctz((set >>> <u64>k) << (<u64>k));
}

/**
 * Takes the correction bit of a coefficient: it moves away from 0 by what that bit adds. One that has the bit already is left
 * alone.
 */
function correct(decoder: EntropyDecoder, at: usize, places: usize, k: i32, low: i32): void {
  const place = <usize>load<u8>(places + k);
  if (takeBit(decoder) === 0 || place === 0) return;
  const value = <i32>load<i16>(at + (place << 1));
  if (((abs(value) >> low) & 1) !== 0) return;
  store<i16>(at + (place << 1), value < 0 ? value - (1 << low) : value + (1 << low));
}
