import type { Failure } from '../failure.ts';
import { MAX_UPLOAD_BYTES } from '../upload-size.ts';
import { MAX_ENTRIES, MAX_PATH_LENGTH, MAX_RATIO, MAX_UNPACKED_BYTES, RATIO_COUNTS_FROM } from './import-limits.ts';
import { PackFault, tooLarge } from './pack-fault.ts';

/** A file of a zip, as the directory of that tells of it. */
export interface ArchiveEntry {
  /** Its place in the directory, from 0. */
  index: number;
  /** With slashes between its parts, whatever the archive has. */
  path: string;
  /** Size, unpacked and packed. */
  bytes: number;
  packedBytes: number;
  /** Where it begins, and how long it is at least with its own head. */
  offset: number;
  length: number;
  isFolder: boolean;
  /** A symbolic link, or another thing that is no file. */
  isLink: boolean;
  isEncrypted: boolean;
  /** 0: stored, 8: deflated, as APPNOTE.TXT of PKWARE has them. */
  method: number;
}

/** What systems leave in archives, and folders: nothing is to be told of these. */
const LEFT_BEHIND = /(^|\/)(__MACOSX\/|\._[^/]*$|\.DS_Store$|Thumbs\.db$|desktop\.ini$)/i;

const ARCHIVE = /\.(zip|jar|tar|tgz|gz|bz2|xz|zst|7z|rar)$/i;

/** What cannot be seen, and what turns the direction of writing. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: those are the ones that are looked for
const UNPRINTABLE = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]/u;

/** Whether an archive is one that can be imported at all. @throws PackFault */
export function checkEntries(entries: ArchiveEntry[]): void {
  if (entries.length > MAX_ENTRIES) throw tooLarge(entries.length, 'files and folders', MAX_ENTRIES);
  const bytes = entries.reduce((sum, entry) => sum + entry.bytes, 0);
  if (bytes > MAX_UNPACKED_BYTES) throw tooLarge(bytes, 'bytes when it is unpacked', MAX_UNPACKED_BYTES);
  checkOverlaps(entries);
}

/** Files that share their bytes are a bomb (David Fifield, "A better zip bomb", 2019): no program makes such an archive. */
function checkOverlaps(entries: ArchiveEntry[]): void {
  const sorted = entries.toSorted((a, b) => a.offset - b.offset);
  for (const [index, entry] of sorted.entries()) {
    const next = sorted[index + 1];
    if (next === undefined || entry.offset + entry.length <= next.offset) continue;
    throw new PackFault(
      'pack_overlaps',
      `The files ${quoted(entry.path)} and ${quoted(next.path)} lie in the same bytes of the archive, at ` +
        `${next.offset.toLocaleString('en')}: such an archive grows without bounds when it is unpacked.`,
      'Unpack what you have, and make the archive anew.',
    );
  }
}

export function isLeftBehind({ path, isFolder }: ArchiveEntry): boolean {
  return isFolder || LEFT_BEHIND.test(path);
}

/** Why a file of an archive is not read; null where it may be. */
export function refusalOf(entry: ArchiveEntry): Failure | null {
  const { path, bytes, packedBytes, method } = entry;
  const trick = trickOf(path);
  if (trick !== null) {
    return failure(
      'path_not_allowed',
      `The path ${quoted(path)} ${trick}.`,
      'Name the file in the archive by letters and digits.',
    );
  }
  if (entry.isLink) {
    return failure('entry_is_link', 'This is a link, not a file.', 'Put the file itself into the archive.');
  }
  if (entry.isEncrypted) {
    return failure('entry_encrypted', 'The file is encrypted.', 'Make the archive without a password.');
  }
  if (method !== 0 && method !== 8) {
    return failure(
      'entry_method_unknown',
      `The file is packed by method ${method}; 0 (stored) and 8 (deflated) can be read.`,
      'Make the archive by another program, such as zip.',
    );
  }
  if (ARCHIVE.test(path)) {
    return failure('archive_in_archive', 'This is an archive in the archive.', 'Import it by itself.');
  }
  if (bytes > MAX_UPLOAD_BYTES) {
    return failure(
      'file_too_large',
      `The file has ${number(bytes)} bytes; the limit is ${number(MAX_UPLOAD_BYTES)}.`,
      'Scale the picture down or shorten the animation first.',
    );
  }
  if (bytes >= RATIO_COUNTS_FROM && bytes > packedBytes * MAX_RATIO) {
    return failure(
      'entry_ratio',
      `The file has ${number(bytes)} bytes, packed in ${number(packedBytes)}: more than ${MAX_RATIO} to 1.`,
      'Add the picture by itself, if it is one.',
    );
  }
  return null;
}

/** What is wrong with a path, after "The path … "; null where nothing is. */
function trickOf(path: string): string | null {
  if (path === '') return 'is empty';
  if (path.length > MAX_PATH_LENGTH) return `has ${path.length} characters; the limit is ${MAX_PATH_LENGTH}`;
  if (UNPRINTABLE.test(path)) return 'has characters that cannot be seen, or turn the direction of writing';
  if (path.startsWith('/')) return 'starts at the root ("/")';
  if (/^[a-z]:/i.test(path)) return 'names a drive';
  if (path.split('/').some((part) => part === '..' || part === '.')) return 'leads out of its folder ("..")';
  return null;
}

/** A path as it may be shown: of what cannot be seen, its number. */
export function shownPath(path: string): string {
  const short = path.length > MAX_PATH_LENGTH ? `${path.slice(0, MAX_PATH_LENGTH)}…` : path;
  return Array.from(short.toWellFormed(), (character) =>
    UNPRINTABLE.test(character) ? `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}` : character,
  ).join('');
}

const quoted = (path: string): string => `"${shownPath(path.slice(0, 200))}"`;
const number = (value: number): string => value.toLocaleString('en');

function failure(code: string, message: string, remedy: string): Failure {
  return { code, message, remedy };
}
