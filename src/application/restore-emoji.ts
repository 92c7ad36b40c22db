import type { Principal } from '../domain/access.ts';
import { type DeletedEmoji, type EmojiDetails, KEEP_DELETED_MS } from '../domain/emoji.ts';
import { Refusal } from '../domain/refusal.ts';
import { type ChangePorts, readName } from './change-emoji.ts';
import { checkOwner, parseKnownName } from './find-emoji.ts';
import { purgeEdge } from './purge-edge.ts';
import { changing, type Precondition } from './revision.ts';

export interface Restored {
  emoji: EmojiDetails;
  /** Names that it had, and others have by now. */
  leftOut: string[];
}

/**
 * Brings a deleted emoji back, with those of its names that nobody else has by now.
 *
 * @param written what it was called
 * @param which `id`: of several that were called so, not the one that was deleted last; `as`: what it is to be called
 * @throws Refusal `emoji_not_found`, `emoji_not_yours`, `emoji_changed`, `name_taken`, `quota_exceeded`, or the rule that a name
 * breaks
 */
export async function restoreEmoji(
  ports: Omit<ChangePorts, 'catalogue'>,
  written: string,
  which: { id: string | null; as: string | null },
  precondition: Precondition,
  by: Principal,
): Promise<Restored> {
  const { life } = ports;
  const before = parseKnownName(written);
  const name = which.as === null ? before : readName(which.as);
  return changing(
    async () => {
      const deleted = await life.findDeleted(before, which.id, Date.now() - KEEP_DELETED_MS);
      if (deleted === null) throw notInBin(before, which.id);
      checkOwner(by, deleted);
      return deleted;
    },
    precondition,
    async (deleted) => {
      const quotas = deleted.owner === by.name ? by.quotas : null;
      const outcome = await life.restore(deleted, name, { actor: by.name, at: Date.now() }, quotas);
      if (outcome === 'changed') return outcome;
      if ('taken' in outcome) throw taken(name);
      await purgeEdge(ports, outcome.id, ...outcome.namesTakenFrom);
      return { emoji: outcome, leftOut: leftOut(deleted, outcome) };
    },
  );
}

function leftOut({ names }: DeletedEmoji, emoji: EmojiDetails): string[] {
  const has = new Set([emoji.name, ...emoji.aliases, ...emoji.formerNames]);
  return names.flatMap(([name]) => (has.has(name) ? [] : [name]));
}

function notInBin(name: string, id: string | null): Refusal {
  const which = id === null ? '' : ` with the id "${id}"`;
  return new Refusal(
    'emoji_not_found',
    `No emoji called "${name}"${which} was deleted within 30 days. GET /custom-emoji/bin tells what can be restored.`,
  );
}

function taken(name: string): Refusal {
  return new Refusal(
    'name_taken',
    `The name "${name}" is in use by another emoji. Restore this one under another name, with ?as= and that.`,
  );
}
