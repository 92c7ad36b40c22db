import { corrupt } from '../errors.ts';

/** The version of files with 64-bit offsets; that of TIFF 6.0 is 42. */
const BIG_TIFF = 43;

/** How many directories of a file are looked at, pages and their parts together. */
const MOST_DIRECTORIES = 64;
/** Entries of a directory: as in libtiff, what says that it has more is none. */
const MOST_ENTRIES = 4096;
/** Of a tag that has a few values, and never many. */
const MOST_VALUES = 64;

/** TIFF 6.0, section 2, "Types", and 16 to 18 of BigTIFF. */
const TYPE = {
  byte: 1,
  ascii: 2,
  short: 3,
  long: 4,
  rational: 5,
  undefined: 7,
  ifd: 13,
  long8: 16,
  ifd8: 18,
} as const;
/** Bytes of each type, by its number; those that do not exist are counted as 1. */
const TYPE_BYTES = [1, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8, 4, 1, 1, 8, 8, 8];

/** The values of a tag. */
export interface Values {
  readonly length: number;
  /** @returns NaN where the value is not in the file */
  at(index: number): number;
}

/** How a file writes numbers, and where they are: TIFF 6.0, section 2, "Image File Header", and BigTIFF. */
class TiffFile {
  readonly bytes: Uint8Array;
  readonly littleEndian: boolean;
  readonly isBig: boolean;
  readonly #view: DataView;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.littleEndian = this.#view.getUint16(0) === 0x4949;
    this.isBig = this.u16(2) === BIG_TIFF;
  }

  u16(offset: number): number {
    return this.#view.getUint16(offset, this.littleEndian);
  }

  u32(offset: number): number {
    return this.#view.getUint32(offset, this.littleEndian);
  }

  /** A count or an offset of a directory: 32 bits, or 64 in BigTIFF. */
  word(offset: number): number {
    return this.isBig ? this.u64(offset) : this.u32(offset);
  }

  u64(offset: number): number {
    return Number(this.#view.getBigUint64(offset, this.littleEndian));
  }

  /** A value of a tag; NaN where it is not in the file. */
  value(type: number, offset: number): number {
    if (offset + (TYPE_BYTES[type] ?? 1) > this.bytes.length) return Number.NaN;
    if (type === TYPE.short) return this.u16(offset);
    if (type === TYPE.long || type === TYPE.ifd) return this.u32(offset);
    if (type === TYPE.long8 || type === TYPE.ifd8) return this.u64(offset);
    if (type === TYPE.rational) return this.u32(offset) / this.u32(offset + 4);
    return this.#view.getUint8(offset);
  }
}

/** TIFF 6.0, section 2, "Image File Directory": what a file says of one of its pictures. */
export class Directory {
  readonly littleEndian: boolean;
  /** The whole file. */
  readonly file: Uint8Array;
  readonly #file: TiffFile;
  /** Where each tag's entry is. */
  readonly #entries = new Map<number, number>();
  /** Where the next directory is; 0 after the last. */
  readonly next: number;

  /** @throws RangeError where the directory leads out of the file, or can be none */
  constructor(file: TiffFile, start: number) {
    this.#file = file;
    this.file = file.bytes;
    this.littleEndian = file.littleEndian;
    const [countBytes, entryBytes] = file.isBig ? [8, 20] : [2, 12];
    const count = file.isBig ? file.u64(start) : file.u16(start);
    const end = start + countBytes + count * entryBytes;
    if (count > MOST_ENTRIES || end > file.bytes.length) throw new RangeError();
    for (let entry = start + countBytes; entry < end; entry += entryBytes) {
      const tag = file.u16(entry);
      if (!this.#entries.has(tag)) this.#entries.set(tag, entry);
    }
    // A file may end with its last directory, without the offset of a next one.
    this.next = end + (file.isBig ? 8 : 4) <= file.bytes.length ? file.word(end) : 0;
  }

  /** Where a tag's values are: in its entry, when they fit in there. */
  #find(tag: number): { type: number; count: number; size: number; offset: number } | null {
    const entry = this.#entries.get(tag);
    if (entry === undefined) return null;
    const file = this.#file;
    const [valueAt, room] = file.isBig ? [entry + 12, 8] : [entry + 8, 4];
    const type = file.u16(entry + 2);
    const count = file.word(entry + 4);
    const size = TYPE_BYTES[type] ?? 1;
    return { type, count, size, offset: size * count <= room ? valueAt : file.word(valueAt) };
  }

  /** The numbers of a tag, however many; none where it is absent. */
  values(tag: number): Values {
    const found = this.#find(tag);
    if (found === null) return { length: 0, at: () => Number.NaN };
    const { type, count, size, offset } = found;
    return { length: count, at: (index) => this.#file.value(type, offset + index * size) };
  }

  /** The first numbers of a tag that may be fractions. */
  fractions(tag: number, otherwise: number[]): number[] {
    const values = this.values(tag);
    if (values.length === 0) return otherwise;
    return Array.from({ length: Math.min(values.length, MOST_VALUES) }, (_, i) => values.at(i));
  }

  /** The first numbers of a tag, which are whole. */
  numbers(tag: number, otherwise: number[]): number[] {
    return this.fractions(tag, otherwise).map(Math.trunc);
  }

  /** The first number of a tag. */
  number(tag: number, otherwise: number): number {
    return this.numbers(tag, [otherwise])[0];
  }

  /** The bytes of a tag; `null` where they are not all in the file. */
  bytes(tag: number): Uint8Array | null {
    const found = this.#find(tag);
    if (found === null || found.size !== 1) return null;
    const end = found.offset + found.count;
    return end <= this.file.length ? this.file.subarray(found.offset, end) : null;
  }
}

const SUB_IFDS = 330;

/**
 * The directories of a file in their order, each followed by those of its parts (tag 330). Ends where they lead out of the
 * file or in a circle.
 *
 * @throws ImagingError where the first one cannot be read
 */
export function* readDirectories(bytes: Uint8Array): Generator<Directory, void> {
  const seen = new Set<number>();
  let file: TiffFile;
  let pending: number[];
  try {
    file = new TiffFile(bytes);
    pending = [file.isBig ? file.u64(8) : file.u32(4)];
  } catch {
    throw corrupt('tiff', `the file ends after ${bytes.length} bytes, within its header.`);
  }
  for (let start = pending.pop(); start !== undefined; start = pending.pop()) {
    if (start === 0 || seen.has(start) || seen.size === MOST_DIRECTORIES) continue;
    seen.add(start);
    let directory: Directory;
    try {
      directory = new Directory(file, start);
      pending.push(directory.next, ...directory.numbers(SUB_IFDS, []).reverse());
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      if (seen.size > 1) continue;
      throw corrupt(
        'tiff',
        `the first directory, at byte ${start}, has too many entries, or leads out of the file of ${bytes.length} bytes.`,
      );
    }
    yield directory;
  }
}
