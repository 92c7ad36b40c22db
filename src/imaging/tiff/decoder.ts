import { corrupt, ImagingError } from '../errors.ts';
import type { Decoder, RowSink } from '../image.ts';
import { LIMITS } from '../limits.ts';
import { divideByAlpha } from '../straight-alpha.ts';
import { colourConverter, type ToRgba } from './colour.ts';
import { COMPRESSION, PHOTOMETRIC, readPage, TAG, type TiffPage } from './page.ts';
import { type UndoPrediction, undoerOf } from './predictor.ts';
import type { RowReader } from './rows.ts';
import { type Reduce, reducerOf } from './samples.ts';
import {
  BitReversal,
  createReader,
  readSegment,
  rowBytes,
  type Segment,
  samplesTogether,
  segmentsOf,
} from './segments.ts';

/**
 * TIFF 6.0 and BigTIFF: the first page, or the largest picture where that is a thumbnail. Strips and tiles are handed over
 * row by row as they are uncompressed; those that are missing or damaged are left out from where they are.
 */
export const tiffDecoder: Decoder = {
  readHeader(bytes) {
    const { width, height, orientation, iccProfile, photometric } = readPage(bytes);
    const isGrey = photometric === PHOTOMETRIC.whiteIsZero || photometric === PHOTOMETRIC.blackIsZero;
    return { format: 'tiff', width, height, orientation, frameCount: 1, plays: 1, iccProfile, isGrey };
  },

  *decode(bytes) {
    const page = readPage(bytes);
    checkCost(page);
    const { width, height } = page;
    const rows = (sink: RowSink) => {
      const decoder = new PageDecoder(page);
      try {
        decoder.decode(sink);
      } finally {
        decoder.close();
      }
    };
    yield { width, height, delay: 0, changed: null, rows };
  },
};

/** @throws ImagingError `too_many_pixels` where decoding would take too much memory, or too long */
function checkCost(page: TiffPage): void {
  const { width, height, segments, compression } = page;
  const mostSegments = compression === COMPRESSION.jpeg ? LIMITS.tiffJpegs : LIMITS.tiffSegments;
  const mostBytes = page.planar ? LIMITS.tiffPlanarBytes : LIMITS.tiffBytes;
  const planes = planesOf(page).length;
  const found = [
    [segments.width, LIMITS.side, 'pixels in a row of a strip or tile'],
    [rowBytes(page) * planes, LIMITS.tiffRowBytes, 'bytes in a row of a strip or tile'],
    [rowBytes(page) * segments.across * height * planes, mostBytes, 'bytes uncompressed'],
    [segments.across * segments.down * planes, mostSegments, 'strips or tiles'],
  ] as const;
  for (const [amount, limit, unit] of found) {
    if (amount <= limit) continue;
    throw new ImagingError(
      'too_many_pixels',
      `The TIFF picture of ${width}×${height} pixels has ${amount} ${unit}; the limit is ${limit}.`,
      'Scale it down first, or save it as PNG or JPEG.',
    );
  }
}

/** The planes that are needed: of samples apart, the colour's and alpha. */
function planesOf({ planar, colourSamples, alpha }: TiffPage): number[] {
  if (!planar) return [0];
  const planes = Array.from({ length: colourSamples }, (_, plane) => plane);
  return alpha < 0 ? planes : [...planes, alpha];
}

interface Plane {
  number: number;
  reader: RowReader;
  /** A row of a strip or tile, uncompressed. */
  row: Uint8Array;
  /** `null` where the highest bit of a byte comes first. */
  reversal: BitReversal | null;
}

/** Decodes a page, a row of a strip or tile at a time. */
class PageDecoder {
  readonly #page: TiffPage;
  readonly #planes: Plane[];
  readonly #undoPrediction: UndoPrediction;
  /** `null` where samples are stored as they are needed. */
  readonly #reduce: Reduce | null;
  readonly #toRgba: ToRgba;
  /** A row's samples of 8 bits, of which `#step` are of a pixel, and `#alpha` is one; −1 for none. */
  readonly #samples: Uint8Array;
  readonly #step: number;
  readonly #alpha: number;
  readonly #pixels: Uint32Array;
  /** Of all strips and tiles so far. */
  #storedBytes = 0;

  constructor(page: TiffPage) {
    this.#page = page;
    const { planar, samples, bits, predictor, segments, alpha, colourSamples } = page;
    const planes = planesOf(page);
    const lowBitFirst = page.directory.number(TAG.fillOrder, 1) === 2;
    this.#planes = planes.map((number) => ({
      number,
      reader: createReader(page),
      reversal: lowBitFirst ? new BitReversal() : null,
      row: new Uint8Array(rowBytes(page)),
    }));
    this.#undoPrediction = undoerOf(predictor, samplesTogether(page), bits, page.directory.littleEndian);
    this.#reduce = reducerOf(page);
    this.#toRgba = colourConverter(page);
    this.#step = planar ? planes.length : samples;
    this.#alpha = planar && alpha >= 0 ? colourSamples : alpha;
    this.#samples = this.#reduce === null ? this.#planes[0].row : new Uint8Array(segments.width * this.#step);
    this.#pixels = new Uint32Array(segments.width);
  }

  decode(sink: RowSink): void {
    let rows = 0;
    let failure: ImagingError | undefined;
    for (const segment of segmentsOf(this.#page)) {
      try {
        this.#start(segment);
      } catch (error) {
        if (!(error instanceof ImagingError)) throw error;
        failure ??= error;
        continue;
      }
      rows += this.#decodeSegment(segment, sink);
    }
    if (rows === 0) throw failure ?? corrupt('tiff', 'its picture data is missing, or damaged from the first row on.');
  }

  close(): void {
    for (const { reader } of this.#planes) reader.close?.();
  }

  #start({ index }: Segment): void {
    for (const { reader, reversal, number } of this.#planes) {
      const data = readSegment(this.#page, index, number);
      this.#storedBytes += data.length;
      if (this.#storedBytes > LIMITS.tiffStoredBytes) {
        throw corrupt('tiff', `its strips or tiles take more than ${LIMITS.tiffStoredBytes} bytes: they overlap.`);
      }
      reader.start(reversal?.of(data) ?? data);
    }
  }

  /** @returns the rows that there were */
  #decodeSegment({ left, top, width, height }: Segment, sink: RowSink): number {
    const rgba = new Uint8Array(this.#pixels.buffer, 0, 4 * width);
    for (let y = 0; y < height; y++) {
      if (!this.#readRow(width)) return y;
      this.#toRgba(this.#samples, this.#step, this.#pixels, width);
      if (this.#alpha >= 0) this.#applyAlpha(rgba);
      sink(top + y, rgba, left, 1, width);
    }
    return height;
  }

  /** @returns false where the data of a plane ends */
  #readRow(width: number): boolean {
    for (let i = 0; i < this.#planes.length; i++) {
      const { reader, row } = this.#planes[i];
      if (!reader.read(row)) return false;
      this.#undoPrediction(row);
      this.#reduceRow(row, i, width);
    }
    return true;
  }

  #reduceRow(row: Uint8Array, plane: number, width: number): void {
    if (this.#reduce === null) return;
    if (this.#page.planar) this.#reduce(row, width, this.#samples, plane, this.#step);
    else this.#reduce(row, width * this.#step, this.#samples, 0, 1);
  }

  #applyAlpha(rgba: Uint8Array): void {
    const samples = this.#samples;
    const step = this.#step;
    for (let to = 3, at = this.#alpha; to < rgba.length; to += 4, at += step) rgba[to] = samples[at];
    if (this.#page.premultiplied) divideByAlpha(rgba);
  }
}
