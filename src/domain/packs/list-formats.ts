import { MAX_ENTRIES, MAX_PATH_LENGTH } from './import-limits.ts';
import { PackFault, tooLarge } from './pack-fault.ts';

/** An emoji as a list in a pack tells of it. Nothing has been checked of it. */
export interface WrittenEmoji {
  /** Null where there is none. */
  name: string | null;
  /** Where its picture may be, from the folder of the list; the first that is there counts. */
  paths: string[];
  /** Where else it is. */
  url: string | null;
  aliases: string[];
  tags: string[];
  category: string | null;
  description: string;
}

/** What packs are told by. In an archive, the first that is found counts. */
export const LIST_FORMATS = [
  'custom-emoji',
  'misskey',
  'matrix',
  'pleroma',
  'mattermost',
  'slack',
  'emojipacks',
  'emoji.txt',
] as const;

export type ListFormatId = (typeof LIST_FORMATS)[number];

export interface ReadList {
  format: ListFormatId;
  emojis: WrittenEmoji[];
}

type Value = Record<string, unknown>;

/** What a text that was JSON or YAML tells of emoji, whoever wrote it; null when it is no list of them. @throws PackFault */
export function readList(value: unknown): ReadList | null {
  if (!isObject(value)) return null;
  const { emojis, images, files, emoji } = value;
  if (value.format === 'custom-emoji' && Array.isArray(emojis)) return { format: 'custom-emoji', emojis: own(value) };
  if (isObject(images) && !Array.isArray(images)) return { format: 'matrix', emojis: matrix(images) };
  if (isObject(files) && !Array.isArray(files)) return { format: 'pleroma', emojis: pleroma(files) };
  if (isObject(emoji) && !Array.isArray(emoji)) return { format: 'slack', emojis: slack(emoji) };
  if (!Array.isArray(emojis)) return null;
  if ('metaVersion' in value || emojis.some((item) => isObject(item) && isObject(item.emoji))) {
    return { format: 'misskey', emojis: each(emojis, misskey) };
  }
  return { format: 'emojipacks', emojis: each(emojis, emojipacks) };
}

/** The lines of a bulk import of Mattermost, read as JSON; null when it is none. */
export function readLines(values: unknown[]): ReadList | null {
  const lines = values.filter(isObject);
  if (!lines.some(({ type }) => type === 'version' || type === 'emoji')) return null;
  const emojis = each(
    lines.filter(({ type }) => type === 'emoji'),
    ({ emoji }) => mattermost(emoji),
  );
  return { format: 'mattermost', emojis };
}

/** From the folder of `emoji.txt` down. */
const MOST_FOLDERS = 10;

/** `name, /path/of/file, tag, tag`, a line each; https://docs.akkoma.dev/stable/configuration/custom_emoji/. */
export function readEmojiTxt(content: string): ReadList {
  const lines = content.split(/\r?\n/).filter((line) => line.trim() !== '' && !line.trimStart().startsWith('#'));
  const emojis = each(lines, (line) => {
    const [name = '', path = '', ...tags] = line.split(',').map((part) => part.trim());
    // The path is one of the server: below it, that of the folder.
    const parts = path
      .slice(0, MAX_PATH_LENGTH)
      .split('/')
      .filter((part) => part !== '')
      .slice(-MOST_FOLDERS);
    return written(name, { paths: parts.map((_, index) => parts.slice(index).join('/')), tags });
  });
  return { format: 'emoji.txt', emojis };
}

/** As `formats.ts` writes it. */
function own({ version, emojis }: Value): WrittenEmoji[] {
  if (version !== 1) {
    throw new PackFault(
      'pack_version_unknown',
      `The manifest.json has version ${JSON.stringify(version)?.slice(0, 50)}; this service reads version 1.`,
      'Bring this service up to date.',
    );
  }
  return each(emojis as unknown[], (item) => {
    if (!isObject(item)) return written(null, {});
    const { name, aliases, tags, category, description, file } = item;
    return written(name, {
      paths: texts([file]),
      aliases: texts(aliases),
      tags: texts(tags),
      category: text(category),
      description: text(description) ?? '',
    });
  });
}

/** What it calls aliases are words to find an emoji by: here, those are tags. */
function misskey(item: unknown): WrittenEmoji {
  if (!isObject(item)) return written(null, {});
  const { fileName, emoji } = item;
  const { name, category, aliases } = isObject(emoji) ? emoji : {};
  return written(name, { paths: texts([fileName]), tags: texts(aliases), category: text(category) });
}

/** https://github.com/matrix-org/matrix-spec-proposals/pull/2545, with paths in place of `mxc:` URIs, as `formats.ts` has it. */
function matrix(images: Value): WrittenEmoji[] {
  return each(Object.entries(images), ([name, image]) => {
    const { url, body } = isObject(image) ? image : {};
    return written(name, { ...whereIs(url), description: body === name ? '' : (text(body) ?? '') });
  });
}

function pleroma(files: Value): WrittenEmoji[] {
  return each(Object.entries(files), ([name, path]) => written(name, { paths: texts([path]) }));
}

function mattermost(emoji: unknown): WrittenEmoji {
  const { name, image } = isObject(emoji) ? emoji : {};
  const [path] = texts([image]);
  return written(name, { paths: path === undefined ? [] : [`data/${path}`, path] });
}

const ALIAS = /^alias:(.*)$/s;
const MOST_STEPS = 10;

/** https://docs.slack.dev/reference/methods/emoji.list: an alias of an emoji that is not in it is one of Slack's own. */
function slack(emoji: Value): WrittenEmoji[] {
  const found = new Map<string, WrittenEmoji>();
  const aliases = new Map<string, string>();
  const aliasless: WrittenEmoji[] = [];
  const entries = Object.entries(emoji);
  checkCount(entries.length);
  for (const [name, url] of entries) {
    const [, of] = ALIAS.exec(text(url) ?? '') ?? [];
    if (of === undefined) found.set(name, written(name, whereIs(url)));
    else aliases.set(name, of);
  }
  for (const alias of aliases.keys()) {
    let of = alias;
    // They can go in circles.
    for (let steps = 0; steps < MOST_STEPS && aliases.has(of); steps++) of = aliases.get(of) ?? of;
    const target = found.get(of);
    if (target) target.aliases.push(alias);
    else aliasless.push(written(alias, { url: `alias:${of}` }));
  }
  return [...found.values(), ...aliasless];
}

function emojipacks(item: unknown): WrittenEmoji {
  if (!isObject(item)) return written(null, {});
  const { name, src, aliases } = item;
  return written(name, { ...whereIs(src), aliases: texts(aliases) });
}

/** A path, or what has a scheme. */
function whereIs(value: unknown): Pick<WrittenEmoji, 'paths' | 'url'> {
  const where = text(value);
  if (where === null) return { paths: [], url: null };
  return /^[a-z][a-z0-9+.-]+:/i.test(where) ? { paths: [], url: where } : { paths: [where], url: null };
}

function written(name: unknown, facts: Partial<WrittenEmoji>): WrittenEmoji {
  return { name: text(name), paths: [], url: null, aliases: [], tags: [], category: null, description: '', ...facts };
}

/** A list of millions, each of a few bytes, would be more than fits in memory. Aliases are no emoji, and count too here. */
const MOST_WRITTEN = 10 * MAX_ENTRIES;

/** @throws PackFault */
function checkCount(count: number): void {
  if (count > MOST_WRITTEN) throw tooLarge(count, 'entries in a list', MOST_WRITTEN);
}

/** @throws PackFault */
function each<Item>(list: Item[], read: (item: Item) => WrittenEmoji): WrittenEmoji[] {
  checkCount(list.length);
  return list.map(read);
}

const isObject = (value: unknown): value is Value => typeof value === 'object' && value !== null;

/** A number can be meant as a name: YAML reads `100` so. */
function text(value: unknown): string | null {
  if (typeof value === 'number') return String(value);
  return typeof value === 'string' ? value : null;
}

function texts(value: unknown): string[] {
  return Array.isArray(value) ? value.map(text).filter((item) => item !== null) : [];
}
