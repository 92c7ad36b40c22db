import type { Principal } from '../domain/access.ts';
import type { EmojiDetails, EmojiEvent } from '../domain/emoji.ts';
import { parseEmojiName, parseTag } from '../domain/emoji-name.ts';
import { Refusal } from '../domain/refusal.ts';
import { namesTaken } from './create-emoji.ts';
import { findShown } from './find-emoji.ts';
import type { EdgeCache, EmojiCatalogue, EmojiChange, EmojiLife, Logger } from './ports.ts';
import { purgeEdge } from './purge-edge.ts';
import { changing, type Precondition } from './revision.ts';

/** What is to be changed, as a person wrote it. Lists are given as a whole. */
export interface EmojiPatch {
  name?: string | undefined;
  aliases?: string[] | undefined;
  tags?: string[] | undefined;
  category?: string | null | undefined;
  description?: string | undefined;
}

export interface ChangePorts {
  catalogue: EmojiCatalogue;
  life: EmojiLife;
  edge: EdgeCache;
  log: Logger;
}

/**
 * Renames an emoji, or changes what it answers to and what is said of it. By the name before it is found until somebody
 * takes that.
 *
 * @param written one of its names
 * @returns the emoji as it is then
 * @throws Refusal `emoji_not_found`, `emoji_not_yours`, `emoji_not_ready`, `emoji_changed`, `name_taken`, `invalid_tag`, or the rule that a
 * name breaks
 */
export async function changeEmoji(
  ports: ChangePorts,
  written: string,
  patch: EmojiPatch,
  precondition: Precondition,
  by: Principal,
): Promise<EmojiDetails> {
  const { catalogue, life } = ports;
  const wanted = readPatch(patch);
  return changing(
    () => findShown(life, catalogue, written, by),
    precondition,
    async (emoji) => {
      const { change, events } = difference(emoji, wanted);
      if (events.length === 0) return emoji;
      const outcome = await life.change(emoji, change, events, { actor: by.name, at: Date.now() });
      if (outcome === 'changed') return outcome;
      if ('taken' in outcome) throw namesTaken(outcome.taken);
      await purgeEdge(ports, outcome.id, ...outcome.namesTakenFrom);
      return outcome;
    },
  );
}

/** In canonical form, each word once. */
function readPatch({ name, aliases, tags, ...rest }: EmojiPatch): EmojiPatch {
  return {
    ...rest,
    ...(name !== undefined && { name: readName(name) }),
    ...(aliases && { aliases: [...new Set(aliases.map(readName))] }),
    ...(tags && { tags: [...new Set(tags.map(readTag))] }),
  };
}

/** @throws Refusal with the rule that it breaks */
export function readName(written: string): string {
  const parsed = parseEmojiName(written);
  if (!parsed.ok) throw new Refusal(parsed.rule, parsed.message);
  return parsed.name;
}

function readTag(written: string): string {
  const parsed = parseTag(written);
  if (!parsed.ok) throw new Refusal('invalid_tag', parsed.message);
  return parsed.name;
}

/** Names that lead to an emoji though it is not called so any more: all of them are written with each new one. */
const MOST_FORMER = 50;

/** What has to be done for an emoji to be as it is wanted, and how that is told. */
function difference(
  emoji: EmojiDetails,
  wanted: EmojiPatch,
): { change: EmojiChange; events: Pick<EmojiEvent, 'action' | 'details'>[] } {
  const change: EmojiChange = {};
  const events: Pick<EmojiEvent, 'action' | 'details'>[] = [];
  const names = namesOf(emoji, wanted);
  if (names.primary !== emoji.name) {
    events.push({ action: 'renamed', details: { from: emoji.name, to: names.primary } });
  }
  const before = { aliases: emoji.aliases, tags: emoji.tags, category: emoji.category, description: emoji.description };
  const after = { ...before, ...withoutName(wanted), aliases: names.aliases };
  const changed = (Object.keys(before) as (keyof typeof before)[]).filter(
    (field) => !equal(before[field], after[field]),
  );
  if (changed.length > 0) {
    const details = changed.map((field) => [field, { from: before[field], to: after[field] }]);
    events.push({ action: 'changed', details: Object.fromEntries(details) });
  }
  if (names.primary !== emoji.name || changed.includes('aliases')) change.names = names;
  if (changed.includes('tags')) change.tags = after.tags;
  if (changed.includes('category')) change.category = after.category;
  if (changed.includes('description')) change.description = after.description;
  return { change, events };
}

function namesOf(emoji: EmojiDetails, wanted: EmojiPatch): Required<EmojiChange>['names'] {
  const primary = wanted.name ?? emoji.name;
  const aliases = (wanted.aliases ?? emoji.aliases).filter((alias) => alias !== primary).sort();
  // Also the present name, where it is not to be kept.
  const former = [...emoji.formerNames, emoji.name]
    .filter((name) => name !== primary && !aliases.includes(name))
    .slice(-MOST_FORMER);
  return { primary, aliases, former };
}

/** What is given, without the names. */
function withoutName({ tags, category, description }: EmojiPatch) {
  return {
    ...(tags && { tags }),
    ...(category !== undefined && { category }),
    ...(description !== undefined && { description }),
  };
}

function equal(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
