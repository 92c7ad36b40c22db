import { createHash } from 'node:crypto';
import { appendFile, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Stop } from '../wrangler.ts';

/** What a folder with a backup says of itself, once it is complete. */
export interface Manifest {
  version: 1;
  service: string;
  /** Milliseconds since 1970, when the database was exported. */
  at: number;
  /** How the keys begin of what the database names, and the bucket does not have. */
  missing: string[];
  objects: number;
  bytes: number;
}

/** An object of the bucket, as it is in the folder. */
export interface Kept {
  key: string;
  size: number;
  etag: string;
  httpMetadata: R2HTTPMetadata;
  customMetadata: Record<string, string>;
}

const MANIFEST = 'manifest.json';
const LIST = 'objects.jsonl';

/** A folder with a backup: `database.sql`, `objects/`, a list of these, and last of all `manifest.json`. */
export class BackupFolder {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  get databaseFile(): string {
    return path.join(this.path, 'database.sql');
  }

  /** @throws Stop for what is no complete backup */
  async manifest(): Promise<Manifest> {
    const text = await readFile(path.join(this.path, MANIFEST), 'utf8').catch(() => null);
    if (text === null)
      throw new Stop(`${this.path} has no complete backup: its ${MANIFEST} is missing. Run it to its end.`);
    const manifest = JSON.parse(text) as Manifest;
    if (manifest.version !== 1)
      throw new Stop(`${this.path} has a backup of version ${manifest.version}; this is for 1.`);
    return manifest;
  }

  /** Until it is complete again, the backup is none. */
  async begin(): Promise<void> {
    await mkdir(this.path, { recursive: true });
    await rm(path.join(this.path, MANIFEST), { force: true });
  }

  /** The objects that were written to their end, also by a run that was broken off. */
  async kept(): Promise<Map<string, Kept>> {
    const text = await readFile(path.join(this.path, LIST), 'utf8').catch(() => '');
    const lines = text.split('\n').flatMap((line) => {
      try {
        return [JSON.parse(line) as Kept];
      } catch {
        // The last one, where the run was broken off.
        return [];
      }
    });
    return new Map(lines.map((kept) => [kept.key, kept]));
  }

  /** @throws Stop where the bytes are not those of the object */
  async keep(kept: Kept, bytes: Uint8Array): Promise<void> {
    check(kept, bytes);
    const file = this.#fileOf(kept.key);
    await mkdir(path.dirname(file), { recursive: true });
    await replaceFile(file, bytes);
    await appendFile(path.join(this.path, LIST), `${JSON.stringify(kept)}\n`);
  }

  /** @throws Stop where the file is not what was kept */
  async read(kept: Kept): Promise<Uint8Array> {
    const bytes = await readFile(this.#fileOf(kept.key));
    check(kept, bytes);
    return bytes;
  }

  /** Drops what is not among these, and says of the rest that it is complete. */
  async complete(facts: Pick<Manifest, 'service' | 'at' | 'missing'>, seen: Set<string>): Promise<Manifest> {
    const all = [...(await this.kept()).values()];
    for (const { key } of all) if (!seen.has(key)) await rm(this.#fileOf(key), { force: true });
    const objects = all.filter(({ key }) => seen.has(key));
    await replaceFile(path.join(this.path, LIST), objects.map((kept) => `${JSON.stringify(kept)}\n`).join(''));
    const bytes = objects.reduce((sum, { size }) => sum + size, 0);
    const manifest: Manifest = { version: 1, ...facts, objects: objects.length, bytes };
    await replaceFile(path.join(this.path, MANIFEST), `${JSON.stringify(manifest, null, 2)}\n`);
    return manifest;
  }

  #fileOf(key: string): string {
    // Keys are ids and hashes; whatever else one may be is not to lead out of the folder.
    const parts = key
      .split('/')
      .map((part) => encodeURIComponent(part).replace(/^\.+$/, (dots) => '%2E'.repeat(dots.length)));
    return path.join(this.path, 'objects', ...parts);
  }
}

/** Of an object that was stored in parts R2 tells no hash. */
function check({ key, size, etag }: Kept, bytes: Uint8Array): void {
  if (bytes.byteLength !== size)
    throw new Stop(`${key} is damaged: it has ${bytes.byteLength} bytes instead of ${size}.`);
  if (/^[0-9a-f]{32}$/.test(etag) && createHash('md5').update(bytes).digest('hex') !== etag) {
    throw new Stop(`${key} is damaged: its MD5 is not ${etag}.`);
  }
}

/** At once, so that a file is there as a whole or not at all. */
async function replaceFile(file: string, contents: Uint8Array | string): Promise<void> {
  await writeFile(`${file}.unfinished`, contents);
  await rename(`${file}.unfinished`, file);
}
