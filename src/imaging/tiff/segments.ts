import { FaxRows } from './fax.ts';
import { JpegStripRows } from './jpeg.ts';
import { LzwRows } from './lzw.ts';
import { COMPRESSION, TAG, type TiffPage } from './page.ts';
import { DeflatedRows, PackBitsRows, PlainRows, type RowReader, SubsampledRows, unitRowBytes } from './rows.ts';

/** A strip or tile: what of it is in the picture, in pixels. */
export interface Segment {
  /** In reading order. */
  index: number;
  left: number;
  top: number;
  width: number;
  height: number;
}

export function* segmentsOf({ width, height, segments }: TiffPage): Generator<Segment, void> {
  for (let index = 0; index < segments.across * segments.down; index++) {
    const left = (index % segments.across) * segments.width;
    const top = Math.floor(index / segments.across) * segments.height;
    yield {
      index,
      left,
      top,
      width: Math.min(segments.width, width - left),
      height: Math.min(segments.height, height - top),
    };
  }
}

/** How many samples of a pixel lie side by side in a strip or tile. */
export function samplesTogether({ planar, samples }: TiffPage): number {
  return planar ? 1 : samples;
}

/** Bytes of a row of a strip or tile, uncompressed. */
export function rowBytes(page: TiffPage): number {
  return Math.ceil((page.segments.width * samplesTogether(page) * page.bits) / 8);
}

/**
 * The bytes of a strip or tile as the file has them.
 *
 * @param plane which sample's; 0 where they are together
 * @returns none where it is missing
 */
export function readSegment({ segments, directory }: TiffPage, index: number, plane: number): Uint8Array {
  const { offsets, byteCounts, across, down } = segments;
  const { file } = directory;
  const number = plane * across * down + index;
  if (number >= offsets.length) return file.subarray(0, 0);
  const start = offsets.at(number);
  if (Number.isNaN(start)) return file.subarray(0, 0);
  if (number < byteCounts.length) return file.subarray(start, start + byteCounts.at(number));
  // Some writers leave the lengths out.
  const next = number + 1 < offsets.length ? offsets.at(number + 1) : 0;
  return file.subarray(start, next > start ? next : file.length);
}

/** Nothing that is stored with the lowest bit first, uncompressed or faxed, is longer. */
const MOST_REVERSED = 16 * 2 ** 20;

const REVERSED = Uint8Array.from({ length: 256 }, (_, byte) => {
  let reversed = 0;
  for (let bit = 0; bit < 8; bit++) reversed |= ((byte >> bit) & 1) << (7 - bit);
  return reversed;
});

/**
 * Reads strips or tiles that have the lowest bit of a byte first (TIFF 6.0, "FillOrder" 2). They are reversed in one
 * place, since a file may have thousands.
 */
export class BitReversal {
  #room = new Uint8Array(0);

  /** @returns the data with the highest bits first, good until the next */
  of(data: Uint8Array): Uint8Array {
    const length = Math.min(data.length, MOST_REVERSED);
    if (this.#room.length < length) this.#room = new Uint8Array(length);
    for (let i = 0; i < length; i++) this.#room[i] = REVERSED[data[i]];
    return this.#room.subarray(0, length);
  }
}

/** Bits of T4Options. */
const MIXED = 1;

/** @returns what uncompresses strips or tiles one after the other, of one plane */
export function createReader(page: TiffPage): RowReader {
  const { compression, segments, directory, subsampling, planar } = page;
  const { width, height } = segments;
  const [across, down] = subsampling;
  switch (compression) {
    case COMPRESSION.huffman:
      return new FaxRows(width, { rows: 'alone', separation: 'byte' });
    case COMPRESSION.group3: {
      const isMixed = (directory.number(TAG.t4Options, 0) & MIXED) !== 0;
      return new FaxRows(width, { rows: isMixed ? 'mixed' : 'alone', separation: 'endOfLine' });
    }
    case COMPRESSION.group4:
      return new FaxRows(width, { rows: 'byRowAbove', separation: 'none' });
    case COMPRESSION.jpeg:
      return new JpegStripRows(directory.bytes(TAG.jpegTables), {
        width,
        height,
        samples: samplesTogether(page),
        planar,
      });
    default:
      if (across * down === 1) return createByteReader(compression, rowBytes(page));
      return new SubsampledRows(createByteReader(compression, unitRowBytes(width, subsampling)), width, subsampling);
  }
}

/** @param longest bytes that will be read at once */
function createByteReader(compression: number, longest: number): RowReader {
  switch (compression) {
    case COMPRESSION.lzw:
      return new LzwRows();
    case COMPRESSION.packBits:
      return new PackBitsRows();
    case COMPRESSION.none:
      return new PlainRows();
    default:
      return new DeflatedRows(longest);
  }
}
