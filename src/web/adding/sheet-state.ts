import { parseEmojiName } from '../../domain/emoji-name.ts';
import { nextName, suggestName, tidyName } from '../../domain/suggest-name.ts';
import { lostSince } from '../shared/connection.ts';
import { fetchInfo, type ListedEmoji } from '../shared/emojis.ts';
import { Store } from '../shared/store.ts';
import { refusedAtOnce } from './file-check.ts';
import { forgetNames, knownNames, lookUpSoon } from './known-names.ts';
import { DEFAULT_LOOK, type Look } from './look.ts';
import { type Failure, isUnderWay, type Made, type Step } from './order.ts';

/** The emoji whose picture a file is to replace, as it was seen. */
export interface Target {
  name: string;
  hash: string;
  etag: string;
}

/** Where a file of the sheet stands. */
export type Stage =
  | { at: 'draft' }
  /** It need not be sent. */
  | { at: 'refused'; failure: Failure }
  | Step
  | { at: 'made'; made: Made }
  /** What was sent did not work; it can be sent again. */
  | { at: 'failed'; failure: Failure };

export interface Item {
  id: number;
  file: File;
  /** Shows the file; null once it does not have to be shown any more. */
  url: string | null;
  /** The name, as it is written in its field. */
  written: string;
  replaces: Target | null;
  /** Null for that of all files. */
  look: Look | null;
  /** A request whose answer was lost has its key again, if it is the same request. */
  sent: { request: string; key: string } | null;
  stage: Stage;
}

interface Sheet {
  isOpen: boolean;
  /** By their ids, in the order in which they came. */
  items: ReadonlyMap<number, Item>;
  look: Look;
  /** The file that came first of those that came last: what is to be done next is there. */
  latest: number | null;
}

export const sheet = new Store<Sheet>({ isOpen: false, items: new Map(), look: DEFAULT_LOOK, latest: null });

/** What is known of the name of a file. */
export type Verdict =
  | { is: 'fine'; name: string }
  | { is: 'checking'; name: string }
  | { is: 'broken'; message: string; fix: string }
  | { is: 'twice'; name: string; fix: string }
  /** With null where its picture is not ready, and where a free name is being looked for. */
  | { is: 'taken'; name: string; by: ListedEmoji | null; fix: string | null };

let nextId = 1;
export function openSheet(isOpen: boolean): void {
  // Meanwhile others come and go.
  if (isOpen && !sheet.value.isOpen) forgetNames();
  sheet.value = { ...sheet.value, isOpen };
}

/** Puts files into the sheet, and opens it. */
export function addFiles(files: readonly File[]): void {
  openSheet(true);
  const items = new Map(sheet.value.items);
  const used = new Set([...items.values()].map(nameOf));
  let latest: number | null = null;
  for (const file of files) {
    const id = nextId++;
    const failure = refusedAtOnce(file);
    const suggested = suggestName(file.name);
    const written = failure || !used.has(suggested) ? suggested : nextName(suggested, (name) => used.has(name));
    if (!failure) used.add(written);
    if (!failure) latest ??= id;
    items.set(id, {
      id,
      file,
      url: failure ? null : URL.createObjectURL(file),
      written,
      replaces: null,
      look: null,
      sent: null,
      stage: failure ? { at: 'refused', failure } : { at: 'draft' },
    });
  }
  sheet.value = { ...sheet.value, items, latest: latest ?? sheet.value.latest };
  lookUpSoon(wantedNames);
}

/** What came last has had its focus. */
export function forgetLatest(): void {
  sheet.value = { ...sheet.value, latest: null };
}

export function change(id: number, changes: Partial<Pick<Item, 'written' | 'replaces' | 'look'>>): void {
  update(id, changes);
  lookUpSoon(wantedNames);
}

/** Gives all files whose names cannot be used the names that are offered for them. */
export function takeFreeNames(): void {
  for (const id of sheet.value.items.keys()) {
    // Each by what the ones before it are called by now.
    const item = sheet.value.items.get(id);
    const verdict = item && verdictOf(item);
    if (!verdict || !('fix' in verdict)) continue;
    // One that has not been looked up yet will be.
    const written = verdict.is === 'taken' ? freeName(verdict.name, item) : verdict.fix;
    change(id, { written });
  }
}

/** @param look of all files that have none of their own */
export function chooseLook(look: Look): void {
  sheet.value = { ...sheet.value, look };
}

/** Takes files out of the sheet; what was made of them stays. */
export function remove(ids: readonly number[]): void {
  const items = new Map(sheet.value.items);
  for (const id of ids) {
    const url = items.get(id)?.url;
    if (url) URL.revokeObjectURL(url);
    items.delete(id);
  }
  sheet.value = { ...sheet.value, items };
  lookUpSoon(wantedNames);
}

/** Has a file replace the picture of an emoji, as that is now. @throws ProblemError */
export async function replacePicture(id: number, name: string): Promise<void> {
  change(id, { replaces: await targetOf(name) });
}

export async function targetOf(name: string): Promise<Target> {
  const { info, etag } = await fetchInfo(name);
  return { name: info.name, hash: info.hash, etag };
}

/** Whether it is to be sent yet, or again. */
export const isOpenTo = ({ stage }: Item): boolean => stage.at === 'draft' || stage.at === 'failed';

/** Whether it is no emoji, and will not become one by itself. */
export const hasFailed = ({ stage }: Item): boolean => stage.at === 'failed' || stage.at === 'refused';

/** What is known of the name of a file; null of one that has its name from elsewhere, or needs none. */
export function verdictOf(item: Item): Verdict | null {
  if (!isOpenTo(item) || item.replaces) return null;
  const parsed = parseEmojiName(item.written);
  if (!parsed.ok) return { is: 'broken', message: parsed.message, fix: freeName(tidyName(item.written), item) };
  const { name } = parsed;
  if (namesOfSheet().get(name) !== item.id) return { is: 'twice', name, fix: freeName(name, item) };
  const owner = knownNames.value.get(name);
  if (owner === undefined) return { is: 'checking', name };
  if (owner === 'free') return { is: 'fine', name };
  const fix = freeName(name, item);
  return {
    is: 'taken',
    name,
    by: owner === 'reserved' ? null : owner,
    fix: knownNames.value.get(fix) === 'free' ? fix : null,
  };
}

/** Whether it can be sent: where nobody can tell whether its name is taken, the service will. */
export function isReady(item: Item): boolean {
  const verdict = verdictOf(item);
  return isOpenTo(item) && (verdict === null || verdict.is === 'fine' || verdict.is === 'checking');
}

export function update(id: number, changes: Partial<Item>): void {
  const item = sheet.value.items.get(id);
  if (item) sheet.value = { ...sheet.value, items: new Map(sheet.value.items).set(id, { ...item, ...changes }) };
}

let namesOf: { items: ReadonlyMap<number, Item>; names: Map<string, number> } | null = null;

/** The names that the files of the sheet are to have or are about to get, each with the first file that has it. */
function namesOfSheet(): Map<string, number> {
  const { items } = sheet.value;
  if (namesOf?.items === items) return namesOf.names;
  const names = new Map<string, number>();
  for (const item of items.values()) {
    if (item.replaces || (!isOpenTo(item) && !isUnderWay(item.stage))) continue;
    const name = nameOf(item);
    if (!names.has(name)) names.set(name, item.id);
  }
  namesOf = { items, names };
  return names;
}

const canonicalNames = new WeakMap<Item, string>();

/** The canonical name of a file; what was written, where that is no name. */
function nameOf(item: Item): string {
  const known = canonicalNames.get(item);
  if (known !== undefined) return known;
  const parsed = parseEmojiName(item.written);
  const name = parsed.ok ? parsed.name : item.written;
  canonicalNames.set(item, name);
  return name;
}

/** The name, or the next one like it, that nobody has as far as is known. */
function freeName(name: string, { id }: Item): string {
  const isTaken = (candidate: string) =>
    (namesOfSheet().get(candidate) ?? id) !== id || (knownNames.value.get(candidate) ?? 'free') !== 'free';
  return isTaken(name) ? nextName(name, isTaken) : name;
}

function* wantedNames(): Generator<string> {
  for (const item of sheet.value.items.values()) {
    const verdict = verdictOf(item);
    if (verdict?.is === 'checking') yield verdict.name;
    if (verdict?.is === 'taken' && verdict.fix === null) yield freeName(verdict.name, item);
  }
}

// What could not be looked up is, when the connection is back.
for (const store of [knownNames, lostSince]) store.subscribe(() => lookUpSoon(wantedNames));
