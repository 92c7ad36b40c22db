import { readContainer } from '../../src/imaging/avif/container.ts';

/** An item of a file to be made; numbers of items count from 1, in their order. */
export interface ItemOfFile {
  type: 'av01' | 'grid';
  data: Uint8Array;
  properties: Uint8Array[];
}

export const bytesOf = (...parts: (Uint8Array | number[] | string)[]): Uint8Array =>
  Uint8Array.from(
    parts.flatMap((part) => (typeof part === 'string' ? Array.from(part, (c) => c.charCodeAt(0)) : [...part])),
  );
export const u16 = (value: number): number[] => [value >> 8, value & 255];
export const u32 = (value: number): number[] => [value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255];
export const box = (type: string, ...parts: (Uint8Array | number[] | string)[]): Uint8Array => {
  const body = bytesOf(...parts);
  return bytesOf(u32(body.length + 8), type, body);
};
const NO_FLAGS = [0, 0, 0, 0];

export const ispe = (width: number, height: number): Uint8Array => box('ispe', NO_FLAGS, u32(width), u32(height));
/** ISO/IEC 14496-12, 12.1.4: width and height of the clean aperture, and how far its centre is off the picture's. */
export const clap = (width: number, height: number, offX: [number, number], offY: [number, number]): Uint8Array =>
  box('clap', u32(width), u32(1), u32(height), u32(1), u32(offX[0]), u32(offX[1]), u32(offY[0]), u32(offY[1]));
export const alphaKind = box('auxC', NO_FLAGS, 'urn:mpeg:mpegB:cicp:systems:auxiliary:alpha\0');
/** HEIF (ISO/IEC 23008-12), 6.6.2.3. */
export const grid = (rows: number, columns: number, width: number, height: number): Uint8Array =>
  bytesOf([0, 0, rows - 1, columns - 1], u16(width), u16(height));

/** The coded picture of a file that sharp wrote, and what decoding it needs. */
export function codedPicture(avif: Uint8Array, which: 'colour' | 'alpha' = 'colour'): ItemOfFile {
  const [{ width, height, data, properties }] = readContainer(avif)[which];
  return {
    type: 'av01',
    data,
    properties: [ispe(width, height), ...properties.map(({ type, body }) => box(type, body))],
  };
}

/** Writes an AVIF file; item 1 is the primary one. */
export function avifFile(
  items: ItemOfFile[],
  references: { type: string; from: number; to: number[] }[] = [],
  brand = 'avif',
): Uint8Array {
  const ftyp = box('ftyp', brand, u32(0), 'avifmif1miaf');
  const properties = items.flatMap((item) => item.properties);
  let property = 0;
  const associations = items.flatMap((item, i) => [
    ...u16(i + 1),
    item.properties.length,
    ...item.properties.map(() => ++property),
  ]);
  const metaAt = (dataOffset: number): Uint8Array => {
    let offset = dataOffset;
    const locations = items.flatMap(({ data }, i) => {
      const entry = [...u16(i + 1), ...u16(0), ...u16(1), ...u32(offset), ...u32(data.length)];
      offset += data.length;
      return entry;
    });
    return box(
      'meta',
      NO_FLAGS,
      box('hdlr', NO_FLAGS, u32(0), 'pict', new Uint8Array(13)),
      box('pitm', NO_FLAGS, u16(1)),
      box('iloc', NO_FLAGS, u16(0x4400), u16(items.length), locations),
      box(
        'iinf',
        NO_FLAGS,
        u16(items.length),
        ...items.map(({ type }, i) => box('infe', [2, 0, 0, 0], u16(i + 1), u16(0), type, [0])),
      ),
      box(
        'iref',
        NO_FLAGS,
        ...references.map(({ type, from, to }) => box(type, u16(from), u16(to.length), to.flatMap(u16))),
      ),
      box('iprp', box('ipco', ...properties), box('ipma', NO_FLAGS, u32(items.length), associations)),
    );
  };
  const dataOffset = ftyp.length + metaAt(0).length + 8;
  return bytesOf(ftyp, metaAt(dataOffset), box('mdat', ...items.map(({ data }) => data)));
}
