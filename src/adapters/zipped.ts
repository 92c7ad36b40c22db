import { makeZip } from 'client-zip';
import { createTarDecoder, type ParsedTarEntry } from 'modern-tar';
import { MAX_ARCHIVE_BYTES, MAX_DIRECTORY_BYTES, MAX_ENTRIES } from '../domain/packs/import-limits.ts';
import { type PackFault, tooLarge, unreadable } from '../domain/packs/pack-fault.ts';
import { Refusal } from '../domain/refusal.ts';
import { CorruptData, transformed } from './transformed.ts';

/** A file that is to be in a zip. */
interface File {
  path: string;
  /** Null of a folder. */
  body: AsyncIterable<Uint8Array> | null;
  /** That it is a symbolic link, or another thing that is no file. */
  isLink?: boolean;
}

/** As far as a tar has to be read to be known. */
const HEAD_BYTES = 512;

/** APPNOTE.TXT of PKWARE, 4.3.12: what the directory has of a file beside its path. */
const DIRECTORY_HEAD_BYTES = 46;

/** POSIX.1-2008: the file type of a symbolic link in a mode. */
const S_IFLNK = 0o120_000;

/** The same files are the same zip, whenever they come. */
const SOME_DAY = Date.UTC(2000, 0, 1);

type Kind = 'zip' | 'gzip' | 'tar' | 'other';

/**
 * An archive as it is kept: always a zip. That, and what is nothing else, stays as it is; of a tar, compressed or not, one
 * is made while it comes in.
 *
 * @param chunks each with memory of its own
 * @param name of the one file in the zip that is made of what is no archive
 * @throws Refusal `pack_too_large`, `pack_unreadable` while it is read
 */
export async function* zipped(chunks: AsyncIterable<Uint8Array>, name: string): AsyncGenerator<Uint8Array> {
  const { kind, all } = await sniffed(limited(chunks));
  if (kind === 'zip') yield* all;
  else if (kind === 'tar') yield* zipOf(filesOfTar(all));
  else if (kind === 'gzip') yield* zippedUnpacked(all);
  else yield* zipOf([{ path: name, body: all }]);
}

/**
 * A zip of files as they come; each is read to its end before the next one is asked for. Its directory is in memory until
 * then: paths of a tar can have megabytes.
 */
export async function* zipOf(files: AsyncIterable<File> | Iterable<File>): AsyncGenerator<Uint8Array> {
  async function* inputs() {
    let count = 0;
    let bytes = 0;
    for await (const { path, body, isLink } of files) {
      if (++count > MAX_ENTRIES) throw refusal(tooLarge(count, 'files and folders', MAX_ENTRIES, ' or more'));
      bytes += DIRECTORY_HEAD_BYTES + Buffer.byteLength(path);
      if (bytes > MAX_DIRECTORY_BYTES) {
        throw refusal(tooLarge(bytes, 'bytes in its directory', MAX_DIRECTORY_BYTES, ' or more'));
      }
      yield { name: path, lastModified: SOME_DAY, ...(body && { input: body }), ...(isLink && { mode: S_IFLNK }) };
    }
  }
  yield* makeZip(inputs());
}

/** Whether bytes are those of an archive. */
export async function isArchive(
  chunks: AsyncIterable<Uint8Array>,
): Promise<{ is: boolean; all: AsyncIterable<Uint8Array> }> {
  const { kind, all } = await sniffed(chunks);
  return { is: kind !== 'other', all };
}

async function* zippedUnpacked(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const unpacked = limited(gunzipped(chunks), ' when it is unpacked');
  const { kind, all } = await sniffed(unpacked);
  if (kind !== 'tar') throw refusal(unreadable('what is compressed in it is no tar'));
  yield* zipOf(filesOfTar(all));
}

async function* gunzipped(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield* transformed(chunks, new DecompressionStream('gzip'));
  } catch (error) {
    throw error instanceof CorruptData ? refusal(unreadable('it is no whole gzip')) : error;
  }
}

async function* filesOfTar(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<File> {
  const { readable, writable } = createTarDecoder({ strict: true });
  let fault: unknown = null;
  const feeding = feed(chunks, writable).catch((error: unknown) => {
    fault = error;
  });
  try {
    for await (const { header, body } of readable as ReadableStream<ParsedTarEntry>) {
      const { name, type = 'file' } = header;
      if (type === 'file') {
        yield { path: name, body };
        continue;
      }
      await body.cancel();
      if (type === 'directory') yield { path: name, body: null };
      else yield { path: name, body: nothing(), isLink: true };
    }
    await feeding;
    if (fault !== null) throw fault;
  } catch (error) {
    // What was read is of no use any more, or could not be.
    const cause = fault ?? error;
    if (cause instanceof Refusal || (cause instanceof Error && 'code' in cause)) throw cause;
    throw refusal(unreadable(`the tar is broken (${cause instanceof Error ? cause.message : String(cause)})`));
  } finally {
    await feeding;
  }
}

async function feed(chunks: AsyncIterable<Uint8Array>, writable: WritableStream<Uint8Array>): Promise<void> {
  const writer = writable.getWriter();
  try {
    for await (const chunk of chunks) await writer.write(chunk);
    await writer.close();
  } catch (error) {
    await writer.abort(error).catch(() => {});
    throw error;
  }
}

async function* nothing(): AsyncGenerator<Uint8Array> {}

/** What the first bytes tell, and all of them. */
async function sniffed(chunks: AsyncIterable<Uint8Array>): Promise<{ kind: Kind; all: AsyncGenerator<Uint8Array> }> {
  const iterator = chunks[Symbol.asyncIterator]();
  const first: Uint8Array[] = [];
  let bytes = 0;
  while (bytes < HEAD_BYTES) {
    const { done, value } = await iterator.next();
    if (done) break;
    first.push(value);
    bytes += value.byteLength;
  }
  async function* all(): AsyncGenerator<Uint8Array> {
    try {
      yield* first;
      for (;;) {
        const { done, value } = await iterator.next();
        if (done) return;
        yield value;
      }
    } finally {
      await iterator.return?.();
    }
  }
  return { kind: kindOf(new Uint8Array(await new Blob(first as Uint8Array<ArrayBuffer>[]).arrayBuffer())), all: all() };
}

function kindOf(head: Uint8Array): Kind {
  const [a, b, c, d] = head;
  // A file of the archive, or its end where there is none.
  if (a === 0x50 && b === 0x4b && ((c === 3 && d === 4) || (c === 5 && d === 6))) return 'zip';
  if (a === 0x1f && b === 0x8b) return 'gzip';
  return isTarHead(head) ? 'tar' : 'other';
}

/** By its checksum (POSIX.1-2008, pax, "ustar Interchange Format"): old ones have no magic number. */
function isTarHead(head: Uint8Array): boolean {
  if (head.byteLength < HEAD_BYTES) return false;
  const written = Number.parseInt(new TextDecoder('latin1').decode(head.subarray(148, 156)).replace(/^[\s\0]+/, ''), 8);
  const sum = head.subarray(0, HEAD_BYTES).reduce((sum, byte, at) => sum + (at >= 148 && at < 156 ? 0x20 : byte), 0);
  return sum === written;
}

/** The same chunks. @throws Refusal `pack_too_large` @param when follows the limit in what is said */
export async function* limited(chunks: AsyncIterable<Uint8Array>, when = ''): AsyncGenerator<Uint8Array> {
  let bytes = 0;
  for await (const chunk of chunks) {
    bytes += chunk.byteLength;
    if (bytes > MAX_ARCHIVE_BYTES) throw refusal(tooLarge(bytes, 'bytes', MAX_ARCHIVE_BYTES, ` or more${when}`));
    yield chunk;
  }
}

function refusal({ failure: { code, message, remedy } }: PackFault): Refusal {
  return new Refusal(code === 'pack_too_large' ? code : 'pack_unreadable', `${message} ${remedy}`);
}
