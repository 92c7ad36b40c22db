import { corrupt, ImagingError } from '../errors.ts';
import type { Decoder, ImageHeader, SourceFrame } from '../image.ts';
import { LIMITS } from '../limits.ts';
import { convertRow } from './colour.ts';
import { type Geometry, layOut } from './geometry.ts';
import { type ColourModel, type FileHeader, readFileHeader } from './header.ts';
import { losslessRows } from './lossless.ts';
import { coefficientBytes, decodeProgressive } from './progressive.ts';
import { PlaneSamples } from './samples.ts';
import { readScans, type ScanList } from './scans.ts';
import { SequentialScan } from './sequential.ts';

/**
 * JPEG (ITU-T T.81): baseline, extended sequential and progressive of 8 or 12 bits a sample, and lossless; Huffman-coded. Decodes
 * at 1/2, 1/4 or 1/8 from the coefficients of low frequency alone, progressive ones at less than asked for where they would
 * take more memory than allowed, and what is lossless at full size. Of a damaged or truncated file, what can be read is handed over, and the rest is grey.
 */
export const jpegDecoder: Decoder = {
  readHeader(bytes: Uint8Array): ImageHeader {
    const { width, height, orientation, iccProfile, components } = readFileHeader(bytes);
    return {
      format: 'jpeg',
      width,
      height,
      orientation,
      frameCount: 1,
      plays: 1,
      // A profile speaks of inks, or does not belong to them: they are made RGB by the plain formula.
      iccProfile: components.length === 4 ? null : iccProfile,
      isGrey: components.length === 1,
    };
  },

  decode(bytes: Uint8Array, _header: ImageHeader, enough: { width: number; height: number }): SourceFrame[] {
    const { width, height, rows } = decodeJpeg(bytes, readFileHeader(bytes), enough);
    return [
      {
        width,
        height,
        delay: 0,
        changed: null,
        rows(sink) {
          let y = 0;
          for (const rgba of rows) sink(y++, rgba, 0, 1, width);
        },
      },
    ];
  },
};

/** A decoded picture: its rows come once, from above. */
export interface JpegRows {
  width: number;
  height: number;
  /** Each is RGBA, or as the colour model has it, and good until the next. */
  rows: Iterable<Uint8Array>;
}

/**
 * Decodes a JPEG whose header has been read.
 *
 * @param bytes the whole file
 * @param enough pixels: see `Decoder.decode`
 * @throws ImagingError when there is nothing to be seen
 */
export function decodeJpeg(bytes: Uint8Array, header: FileHeader, enough: { width: number; height: number }): JpegRows {
  const list = readScans(bytes, header);
  if (list.scans.length === 0) {
    throw corrupt('JPEG', `the file ends after ${bytes.length} bytes, before any picture data.`);
  }
  if (header.lossless) {
    checkLossless(header);
    return { width: header.width, height: header.height, rows: losslessRows(bytes, header, list.scans) };
  }
  const geometry = header.progressive ? layOutInMemory(header, enough) : layOut(header, enough);
  const rows = header.progressive ? progressiveRows : sequentialRows;
  return { width: geometry.width, height: geometry.height, rows: rows(bytes, header, list, geometry) };
}

/** @throws ImagingError `too_many_pixels` */
function checkLossless({ width, height, components }: FileHeader): void {
  const samples = width * height * components.length;
  if (samples <= LIMITS.jpegLosslessSamples) return;
  throw new ImagingError(
    'too_many_pixels',
    `JPEG: lossless ${width}×${height} has ${samples} samples to decode; the limit is ${LIMITS.jpegLosslessSamples}.`,
    'Scale the picture down first, or save it as an ordinary JPEG.',
  );
}

function layOutInMemory(header: FileHeader, enough: { width: number; height: number }): Geometry {
  let width = Math.min(enough.width, header.width);
  let height = Math.min(enough.height, header.height);
  for (;;) {
    const geometry = layOut(header, { width, height });
    if (coefficientBytes(geometry) <= LIMITS.coefficientBytes) return geometry;
    if (width <= 1 && height <= 1) {
      throw new ImagingError(
        'too_many_pixels',
        `JPEG: ${header.width}×${header.height} progressive takes ${coefficientBytes(geometry)} bytes to decode at an eighth; ` +
          `the limit is ${LIMITS.coefficientBytes}.`,
        'Scale the picture down first.',
      );
    }
    width /= 2;
    height /= 2;
  }
}

function* sequentialRows(
  bytes: Uint8Array,
  header: FileHeader,
  { scans, quantisation }: ScanList,
  geometry: Geometry,
): Generator<Uint8Array, void> {
  const coefficients = geometry.planes.map(
    ({ blockStride, vertical, blockSize }) => new Int16Array(blockStride * vertical * blockSize ** 2),
  );
  const decoders = scans.map((scan) => new SequentialScan(bytes, scan, geometry, coefficients));
  const output = new RowOutput(header, geometry, quantisation);
  for (let mcuRow = 0; mcuRow < geometry.mcusHigh; mcuRow++) {
    for (const plane of coefficients) plane.fill(0);
    for (const decoder of decoders) decoder.decodeRow();
    yield* output.takeRow(coefficients, 0);
  }
}

function* progressiveRows(
  bytes: Uint8Array,
  header: FileHeader,
  { scans, quantisation }: ScanList,
  geometry: Geometry,
): Generator<Uint8Array, void> {
  const coefficients = decodeProgressive(bytes, scans, geometry).map(({ kept }) => kept);
  const output = new RowOutput(header, geometry, quantisation);
  for (let mcuRow = 0; mcuRow < geometry.mcusHigh; mcuRow++) yield* output.takeRow(coefficients, mcuRow);
}

/** From coefficients to rows of pixels, one row of MCUs at a time. */
class RowOutput {
  readonly #colourModel: ColourModel;
  readonly #geometry: Geometry;
  readonly #planes: PlaneSamples[];
  readonly #rgba: Uint8Array;
  readonly #clamped: Uint8ClampedArray;
  #y = 0;

  constructor({ colourModel, precision }: FileHeader, geometry: Geometry, quantisation: ScanList['quantisation']) {
    this.#colourModel = colourModel;
    this.#geometry = geometry;
    // A component whose scan never came has no table, and no coefficients either.
    this.#planes = geometry.planes.map(
      (plane, i) => new PlaneSamples(plane, geometry, quantisation[i] ?? new Uint16Array(64), precision),
    );
    this.#rgba = new Uint8Array(4 * geometry.width).fill(255);
    this.#clamped = new Uint8ClampedArray(this.#rgba.buffer);
  }

  /**
   * @param coefficients of each plane
   * @param index of the row of MCUs in them
   * @returns the rows of pixels that are done with it
   */
  *takeRow(coefficients: Int16Array[], index: number): Generator<Uint8Array, void> {
    const { width, height } = this.#geometry;
    const planes = this.#planes;
    for (let i = 0; i < planes.length; i++) planes[i].takeRow(coefficients[i], index);
    while (this.#y < height && planes.every((plane) => plane.reaches(this.#y))) {
      for (const plane of planes) plane.row(this.#y);
      convertRow(this.#colourModel, planes, this.#clamped, width);
      this.#y++;
      yield this.#rgba;
    }
  }
}
