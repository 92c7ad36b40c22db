import type { Duplicates } from '../application/ports.ts';
import type { Database } from './d1-session.ts';

/** Rows with the same key are in the order in which they came: none has to be sorted. */
const namesWith = (column: 'source_hash' | 'image_hash') => `
  SELECT emoji_names.name FROM emojis JOIN emoji_names ON emoji_names.emoji_id = emojis.id AND kind = 'primary'
  WHERE emojis.${column} = ? AND emojis.id <> ? AND emojis.image_hash IS NOT NULL ORDER BY emojis.rowid LIMIT ?`;

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
