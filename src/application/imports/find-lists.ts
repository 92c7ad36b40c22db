import { type ArchiveEntry, isLeftBehind, refusalOf, shownPath } from '../../domain/packs/entry.ts';
import { MAX_ALL_LISTS_BYTES, MAX_LIST_BYTES, MAX_LISTS, MAX_YAML_BYTES } from '../../domain/packs/import-limits.ts';
import { LIST_FORMATS, type ReadList, readEmojiTxt, readLines, readList } from '../../domain/packs/list-formats.ts';
import { PackFault } from '../../domain/packs/pack-fault.ts';
import type { BrokenList, FoundList } from '../../domain/packs/plan.ts';
import type { OpenArchive, ParseYaml } from './ports.ts';

/** What a text is called that came without a name, by itself. */
export const LONE_LIST = 'list';

/** Pictures that are text have names of their own. */
const MAY_BE_LIST = /(^|\/)(list|emoji\.txt|[^/]+\.(json|jsonl|ndjson|ya?ml))$/i;

/** What is called so is a list. All else that cannot be read may be anything: settings with comments in them, say. */
const IS_LIST = /(^|\/)((manifest|meta|pack)\.json|[^/]+\.jsonl)$/i;

/**
 * The lists of a pack, told by what is in them: all of the format that comes first in `LIST_FORMATS`. None where files
 * tell everything. And those that are broken, which may be among them, with what can be read.
 *
 * @throws PackFault
 */
export async function findLists(
  archive: OpenArchive,
  parseYaml: ParseYaml,
): Promise<{ lists: FoundList[]; broken: BrokenList[] }> {
  const candidates = archive.entries.filter(
    (entry) => MAY_BE_LIST.test(entry.path) && !isLeftBehind(entry) && refusalOf(entry) === null,
  );
  if (candidates.length > MAX_LISTS)
    throw listsTooLarge(`${candidates.length} files that may be lists`, `${MAX_LISTS}`);
  const bytes = candidates.reduce((sum, entry) => sum + entry.bytes, 0);
  if (bytes > MAX_ALL_LISTS_BYTES) throw listsTooLarge(`lists of ${number(bytes)} bytes`, number(MAX_ALL_LISTS_BYTES));
  const found: FoundList[] = [];
  const broken: BrokenList[] = [];
  for (const entry of candidates) {
    const { list, why } = await listIn(archive, entry, parseYaml);
    if (why !== null) broken.push({ entry, why });
    if (list === null) continue;
    found.push({ ...list, entry, folder: entry.path.slice(0, entry.path.lastIndexOf('/') + 1) });
  }
  const format = LIST_FORMATS.find((format) => found.some((list) => list.format === format));
  return { lists: found.filter((list) => list.format === format), broken };
}

/** @returns null for what is no list; and why it, or part of it, cannot be read */
async function listIn(
  archive: OpenArchive,
  entry: ArchiveEntry,
  parseYaml: ParseYaml,
): Promise<{ list: ReadList | null; why: string | null }> {
  if (entry.bytes > MAX_LIST_BYTES) {
    throw listsTooLarge(
      `a list, "${entry.path}", of ${number(entry.bytes)} bytes`,
      number(MAX_LIST_BYTES),
      // An export of Mattermost has all that was ever written in it.
      /\.jsonl$/i.test(entry.path) ? 'Leave only those lines in it that have "type":"emoji".' : undefined,
    );
  }
  const text = await textOf(archive.read(entry.index));
  if (/(^|\/)emoji\.txt$/i.test(entry.path)) return { list: readEmojiTxt(text), why: null };
  const json = parsedJson(text);
  if ('value' in json) return { list: readList(json.value), why: null };
  const lines = parsedLines(text);
  const list = lines && readLines(lines.values);
  if (list) return { list, why: lines.why };
  const isLone = entry.path === LONE_LIST;
  if (!isLone && !/\.ya?ml$/i.test(entry.path)) {
    // Lines that are all of JSON are not broken: they tell of something else.
    return { list: null, why: IS_LIST.test(entry.path) ? (lines ?? json).why : null };
  }
  if (entry.bytes > MAX_YAML_BYTES) {
    throw listsTooLarge(`a list in YAML, "${entry.path}", of ${number(entry.bytes)} bytes`, number(MAX_YAML_BYTES));
  }
  const yaml = await parseYaml(text).then(
    (value) => ({ list: readList(value), why: null }),
    (error: unknown) => ({ list: null, why: reasonOf(error) }),
  );
  if (yaml.list !== null || !isLone) return { list: yaml.list, why: null };
  const why = text.trim() === '' ? 'It is empty' : /^\s*[[{]/.test(text) ? json.why : yaml.why;
  // Of what is no text, no parser tells anything.
  const told = why === null || NO_TEXT.test(text) ? '' : ` ${shownPath(why)}.`;
  throw new PackFault(
    'pack_unknown',
    `What was sent is neither an archive nor a list of emoji in JSON, JSON lines or YAML.${told}`,
    'Send a zip or a tar of pictures, or a list of one of the formats that docs/packs.md names.',
  );
}

async function textOf(chunks: AsyncIterable<Uint8Array>): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  for await (const chunk of chunks) text += decoder.decode(chunk, { stream: true });
  return text + decoder.decode();
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: those are the ones that are looked for
const NO_TEXT = /[\u0000-\u0008\ufffd]/;

function parsedJson(text: string): { value: unknown } | { why: string } {
  try {
    return { value: JSON.parse(text) as unknown };
  } catch (error) {
    return { why: reasonOf(error) };
  }
}

/** What a parser says, and where; that of YAML draws a picture of the place too. */
function reasonOf(error: unknown): string {
  return String(error instanceof Error ? error.message : error)
    .replace(/:?\n.*/s, '')
    .slice(0, 200);
}

/** Each of them takes as long as hundreds that are not broken. */
const MOST_BROKEN_LINES = 1_000;

/**
 * A line of JSON each; one that is broken does not stop the others, and so many that it is something else do.
 *
 * @returns null for what does not begin so
 */
function parsedLines(text: string): { values: unknown[]; why: string | null } | null {
  const values: unknown[] = [];
  let why: string | null = null;
  let broken = 0;
  for (const [index, written] of text.split('\n').entries()) {
    if (written.trim() === '') continue;
    const json = parsedJson(written);
    if ('value' in json) values.push(json.value);
    else {
      why ??= `line ${number(index + 1)} is no JSON (${json.why})`;
      broken++;
    }
    if (values.length === 0) return null;
    if (broken > MOST_BROKEN_LINES) {
      return { values, why: `${why}, nor are ${number(MOST_BROKEN_LINES)} more: the rest was not read` };
    }
  }
  const more = broken - 1;
  return { values, why: more > 0 ? `${why}, nor ${more === 1 ? 'is' : 'are'} ${number(more)} more` : why };
}

/** @param what follows "The archive has " */
function listsTooLarge(
  what: string,
  limit: string,
  remedy = 'Make several packs of it, and import one after the other.',
): PackFault {
  return new PackFault('list_too_large', `The archive has ${what}; the limit is ${limit}.`, remedy);
}

const number = (value: number): string => value.toLocaleString('en');
