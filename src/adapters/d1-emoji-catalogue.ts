import type { Charge, EmojiCatalogue } from '../application/ports.ts';
import type { Emoji, NameKind, Renditions, StoredPicture } from '../domain/emoji.ts';
import { submit, type TaskOrder } from '../domain/task.ts';
import { listChangedStatement } from './d1-emoji-index.ts';
import { freedFrom, freeFormerStatements, isNameTaken } from './d1-emoji-names.ts';
import { isRevisionOld, NEXT_REVISION } from './d1-emoji-revision.ts';
import { type Database, rowOf } from './d1-session.ts';
import { forgetStatements, recordStatements } from './d1-task-record.ts';
import {
  addedBy,
  addStatements,
  orderStatements,
  refuseOverQuota,
  removeStatement,
  withdrawStatements,
} from './d1-usage.ts';

export interface EmojiRow {
  id: string;
  name: string;
  revision: number;
  created_at: number;
  image_hash: string;
  image_bytes: number;
  image_frames: number;
  renditions: string;
  source_key: string | null;
  source_hash: string | null;
  owner: string | null;
  source: string | null;
}

export const COLUMNS = `emojis.id, emojis.name, emojis.revision, emojis.created_at, emojis.image_hash, emojis.image_bytes,
  emojis.image_frames, emojis.renditions, emojis.source_key, emojis.source_hash, emojis.owner, emojis.source`;

export const FIND_EMOJI = `
  SELECT ${COLUMNS}, asked.kind FROM emoji_names AS asked JOIN emojis ON emojis.id = asked.emoji_id
  WHERE asked.name = ? AND emojis.name IS NOT NULL`;

const FIND_BY_ID = `SELECT ${COLUMNS} FROM emojis WHERE id = ? AND name IS NOT NULL`;

/**
 * A picture that is made anew is of the upload that is shown, and undoes no other. An order that the history knows
 * nothing of yet has its task there soon, or never.
 */
const PENDING_UPLOAD = `
  SELECT tasks.id FROM emojis JOIN tasks ON tasks.emoji_id = emojis.id
  WHERE emojis.id = ?1 AND tasks.finished_at IS NULL AND tasks.kind <> 'render' AND tasks.version > emojis.version
  UNION ALL
  SELECT details ->> 'task_id' FROM emojis JOIN emoji_events ON emoji_events.emoji_id = emojis.id
  WHERE emojis.id = ?1 AND action = 'picture_ordered' AND at > ?2
    AND details ->> 'kind' IS NOT 'render' AND details ->> 'version' > emojis.version
    AND NOT EXISTS (SELECT 1 FROM tasks WHERE id = details ->> 'task_id' AND version >= details ->> 'version')
  LIMIT 1`;

export const TAKEN = "SELECT 1 FROM emoji_names WHERE name = ? AND kind <> 'former'";

const NEXT_NUMBER = '(SELECT coalesce(max(number), 0) + 1 FROM emojis)';

/** Notes the start of an emoji, once. */
const NOTE_START = `
  INSERT INTO emoji_events (emoji_id, at, actor, action, details)
  SELECT ?1, ?2, ?3, 'created', ?4
  WHERE NOT EXISTS (SELECT 1 FROM emoji_events WHERE emoji_id = ?1 AND action = 'created')`;

/** @param db with the tables of `migrations/` */
export function d1EmojiCatalogue(db: Database): EmojiCatalogue {
  /** @returns the emoji that had the name before; null when the primary key of the names says no */
  async function decidedByName(
    order: Pick<TaskOrder, 'actor'>,
    charge: Charge,
    statements: D1PreparedStatement[],
  ): Promise<string[] | null> {
    try {
      return freedFrom(await db.batch<object>(statements));
    } catch (error) {
      if (isNameTaken(error)) return null;
      await refuseOverQuota(db, error, addedBy(order, charge, 1));
      throw error;
    }
  }

  return {
    async take(order, charge = {}) {
      const { emojiId, emojiName, receivedAt, actor } = order;
      return decidedByName(order, charge, [
        ...freeFormerStatements(db, [emojiName]),
        db
          .prepare(
            `INSERT INTO emojis (id, number, created_at, updated_at, owner) VALUES (?1, ${NEXT_NUMBER}, ?2, ?2, ?3)`,
          )
          .bind(emojiId, receivedAt, actor),
        db.prepare(NOTE_START).bind(emojiId, receivedAt, actor, JSON.stringify({ name: emojiName })),
        db.prepare('INSERT INTO emoji_names (name, emoji_id) VALUES (?, ?)').bind(emojiName, emojiId),
        ...recordStatements(db, submit(order)),
        ...addStatements(db, emojiId, addedBy(order, charge, 1)),
        ...orderStatements(db, order, charge, receivedAt),
      ]);
    },

    async release(order) {
      const { id, emojiId } = order;
      const hasNoPicture = 'id = ? AND image_hash IS NULL';
      await db.batch([
        removeStatement(db, hasNoPicture, emojiId),
        // Its names go with it.
        db.prepare(`DELETE FROM emojis WHERE ${hasNoPicture}`).bind(emojiId),
        ...forgetStatements(db, 'id = ? AND sequence = 1', id),
        ...withdrawStatements(db, order),
      ]);
    },

    async takeAgain(task, now, charge = {}) {
      const { emojiId, emojiName, actor } = task;
      return decidedByName(task, charge, [
        ...freeFormerStatements(db, [emojiName]),
        ...addStatements(db, emojiId, addedBy(task, charge, 1), 'NOT EXISTS (SELECT 1 FROM emojis WHERE id = ?1)'),
        ...orderStatements(db, task, charge, now),
        // The time too: the sweep frees names that have been held by nothing for a while.
        db
          .prepare(
            `INSERT INTO emojis (id, number, created_at, updated_at, owner) VALUES (?1, ${NEXT_NUMBER}, ?2, ?2, ?3)
             ON CONFLICT (id) DO UPDATE SET created_at = excluded.created_at WHERE image_hash IS NULL`,
          )
          .bind(emojiId, now, actor),
        db.prepare(NOTE_START).bind(emojiId, now, actor, JSON.stringify({ name: emojiName })),
        db
          .prepare(
            `INSERT INTO emoji_names (name, emoji_id)
             SELECT ?1, id FROM emojis WHERE id = ?2 AND image_hash IS NULL
               AND NOT EXISTS (SELECT 1 FROM emoji_names WHERE name = ?1 AND emoji_id = ?2)`,
          )
          .bind(emojiName, emojiId),
      ]);
    },

    async nextVersion(order, at, seen, charge = {}) {
      const { id, kind, emojiId, actor } = order;
      const isThere = 'EXISTS (SELECT 1 FROM emojis WHERE id = ?1 AND deleted_at IS NULL)';
      try {
        const [updated] = await db.batch<{ latest_version: number }>([
          db
            .prepare(
              `UPDATE emojis SET ${NEXT_REVISION}, latest_version = latest_version + 1
               WHERE id = ?2 AND deleted_at IS NULL RETURNING latest_version`,
            )
            .bind(seen, emojiId),
          db
            .prepare(
              `INSERT INTO emoji_events (emoji_id, at, actor, action, details)
               SELECT id, ?, ?, 'picture_ordered', json_object('task_id', ?, 'version', latest_version, 'kind', ?)
               FROM emojis WHERE id = ? AND deleted_at IS NULL`,
            )
            .bind(at, actor, id, kind, emojiId),
          listChangedStatement(db),
          ...addStatements(db, emojiId, addedBy(order, charge, 0), isThere),
          ...orderStatements(db, order, charge, at, isThere),
        ]);
        return updated?.results[0]?.latest_version ?? null;
      } catch (error) {
        if (isRevisionOld(error)) return 'changed';
        await refuseOverQuota(db, error, addedBy(order, charge, 0));
        throw error;
      }
    },

    async count(order, at, charge = {}) {
      const added = addedBy(order, charge, 0);
      try {
        const statements = [...addStatements(db, order.emojiId, added), ...orderStatements(db, order, charge, at)];
        if (statements.length > 0) await db.batch(statements);
      } catch (error) {
        await refuseOverQuota(db, error, added);
        throw error;
      }
    },

    async withdraw(order) {
      const { id, emojiId } = order;
      const noted =
        "FROM emoji_events WHERE emoji_id = ?1 AND action = 'picture_ordered' AND details ->> 'task_id' = ?2";
      await db.batch([
        db
          .prepare(`UPDATE emojis SET revision = revision + 1 WHERE id = ?1 AND EXISTS (SELECT 1 ${noted})`)
          .bind(emojiId, id),
        db.prepare(`DELETE ${noted}`).bind(emojiId, id),
        ...withdrawStatements(db, order),
        listChangedStatement(db),
      ]);
    },

    pendingUpload: (emojiId, since) => db.prepare(PENDING_UPLOAD).bind(emojiId, since).first<string>('id'),

    async isTaken(name) {
      return (await db.prepare(TAKEN).bind(name).first()) !== null;
    },

    async find(name) {
      const row = await rowOf<EmojiRow & { kind: NameKind }>(db, FIND_EMOJI, name);
      return row && { ...toEmoji(row), askedBy: row.kind };
    },

    async findById(id) {
      const row = await db.prepare(FIND_BY_ID).bind(id).first<EmojiRow>();
      return row && toEmoji(row);
    },
  };
}

export function toEmoji(row: EmojiRow): Emoji {
  return {
    id: row.id,
    name: row.name,
    revision: row.revision,
    createdAt: row.created_at,
    image: {
      hash: row.image_hash,
      bytes: row.image_bytes,
      frames: row.image_frames,
      renditions: JSON.parse(row.renditions) as Renditions<StoredPicture>,
    },
    sourceKey: row.source_key,
    sourceHash: row.source_hash,
    owner: row.owner,
    source: row.source === null ? null : (JSON.parse(row.source) as Emoji['source']),
  };
}
