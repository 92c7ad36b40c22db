import { ADD_TO_COUNTERS } from './d1-counters.ts';
import type { Database } from './d1-session.ts';

/** Of each emoji that is listed what it is searched by; a condition may be added. */
export const SEARCH_ROWS = `INSERT INTO emoji_search (rowid, text)
  SELECT number, (SELECT group_concat(word, char(10)) FROM (
    SELECT name AS word FROM emoji_names WHERE emoji_id = emojis.id AND kind <> 'former'
    UNION ALL SELECT value FROM json_each(tags)
  )) FROM emojis WHERE name IS NOT NULL`;

/**
 * What brings the tags and the search up to date with an emoji, and tells that the list has changed. To be run at the
 * end of every transaction that changes what is listed of it; can be repeated.
 */
export function indexStatements(db: Database, emojiId: string): D1PreparedStatement[] {
  return [
    ...unindexStatements(db, emojiId),
    db
      .prepare(
        `INSERT INTO emoji_tags (tag, name, number, emoji_id)
         SELECT value, name, number, emojis.id FROM emojis, json_each(tags) WHERE emojis.id = ? AND name IS NOT NULL`,
      )
      .bind(emojiId),
    db.prepare(`${SEARCH_ROWS} AND id = ?`).bind(emojiId),
    listChangedStatement(db),
  ];
}

/** What tells that the list has changed. It has the ETag of each emoji, and changes with its revision. */
export function listChangedStatement(db: Database): D1PreparedStatement {
  return db.prepare(`INSERT INTO counters (name, value) VALUES ('emoji_changes', 1) ${ADD_TO_COUNTERS}`);
}

/** What takes an emoji out of the tags and the search. */
export function unindexStatements(db: Database, emojiId: string): D1PreparedStatement[] {
  return [
    db.prepare('DELETE FROM emoji_tags WHERE emoji_id = ?').bind(emojiId),
    db.prepare('DELETE FROM emoji_search WHERE rowid = (SELECT number FROM emojis WHERE id = ?)').bind(emojiId),
  ];
}
