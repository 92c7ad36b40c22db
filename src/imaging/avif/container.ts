import { corrupt, ImagingError } from '../errors.ts';
import type { Rect } from '../image.ts';
import { type Box, ByteReader } from './boxes.ts';
import { type Item, type Meta, readMeta } from './meta.ts';
import { type CodedPicture, readSequenceHeader } from './sequence-header.ts';

/** A picture that AV1 decodes in one go, and where it lies in the whole. */
export interface Tile extends CodedPicture {
  left: number;
  top: number;
  /** The open bitstream units. */
  data: Uint8Array;
  /** The bodies of the item's properties that decoding needs, by type: `av1C`, `colr` of the kind nclx, `a1op`, `lsel`. */
  properties: { type: string; body: Uint8Array }[];
}

/** What the file says of its primary picture. */
export interface Container {
  /** Pixels of the whole, as stored. */
  width: number;
  height: number;
  /** The part that is shown: `clap`. */
  crop: Rect;
  /** EXIF's number for what `irot` and `imir` say. */
  orientation: number;
  iccProfile: Uint8Array | null;
  /** From the left, then from the top; one where the picture is not a grid. */
  colour: Tile[];
  /** As many as of colour, at the same places; none where the picture is opaque. */
  alpha: Tile[];
  /** Whether colour is stored multiplied by alpha. */
  premultiplied: boolean;
}

/** MIAF (ISO/IEC 23000-22), 7.3.11.4.2: pixels a side of a tile at least. It also bounds how many there are. */
const LEAST_TILE_SIDE = 64;
const DECODER_PROPERTIES = ['av1C', 'a1op', 'lsel'];
const ALPHA = ['urn:mpeg:mpegB:cicp:systems:auxiliary:alpha', 'urn:mpeg:hevc:2015:auxid:1'];

/**
 * Reads AVIF 1.1: where the coded pictures are, and how they are put together. Of a sequence (`avis`) this is its still.
 *
 * @throws ImagingError on bytes that break the format's rules
 */
export function readContainer(bytes: Uint8Array): Container {
  try {
    return new Reader(bytes).read();
  } catch (error) {
    if (error instanceof RangeError) throw corrupt('avif', `a field leads out of its box (${error.message}).`);
    throw error;
  }
}

class Reader {
  readonly #bytes: Uint8Array;
  readonly #meta: Meta;
  /** The alpha auxiliary item of an item, by that item's number. */
  readonly #alphaItems = new Map<number, Item>();
  /** Bytes of items so far. Items that share bytes could make a small file a long work. */
  #itemBytes = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#meta = readMeta(bytes);
    for (const { type, from, to } of this.#meta.references) {
      const item = type === 'auxl' ? this.#meta.items.get(from) : undefined;
      if (item && this.#isAlpha(item)) for (const id of to) this.#alphaItems.set(id, item);
    }
  }

  read(): Container {
    const { primary } = this.#meta;
    const { width, height } = this.#size(primary);
    const alphaItem = this.#alphaItems.get(primary.id);
    const colour = this.#tiles(primary, width, height);
    const wholeAlpha = alphaItem ? this.#tiles(alphaItem, width, height) : [];
    const alpha = wholeAlpha.length > 0 ? wholeAlpha : this.#alphaOfTiles(primary);
    if (alpha.length > 0 && !colour.every((tile, i) => isSamePlace(tile, alpha[i]))) {
      throw corrupt('avif', 'the transparency is not cut into the same tiles as the colours.');
    }
    return {
      width,
      height,
      crop: this.#crop(primary, width, height),
      orientation: this.#orientation(primary),
      iccProfile: this.#iccProfile(primary),
      colour,
      alpha,
      premultiplied: this.#meta.references.some(({ type, from }) => type === 'prem' && from === primary.id),
    };
  }

  #reader(box: Box): ByteReader {
    return new ByteReader(this.#bytes, box.start, box.end);
  }

  #property(item: Item, type: string): Box | undefined {
    return item.properties.find((property) => property.type === type);
  }

  /** HEIF (ISO/IEC 23008-12), 6.5.3 ImageSpatialExtentsProperty. */
  #size(item: Item): { width: number; height: number } {
    const box = this.#property(item, 'ispe');
    if (!box) throw corrupt('avif', `item ${item.id} has no ispe property, which says its size.`);
    const reader = this.#reader(box);
    reader.fullBox();
    const [width, height] = [reader.u32(), reader.u32()];
    if (width === 0 || height === 0) throw corrupt('avif', `the header says ${width}×${height} pixels.`);
    return { width, height };
  }

  /** The coded pictures that an item is made of. */
  #tiles(item: Item, width: number, height: number): Tile[] {
    if (item.type === 'av01') {
      const tile = this.#tile(item, 0, 0);
      if (tile.width !== width || tile.height !== height) {
        throw corrupt('avif', `the header says ${width}×${height}, the picture is ${tile.width}×${tile.height}.`);
      }
      return [tile];
    }
    if (item.type === 'grid') return this.#grid(item, width, height);
    throw new ImagingError(
      'unsupported_format',
      `The AVIF picture is of the kind "${item.type}"; av01 and grid are supported.`,
      'Save it as PNG in a picture editor first.',
    );
  }

  /** HEIF, 6.6.2.3: a grid derived image item. */
  #grid(item: Item, width: number, height: number): Tile[] {
    const reader = new ByteReader(this.#data(item));
    reader.u8();
    const fieldBytes = reader.u8() & 1 ? 4 : 2;
    const [rows, columns] = [reader.u8() + 1, reader.u8() + 1];
    const [outputWidth, outputHeight] = [reader.uint(fieldBytes), reader.uint(fieldBytes)];
    if (outputWidth !== width || outputHeight !== height) {
      throw corrupt('avif', `the header says ${width}×${height}, the grid is ${outputWidth}×${outputHeight}.`);
    }
    const sources = this.#sources(item);
    if (sources.length !== rows * columns) {
      throw corrupt('avif', `the grid has ${rows}×${columns} places, but ${sources.length} tiles.`);
    }
    const first = this.#size(sources[0]);
    const isCovered = (tile: number, count: number, whole: number) =>
      tile >= LEAST_TILE_SIDE && tile * count >= whole && tile * (count - 1) < whole;
    if (!isCovered(first.width, columns, width) || !isCovered(first.height, rows, height)) {
      throw corrupt(
        'avif',
        `${rows}×${columns} tiles of ${first.width}×${first.height} do not make a picture of ${width}×${height}.`,
      );
    }
    return sources.map((source, i) => {
      const tile = this.#tile(source, (i % columns) * first.width, Math.floor(i / columns) * first.height);
      if (source.type === 'av01' && tile.width === first.width && tile.height === first.height) return tile;
      throw corrupt('avif', `tile ${i} is ${tile.width}×${tile.height} (${source.type}), not like the first one.`);
    });
  }

  #sources(item: Item): Item[] {
    const ids = this.#meta.references.find(({ type, from }) => type === 'dimg' && from === item.id)?.to ?? [];
    return ids.map((id) => {
      const source = this.#meta.items.get(id);
      if (!source) throw corrupt('avif', `the grid refers to item ${id}, which is not in the file.`);
      return source;
    });
  }

  #tile(item: Item, left: number, top: number): Tile {
    const data = this.#data(item);
    const properties = item.properties
      .filter(
        (box) => DECODER_PROPERTIES.includes(box.type) || (box.type === 'colr' && this.#colourType(box) === 'nclx'),
      )
      .map(({ type, start, end }) => ({ type, body: this.#bytes.subarray(start, end) }));
    return { ...readSequenceHeader(data), left, top, data, properties };
  }

  /** AVIF 1.1, 4.1: an auxiliary item that holds alpha. */
  #isAlpha(item: Item): boolean {
    const kind = this.#property(item, 'auxC');
    return kind !== undefined && ALPHA.includes(text(this.#bytes.subarray(kind.start + 4, kind.end)));
  }

  /** Alpha that is not of the grid, but of each of its tiles. */
  #alphaOfTiles(primary: Item): Tile[] {
    if (primary.type !== 'grid') return [];
    const items = this.#sources(primary).map((source) => this.#alphaItems.get(source.id));
    const { width, height } = this.#size(this.#sources(primary)[0]);
    const columns = Math.ceil(this.#size(primary).width / width);
    return items.flatMap((item, i) =>
      item ? [this.#tile(item, (i % columns) * width, Math.floor(i / columns) * height)] : [],
    );
  }

  #data(item: Item): Uint8Array {
    const length = item.extents.reduce((sum, extent) => sum + extent.length, 0);
    this.#itemBytes += length;
    if (length === 0) throw corrupt('avif', `item ${item.id} has no data in this file.`);
    const end = Math.max(...item.extents.map((extent) => extent.start + extent.length));
    if (end > this.#bytes.length || this.#itemBytes > this.#bytes.length) {
      throw corrupt('avif', `the picture data ends at byte ${end}; the file has ${this.#bytes.length}.`);
    }
    const [first] = item.extents;
    if (item.extents.length === 1) return this.#bytes.subarray(first.start, first.start + length);
    const data = new Uint8Array(length);
    let at = 0;
    for (const extent of item.extents) {
      data.set(this.#bytes.subarray(extent.start, extent.start + extent.length), at);
      at += extent.length;
    }
    return data;
  }

  /** ISO/IEC 14496-12, 12.1.4 CleanApertureBox. Off whole pixels, or off the picture, it is left out, as browsers do. */
  #crop(item: Item, width: number, height: number): Rect {
    const whole = { left: 0, top: 0, width, height };
    const box = this.#property(item, 'clap');
    if (!box) return whole;
    const reader = this.#reader(box);
    const fraction = (): number => (reader.u32() | 0) / reader.u32();
    const [cropWidth, cropHeight, offsetX, offsetY] = [fraction(), fraction(), fraction(), fraction()];
    const left = (width - cropWidth) / 2 + offsetX;
    const top = (height - cropHeight) / 2 + offsetY;
    const isWhole = [left, top, cropWidth, cropHeight].every(Number.isInteger);
    const isInside = left >= 0 && top >= 0 && left + cropWidth <= width && top + cropHeight <= height;
    if (!isWhole || !isInside || cropWidth < 1 || cropHeight < 1) return whole;
    return { left, top, width: cropWidth, height: cropHeight };
  }

  /** HEIF, 6.5.10 and 6.5.12. MIAF, 7.3.6.7: rotation comes before mirroring. */
  #orientation(item: Item): number {
    const rotation = this.#property(item, 'irot');
    const mirror = this.#property(item, 'imir');
    const turns = rotation ? this.#reader(rotation).u8() & 3 : 0;
    if (!mirror) return [1, 8, 3, 6][turns];
    const leftToRight = (this.#reader(mirror).u8() & 1) === 1;
    return leftToRight ? [2, 7, 4, 5][turns] : [4, 5, 2, 7][turns];
  }

  /** ISO/IEC 14496-12, 12.1.5 ColourInformationBox. */
  #iccProfile(item: Item): Uint8Array | null {
    const box = item.properties.find(
      (property) => property.type === 'colr' && ['prof', 'rICC'].includes(this.#colourType(property)),
    );
    return box ? this.#bytes.subarray(box.start + 4, box.end) : null;
  }

  #colourType(box: Box): string {
    return this.#reader(box).fourCc();
  }
}

function isSamePlace(tile: Tile, alpha: Tile | undefined): boolean {
  return (
    alpha !== undefined &&
    alpha.left === tile.left &&
    alpha.top === tile.top &&
    alpha.width === tile.width &&
    alpha.height === tile.height
  );
}

/** A string up to its zero byte. */
function text(bytes: Uint8Array): string {
  const end = bytes.indexOf(0);
  return String.fromCharCode(...bytes.subarray(0, Math.min(end < 0 ? bytes.length : end, 64)));
}
