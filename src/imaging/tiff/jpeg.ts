import { corrupt, ImagingError } from '../errors.ts';
import { decodeJpeg } from '../jpeg/decoder.ts';
import { readFileHeader } from '../jpeg/header.ts';
import { nextSegment, startOfImage } from '../jpeg/markers.ts';
import { Tables } from '../jpeg/tables.ts';
import type { RowReader } from './rows.ts';

const FULL_SIZE = { width: Number.POSITIVE_INFINITY, height: Number.POSITIVE_INFINITY };
/** Of a sample, as the directory says. */
const BITS = 8;
/** Samples from one pixel to the next in a row that the JPEG decoder hands over. */
const STEP = 4;

/** What a strip or tile must be, for its JPEG to fit. */
export interface JpegExpectation {
  /** Pixels; the JPEG may be smaller. */
  width: number;
  height: number;
  /** Samples of a pixel. */
  samples: number;
  /** Whether JPEGs of other samples are decoded side by side with it. */
  planar: boolean;
}

/** Adobe Photoshop TIFF Technical Notes, 2002: each strip or tile is a JPEG, whose tables may be in a tag. */
export class JpegStripRows implements RowReader {
  readonly #expected: JpegExpectation;
  readonly #tables = new Tables();
  #rows: Generator<Uint8Array, void> | null = null;
  /** How many are still to come. */
  #left = 0;

  /** @param tables a JPEG of nothing but tables; `null` where each strip has its own */
  constructor(tables: Uint8Array | null, expected: JpegExpectation) {
    this.#expected = expected;
    if (tables === null) return;
    let segment = nextSegment(tables, startOfImage(tables));
    while (segment !== null) {
      this.#tables.read(tables, segment);
      segment = nextSegment(tables, segment.end);
    }
  }

  start(data: Uint8Array): void {
    // The strip before may have more rows than were asked for.
    this.#rows?.return();
    const { width, height, samples, planar } = this.#expected;
    const header = readFileHeader(data, this.#tables.copy());
    const found = header.components.length;
    if (header.width > width || header.height > height || found !== samples) {
      throw corrupt(
        'tiff',
        `expected a JPEG of ${width}×${height} pixels of ${samples} samples, found ${header.width}×${header.height} of ${found}.`,
      );
    }
    if (!header.lossless && header.precision !== BITS) {
      throw corrupt('tiff', `expected a JPEG of ${BITS} bits a sample, found ${header.precision}.`);
    }
    const picture = decodeJpeg(data, { ...header, colourModel: 'raw' }, FULL_SIZE);
    // A progressive one is held in memory, as large as there is room for.
    if (picture.width < header.width || (header.progressive && planar)) {
      throw new ImagingError(
        'too_many_pixels',
        `The TIFF picture has progressive JPEGs of ${header.width}×${header.height} pixels, which take too much memory.`,
        'Scale it down first, or save it as PNG or JPEG.',
      );
    }
    this.#rows = picture.rows;
    this.#left = picture.height;
  }

  read(row: Uint8Array): boolean {
    const value = this.#rows?.next().value;
    if (!value) return false;
    const { samples } = this.#expected;
    const pixels = Math.min(row.length / samples, value.length / STEP);
    for (let i = 0; i < pixels; i++) {
      for (let sample = 0; sample < samples; sample++) row[i * samples + sample] = value[i * STEP + sample];
    }
    // What decoded them is then free for the next strip, with the tables that they have in common.
    if (--this.#left === 0) this.#rows?.return();
    return true;
  }
}
