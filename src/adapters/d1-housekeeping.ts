import type { Housekeeping } from '../application/ports.ts';
import { RENDITIONS } from '../domain/emoji.ts';
import { isFinished, TASK_STATES } from '../domain/task.ts';
import type { Database } from './d1-session.ts';
import { type TaskRow, toRecord } from './d1-task-history.ts';
import { forgetStatements } from './d1-task-record.ts';
import { forgetUploadStatements, removeStatement } from './d1-usage.ts';

/** Since before a time, with no task under way that may make one. */
const LEFT_WITHOUT_PICTURE = `emojis.image_hash IS NULL AND emojis.created_at < ?
  AND NOT EXISTS (SELECT 1 FROM tasks WHERE emoji_id = emojis.id AND finished_at IS NULL)`;

/** Ordered before a time, with no task under way. The table is small. */
const LOST = `ordered_at < ?
  AND NOT EXISTS (SELECT 1 FROM tasks WHERE id = tasks_in_flight.task_id AND finished_at IS NULL)`;

/** Received before a time, and after a place in their order. The index of states has those of each in it: none is sorted. */
const UNFINISHED = TASK_STATES.filter((state) => !isFinished(state))
  .map((state) => `SELECT * FROM tasks WHERE state = '${state}' AND received_at < ?1 AND (received_at, id) > (?2, ?3)`)
  .join(' UNION ALL ');

const DELETED_BEFORE = 'SELECT id FROM emojis WHERE deleted_at < ? ORDER BY deleted_at LIMIT ?';

/** Each condition has an index. */
const UNUSED_IMAGES = `SELECT value FROM json_each(?) WHERE ${[
  'image_hash',
  ...Object.keys(RENDITIONS).map((name) => `json_extract(renditions, '$.${name}.hash')`),
]
  .map((hash) => `NOT EXISTS (SELECT 1 FROM emojis WHERE ${hash} = value)`)
  .join(' AND ')}`;

/** @param db not a copy: what is dropped goes by it */
export function d1Housekeeping(db: Database): Housekeeping {
  /** Those of a list that a query over `json_each` finds. */
  async function among(sql: string, list: string[]): Promise<string[]> {
    if (list.length === 0) return [];
    const { results } = await db.prepare(sql).bind(JSON.stringify(list)).all<{ value: string }>();
    return results.map(({ value }) => value);
  }

  return {
    async cursor(step) {
      return db.prepare('SELECT cursor FROM sweep_cursors WHERE name = ?').bind(step).first<string>('cursor');
    },

    async keepCursor(step, cursor) {
      const statement =
        cursor === null
          ? db.prepare('DELETE FROM sweep_cursors WHERE name = ?').bind(step)
          : db.prepare('INSERT OR REPLACE INTO sweep_cursors (name, cursor) VALUES (?, ?)').bind(step, cursor);
      await statement.run();
    },

    async unfinished(before, after, limit) {
      const { results } = await db
        .prepare(`${UNFINISHED} ORDER BY received_at, id LIMIT ?4`)
        .bind(before, after?.receivedAt ?? 0, after?.id ?? '', limit)
        .all<TaskRow>();
      return results.map(toRecord);
    },

    async tasksWithoutPicture(before, limit) {
      const { results } = await db
        .prepare(
          `SELECT tasks.id, emojis.created_at AS since
           FROM emojis JOIN emoji_names ON emoji_names.emoji_id = emojis.id
             JOIN tasks ON tasks.emoji_name = emoji_names.name AND tasks.emoji_id = emojis.id
           WHERE ${LEFT_WITHOUT_PICTURE}
           ORDER BY emojis.created_at LIMIT ?`,
        )
        .bind(before, limit)
        .all<{ id: string; since: number }>();
      return results;
    },

    async freeNames(before) {
      const [, freed] = await db.batch([
        removeStatement(db, LEFT_WITHOUT_PICTURE, before),
        db.prepare(`DELETE FROM emojis WHERE ${LEFT_WITHOUT_PICTURE} RETURNING id`).bind(before),
      ]);
      return freed?.results.length ?? 0;
    },

    async forgetTasks(before, limit) {
      const { results } = await db
        .prepare('SELECT id, source_key FROM tasks WHERE finished_at < ? ORDER BY finished_at LIMIT ?')
        .bind(before, limit)
        .all<{ id: string; source_key: string }>();
      if (results.length === 0) return { tasks: 0, sourceKeys: [] };
      const ids = JSON.stringify(results.map(({ id }) => id));
      // One that a person has had tried again meanwhile stays.
      const where = 'id IN (SELECT value FROM json_each(?)) AND finished_at < ?';
      await db.batch(forgetStatements(db, where, ids, before));
      return { tasks: results.length, sourceKeys: await this.unownedSources(results.map((row) => row.source_key)) };
    },

    async dropDeleted(before, limit) {
      // In one statement: one that is restored this very moment stays. Names and tags went when it was deleted.
      const drop = `DELETE FROM emojis WHERE id IN (${DELETED_BEFORE}) RETURNING id`;
      return (await db.prepare(drop).bind(before, limit).all()).results.length;
    },

    async forgetKeys(before) {
      const { meta } = await db.prepare('DELETE FROM idempotency_keys WHERE created_at < ?').bind(before).run();
      return meta.changes;
    },

    async forgetPeriods(step, before) {
      await db.prepare('DELETE FROM counter_periods WHERE step = ? AND start < ?').bind(step, before).run();
    },

    unownedSources: (keys) =>
      among(
        `SELECT value FROM json_each(?)
         WHERE NOT EXISTS (SELECT 1 FROM tasks WHERE id = substr(value, 9))
           AND NOT EXISTS (SELECT 1 FROM emojis WHERE source_key = value)
           AND NOT EXISTS (SELECT 1 FROM tasks WHERE kind = 'render' AND source_key = value)
           AND NOT EXISTS (SELECT 1 FROM tasks WHERE kind = 'import' AND source_key = value)`,
        keys,
      ),

    async forgetUploads(keys) {
      if (keys.length === 0) return;
      const where = 'source_key IN (SELECT value FROM json_each(?))';
      await db.batch(forgetUploadStatements(db, where, JSON.stringify(keys)));
    },

    async lostOrders(before, limit) {
      const { results } = await db
        .prepare(`SELECT task_id FROM tasks_in_flight WHERE ${LOST} LIMIT ?`)
        .bind(before, limit)
        .all<{ task_id: string }>();
      return results.map((row) => row.task_id);
    },

    async forgetOrders(taskIds, before) {
      const { meta } = await db
        .prepare(`DELETE FROM tasks_in_flight WHERE ${LOST} AND task_id IN (SELECT value FROM json_each(?))`)
        .bind(before, JSON.stringify(taskIds))
        .run();
      return meta.changes;
    },

    unusedImages: (hashes) => among(UNUSED_IMAGES, hashes),
  };
}
