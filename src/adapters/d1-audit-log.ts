import type { AuditEntry, AuditLog } from '../application/access-ports.ts';

interface AuditRow {
  id: number;
  at: number;
  name: string | null;
  kind: string;
  token_id: string | null;
  method: string;
  route: string;
  target: string;
  status: number | null;
}

/** Rows are added, and never changed. */
export function d1AuditLog(db: D1Database): AuditLog {
  return {
    async begin({ at, name, kind, tokenId, method, route, target }) {
      const id = await db
        .prepare(
          `INSERT INTO audit_entries (at, name, kind, token_id, method, route, target) VALUES (?, ?, ?, ?, ?, ?, ?)
           RETURNING id`,
        )
        .bind(at, name, kind, tokenId, method, route, target)
        .first<number>('id');
      if (id === null) throw new Error('the entry has no id');
      return id;
    },

    async end(id, status) {
      await db.prepare('INSERT INTO audit_outcomes (entry_id, status) VALUES (?, ?)').bind(id, status).run();
    },

    async list(name, { before, limit }) {
      const { results } = await db
        .prepare(
          `SELECT audit_entries.*, status FROM audit_entries LEFT JOIN audit_outcomes ON entry_id = id
           WHERE ${name === null ? '?1 IS NULL' : 'name = ?1'} AND id < ?2 ORDER BY id DESC LIMIT ?3`,
        )
        .bind(name, before ?? Number.MAX_SAFE_INTEGER, limit)
        .all<AuditRow>();
      return results.map(({ token_id, ...row }): AuditEntry => ({ ...row, tokenId: token_id }));
    },
  };
}
