import type { Duplicates } from '../application/ports.ts';
import type { Database } from './d1-session.ts';

/** Rows with the same key are in the order in which they came: none has to be sorted. */
const namesWith = (column: 'source_hash' | 'image_hash', hash = '?', emojiId = '?') => `
  SELECT emoji_names.name FROM emojis
    JOIN emoji_names ON emoji_names.emoji_id = emojis.id AND emoji_names.kind = 'primary'
  WHERE emojis.${column} = ${hash} AND emojis.id <> ${emojiId} AND emojis.image_hash IS NOT NULL
  ORDER BY emojis.rowid LIMIT ?`;

/**
 * A column of a query of `tasks`: what `ofImage` finds of the picture that a task has made, as a JSON array. Takes the
 * limit.
 */
export const DUPLICATES_OF_TASK = `(
  SELECT json_group_array(name) FROM (${namesWith('image_hash', "tasks.image ->> 'hash'", 'tasks.emoji_id')})
) AS duplicates`;

/** @param db with the tables of `migrations/` */
export function d1Duplicates(db: Database): Duplicates {
  async function names(sql: string, ...values: (string | number)[]): Promise<string[]> {
    const { results } = await db
      .prepare(sql)
      .bind(...values)
      .all<{ name: string }>();
    return results.map(({ name }) => name);
  }

  return {
    ofSource: (hash, emojiId, limit) => names(namesWith('source_hash'), hash, emojiId, limit),
    ofImage: (hash, emojiId, limit) => names(namesWith('image_hash'), hash, emojiId, limit),
  };
}
