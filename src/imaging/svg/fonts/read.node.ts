import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

/** Reads a font from its package, as Workers import it: package.json's "imports" tell them where it is. */
export function readFont(path: string): ArrayBuffer {
  return new Uint8Array(readFileSync(createRequire(import.meta.url).resolve(path))).buffer;
}
