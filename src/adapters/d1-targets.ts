import type { StoredTarget, Targets } from '../application/publishing-ports.ts';
import type { Target } from '../domain/publishing/target.ts';

interface TargetRow {
  id: string;
  name: string;
  platform: Target['platform'];
  url: string | null;
  guild_id: string | null;
  email: string | null;
  sealed_secret: string;
  created_at: number;
  created_by: string | null;
  paused_until: number;
}

/** @param db with the tables of `migrations/` */
export function d1Targets(db: D1Database): Targets {
  const one = async (where: string, value: string) => {
    const row = await db.prepare(`SELECT * FROM targets WHERE ${where} = ?`).bind(value).first<TargetRow>();
    return row && toTarget(row);
  };
  return {
    async add(target) {
      const { id, name, platform, url, guildId, email, sealedSecret, createdAt, createdBy } = target;
      const { meta } = await db
        .prepare(
          `INSERT INTO targets (id, name, platform, url, guild_id, email, sealed_secret, created_at, created_by)
           VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (name) DO NOTHING`,
        )
        .bind(id, name, platform, url, guildId, email, sealedSecret, createdAt, createdBy)
        .run();
      return meta.changes > 0;
    },

    find: (name) => one('name', name),
    findById: (id) => one('id', id),

    async list({ after, limit }) {
      const { results } = await db
        .prepare('SELECT * FROM targets WHERE name > ? ORDER BY name LIMIT ?')
        .bind(after ?? '', limit)
        .all<TargetRow>();
      return results.map(toTarget);
    },

    async reseal(id, sealedSecret) {
      await db.prepare('UPDATE targets SET sealed_secret = ? WHERE id = ?').bind(sealedSecret, id).run();
    },

    async delete(name) {
      const deleted = await db.prepare('DELETE FROM targets WHERE name = ? RETURNING id').bind(name).all();
      return deleted.results.length > 0;
    },

    async pause(id, until) {
      await db.prepare('UPDATE targets SET paused_until = max(paused_until, ?) WHERE id = ?').bind(until, id).run();
    },
  };
}

function toTarget(row: TargetRow): StoredTarget {
  return {
    id: row.id,
    name: row.name,
    platform: row.platform,
    url: row.url,
    guildId: row.guild_id,
    email: row.email,
    sealedSecret: row.sealed_secret,
    createdAt: row.created_at,
    createdBy: row.created_by,
    pausedUntil: row.paused_until,
  };
}
