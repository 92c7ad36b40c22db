import { allocate } from '../memory';
import { decodeEntropy, EntropyDecoder } from './entropy-decoder';
import { HuffmanTable } from './huffman';
import { Plane } from './plane';

/** A component's part in a scan. */
@unmanaged
export class ScanComponent {
  plane: Plane;
  dcTable: HuffmanTable;
  acTable: HuffmanTable;
  /** Blocks of it in an MCU of the scan. */
  across: i32;
  down: i32;
  /** Address of its DC prediction. */
  prediction: usize;
  /** Of a lossless scan: samples of the row and of that above, 32 bits each, without those low bits that are left out. */
  samples: usize;
  above: usize;
}

/** A scan and the state of its decoding: see `Scan` in jpeg/scans.ts. */
@unmanaged
export class Scan {
  decoder: EntropyDecoder;
  /** Addresses of the `ScanComponent`s. */
  components: usize;
  count: i32;
  spectralStart: i32;
  spectralEnd: i32;
  approximationHigh: i32;
  approximationLow: i32;
  mcusWide: i32;
  mcusHigh: i32;
  /** The next row of MCUs. */
  mcuRow: i32;

  @inline
  component(order: i32): ScanComponent {
    return load<ScanComponent>(this.components + ((<usize>order) << 2));
  }
}

const MOST_COMPONENTS = 4;

export function newScan(spectralStart: i32, spectralEnd: i32, approximationHigh: i32, approximationLow: i32): Scan {
  const scan = changetype<Scan>(allocate(offsetof<Scan>()));
  scan.components = allocate(MOST_COMPONENTS << 2);
  scan.spectralStart = spectralStart;
  scan.spectralEnd = spectralEnd;
  scan.approximationHigh = approximationHigh;
  scan.approximationLow = approximationLow;
  return scan;
}

export function addComponent(scan: Scan, plane: Plane, dcTable: HuffmanTable, acTable: HuffmanTable): void {
  const component = changetype<ScanComponent>(allocate(offsetof<ScanComponent>()));
  component.plane = plane;
  component.dcTable = dcTable;
  component.acTable = acTable;
  component.across = 1;
  component.down = 1;
  store<ScanComponent>(scan.components + ((<usize>scan.count) << 2), component);
  scan.count++;
}

/**
 * Starts a scan, once its components are known. A scan of one is not interleaved: an MCU is one block, and there are only
 * as many as the component's samples fill (T.81 A.2.2).
 *
 * @param mcusWide of the frame
 * @param start of the data, in the file
 * @param restartInterval MCUs between two restart markers; 0 for none
 */
export function startScan(scan: Scan, mcusWide: i32, mcusHigh: i32, start: i32, restartInterval: i32): void {
  const first = scan.component(0).plane;
  const interleaved = scan.count > 1;
  scan.mcusWide = interleaved ? mcusWide : first.blocksWide;
  scan.mcusHigh = interleaved ? mcusHigh : first.blocksHigh;
  let blocks = 0;
  for (let i = 0; i < scan.count; i++) {
    const component = scan.component(i);
    if (interleaved) {
      component.across = component.plane.horizontal;
      component.down = component.plane.vertical;
    }
    blocks += component.across * component.down;
  }
  scan.decoder = decodeEntropy(start, restartInterval, blocks);
  for (let i = 0; i < scan.count; i++) scan.component(i).prediction = scan.decoder.predictions + (i << 2);
}
