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
    db.prepare(`DELETE ${former} RETURNING emoji_id AS freed_from`).bind(given),
  ];
}

/** The ids of the emoji that had them, by what the transaction answered. */
export function freedFrom(results: D1Result<object>[]): string[] {
  const ids = results.flatMap(({ results: rows }) =>
    rows.flatMap((row) => ('freed_from' in row ? [row.freed_from] : [])),
  );
  return [...new Set(ids as string[])];
}

/** Whether a transaction was rolled back since another emoji has a name. */
export function isNameTaken(error: unknown): boolean {
  return String(error).includes('UNIQUE constraint failed: emoji_names.name');
}
