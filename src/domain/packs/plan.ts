import { MAX_CATEGORY_LENGTH, MAX_DESCRIPTION_LENGTH, MAX_WORDS } from '../emoji.ts';
import { MAX_NAME_LENGTH, parseEmojiName, parseTag } from '../emoji-name.ts';
import type { Failure } from '../failure.ts';
import { nearestName } from '../suggest-name.ts';
import { type ArchiveEntry, isLeftBehind, refusalOf, shownPath } from './entry.ts';
import { MAX_ENTRIES } from './import-limits.ts';
import type { ListFormatId, ReadList, WrittenEmoji } from './list-formats.ts';
import { PackFault, tooLarge } from './pack-fault.ts';

/** What is said of an emoji beside its picture, in canonical form. */
export interface Words {
  aliases: string[];
  tags: string[];
  category: string | null;
  description: string;
}

/** Where the picture of an emoji comes from: a file of the archive, by its place in the directory, or a server. */
export type PictureSource = { entry: number } | { url: string };

/** One thing that is in a pack. */
export interface PackItem {
  /** In the archive, or a URL, as it may be shown. */
  path: string;
  /** As it is written in the pack; null for what is no emoji. */
  name: string | null;
  /** What is to become of it: an emoji of a canonical name; or why it cannot become one; or nothing, and why. */
  is:
    | { emoji: string; source: PictureSource; words: Words; leftOut: string[] }
    | { refused: Failure }
    | { ignored: string };
}

export interface PackContents {
  /** `pictures`: nothing but files, called as the emoji are to be. */
  format: ListFormatId | 'pictures';
  items: PackItem[];
}

/** A list, and the folder that it is in, with a slash at the end; empty for the root. */
export interface FoundList extends ReadList {
  entry: ArchiveEntry;
  folder: string;
}

/** A list that cannot be read, or not all of it. */
export interface BrokenList {
  entry: ArchiveEntry;
  /** After "The list cannot be read: ", without a full stop. */
  why: string;
}

const PICTURE = /\.(png|apng|gif|jpe?g|jfif|webp|avif|svg|tiff?|bmp|ico)$/i;

/** Pictures for screens of more pixels are called so, by Apple's rule. It is no part of the name. */
const DENSITY = /(?<=.)@[1-9](\.\d+)?x(?=\.[^.]*$)/i;

/**
 * All that is in a pack, in its own order: what its lists name, then the other files.
 *
 * @param lists all of one format; none where names of files tell everything
 * @param urlFault why nothing is fetched from a URL; null for one that is
 * @throws PackFault
 */
export function contentsOf(
  entries: ArchiveEntry[],
  { lists, broken }: { lists: FoundList[]; broken: BrokenList[] },
  urlFault: (url: string) => string | null,
): PackContents {
  // Systems write names with accents in two ways (NFC, NFD), and not always in that of the list.
  const byPath = new Map(entries.filter(({ isFolder }) => !isFolder).map((entry) => [entry.path.normalize(), entry]));
  const known = new Set<ArchiveEntry>(lists.map(({ entry }) => entry));
  const listed: PackItem[] = [];
  for (const { emojis, folder } of lists) {
    if (emojis.length + listed.length > MAX_ENTRIES) {
      throw tooLarge(emojis.length + listed.length, 'emoji in its lists', MAX_ENTRIES);
    }
    for (const emoji of emojis) {
      const file = emoji.paths
        .map((path) => byPath.get(joined(folder, path).normalize()))
        .find((entry) => entry !== undefined);
      if (file) known.add(file);
      listed.push(listedItem(emoji, file, urlFault));
    }
  }
  const [{ format } = { format: 'pictures' as const }] = lists;
  for (const { entry } of broken) known.add(entry);
  const others = entries.filter((entry) => !known.has(entry)).map((entry) => unlistedItem(entry, lists.length > 0));
  const items = [...listed, ...broken.map(brokenItem), ...others];
  if (!items.some(({ is }) => !('ignored' in is)) && lists.length === 0) {
    throw new PackFault(
      'pack_empty',
      `The archive has ${entries.length.toLocaleString('en')} files and folders, and none of them is a picture or a list of emoji.`,
      'Put pictures into it (PNG, GIF, JPEG, WebP, AVIF, SVG, TIFF, BMP, ICO), or a list of one of the formats that docs/packs.md names.',
    );
  }
  return { format, items };
}

/** `./a/../b.png` as well: only what is in the archive is found by it. */
function joined(folder: string, path: string): string {
  return folder + path.replaceAll('\\', '/').replace(/^(\.\/)+/, '');
}

function listedItem(
  emoji: WrittenEmoji,
  file: ArchiveEntry | undefined,
  urlFault: (url: string) => string | null,
): PackItem {
  const { paths, url } = emoji;
  const path = shownPath(file?.path ?? url ?? paths[0] ?? '');
  const name = emoji.name === null ? null : shownPath(emoji.name).slice(0, 200);
  const refused = (failure: Failure): PackItem => ({ path, name, is: { refused: failure } });
  if (emoji.name === null) return refused(NO_NAME);
  const named = nameOf(emoji.name);
  if (typeof named !== 'string') return refused(named);
  if (url?.startsWith('alias:')) return refused(aliasOfNothing(url.slice('alias:'.length)));
  if (url?.startsWith('mxc:')) return refused(MATRIX_MEDIA);
  if (url !== null) {
    const fault = urlFault(url);
    if (fault !== null) return refused(urlNotAllowed(fault));
    return { path, name, is: { emoji: named, source: { url }, ...wordsOf(emoji, named) } };
  }
  if (file === undefined) return refused(paths.length === 0 ? NO_PICTURE : missing(path));
  const failure = refusalOf(file) ?? emptyOf(file);
  if (failure !== null) return refused(failure);
  return { path, name, is: { emoji: named, source: { entry: file.index }, ...wordsOf(emoji, named) } };
}

function unlistedItem(entry: ArchiveEntry, isListed: boolean): PackItem {
  const path = shownPath(entry.path);
  if (isLeftBehind(entry)) {
    return { path, name: null, is: { ignored: entry.isFolder ? 'a folder' : 'left by the system that packed it' } };
  }
  const failure = refusalOf(entry);
  // Also where it is nothing that would be imported: whoever sends a trick is told so.
  if (failure !== null) return { path, name: null, is: { refused: failure } };
  if (!PICTURE.test(entry.path)) return { path, name: null, is: { ignored: 'no picture, by its name' } };
  if (isListed) return { path, name: null, is: { ignored: 'not in the list of the pack' } };
  const empty = emptyOf(entry);
  if (empty !== null) return { path, name: null, is: { refused: empty } };
  const file = entry.path.slice(entry.path.lastIndexOf('/') + 1).replace(DENSITY, '');
  const name = file.replace(/\.[^.]*$/, '');
  const named = nameOf(name);
  if (typeof named !== 'string') return { path, name, is: { refused: named } };
  const words = { aliases: [], tags: [], category: null, description: '' };
  return { path, name, is: { emoji: named, source: { entry: entry.index }, words, leftOut: [] } };
}

/** The name as it is written, or the nearest one that an emoji can have. */
function nameOf(written: string): string | Failure {
  const parsed = parseEmojiName(written);
  if (parsed.ok) return parsed.name;
  const nearest = written.length > 1_000 ? null : nearestName(written);
  if (nearest !== null) return nearest;
  return {
    code: parsed.rule,
    message: parsed.message,
    remedy: `Name it by 1 to ${MAX_NAME_LENGTH} letters or digits in the pack, or add it by itself.`,
  };
}

/** In canonical form; and what cannot be had of them. */
function wordsOf(emoji: WrittenEmoji, name: string): { words: Words; leftOut: string[] } {
  const leftOut: string[] = [];
  const kept = (written: string[], what: string, parse: typeof parseTag): string[] => {
    const found = new Set<string>();
    for (const word of written) {
      // Misskey has one such in each list that is empty.
      if (word.trim() === '') continue;
      const parsed = parse(word);
      if (parsed.ok && (found.size < MAX_WORDS || found.has(parsed.name))) found.add(parsed.name);
      else if (leftOut.length < MAX_WORDS) leftOut.push(`${what} ${JSON.stringify(shownPath(word.slice(0, 100)))}`);
    }
    return [...found];
  };
  const aliases = kept(emoji.aliases, 'alias', parseEmojiName).filter((alias) => alias !== name);
  const tags = kept(emoji.tags, 'tag', parseTag);
  const category = cut(emoji.category?.toWellFormed() ?? '', MAX_CATEGORY_LENGTH);
  const description = cut(emoji.description.toWellFormed(), MAX_DESCRIPTION_LENGTH);
  return { words: { aliases, tags, category: category === '' ? null : category, description }, leftOut };
}

const cut = (text: string, most: number): string =>
  Array.from(text.slice(0, 2 * most))
    .slice(0, most)
    .join('');

const NO_NAME = {
  code: 'entry_has_no_name',
  message: 'The list of the pack has no name for this emoji.',
  remedy: 'Give it one in the list, or add it by itself.',
};

const NO_PICTURE = {
  code: 'entry_has_no_picture',
  message: 'The list of the pack does not say where the picture of this emoji is.',
  remedy: 'Say so in the list, or add it by itself.',
};

const MATRIX_MEDIA = {
  code: 'matrix_media',
  message: 'The picture is an mxc: URI: only a Matrix server has it, for whoever is signed in there.',
  remedy: 'Save the picture, put it beside the list, and write its path in place of the URI.',
};

function urlNotAllowed(message: string): Failure {
  return {
    code: 'url_not_allowed',
    message,
    remedy: 'Or save the picture, put it beside the list, and write its path in place of the URL.',
  };
}

function emptyOf({ bytes }: ArchiveEntry): Failure | null {
  if (bytes > 0) return null;
  return {
    code: 'empty_file',
    message: 'The file is empty (0 bytes).',
    remedy: 'Put the picture itself in its place.',
  };
}

function brokenItem({ entry, why }: BrokenList): PackItem {
  const failure = {
    code: 'list_broken',
    message: `The list cannot be read: ${shownPath(why.slice(0, 200))}.`,
    remedy:
      'Mend it, and import the pack again: with on_conflict=replace, what is there by then gets what the list says of it.',
  };
  return { path: shownPath(entry.path), name: null, is: { refused: failure } };
}

function missing(path: string): Failure {
  return {
    code: 'file_not_in_pack',
    message: `The list of the pack names the file "${path}", which is not in the archive.`,
    remedy: 'Put the file into the archive, beside the list.',
  };
}

function aliasOfNothing(of: string): Failure {
  return {
    code: 'alias_of_nothing',
    message: `This is another name of "${shownPath(of).slice(0, 200)}", which has no picture in the list.`,
    remedy: 'It is one of the emoji that come with Slack. Add a picture of it by itself.',
  };
}
