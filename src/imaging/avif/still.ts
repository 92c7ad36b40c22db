import type { Tile } from './container.ts';

/**
 * Writes a tile as an AVIF file of its own, with one item and nothing else in it.
 *
 * The decoder then never reads what the uploaded file says of itself. Colour and alpha are decoded one after the other,
 * and a grid tile by tile, which needs a fraction of the memory; and what strict decoders miss in old files (`pixi`) is there.
 */
export function writeStill(tile: Tile, kind: 'colour' | 'alpha'): Uint8Array {
  const properties = [
    // HEIF (ISO/IEC 23008-12), 6.5.3 and 6.5.6.
    fullBox('ispe', 0, u32(tile.width), u32(tile.height)),
    fullBox('pixi', 0, tile.monochrome ? [1, tile.bitDepth] : [3, tile.bitDepth, tile.bitDepth, tile.bitDepth]),
    ...tile.properties
      .filter(({ type }) => kind === 'colour' || type !== 'colr')
      .map(({ type, body }) => box(type, body)),
  ];
  // Alpha's samples are values, no colours: BT.709, sRGB and BT.601 leave a grey what it is.
  if (kind === 'alpha') {
    properties.push(box('colr', ascii('nclx'), u16(1), u16(13), u16(6), [tile.fullRange ? 0x80 : 0]));
  }
  const type = box('ftyp', ascii('avif'), u32(0), ascii('avifmif1miaf'));
  const meta = (dataOffset: number) =>
    fullBox(
      'meta',
      0,
      fullBox('hdlr', 0, u32(0), ascii('pict'), new Uint8Array(13)),
      fullBox('pitm', 0, u16(1)),
      // Offsets and lengths of 4 bytes; one item with one extent.
      fullBox('iloc', 0, u16(0x4400), u16(1), u16(1), u16(0), u16(1), u32(dataOffset), u32(tile.data.length)),
      fullBox('iinf', 0, u16(1), fullBox('infe', 2, u16(1), u16(0), ascii('av01'), [0])),
      box(
        'iprp',
        box('ipco', ...properties),
        fullBox(
          'ipma',
          0,
          u32(1),
          u16(1),
          [properties.length],
          properties.map((_, i) => i + 1),
        ),
      ),
    );
  const dataOffset = type.length + meta(0).length + 8;
  return concatenate([type, meta(dataOffset), box('mdat', tile.data)]);
}

type Bytes = ArrayLike<number>;

function box(type: string, ...parts: Bytes[]): Uint8Array {
  const size = parts.reduce((sum, part) => sum + part.length, 8);
  return concatenate([u32(size), ascii(type), ...parts]);
}

function fullBox(type: string, version: number, ...parts: Bytes[]): Uint8Array {
  return box(type, [version, 0, 0, 0], ...parts);
}

function concatenate(parts: Bytes[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

function ascii(text: string): Bytes {
  return Array.from(text, (character) => character.charCodeAt(0));
}

function u16(value: number): Bytes {
  return [value >> 8, value & 0xff];
}

function u32(value: number): Bytes {
  return [value >>> 24, (value >>> 16) & 0xff, (value >>> 8) & 0xff, value & 0xff];
}
