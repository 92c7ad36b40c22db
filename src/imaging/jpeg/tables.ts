import { corrupt } from '../errors.ts';
import { defaultHuffmanCodes } from './default-tables.ts';
import { type HuffmanCodes, HuffmanTable } from './huffman.ts';
import { MARKER, readUint16, type Segment } from './markers.ts';

export type HuffmanClass = 'dc' | 'ac';

/** The tables that are in force at a place in the file (T.81 B.2.4). A scan takes those in force where it starts. */
export class Tables {
  /** MCUs between two restart markers; 0 for none. */
  restartInterval = 0;
  readonly #quantisation: (Uint16Array | undefined)[] = [];
  /** Made on first use: a file may define millions, each in place of the one before. */
  readonly #huffman: Record<HuffmanClass, (HuffmanTable | HuffmanCodes | undefined)[]> = { dc: [], ac: [] };

  /**
   * Takes a segment that defines tables.
   *
   * @returns false when the segment is of another kind
   * @throws ImagingError when the tables break the rules
   */
  read(bytes: Uint8Array, segment: Segment): boolean {
    if (segment.marker === MARKER.DQT) this.#readQuantisation(bytes, segment);
    else if (segment.marker === MARKER.DHT) this.#readHuffman(bytes, segment);
    else if (segment.marker === MARKER.DRI) this.restartInterval = readUint16(bytes, segment.start);
    else return false;
    return true;
  }

  /** Tables of which one set may change without the other. */
  copy(): Tables {
    const copy = new Tables();
    copy.restartInterval = this.restartInterval;
    Object.assign(copy.#quantisation, this.#quantisation);
    Object.assign(copy.#huffman.dc, this.#huffman.dc);
    Object.assign(copy.#huffman.ac, this.#huffman.ac);
    return copy;
  }

  /** In zigzag order, as stored. */
  quantisation(index: number): Uint16Array {
    const table = this.#quantisation[index];
    if (table === undefined) throw corrupt('JPEG', `quantisation table ${index} is used, and nowhere defined.`);
    return table;
  }

  /** Falls back on the tables of T.81 annex K, which motion JPEG frames leave out. */
  huffman(kind: HuffmanClass, index: number): HuffmanTable {
    const defined = this.#huffman[kind][index];
    if (defined instanceof HuffmanTable) return defined;
    const table = new HuffmanTable(defined ?? defaultHuffmanCodes(kind, index));
    this.#huffman[kind][index] = table;
    return table;
  }

  #readQuantisation(bytes: Uint8Array, { start, end }: Segment): void {
    let at = start;
    while (at < end) {
      const wide = bytes[at] >> 4 !== 0;
      const index = bytes[at] & 15;
      at++;
      const size = wide ? 128 : 64;
      if (index > 3 || at + size > end) {
        throw corrupt(
          'JPEG',
          `quantisation table ${index} takes ${size} bytes, and ${end - at} are left of its segment.`,
        );
      }
      const table = new Uint16Array(64);
      for (let k = 0; k < 64; k++) table[k] = wide ? readUint16(bytes, at + 2 * k) : bytes[at + k];
      this.#quantisation[index] = table;
      at += size;
    }
  }

  #readHuffman(bytes: Uint8Array, { start, end }: Segment): void {
    let at = start;
    while (at + 17 <= end) {
      const kind = bytes[at] >> 4 === 0 ? 'dc' : 'ac';
      const index = bytes[at] & 15;
      let symbols = 0;
      for (let length = 1; length <= 16; length++) symbols += bytes[at + length];
      const counts = bytes.subarray(at + 1, at + 17);
      at += 17;
      if (index > 3 || symbols > 256 || at + symbols > end) {
        throw corrupt(
          'JPEG',
          `Huffman table ${index} has ${symbols} codes, and ${end - at} bytes are left of its segment.`,
        );
      }
      this.#huffman[kind][index] = { counts, symbols: bytes.subarray(at, at + symbols) };
      at += symbols;
    }
  }
}
