import { allocate } from '../memory';
import { EntropyDecoder } from './entropy-decoder';
import { extend, HuffmanTable } from './huffman';
import { Scan, ScanComponent } from './scan';

/** A difference of so many bits is 32768, and has none (T.81 H.1.2.2). */
const WIDEST = 16;

/** @param scan whose MCUs are pixels, and whose first parameter is the predictor */
export function prepareLossless(scan: Scan): void {
  for (let i = 0; i < scan.count; i++) {
    const component = scan.component(i);
    component.samples = allocate(scan.mcusWide << 2);
    component.above = allocate(scan.mcusWide << 2);
  }
}

/**
 * Decodes the next row of a lossless frame (T.81 H): 8 bits a sample, into the planes' rows.
 *
 * @param precision bits of a sample, as stored
 */
export function decodeLosslessRow(scan: Scan, precision: i32): void {
  for (let i = 0; i < scan.count; i++) {
    const component = scan.component(i);
    const above = component.above;
    component.above = component.samples;
    component.samples = above;
  }
  decodeSamples(scan, precision);
  // From a sample to its level of 255.
  const scale = (255 / <f64>((1 << precision) - 1)) * <f64>(1 << scan.approximationLow);
  for (let i = 0; i < scan.count; i++) {
    const component = scan.component(i);
    for (let x = 0; x < scan.mcusWide; x++) {
      const level = nearest(<f64>load<i32>(component.samples + ((<usize>x) << 2)) * scale);
      store<u8>(component.plane.row + x, <i32>min(level, 255));
    }
  }
}

function decodeSamples(scan: Scan, precision: i32): void {
  const decoder = scan.decoder;
  /** What the first sample is predicted to be: the middle of what there is. */
  const middle = 1 << (precision - scan.approximationLow - 1);
  /** Where the scan starts, or starts again after a restart; −1 where that is in a row before. */
  let start = -1;
  for (let x = 0; x < scan.mcusWide; x++) {
    const isThere = !decoder.finished && decoder.beginMcu();
    if (decoder.restarted) start = x;
    decoder.restarted = false;
    for (let i = 0; i < scan.count; i++) {
      const component = scan.component(i);
      const sample = isThere
        ? (prediction(component, scan.spectralStart, x, start, middle) + difference(decoder, component.dcTable)) &
          0xffff
        : middle;
      store<i32>(component.samples + ((<usize>x) << 2), sample);
    }
  }
}

/** T.81 H.1.2.1: the first line and the first column have fewer neighbours. */
function prediction(component: ScanComponent, predictor: i32, x: i32, start: i32, middle: i32): i32 {
  if (x === start) return middle;
  if (x === 0) return load<i32>(component.above);
  const left = load<i32>(component.samples + ((<usize>(x - 1)) << 2));
  if (start >= 0) return left;
  const above = component.above + ((<usize>x) << 2);
  return predict(predictor, left, load<i32>(above), load<i32>(above - 4));
}

/** T.81 table H.1: a sample from those to its left (a), above it (b), and above to the left (c). */
function predict(predictor: i32, a: i32, b: i32, c: i32): i32 {
  switch (predictor) {
    case 1:
      return a;
    case 2:
      return b;
    case 3:
      return c;
    case 4:
      return a + b - c;
    case 5:
      return a + ((b - c) >> 1);
    case 6:
      return b + ((a - c) >> 1);
    default:
      return (a + b) >> 1;
  }
}

function difference(decoder: EntropyDecoder, table: HuffmanTable): i32 {
  const decoded = table.decode(decoder.bits(decoder.position, 16));
  const size = decoded & 255;
  decoder.position += decoded >> 8;
  if (size === 0 || size > WIDEST) return 0;
  if (size === WIDEST) return 32768;
  const bits = decoder.bits(decoder.position, size);
  decoder.position += size;
  return extend(bits, size);
}
