import type { Publications } from '../application/publishing-ports.ts';
import type { Publication } from '../domain/publishing/publication.ts';
import type { Target } from '../domain/publishing/target.ts';

interface PublicationRow {
  target_id: string;
  name: string;
  emoji_id: string;
  task_id: string;
  published_at: number | null;
  hash: string | null;
  platform_id: string | null;
  sent_at: number | null;
  sent_hash: string | null;
  replaced_id: string | null;
}

/** @param db with the tables of `migrations/` */
export function d1Publications(db: D1Database): Publications {
  return {
    async find(targetId, name) {
      const row = await db
        .prepare('SELECT * FROM publications WHERE target_id = ? AND name = ?')
        .bind(targetId, name)
        .first<PublicationRow>();
      return row && toPublication(row);
    },

    async begin(seen, { targetId, name, emojiId, taskId, published, sent }) {
      const values = [targetId, name, emojiId, taskId, ...publishedValues(published), ...sentValues(sent)];
      const insert = `INSERT INTO publications (target_id, name, emoji_id, task_id, published_at, hash, platform_id, sent_at,
        sent_hash, replaced_id) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)`;
      const begun =
        seen === null
          ? db.prepare(`${insert} ON CONFLICT (target_id, name) DO NOTHING`).bind(...values)
          : db
              .prepare(
                `UPDATE publications SET emoji_id = ?3, task_id = ?4, published_at = ?5, hash = ?6, platform_id = ?7,
                   sent_at = ?8, sent_hash = ?9, replaced_id = ?10
                 WHERE target_id = ?1 AND name = ?2 AND task_id = ?11 AND sent_at IS ?12 AND published_at IS ?13`,
              )
              .bind(...values, seen.taskId, seen.sent?.at ?? null, seen.published?.at ?? null);
      return (await begun.run()).meta.changes > 0;
    },

    async abandon({ targetId, name, taskId, sent }, before) {
      const where = 'target_id = ?1 AND name = ?2 AND task_id = ?3 AND sent_at = ?4';
      const values = [targetId, name, taskId, sent?.at ?? null];
      const abandoned =
        before === null || before.published === null
          ? db.prepare(`DELETE FROM publications WHERE ${where}`).bind(...values)
          : db
              .prepare(
                `UPDATE publications SET emoji_id = ?5, task_id = ?6, published_at = ?7, hash = ?8, platform_id = ?9,
                   sent_at = NULL, sent_hash = NULL, replaced_id = NULL WHERE ${where}`,
              )
              .bind(...values, before.emojiId, before.taskId, ...publishedValues(before.published));
      await abandoned.run();
    },

    async settle({ targetId, name, emojiId, taskId, published }) {
      await db
        .prepare(
          `INSERT INTO publications (target_id, name, emoji_id, task_id, published_at, hash, platform_id)
           VALUES (?, ?, ?, ?, ?, ?, ?)
           ON CONFLICT (target_id, name) DO UPDATE SET emoji_id = excluded.emoji_id, task_id = excluded.task_id,
             published_at = excluded.published_at, hash = excluded.hash, platform_id = excluded.platform_id,
             sent_at = NULL, sent_hash = NULL, replaced_id = NULL`,
        )
        .bind(targetId, name, emojiId, taskId, ...publishedValues(published))
        .run();
    },

    async ofEmoji(emojiId) {
      const { results } = await db
        .prepare(
          `SELECT publications.*, targets.name AS target_name, targets.platform
           FROM publications JOIN targets ON targets.id = publications.target_id
           WHERE emoji_id = ? AND published_at IS NOT NULL ORDER BY published_at, targets.name, publications.name`,
        )
        .bind(emojiId)
        .all<PublicationRow & { target_name: string; platform: Target['platform'] }>();
      return results.map((row) => ({
        ...toPublication(row),
        target: { name: row.target_name, platform: row.platform },
      }));
    },
  };
}

const publishedValues = (published: Publication['published']) => [
  published?.at ?? null,
  published?.hash ?? null,
  published?.platformId ?? null,
];

const sentValues = (sent: Publication['sent']) => [sent?.at ?? null, sent?.hash ?? null, sent?.replacedId ?? null];

function toPublication(row: PublicationRow): Publication {
  const { published_at: publishedAt, hash, platform_id: platformId } = row;
  const { sent_at: sentAt, sent_hash: sentHash, replaced_id: replacedId } = row;
  return {
    targetId: row.target_id,
    name: row.name,
    emojiId: row.emoji_id,
    taskId: row.task_id,
    published: publishedAt !== null && hash !== null ? { at: publishedAt, hash, platformId } : null,
    sent: sentAt !== null && sentHash !== null ? { at: sentAt, hash: sentHash, replacedId } : null,
  };
}
