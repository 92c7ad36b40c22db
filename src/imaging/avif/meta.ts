import { corrupt } from '../errors.ts';
import { type Box, ByteReader, boxes, findBox } from './boxes.ts';

/** Bounds what the tables of a hostile file take in memory; real ones take some hundred bytes and the ICC profile. */
const MOST_META_BYTES = 2 ** 21;

/** One item of the file: ISO/IEC 14496-12, 8.11. */
export interface Item {
  id: number;
  /** `av01` is a coded picture, `grid` one that is put together from others. */
  type: string;
  /** The properties that apply to it, in the order of their association. */
  properties: Box[];
  /** Where its bytes are: offsets in the file. */
  extents: { start: number; length: number }[];
}

/** A typed link between items: 8.11.12. */
export interface Reference {
  type: string;
  from: number;
  to: number[];
}

export interface Meta {
  primary: Item;
  items: Map<number, Item>;
  references: Reference[];
}

/**
 * Reads the tables of the MetaBox.
 *
 * @throws ImagingError where there is no picture; RangeError where a table leads out of its box
 */
export function readMeta(bytes: Uint8Array): Meta {
  const meta = findBox(bytes, 'meta', 0, bytes.length);
  if (!meta) throw corrupt('avif', 'there is no meta box, which describes the picture.');
  if (meta.end - meta.start > MOST_META_BYTES) {
    throw corrupt('avif', `the meta box has ${meta.end - meta.start} bytes; the limit is ${MOST_META_BYTES}.`);
  }
  const found = new Map<string, Box>();
  for (const box of boxes(bytes, meta.start + 4, meta.end)) if (!found.has(box.type)) found.set(box.type, box);
  const table = (type: string): Box => {
    const box = found.get(type);
    if (!box) throw corrupt('avif', `the meta box has no ${type} box.`);
    return box;
  };

  const items = readItemTypes(bytes, table('iinf'));
  readLocations(bytes, table('iloc'), found.get('idat'), items);
  readProperties(bytes, table('iprp'), items);
  const references = found.get('iref');
  const primaryId = readPrimary(bytes, table('pitm'));
  const primary = items.get(primaryId);
  if (!primary) throw corrupt('avif', `the primary item is ${primaryId}, which is not in the file.`);
  return { primary, items, references: references ? readReferences(bytes, references) : [] };
}

/** 8.11.4 PrimaryItemBox. */
function readPrimary(bytes: Uint8Array, box: Box): number {
  const reader = new ByteReader(bytes, box.start, box.end);
  return reader.fullBox().version === 0 ? reader.u16() : reader.u32();
}

/** 8.11.6 ItemInfoBox. */
function readItemTypes(bytes: Uint8Array, box: Box): Map<number, Item> {
  const reader = new ByteReader(bytes, box.start, box.end);
  reader.uint(reader.fullBox().version === 0 ? 2 : 4);
  const items = new Map<number, Item>();
  for (const entry of boxes(bytes, reader.position, box.end)) {
    const fields = new ByteReader(bytes, entry.start, entry.end);
    const { version } = fields.fullBox();
    // Versions 0 and 1 have no item type, which HEIF requires.
    if (entry.type !== 'infe' || version < 2) continue;
    const id = version === 2 ? fields.u16() : fields.u32();
    fields.u16();
    items.set(id, { id, type: fields.fourCc(), properties: [], extents: [] });
  }
  return items;
}

/** 8.11.3 ItemLocationBox. */
function readLocations(bytes: Uint8Array, box: Box, data: Box | undefined, items: Map<number, Item>): void {
  const reader = new ByteReader(bytes, box.start, box.end);
  const { version } = reader.fullBox();
  const sizes = reader.u16();
  const [offsetSize, lengthSize, baseOffsetSize] = [sizes >> 12, (sizes >> 8) & 15, (sizes >> 4) & 15];
  const indexSize = version === 0 ? 0 : sizes & 15;
  const count = reader.uint(version < 2 ? 2 : 4);
  for (let i = 0; i < count; i++) {
    const item = items.get(reader.uint(version < 2 ? 2 : 4));
    const method = version === 0 ? 0 : reader.u16() & 15;
    const dataReference = reader.u16();
    // 0: offsets in this file; 1: in the idat box; 2: in another item, which AVIF does not allow.
    const origin = method === 0 ? 0 : method === 1 ? data?.start : undefined;
    const base = reader.uint(baseOffsetSize);
    const extents = reader.u16();
    if (extents > 1 && offsetSize + lengthSize === 0) throw new RangeError(`${extents} extents are all the same`);
    for (let extent = 0; extent < extents; extent++) {
      reader.uint(indexSize);
      const offset = reader.uint(offsetSize);
      const length = reader.uint(lengthSize);
      if (!item || origin === undefined || dataReference !== 0) continue;
      const start = origin + base + offset;
      // Without a length the extent goes on to the end of its source.
      const end = method === 1 && data ? data.end : bytes.length;
      item.extents.push({ start, length: lengthSize === 0 || length === 0 ? Math.max(0, end - start) : length });
    }
  }
}

/** 8.11.14 ItemPropertiesBox. */
function readProperties(bytes: Uint8Array, box: Box, items: Map<number, Item>): void {
  const container = findBox(bytes, 'ipco', box.start, box.end);
  if (!container) throw corrupt('avif', 'the iprp box has no ipco box, which holds the properties.');
  const properties = [...boxes(bytes, container.start, container.end)];
  for (const association of boxes(bytes, box.start, box.end)) {
    if (association.type !== 'ipma') continue;
    const reader = new ByteReader(bytes, association.start, association.end);
    const { version, flags } = reader.fullBox();
    const count = reader.u32();
    for (let i = 0; i < count; i++) {
      const item = items.get(reader.uint(version === 0 ? 2 : 4));
      const associations = reader.u8();
      for (let j = 0; j < associations; j++) {
        // The top bit says "essential". Indices count from 1; 0 is none.
        const index = flags & 1 ? reader.u16() & 0x7fff : reader.u8() & 0x7f;
        const property = properties[index - 1];
        if (item && property) item.properties.push(property);
      }
    }
  }
}

/** 8.11.12 ItemReferenceBox. */
function readReferences(bytes: Uint8Array, box: Box): Reference[] {
  const idSize = new ByteReader(bytes, box.start, box.end).fullBox().version === 0 ? 2 : 4;
  const references: Reference[] = [];
  for (const entry of boxes(bytes, box.start + 4, box.end)) {
    const reader = new ByteReader(bytes, entry.start, entry.end);
    const from = reader.uint(idSize);
    const to = Array.from({ length: reader.u16() }, () => reader.uint(idSize));
    references.push({ type: entry.type, from, to });
  }
  return references;
}
