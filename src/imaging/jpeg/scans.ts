import { corrupt, ImagingError } from '../errors.ts';
import { LIMITS } from '../limits.ts';
import type { FileHeader } from './header.ts';
import type { HuffmanTable } from './huffman.ts';
import { endOfEntropyCodedData, MARKER, nextMarker, nextSegment, type Segment } from './markers.ts';

/** Of a lossless frame. */
const NO_QUANTISATION = new Uint16Array(0);

/** A component's part in a scan. */
export interface ScanComponent {
  /** Into the frame's components. */
  index: number;
  dcTable: HuffmanTable;
  acTable: HuffmanTable;
}

/** A scan header (T.81 B.2.3) with the tables in force. */
export interface Scan {
  components: ScanComponent[];
  /** Of the spectral selection: the first and last zigzag index. In a lossless frame, the first is the predictor. */
  spectralStart: number;
  spectralEnd: number;
  /** Bit position that earlier scans stopped at (0: there were none), and that this one, or lossless coding, stops at. */
  approximationHigh: number;
  approximationLow: number;
  restartInterval: number;
  /** Where the entropy-coded data starts. */
  dataStart: number;
}

/**
 * The scans of a file, and each component's quantisation table: the one in force at its first scan, in zigzag
 * order.
 */
export interface ScanList {
  scans: Scan[];
  quantisation: (Uint16Array | undefined)[];
}

/**
 * Finds the scans that have data. A file of one interleaved scan is not searched for more. Damage behind the first
 * scan ends the list:
 * what came before it can be shown.
 *
 * @param bytes the whole file
 * @throws ImagingError when the first scan cannot be decoded
 */
export function readScans(bytes: Uint8Array, header: FileHeader): ScanList {
  const { tables, progressive, lossless } = header;
  const list: ScanList = { scans: [], quantisation: header.components.map(() => undefined) };
  let segment: Segment | null = header.firstScan;
  try {
    while (segment !== null && segment.marker !== MARKER.EOI && list.scans.length < LIMITS.jpegScans) {
      let at = segment.end;
      if (segment.marker === MARKER.SOS) {
        const scan = readScanHeader(bytes, segment, header);
        // Sequential scans hold all of their components: a second one has nothing to add.
        const isNew = progressive || scan.components.some(({ index }) => list.quantisation[index] === undefined);
        if (isNew && hasData(bytes, scan)) {
          for (const { index } of scan.components) {
            list.quantisation[index] ??= lossless
              ? NO_QUANTISATION
              : tables.quantisation(header.components[index].quantisationTable);
          }
          list.scans.push(scan);
        }
        if (!progressive && !list.quantisation.includes(undefined)) break;
        at = endOfEntropyCodedData(bytes, at);
      } else {
        tables.read(bytes, segment);
      }
      segment = nextSegment(bytes, at);
    }
  } catch (error) {
    if (!(error instanceof ImagingError) || list.scans.length === 0) throw error;
  }
  return list;
}

/** A scan header that a marker or nothing follows is all that came of its scan. */
function hasData(bytes: Uint8Array, { dataStart }: Scan): boolean {
  return dataStart < bytes.length && nextMarker(bytes, dataStart) > dataStart;
}

function readScanHeader(bytes: Uint8Array, { start, end }: Segment, header: FileHeader): Scan {
  const count = bytes[start] ?? 0;
  if (count < 1 || count > header.components.length || end - start < 4 + 2 * count) {
    throw corrupt(
      'JPEG',
      `a scan header of ${end - start} bytes names ${count} of ${header.components.length} components.`,
    );
  }
  const components: ScanComponent[] = [];
  for (let at = start + 1; components.length < count; at += 2) {
    const id = bytes[at];
    const index = header.components.findIndex(
      (component, i) => component.id === id && !components.some((other) => other.index === i),
    );
    if (index < 0) throw corrupt('JPEG', `a scan names component ${id}, which the frame does not have.`);
    components.push({
      index,
      dcTable: header.tables.huffman('dc', bytes[at + 1] >> 4),
      acTable: header.tables.huffman('ac', bytes[at + 1] & 15),
    });
  }
  const parameters = start + 1 + 2 * count;
  const scan: Scan = {
    components,
    spectralStart: bytes[parameters],
    spectralEnd: bytes[parameters + 1],
    approximationHigh: bytes[parameters + 2] >> 4,
    approximationLow: bytes[parameters + 2] & 15,
    restartInterval: header.tables.restartInterval,
    dataStart: end,
  };
  if (header.progressive) checkProgression(scan);
  if (header.lossless) checkPrediction(scan, header.precision);
  return scan;
}

/** T.81 H.1.1. */
function checkPrediction({ spectralStart, approximationLow }: Scan, precision: number): void {
  if (spectralStart >= 1 && spectralStart <= 7 && approximationLow < precision) return;
  throw corrupt(
    'JPEG',
    `a lossless scan of ${precision} bits has predictor ${spectralStart} and leaves out ${approximationLow} bits: ` +
      'no such scan is allowed.',
  );
}

/** T.81 G.1.1.1: DC and AC coefficients come in scans apart, and AC scans are of one component. */
function checkProgression({ components, spectralStart, spectralEnd, approximationLow }: Scan): void {
  const valid =
    spectralStart === 0
      ? spectralEnd === 0
      : spectralStart <= spectralEnd && spectralEnd <= 63 && components.length === 1;
  if (!valid || approximationLow > 13) {
    throw corrupt(
      'JPEG',
      `a progressive scan of ${components.length} components has coefficients ${spectralStart} to ${spectralEnd} ` +
        `down to bit ${approximationLow}: no such scan is allowed.`,
    );
  }
}
