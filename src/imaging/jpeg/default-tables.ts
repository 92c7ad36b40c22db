import type { HuffmanCodes } from './huffman.ts';

/**
 * The typical Huffman tables of T.81 annex K.3. Motion JPEG (AVI, webcams) leaves its tables out and means these.
 *
 * @param index 0 for luminance, else chrominance
 */
export function defaultHuffmanCodes(kind: 'dc' | 'ac', index: number): HuffmanCodes {
  const [counts, symbols] = TYPICAL[kind][index === 0 ? 0 : 1];
  return { counts: fromHex(counts), symbols: fromHex(symbols) };
}

/** Codes of each length from 1 to 16 bits, and their symbols: hexadecimal, as a DHT segment has them. */
const TYPICAL = {
  // Tables K.3 and K.4.
  dc: [
    ['00010501010101010100000000000000', '000102030405060708090a0b'],
    ['00030101010101010101010000000000', '000102030405060708090a0b'],
  ],
  // Tables K.5 and K.6.
  ac: [
    [
      '0002010303020403050504040000017d',
      '01020300041105122131410613516107227114328191a1082342b1c11552d1f02433627282090a161718191a25262728292a3435363738' +
        '393a434445464748494a535455565758595a636465666768696a737475767778797a838485868788898a92939495969798999aa2a3a4' +
        'a5a6a7a8a9aab2b3b4b5b6b7b8b9bac2c3c4c5c6c7c8c9cad2d3d4d5d6d7d8d9dae1e2e3e4e5e6e7e8e9eaf1f2f3f4f5f6f7f8f9fa',
    ],
    [
      '00020102040403040705040400010277',
      '000102031104052131061241510761711322328108144291a1b1c109233352f0156272d10a162434e125f11718191a262728292a3536' +
        '3738393a434445464748494a535455565758595a636465666768696a737475767778797a82838485868788898a92939495969798999a' +
        'a2a3a4a5a6a7a8a9aab2b3b4b5b6b7b8b9bac2c3c4c5c6c7c8c9cad2d3d4d5d6d7d8d9dae2e3e4e5e6e7e8e9eaf2f3f4f5f6f7f8f9fa',
    ],
  ],
} as const;

function fromHex(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length / 2);
  for (let i = 0; i < bytes.length; i++) bytes[i] = Number.parseInt(text.slice(2 * i, 2 * i + 2), 16);
  return bytes;
}
