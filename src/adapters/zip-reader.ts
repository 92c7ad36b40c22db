import { crc32 } from 'node:zlib';
import { type Entry, type Reader, ZipReader } from '@zip.js/zip.js/lib/zip-core-reader.js';
import type { ArchiveReader, OpenArchive } from '../application/imports/ports.ts';
import type { ArchiveEntry } from '../domain/packs/entry.ts';
import { MAX_DIRECTORY_BYTES, MAX_ENTRIES } from '../domain/packs/import-limits.ts';
import { PackFault, SEND_AGAIN, tooLarge, unreadable } from '../domain/packs/pack-fault.ts';
import { CorruptData, transformed } from './transformed.ts';

/** Read at once: neighbours are read one after the other, and most are shorter. */
const BLOCK_BYTES = 512 * 1024;

const CHUNK_BYTES = 64 * 1024;

const LOCAL_HEAD_BYTES = 30;

/** Zip archives in a bucket, read by ranges: never more of one is in memory than its directory and a block. */
export function zipReader(bucket: R2Bucket): ArchiveReader {
  return {
    async open(key) {
      const head = await bucket.head(key);
      if (head === null) return null;
      const source = new StoredFile(bucket, key, head.size);
      const found = await source.faultFirst(async () => {
        const entries: Entry[] = [];
        const zip = new ZipReader(source as unknown as Reader<string>, {
          filenameValidation: 'tolerant',
          useWebWorkers: false,
        });
        for await (const entry of zip.getEntriesGenerator()) {
          entries.push(entry);
          if (entries.length > MAX_ENTRIES)
            throw tooLarge(entries.length, 'files and folders', MAX_ENTRIES, ' or more');
        }
        return entries;
      });
      return { entries: found.map(entryOf), read: (index) => fileOf(source, found[index]) } satisfies OpenArchive;
    },
  };
}

function entryOf(entry: Entry, index: number): ArchiveEntry {
  const { filename, rawFilename, compressedSize, uncompressedSize, offset, directory, encrypted } = entry;
  // As Compress-Archive of Windows PowerShell 5 has it, and as `tar -czf pack.tar.gz .` has.
  const path = filename.replaceAll('\\', '/').replace(/^(\.\/)+(?=.)/, '');
  return {
    index,
    path,
    bytes: uncompressedSize,
    packedBytes: compressedSize,
    offset,
    length: LOCAL_HEAD_BYTES + rawFilename.byteLength + compressedSize,
    isFolder: directory || path.endsWith('/'),
    isLink: entry.symlink,
    isEncrypted: encrypted,
    method: entry.compressionMethod,
  };
}

/** The bytes of a file as they are unpacked. They are as many as the archive says, and no others. @throws PackFault */
async function* fileOf(source: StoredFile, entry: Entry | undefined): AsyncGenerator<Uint8Array> {
  if (entry === undefined || entry.directory) throw broken('it is not there any more');
  const { uncompressedSize: promised, compressionMethod: method, crc32: promisedSum = 0 } = entry;
  const packed = packedBytes(source, entry);
  const chunks = method === 0 ? packed : transformed(packed, new DecompressionStream('deflate-raw'));
  let bytes = 0;
  let sum = 0;
  try {
    for await (const chunk of chunks) {
      bytes += chunk.byteLength;
      if (bytes > promised) break;
      sum = crc32(chunk, sum);
      yield chunk;
    }
  } catch (error) {
    if (error instanceof CorruptData) throw broken(`it cannot be unpacked after ${number(bytes)} bytes`);
    throw error;
  }
  if (bytes !== promised) {
    throw broken(
      `it has ${number(bytes)} bytes${bytes > promised ? ' or more' : ''}, where the archive says ${number(promised)}`,
    );
  }
  if (sum !== promisedSum) {
    throw broken(`its bytes are others than when it was packed (CRC-32 ${hex(sum)}, not ${hex(promisedSum)})`);
  }
}

/** As they are in the archive. The stream of the platform unpacks them, since it can be told to wait. */
async function* packedBytes(
  source: StoredFile,
  entry: Exclude<Entry, { directory: true }>,
): AsyncGenerator<Uint8Array> {
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
  const reading = source.faultFirst(() =>
    entry.getData(writable, { passThrough: 'compressed', checkOverlappingEntry: true }),
  );
  const broken = reading.then(
    () => null,
    async (error: unknown) => {
      // Where it has not come so far, nobody else ends it.
      await writable.abort(error).catch(() => {});
      return error;
    },
  );
  try {
    for await (const chunk of readable) yield chunk;
  } catch (error) {
    throw (await broken) ?? error;
  }
  const fault = await broken;
  if (fault !== null) throw fault;
}

/** A file in a bucket as the library reads it: by what a `Reader` of it has, whose own class would come with all others. */
class StoredFile {
  readonly #bucket: R2Bucket;
  readonly #key: string;
  readonly size: number;
  /** The bytes that were read last. */
  #block: Uint8Array<ArrayBuffer> = new Uint8Array();
  #blockAt = 0;
  /** Of storage, or of what is too large: what the library makes of it does not matter. */
  #fault: { error: unknown } | null = null;

  constructor(bucket: R2Bucket, key: string, size: number) {
    this.size = size;
    this.#bucket = bucket;
    this.#key = key;
  }

  async readUint8Array(offset: number, length: number): Promise<Uint8Array> {
    const end = Math.min(offset + length, this.size);
    if (offset >= end) return new Uint8Array();
    try {
      if (offset < this.#blockAt || end > this.#blockAt + this.#block.byteLength)
        await this.#read(offset, end - offset);
    } catch (error) {
      this.#fault = { error };
      throw error;
    }
    // Of its own: the library keeps some for long.
    return this.#block.slice(offset - this.#blockAt, end - this.#blockAt);
  }

  createReadable({ offset, size }: { offset: number; size: number }): ReadableStream<Uint8Array> {
    let at = offset;
    const end = offset + size;
    return new ReadableStream({
      pull: async (controller) => {
        const chunk = await this.readUint8Array(at, Math.min(CHUNK_BYTES, end - at));
        at += chunk.byteLength;
        if (chunk.byteLength > 0) controller.enqueue(chunk);
        if (chunk.byteLength === 0 || at >= end) controller.close();
      },
    });
  }

  async #read(offset: number, length: number): Promise<void> {
    if (length > MAX_DIRECTORY_BYTES) throw tooLarge(length, 'bytes in its directory', MAX_DIRECTORY_BYTES);
    const range = { offset, length: Math.min(Math.max(length, BLOCK_BYTES), this.size - offset) };
    const object = await this.#bucket.get(this.#key, { range });
    if (object === null) throw new Error('the archive is not in storage any more');
    this.#block = new Uint8Array(await object.arrayBuffer());
    this.#blockAt = offset;
  }

  /** What reads by the library. Its own errors are the archive's. @throws PackFault, and what storage does */
  async faultFirst<Value>(read: () => Promise<Value>): Promise<Value> {
    try {
      return await read();
    } catch (error) {
      if (this.#fault) throw this.#fault.error;
      if (error instanceof PackFault) throw error;
      throw unreadable(error instanceof Error ? lowerFirst(error.message) : String(error));
    }
  }
}

/** @param why follows "The file in the archive is broken: " */
function broken(why: string): PackFault {
  return new PackFault('entry_broken', `The file in the archive is broken: ${why}.`, SEND_AGAIN);
}

const lowerFirst = (text: string): string => text.charAt(0).toLowerCase() + text.slice(1);
const number = (value: number): string => value.toLocaleString('en');
const hex = (value: number): string => (value >>> 0).toString(16).padStart(8, '0');
