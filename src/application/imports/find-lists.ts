import { type ArchiveEntry, isLeftBehind, refusalOf } from '../../domain/packs/entry.ts';
import { MAX_ALL_LISTS_BYTES, MAX_LIST_BYTES, MAX_LISTS, MAX_YAML_BYTES } from '../../domain/packs/import-limits.ts';
import { LIST_FORMATS, type ReadList, readEmojiTxt, readLines, readList } from '../../domain/packs/list-formats.ts';
import { PackFault } from '../../domain/packs/pack-fault.ts';
import type { FoundList } from '../../domain/packs/plan.ts';
import type { OpenArchive, ParseYaml } from './ports.ts';

/** What a text is called that came without a name, by itself. */
export const LONE_LIST = 'list';

/** Pictures that are text have names of their own. */
const MAY_BE_LIST = /(^|\/)(list|emoji\.txt|[^/]+\.(json|jsonl|ndjson|ya?ml))$/i;

/**
 * The lists of a pack, told by what is in them: all of the format that comes first in `LIST_FORMATS`. None where files
 * tell everything.
 *
 * @throws PackFault
 */
export async function findLists(archive: OpenArchive, parseYaml: ParseYaml): Promise<FoundList[]> {
  const candidates = archive.entries.filter(
    (entry) => MAY_BE_LIST.test(entry.path) && !isLeftBehind(entry) && refusalOf(entry) === null,
  );
  if (candidates.length > MAX_LISTS)
    throw listsTooLarge(`${candidates.length} files that may be lists`, `${MAX_LISTS}`);
  const bytes = candidates.reduce((sum, entry) => sum + entry.bytes, 0);
  if (bytes > MAX_ALL_LISTS_BYTES) throw listsTooLarge(`lists of ${number(bytes)} bytes`, number(MAX_ALL_LISTS_BYTES));
  const found: FoundList[] = [];
  for (const entry of candidates) {
    const list = await listIn(archive, entry, parseYaml);
    if (list === null) continue;
    found.push({ ...list, entry, folder: entry.path.slice(0, entry.path.lastIndexOf('/') + 1) });
  }
  const format = LIST_FORMATS.find((format) => found.some((list) => list.format === format));
  return found.filter((list) => list.format === format);
}

async function listIn(archive: OpenArchive, entry: ArchiveEntry, parseYaml: ParseYaml): Promise<ReadList | null> {
  if (entry.bytes > MAX_LIST_BYTES) {
    throw listsTooLarge(`a list, "${entry.path}", of ${number(entry.bytes)} bytes`, number(MAX_LIST_BYTES));
  }
  const text = await textOf(archive.read(entry.index));
  if (/(^|\/)emoji\.txt$/i.test(entry.path)) return readEmojiTxt(text);
  const value = parsedJson(text);
  if (value !== undefined) return readList(value);
  const lines = parsedLines(text);
  if (lines !== null) return readLines(lines);
  const isLone = entry.path === LONE_LIST;
  if (!isLone && !/\.ya?ml$/i.test(entry.path)) return null;
  if (entry.bytes > MAX_YAML_BYTES) {
    throw listsTooLarge(`a list in YAML, "${entry.path}", of ${number(entry.bytes)} bytes`, number(MAX_YAML_BYTES));
  }
  const list = await parseYaml(text).then(readList, (error: unknown) => {
    if (error instanceof PackFault) throw error;
    return null;
  });
  if (list !== null || !isLone) return list;
  throw new PackFault(
    'pack_unknown',
    'What was sent is neither an archive nor a list of emoji in JSON, JSON lines or YAML.',
    'Send a zip or a tar of pictures, or a list of one of the formats that docs/packs.md names.',
  );
}

async function textOf(chunks: AsyncIterable<Uint8Array>): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  for await (const chunk of chunks) text += decoder.decode(chunk, { stream: true });
  return text + decoder.decode();
}

/** @returns undefined for what is no JSON */
function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** @returns null for what is not a line of JSON each */
function parsedLines(text: string): unknown[] | null {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  const values = lines[0]?.trimStart().startsWith('{') ? lines.map(parsedJson) : [undefined];
  return values.includes(undefined) ? null : values;
}

/** @param what follows "The archive has " */
function listsTooLarge(what: string, limit: string): PackFault {
  return new PackFault(
    'list_too_large',
    `The archive has ${what}; the limit is ${limit}.`,
    'Make several packs of it, and import one after the other.',
  );
}

const number = (value: number): string => value.toLocaleString('en');
