import { corrupt } from '../errors.ts';

/** A Huffman table as DHT segments have it (T.81 B.2.4.2). */
export interface HuffmanCodes {
  /** How many codes there are of each length, 1 to 16 bits. */
  counts: Uint8Array;
  /** What they stand for, in the order of the codes: at most 256. */
  symbols: Uint8Array;
}

/** A Huffman table that has been checked (T.81 C): the decoder makes its look-ups from it. */
export class HuffmanTable {
  /** 16 counts and 256 symbols. */
  readonly codes = new Uint8Array(16 + 256);

  /** @throws ImagingError when there are more codes of a length than fit */
  constructor({ counts, symbols }: HuffmanCodes) {
    let code = 0;
    for (const [i, count] of counts.entries()) {
      const length = i + 1;
      if (code + count > 1 << length) {
        throw corrupt(
          'JPEG',
          `a Huffman table has ${count} codes of ${length} bits; there is room for ${(1 << length) - code}.`,
        );
      }
      code = (code + count) << 1;
    }
    this.codes.set(counts);
    this.codes.set(symbols, 16);
  }
}
