import { CONFLICT_POLICIES, type ConflictPolicy } from '../../domain/packs/import-item.ts';
import type { JsonObject } from '../../domain/task.ts';
import type { OrderedBy } from './ports.ts';

/** How a pack is to be imported. */
export interface ImportOptions {
  onConflict: ConflictPolicy;
  /** Nothing is done but to say what would be. */
  dryRun: boolean;
  /** The dry run whose findings are to be carried out. */
  from: string | null;
  /** Of this service: `https://emoji.example.org`. Nothing is fetched from there. */
  origin: string;
  by: OrderedBy;
}

/**
 * For how many tasks there has to be room: imports alone must not fill a quota, or each of them would wait for the others for
 * ever, with no emoji on its way.
 */
export function tasksOf({ dryRun }: Pick<ImportOptions, 'dryRun'>): number {
  return dryRun ? 1 : 2;
}

/** As they are kept with the task. */
export function toDetails({ onConflict, dryRun, from, origin, by }: ImportOptions): JsonObject {
  return { on_conflict: onConflict, dry_run: dryRun, from, origin, by: { ...by } };
}

export function fromDetails(details: JsonObject | null): ImportOptions {
  const { on_conflict, dry_run, from, origin, by } = details ?? {};
  return {
    onConflict: CONFLICT_POLICIES.find((policy) => policy === on_conflict) ?? 'skip',
    dryRun: dry_run === true,
    from: typeof from === 'string' ? from : null,
    origin: String(origin),
    by: by as unknown as OrderedBy,
  };
}
