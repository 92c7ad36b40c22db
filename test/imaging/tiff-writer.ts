/** TIFF 6.0, section 2: the types that the tests write. */
const TYPE_BYTES: Record<number, number> = { 1: 1, 3: 2, 4: 4, 5: 8, 7: 1 };

export type Tag = [tag: number, type: 1 | 3 | 4 | 5 | 7, values: ArrayLike<number>];

/** A picture of a file; tags are those beyond size, strips and tiles, and may come in place of them. */
export interface Page {
  width: number;
  height: number;
  tags: Tag[];
  /** Strips or tiles, as stored. */
  segments: Uint8Array[];
  /** Pixels of a tile; strips without. */
  tile?: [width: number, height: number];
  /** The whole height without. */
  rowsPerStrip?: number;
}

export interface FileOptions {
  littleEndian?: boolean;
  /** BigTIFF. */
  big?: boolean;
}

/** Writes a TIFF file: for each page its strips, the values that are too long for its directory, and the directory. */
export function tiff(pages: Page | Page[], { littleEndian = true, big = false }: FileOptions = {}): Buffer {
  const file = Buffer.alloc(1 << 20);
  const write = (value: number, at: number, size: number): void => {
    if (size === 8) {
      if (littleEndian) file.writeBigUInt64LE(BigInt(value), at);
      else file.writeBigUInt64BE(BigInt(value), at);
    } else if (littleEndian) file.writeUIntLE(value, at, size);
    else file.writeUIntBE(value, at, size);
  };
  const word = big ? 8 : 4;
  file.write(littleEndian ? 'II' : 'MM', 'latin1');
  write(big ? 43 : 42, 2, 2);
  if (big) write(8, 4, 2);
  let end = big ? 16 : 8;
  /** Where the place of the next directory goes. */
  let link = big ? 8 : 4;

  for (const page of [pages].flat()) {
    const offsets = page.segments.map((segment) => {
      file.set(segment, end);
      end += segment.length + (segment.length % 2);
      return end - segment.length - (segment.length % 2);
    });
    const entries = [...cut(page, offsets), ...page.tags].filter(
      ([tag], i, all) => i === all.findLastIndex(([other]) => other === tag),
    );
    entries.sort(([one], [other]) => one - other);
    const places = entries.map(([, type, values]) => {
      const size = TYPE_BYTES[type];
      if (values.length * size <= word) return -1;
      const start = end;
      for (let i = 0; i < values.length; i++) writeValue(write, type, values[i], start + i * size);
      end += values.length * size + ((values.length * size) % 2);
      return start;
    });
    write(end, link, word);
    write(entries.length, end, big ? 8 : 2);
    end += big ? 8 : 2;
    for (const [i, [tag, type, values]] of entries.entries()) {
      write(tag, end, 2);
      write(type, end + 2, 2);
      write(values.length, end + 4, word);
      const at = end + 4 + word;
      if (places[i] >= 0) write(places[i], at, word);
      else for (let j = 0; j < values.length; j++) writeValue(write, type, values[j], at + j * TYPE_BYTES[type]);
      end = at + word;
    }
    link = end;
    end += word;
  }
  return file.subarray(0, end);
}

function cut({ width, height, tile, rowsPerStrip = height, segments }: Page, offsets: number[]): Tag[] {
  const lengths = segments.map(({ length }) => length);
  return [
    [256, 4, [width]],
    [257, 4, [height]],
    ...((tile
      ? [
          [322, 4, [tile[0]]],
          [323, 4, [tile[1]]],
          [324, 4, offsets],
          [325, 4, lengths],
        ]
      : [
          [273, 4, offsets],
          [278, 4, [rowsPerStrip]],
          [279, 4, lengths],
        ]) as Tag[]),
  ];
}

type Write = (value: number, at: number, size: number) => void;

function writeValue(write: Write, type: number, value: number, at: number): void {
  if (type !== 5) {
    write(value, at, TYPE_BYTES[type]);
    return;
  }
  write(Math.round(value * 10_000), at, 4);
  write(10_000, at + 4, 4);
}

/** TIFF 6.0, section 13, or as before it: the lowest bit of a code first, and codes that get longer one code later. */
export function lzw(data: Uint8Array, lowBitFirst = false): Uint8Array {
  const bits: number[] = [];
  let size = 9;
  const put = (code: number): void => {
    for (let i = 0; i < size; i++) bits.push((code >> (lowBitFirst ? i : size - 1 - i)) & 1);
  };
  let table = new Map<string, number>();
  const clear = (): void => {
    put(256);
    table = new Map(Array.from({ length: 256 }, (_, byte) => [String.fromCharCode(byte), byte]));
    size = 9;
  };
  clear();
  let known = '';
  for (const byte of data) {
    const longer = known + String.fromCharCode(byte);
    if (table.has(longer)) {
      known = longer;
      continue;
    }
    put(table.get(known) ?? 0);
    // The codes of clear and end are 256 and 257.
    const next = table.size + 2;
    table.set(longer, next);
    if (next === (1 << size) - (lowBitFirst ? 0 : 1)) size++;
    known = String.fromCharCode(byte);
    if (next === 4093) {
      put(table.get(known) ?? 0);
      clear();
      known = '';
    }
  }
  if (known) put(table.get(known) ?? 0);
  put(257);
  const bytes = new Uint8Array(Math.ceil(bits.length / 8));
  for (const [i, bit] of bits.entries()) bytes[i >> 3] |= bit << (lowBitFirst ? i & 7 : 7 - (i & 7));
  return bytes;
}
