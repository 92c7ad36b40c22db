import { ADD_TO_COUNTERS } from './d1-counters.ts';
import type { Database } from './d1-session.ts';

/**
 * What frees names that emoji had before, so that others may take them. It changes what these emoji are known by, and
 * with their ETags the list. To be run in the transaction that takes them.
 */
export function freeFormerStatements(db: Database, names: string[]): D1PreparedStatement[] {
  const given = JSON.stringify(names);
  const former = "FROM emoji_names WHERE name IN (SELECT value FROM json_each(?)) AND kind = 'former'";
  return [
    db.prepare(`UPDATE emojis SET revision = revision + 1 WHERE id IN (SELECT emoji_id ${former})`).bind(given),
    db.prepare(`INSERT INTO counters (name, value) SELECT 'emoji_changes', 1 ${former} ${ADD_TO_COUNTERS}`).bind(given),
    db.prepare(`DELETE ${former}`).bind(given),
  ];
}

/** Whether a transaction was rolled back since another emoji has a name. */
export function isNameTaken(error: unknown): boolean {
  return String(error).includes('UNIQUE constraint failed: emoji_names.name');
}
