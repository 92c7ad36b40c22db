import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';

/** Not part of what runs: notes with the time, and maps with paths. */
const NOT_RUN = /(^README\.md|\.map)$/;

/**
 * Tells whether anything has changed that a deployment is made of: code, pages and settings. A version is tagged with
 * it, so that the same one is not deployed again: that would empty the cache at the edge.
 *
 * @param paths files, and folders with all that is in them
 * @returns 16 hexadecimal digits of SHA-256
 */
export async function fingerprint(...paths: string[]): Promise<string> {
  const hash = createHash('sha256');
  for (const from of paths) {
    for (const name of await filesOf(from)) {
      if (NOT_RUN.test(name)) continue;
      const contents = await readFile(path.join(from, name));
      hash.update(`${name}\0${contents.byteLength}\0`).update(contents);
    }
  }
  return hash.digest('hex').slice(0, 16);
}

/** Relative to the folder, in an order that is always the same; the empty name for a file itself. */
async function filesOf(from: string): Promise<string[]> {
  const entries = await readdir(from, { recursive: true, withFileTypes: true }).catch(
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOTDIR') return null;
      throw error;
    },
  );
  if (entries === null) return [''];
  const files = entries.filter((entry) => entry.isFile());
  return files.map((entry) => path.relative(from, path.join(entry.parentPath, entry.name))).sort();
}
