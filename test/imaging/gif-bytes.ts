/** GIFs built byte by byte (GIF89a), without the library's own writer. */

export type Color = readonly [red: number, green: number, blue: number];

export const RED: Color = [255, 0, 0];
export const GREEN: Color = [0, 255, 0];
export const BLUE: Color = [0, 0, 255];
export const WHITE: Color = [255, 255, 255];
export const COLORS = [RED, GREEN, BLUE, WHITE];

export const TRAILER = [0x3b];

const uint16 = (value: number): number[] => [value & 0xff, value >> 8];
const tableFlags = (palette: readonly Color[] | null): number =>
  palette === null ? 0 : 0x80 | (Math.log2(palette.length) - 1);

/** Header, logical screen descriptor and global colour table (of 2, 4, 8 … colours). */
export const screen = (
  width: number,
  height: number,
  palette: readonly Color[] | null = COLORS,
  background = 0,
): number[] => [
  ...Buffer.from('GIF89a'),
  ...uint16(width),
  ...uint16(height),
  tableFlags(palette),
  background,
  0,
  ...(palette ?? []).flat(),
];

/** Graphic control extension; the delay in hundredths of a second. */
export const control = (disposal: number, delay: number, transparent: number | null = null): number[] => [
  0x21,
  0xf9,
  4,
  (disposal << 2) | (transparent === null ? 0 : 1),
  ...uint16(delay),
  transparent ?? 0,
  0,
];

export const loop = (count: number, identifier = 'NETSCAPE2.0'): number[] => [
  0x21,
  0xff,
  11,
  ...Buffer.from(identifier),
  3,
  1,
  ...uint16(count),
  0,
];

export const subBlocks = (data: readonly number[]): number[] => {
  const blocks: number[] = [];
  for (let start = 0; start < data.length; start += 255) {
    const block = data.slice(start, start + 255);
    blocks.push(block.length, ...block);
  }
  return [...blocks, 0];
};

/** Codes of one size, packed from the lowest bit on. */
export const pack = (codes: readonly number[], size: number): number[] => {
  const bits = codes.flatMap((code) => Array.from({ length: size }, (_, bit) => (code >> bit) & 1));
  return Array.from({ length: Math.ceil(bits.length / 8) }, (_, byte) =>
    bits.slice(byte * 8, byte * 8 + 8).reduce((sum, bit, at) => sum | (bit << at), 0),
  );
};

/** Indices as literal codes of 2 + 1 bits, with a clear code (4) before the codes would grow; 5 ends. */
export const literals = (indices: readonly number[], end = true): number[] => {
  const codes = indices.flatMap((index, at) => (at % 2 === 0 ? [4, index] : [index]));
  return pack(end ? [...codes, 5] : codes, 3);
};

export interface ImageOptions {
  palette?: readonly Color[];
  interlaced?: boolean;
  /** Instead of the indices: what comes after the minimum code size of 2. */
  data?: readonly number[];
}

/** Image descriptor, local colour table and data. */
export const image = (
  [left, top, width, height]: readonly [left: number, top: number, width: number, height: number],
  indices: readonly number[],
  { palette, interlaced = false, data }: ImageOptions = {},
): number[] => [
  0x2c,
  ...uint16(left),
  ...uint16(top),
  ...uint16(width),
  ...uint16(height),
  tableFlags(palette ?? null) | (interlaced ? 0x40 : 0),
  ...(palette ?? []).flat(),
  2,
  ...(data ?? subBlocks(literals(indices))),
];

/** An image in one colour. */
export const fill = (
  rect: readonly [left: number, top: number, width: number, height: number],
  index: number,
  options: ImageOptions = {},
): number[] => image(rect, Array<number>(rect[2] * rect[3]).fill(index), options);

export const gif = (...parts: readonly (readonly number[])[]): Uint8Array => Uint8Array.from(parts.flat());
