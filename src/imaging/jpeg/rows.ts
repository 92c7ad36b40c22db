import { JpegInstance } from '../wasm/jpeg.ts';
import type { Geometry } from './geometry.ts';
import type { ColourModel, FileHeader } from './header.ts';
import { nextMarker } from './markers.ts';
import type { Scan, ScanList } from './scans.ts';

/** As `assembly/jpeg` numbers them. */
const PROCESS = { sequential: 0, progressive: 1, lossless: 2 };
const COLOUR_MODELS: ColourModel[] = ['grey', 'ycc', 'rgb', 'cmyk', 'ycck', 'raw'];

/** Of a component whose scan never came: it has no coefficients either. */
const NO_QUANTISATION = new Uint16Array(64);

/**
 * Decodes the rows of a frame, in an instance of the WebAssembly module that goes back when the last is taken, or no
 * more are asked for.
 *
 * @param bytes the whole file
 * @returns RGBA, or as the colour model has it; each row is good until the next
 */
export function* decodeRows(
  bytes: Uint8Array,
  header: FileHeader,
  list: ScanList,
  geometry: Geometry,
): Generator<Uint8Array, void> {
  const instance = JpegInstance.take({ bytes, nextMarker: (from) => nextMarker(bytes, from) });
  try {
    beginFrame(instance, bytes, header, geometry);
    if (header.lossless) for (const _ of header.components) instance.run.addRow();
    else addPlanes(instance, list, geometry);
    list.scans.forEach((scan, i) => {
      if (header.progressive && !isNeeded(instance, scan, list.scans.slice(i + 1), geometry)) return;
      // Scans of a progressive frame are decoded one after the other, those of others side by side.
      if (header.progressive) instance.releaseTables();
      startScan(instance, scan, header);
    });
    const rgba = instance.startRows(geometry.width);
    for (let y = 0; y < geometry.height; y++) {
      instance.run.nextRow();
      yield rgba;
    }
  } finally {
    instance.giveBack();
  }
}

function beginFrame({ run }: JpegInstance, bytes: Uint8Array, header: FileHeader, geometry: Geometry): void {
  const { progressive, lossless, precision, colourModel } = header;
  const process = lossless ? PROCESS.lossless : progressive ? PROCESS.progressive : PROCESS.sequential;
  const { width, mcusWide, mcusHigh } = geometry;
  run.begin(bytes.length, process, precision, COLOUR_MODELS.indexOf(colourModel), width, mcusWide, mcusHigh);
}

function addPlanes(instance: JpegInstance, { quantisation }: ScanList, { planes }: Geometry): void {
  planes.forEach((plane, i) => {
    instance.layDown(quantisation[i] ?? NO_QUANTISATION);
    const { horizontal, vertical, blockSize, blocksWide, blocksHigh, blockStride, width, height, across, down } = plane;
    instance.run.addPlane(
      horizontal,
      vertical,
      blockSize,
      blocksWide,
      blocksHigh,
      blockStride,
      width,
      height,
      across,
      down,
    );
  });
}

/** Of a progressive frame: whether a scan has coefficients that are kept, or that a later scan of kept ones has correction bits for. */
function isNeeded({ run }: JpegInstance, scan: Scan, later: Scan[], { planes }: Geometry): boolean {
  const { index } = scan.components[0];
  const last = run.lastKept(planes[index].blockSize);
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

function startScan(instance: JpegInstance, scan: Scan, { progressive, lossless }: FileHeader): void {
  const { components, spectralStart, spectralEnd, approximationHigh, approximationLow } = scan;
  const hasDc = !progressive || spectralStart === 0;
  const hasAc = !lossless && !(progressive && hasDc);
  instance.run.beginScan(spectralStart, spectralEnd, approximationHigh, approximationLow);
  for (const { index, dcTable, acTable } of components) {
    const dc = hasDc ? instance.tableSlot(dcTable.codes) : 0;
    const ac = hasAc ? instance.tableSlot(acTable.codes) : 0;
    instance.run.addComponent(index, dc, ac);
  }
  instance.run.startScan(scan.dataStart, scan.restartInterval);
}
