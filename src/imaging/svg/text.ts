import { corrupt } from '../errors.ts';

/** XML 1.0, appendix F: how a document's first bytes tell its encoding. */
const SIGNATURES: [bytes: number[], encoding: string][] = [
  [[0xef, 0xbb, 0xbf], 'utf-8'],
  [[0xff, 0xfe], 'utf-16le'],
  [[0xfe, 0xff], 'utf-16be'],
  [[0x3c, 0x00], 'utf-16le'],
  [[0x00, 0x3c], 'utf-16be'],
];
const DECLARATION = /^<\?xml[^>]*\sencoding\s*=\s*["']([\w-]+)["']/;
const DECLARATION_BYTES = 200;

/** The text of an XML document: UTF-8, UTF-16, or what its declaration says. */
export function decodeText(bytes: Uint8Array): string {
  const encoding = SIGNATURES.find(([signature]) => signature.every((byte, i) => bytes[i] === byte))?.[1];
  if (encoding) return new TextDecoder(encoding).decode(bytes);
  const start = String.fromCharCode(...bytes.subarray(0, DECLARATION_BYTES));
  const declared = DECLARATION.exec(start)?.[1] ?? 'utf-8';
  try {
    return new TextDecoder(declared).decode(bytes);
  } catch {
    throw corrupt('svg', `the document is written in the encoding ${declared}, which is not known.`);
  }
}
