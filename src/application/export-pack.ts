import type {
  ArchiveFormat,
  ListFormat,
  PackedEmoji,
  PackFormat,
  PackList,
  PackOrigin,
} from '../domain/packs/format.ts';
import { isNameFit } from '../domain/platforms/name.ts';
import { GrowingText } from './growing-text.ts';
import { type NamedEmoji, nameAll } from './pack-names.ts';
import type { ArchivedFile, EmojiList, EmojiQuery, ImageStore } from './ports.ts';

/** The file beside the list in which it is told what is not as it was asked for; there is none where all is. */
const NOTES_NAME = 'notes.txt';

interface PackPorts {
  emojiList: Pick<EmojiList, 'page' | 'lookUp'>;
  images: Pick<ImageStore, 'get'>;
}

/**
 * The files of a pack, one after the other: each picture as it comes out of storage, then the list. What is kept in
 * memory of those before are their lines in the list, and what is to be told of them.
 *
 * @param query null for what no emoji can meet
 */
export async function* packFiles(
  { emojiList, images }: PackPorts,
  format: ArchiveFormat,
  query: EmojiQuery | null,
  from: PackOrigin,
): AsyncGenerator<ArchivedFile> {
  const { list, rules } = format;
  const text = new GrowingText();
  const notes = new GrowingText();
  const writer = list && writerOf(list, from);
  let packed = 0;
  if (query !== null) {
    for await (const named of nameAll(emojiList, query, rules?.name ?? null)) {
      const { emoji } = named;
      const picture = await images.get(emoji.image.hash, 'gif');
      if (picture === null) {
        notes.add(`${emoji.name}: left out. Its picture is missing in storage.\n`);
        continue;
      }
      const item = pack(named, format, from.origin);
      if (writer) text.add(writer.item(item));
      notes.add(remarks(named, rules));
      packed++;
      yield { path: item.path, bytes: picture.bytes, modifiedAt: emoji.updatedAt, body: picture.body };
    }
  }
  if (list && writer) {
    text.add(writer.end());
    yield { path: list.path, bytes: text.bytes, modifiedAt: from.at, body: text.chunks() };
  }
  if (packed === 0) notes.add('No emoji are in here.\n');
  const notesPath = (list?.path ?? '').replace(/[^/]*$/, NOTES_NAME);
  if (notes.bytes > 0) yield { path: notesPath, bytes: notes.bytes, modifiedAt: from.at, body: notes.chunks() };
}

/** The list of a pack that is nothing else, as it comes. */
export async function* packList(
  emojiList: PackPorts['emojiList'],
  format: ListFormat,
  query: EmojiQuery | null,
  from: PackOrigin,
): AsyncGenerator<string> {
  const { list, rules } = format;
  const writer = writerOf(list, from);
  if (query !== null) {
    for await (const named of nameAll(emojiList, query, rules?.name ?? null)) {
      yield writer.item(pack(named, format, from.origin));
    }
  }
  yield writer.end();
}

function writerOf(list: PackList, from: PackOrigin) {
  let count = 0;
  return {
    item: (emoji: PackedEmoji) => (count++ === 0 ? list.open(from) : list.between) + list.item(emoji),
    end: () => (count > 0 ? list.close : (list.none?.(from) ?? list.open(from) + list.close)),
  };
}

function pack({ emoji, name }: NamedEmoji, format: PackFormat, origin: string): PackedEmoji {
  const { folder, rules, aliasesAreNames } = format;
  const { tags, category, description, image } = emoji;
  // One that is made to fit could meet another emoji.
  const aliases =
    aliasesAreNames && rules ? emoji.aliases.filter((alias) => isNameFit(alias, rules.name)) : emoji.aliases;
  return {
    name,
    aliases,
    tags,
    category,
    description,
    path: `${folder}${name}.gif`,
    url: `${origin}/custom-emoji/images/${image.hash}.gif`,
    hash: image.hash,
    bytes: image.bytes,
  };
}

/** What is to be told of an emoji that is in the pack, a line each. */
function remarks({ emoji, name }: NamedEmoji, rules: PackFormat['rules']): string {
  if (rules === null) return '';
  const { title, bytes, frames } = rules;
  const { image } = emoji;
  const lines: string[] = [];
  if (name !== emoji.name) lines.push(`${emoji.name}: called ${name}, which ${title} takes.`);
  if (bytes.most !== null && image.bytes > bytes.most) {
    lines.push(`${emoji.name}: ${image.bytes} bytes, of which ${title} takes ${bytes.most}.`);
  }
  if (frames.most !== null && image.frames > frames.most) {
    lines.push(`${emoji.name}: ${image.frames} frames, of which ${title} takes ${frames.most}.`);
  }
  return lines.map((line) => `${line}\n`).join('');
}
