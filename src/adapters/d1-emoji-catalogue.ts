import type { EmojiCatalogue } from '../application/ports.ts';
import type { Emoji, Renditions, StoredPicture } from '../domain/emoji.ts';
import { submit } from '../domain/task.ts';
import { type Database, rowOf } from './d1-session.ts';
import { forgetStatements, recordStatements } from './d1-task-record.ts';

interface EmojiRow {
  id: string;
  name: string;
  created_at: number;
  image_hash: string;
  image_bytes: number;
  image_frames: number;
  renditions: string;
  source_key: string | null;
  source_hash: string | null;
  source: string | null;
}

const SELECT_EMOJI = `
  SELECT emojis.id, emoji_names.name, emojis.created_at, emojis.image_hash, emojis.image_bytes, emojis.image_frames,
    emojis.renditions, emojis.source_key, emojis.source_hash, emojis.source
  FROM emoji_names JOIN emojis ON emojis.id = emoji_names.emoji_id
  WHERE emojis.image_hash IS NOT NULL`;

export const FIND_EMOJI = `${SELECT_EMOJI} AND emoji_names.name = ?`;

/** @param db with the tables of `migrations/` */
export function d1EmojiCatalogue(db: Database): EmojiCatalogue {
  /** @returns false when the primary key of the names says no */
  async function decidedByName(statements: D1PreparedStatement[]): Promise<boolean> {
    try {
      await db.batch(statements);
      return true;
    } catch (error) {
      if (String(error).includes('UNIQUE constraint failed: emoji_names.name')) return false;
      throw error;
    }
  }

  return {
    async take(order) {
      const { emojiId, emojiName, receivedAt } = order;
      return decidedByName([
        db.prepare('INSERT INTO emojis (id, created_at) VALUES (?, ?)').bind(emojiId, receivedAt),
        db.prepare('INSERT INTO emoji_names (name, emoji_id) VALUES (?, ?)').bind(emojiName, emojiId),
        ...recordStatements(db, submit(order)),
      ]);
    },

    async release({ id, emojiId }) {
      await db.batch([
        // Its names go with it.
        db.prepare('DELETE FROM emojis WHERE id = ? AND image_hash IS NULL').bind(emojiId),
        ...forgetStatements(db, 'id = ? AND sequence = 1', id),
      ]);
    },

    async takeAgain({ emojiId, emojiName }, now) {
      return decidedByName([
        // The time too: the sweep frees names that have been held by nothing for a while.
        db
          .prepare(
            `INSERT INTO emojis (id, created_at) VALUES (?, ?)
             ON CONFLICT (id) DO UPDATE SET created_at = excluded.created_at WHERE image_hash IS NULL`,
          )
          .bind(emojiId, now),
        db
          .prepare(
            `INSERT INTO emoji_names (name, emoji_id)
             SELECT ?1, ?2 WHERE NOT EXISTS (SELECT 1 FROM emoji_names WHERE name = ?1 AND emoji_id = ?2)`,
          )
          .bind(emojiName, emojiId),
      ]);
    },

    async nextVersion(emojiId) {
      return db
        .prepare('UPDATE emojis SET latest_version = latest_version + 1 WHERE id = ? RETURNING latest_version')
        .bind(emojiId)
        .first<number>('latest_version');
    },

    async isTaken(name) {
      return (await db.prepare('SELECT 1 FROM emoji_names WHERE name = ?').bind(name).first()) !== null;
    },

    async find(name) {
      const row = await rowOf<EmojiRow>(db, FIND_EMOJI, name);
      return row && toEmoji(row);
    },
  };
}

function toEmoji(row: EmojiRow): Emoji {
  return {
    id: row.id,
    name: row.name,
    createdAt: row.created_at,
    image: {
      hash: row.image_hash,
      bytes: row.image_bytes,
      frames: row.image_frames,
      renditions: JSON.parse(row.renditions) as Renditions<StoredPicture>,
    },
    sourceKey: row.source_key,
    sourceHash: row.source_hash,
    source: row.source === null ? null : (JSON.parse(row.source) as Emoji['source']),
  };
}
