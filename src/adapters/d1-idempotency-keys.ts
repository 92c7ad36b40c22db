import { KEEP_KEYS_MS } from '../application/accept-upload.ts';
import type { EarlierRequest, IdempotencyKeys } from '../application/ports.ts';

interface KeyRow {
  task_id: string;
  fingerprint: string | null;
  created_at: number;
}

/** @param db with the tables of `migrations/` */
export function d1IdempotencyKeys(db: D1Database): IdempotencyKeys {
  return {
    async begin(key, taskId, now) {
      // One statement decides between two requests at once. A row that is too old counts for nothing.
      const mine = await db
        .prepare(
          `INSERT INTO idempotency_keys (key, task_id, created_at) VALUES (?, ?, ?)
           ON CONFLICT (key) DO UPDATE
             SET task_id = excluded.task_id, created_at = excluded.created_at, fingerprint = NULL
             WHERE created_at <= ?`,
        )
        .bind(key, taskId, now, now - KEEP_KEYS_MS)
        .run();
      if (mine.meta.changes > 0) return null;
      const row = await db.prepare('SELECT * FROM idempotency_keys WHERE key = ?').bind(key).first<KeyRow>();
      // Abandoned this very moment: as good as under way, the client comes again.
      if (row === null) return { taskId, fingerprint: null, createdAt: now };
      return { taskId: row.task_id, fingerprint: row.fingerprint, createdAt: row.created_at };
    },

    async takeOver(key, { taskId: before }: EarlierRequest, taskId, now) {
      const { meta } = await db
        .prepare(
          'UPDATE idempotency_keys SET task_id = ?, created_at = ?, fingerprint = NULL WHERE key = ? AND task_id = ?',
        )
        .bind(taskId, now, key, before)
        .run();
      return meta.changes > 0;
    },

    async note(key, taskId, fingerprint, now) {
      const { meta } = await db
        .prepare('UPDATE idempotency_keys SET fingerprint = ?, created_at = ? WHERE key = ? AND task_id = ?')
        .bind(fingerprint, now, key, taskId)
        .run();
      return meta.changes > 0;
    },

    async abandon(key, taskId) {
      await db.prepare('DELETE FROM idempotency_keys WHERE key = ? AND task_id = ?').bind(key, taskId).run();
    },
  };
}
