import { mayChangeEmoji, type Principal } from '../access.ts';
import type { Failure } from '../failure.ts';
import type { PackItem, PictureSource, Words } from './plan.ts';

/** What is done about an emoji of a pack whose name is in use. */
export const CONFLICT_POLICIES = ['skip', 'rename', 'replace'] as const;
export type ConflictPolicy = (typeof CONFLICT_POLICIES)[number];

export const ITEM_ACTIONS = ['create', 'replace', 'rename', 'skip', 'refuse', 'ignore'] as const;
export type ItemAction = (typeof ITEM_ACTIONS)[number];

/** `ordering`: it is being ordered, or was when something broke off. `waiting`: its task is on its way. */
export const ITEM_OUTCOMES = ['planned', 'ordering', 'waiting', 'done', 'skipped', 'failed', 'ignored'] as const;
export type ItemOutcome = (typeof ITEM_OUTCOMES)[number];

/** An emoji that a pack has, ready to be made. */
export interface ImportedEmoji {
  /** Canonical. */
  name: string;
  source: PictureSource;
  words: Words;
  /** Another one before it in the pack has the same name. */
  isSecond: boolean;
}

/** One thing that is in a pack, and what becomes of it. */
export interface ImportItem {
  number: number;
  path: string;
  name: string | null;
  /** Null of what cannot become an emoji. */
  emoji: ImportedEmoji | null;
  action: ItemAction;
  outcome: ItemOutcome;
  /** What it is called, where it is one. */
  finalName: string | null;
  /** Of the emoji and the task that are, or are to be, ordered. */
  emojiId: string | null;
  taskId: string | null;
  /** How often it was tried to order it. */
  tries: number;
  /** Milliseconds since 1970. */
  changedAt: number;
  error: Failure | null;
  /** Of its words, what could not be had. */
  leftOut: string[];
}

/** Who has a name. */
export interface Holder {
  emojiId: string;
  isAlias: boolean;
  /** What the emoji is called. */
  name: string;
  owner: string | null;
}

/** What is to be done about an emoji, by who has its name. */
export function decide(
  emoji: ImportedEmoji,
  holder: Holder | null,
  policy: ConflictPolicy,
  by: Principal,
):
  | { action: 'create' | 'rename' }
  | { action: 'replace'; emojiId: string }
  | { action: 'skip' | 'refuse'; error: Failure } {
  if (emoji.isSecond && policy !== 'rename') return { action: 'skip', error: nameTwice(emoji.name) };
  if (holder === null && !emoji.isSecond) return { action: 'create' };
  if (policy === 'rename') return { action: 'rename' };
  if (holder === null || policy === 'skip') return { action: 'skip', error: nameInUse(emoji.name) };
  if (holder.isAlias) return { action: 'refuse', error: nameIsAlias(emoji.name, holder.name) };
  if (!mayChangeEmoji(by, holder)) return { action: 'refuse', error: notYours(emoji.name) };
  return { action: 'replace', emojiId: holder.emojiId };
}

/** The things of a pack as they are kept. Names that come twice, and aliases that are names of others, are found. */
export function itemsOf(contents: PackItem[], now: number): ImportItem[] {
  const names = new Set(contents.flatMap(({ is }) => ('emoji' in is ? [is.emoji] : [])));
  const seen = new Set<string>();
  return contents.map(({ path, name, is }, index) => {
    const item = {
      number: index + 1,
      path,
      name,
      finalName: null,
      emojiId: null,
      taskId: null,
      tries: 0,
      changedAt: now,
    };
    if ('refused' in is) {
      return { ...item, emoji: null, action: 'refuse', outcome: 'failed', error: is.refused, leftOut: [] };
    }
    if ('ignored' in is) {
      return { ...item, emoji: null, action: 'ignore', outcome: 'ignored', error: ignored(is.ignored), leftOut: [] };
    }
    const isSecond = seen.has(is.emoji);
    seen.add(is.emoji);
    const aliases = is.words.aliases.filter((alias) => !names.has(alias));
    const others = is.words.aliases
      .filter((alias) => names.has(alias))
      .map((alias) => `alias "${alias}": an emoji of the pack is called so`);
    const emoji = { name: is.emoji, source: is.source, words: { ...is.words, aliases }, isSecond };
    return { ...item, emoji, action: 'create', outcome: 'planned', error: null, leftOut: [...is.leftOut, ...others] };
  });
}

function ignored(why: string): Failure {
  return { code: 'ignored', message: `This is ${why}.`, remedy: 'Nothing is to be done.' };
}

export function nameInUse(name: string): Failure {
  return {
    code: 'name_taken',
    message: `The name "${name}" is in use.`,
    remedy: 'Import the pack with on_conflict=rename or on_conflict=replace, if it is to be had all the same.',
  };
}

function nameTwice(name: string): Failure {
  return {
    code: 'name_twice',
    message: `Another emoji before it in the pack is called "${name}" too.`,
    remedy: 'Import the pack with on_conflict=rename, if both are to be had.',
  };
}

function nameIsAlias(alias: string, name: string): Failure {
  return {
    code: 'name_is_alias',
    message: `"${alias}" is another name of "${name}", whose picture is not replaced by that of an emoji called otherwise.`,
    remedy: `Take the alias from "${name}", or import the pack with on_conflict=rename.`,
  };
}

function notYours(name: string): Failure {
  return {
    code: 'emoji_not_yours',
    message: `"${name}" belongs to somebody else.`,
    remedy: 'Whoever has the scope emoji:admin can replace it; or import the pack with on_conflict=rename.',
  };
}
