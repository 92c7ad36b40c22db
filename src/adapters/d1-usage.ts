import { sourceKeyOf } from '../application/accept-upload.ts';
import type { Charge, Usage } from '../application/ports.ts';
import { overQuota, type Quotas } from '../domain/quota.ts';
import type { TaskOrder } from '../domain/task.ts';
import type { Database } from './d1-session.ts';

export const USAGE = `
  SELECT coalesce((SELECT emojis FROM usage WHERE owner = ?1), 0) AS emojis,
    coalesce((SELECT bytes FROM usage WHERE owner = ?1), 0) AS bytes,
    (SELECT COUNT(*) FROM tasks_in_flight WHERE owner = ?1) AS tasks`;

/** @param db not a copy: by what it says an order may be refused */
export function d1Usage(db: Database): Usage {
  return { of: (owner) => usageOf(db, owner) };
}

async function usageOf(db: Database, owner: string): Promise<Quotas> {
  return (await db.prepare(USAGE).bind(owner).first<Quotas>()) ?? { emojis: 0, bytes: 0, tasks: 0 };
}

/** What is added to the numbers of an owner. */
interface Added {
  owner: string | null;
  emojis: number;
  bytes: number;
  quotas: Quotas | null;
  tasks?: number;
}

/** A sum that is within a quota. Otherwise null, which the column never is, has the transaction rolled back. */
const within = (sum: string, added: string, quota: string): string =>
  `iif(${added} <= 0 OR ${quota} IS NULL OR ${sum} <= ${quota}, ${sum}, NULL)`;

/**
 * What adds to the numbers of an owner.
 *
 * @param condition on an emoji, `?1`: nothing is added where it is not so
 */
export function addStatements(
  db: Database,
  emojiId: string,
  { owner, emojis, bytes, quotas }: Added,
  condition = 'true',
): D1PreparedStatement[] {
  if (owner === null || (emojis === 0 && bytes === 0)) return [];
  return [
    db
      .prepare(
        `INSERT INTO usage (owner, emojis, bytes)
         SELECT ?2, ${within('?3', '?3', '?5')}, ${within('?4', '?4', '?6')} WHERE ${condition}
         ON CONFLICT (owner) DO UPDATE SET
           emojis = ${within('emojis + ?3', '?3', '?5')}, bytes = ${within('bytes + ?4', '?4', '?6')}`,
      )
      .bind(emojiId, owner, emojis, bytes, quotas?.emojis ?? null, quotas?.bytes ?? null),
  ];
}

/** What an order adds. @param emojis 1 for one that makes an emoji */
export function addedBy(
  { actor }: Pick<TaskOrder, 'actor'>,
  { owner = actor, bytes = 0, quotas = null, tasks = 1 }: Charge,
  emojis: 0 | 1,
): Added {
  return { owner, emojis, bytes, quotas, tasks };
}

/**
 * What counts the task of an order until its end, and the upload that it came with for as long as that is kept.
 *
 * @param condition as above
 */
export function orderStatements(
  db: Database,
  { id, emojiId, actor }: Pick<TaskOrder, 'id' | 'emojiId' | 'actor'>,
  { owner = actor, bytes = 0, sequence = 0, quotas = null, tasks = 1 }: Charge,
  at: number,
  condition = 'true',
): D1PreparedStatement[] {
  if (owner === null) return [];
  const upload = db
    .prepare(`INSERT INTO uploads (source_key, owner, bytes) SELECT ?2, ?3, ?4 WHERE ${condition}`)
    .bind(emojiId, sourceKeyOf(id), owner, bytes);
  const task = db
    .prepare(
      `INSERT INTO tasks_in_flight (owner, task_id, sequence, ordered_at)
       SELECT ?2, ?3, iif(?6 IS NULL OR ?6 > (SELECT COUNT(*) FROM
           (SELECT 1 FROM tasks_in_flight WHERE owner = ?2 AND task_id <> ?3 LIMIT max(coalesce(?6, 0), 0))
         ), ?4, NULL), ?5 WHERE ${condition}
       ON CONFLICT (owner, task_id) DO UPDATE SET sequence = excluded.sequence, ordered_at = excluded.ordered_at`,
    )
    .bind(emojiId, owner, id, sequence, at, quotas && quotas.tasks + 1 - tasks);
  return bytes > 0 ? [upload, task] : [task];
}

/** What has a task that has ended count no more, unless it has been ordered again since. */
export function endStatements(
  db: Database,
  { id, actor, sequence }: { id: string; actor: string | null; sequence: number },
): D1PreparedStatement[] {
  if (actor === null) return [];
  return [
    db
      .prepare('DELETE FROM tasks_in_flight WHERE owner = ? AND task_id = ? AND sequence < ?')
      .bind(actor, id, sequence),
  ];
}

/** What undoes the statements of an order, when its task is not in the history. */
export function withdrawStatements(
  db: Database,
  { id, actor }: Pick<TaskOrder, 'id' | 'actor'>,
): D1PreparedStatement[] {
  if (actor === null) return [];
  const isUnknown = 'NOT EXISTS (SELECT 1 FROM tasks WHERE id = ?1)';
  return [
    ...forgetUploadStatements(db, `source_key = ?2 AND ${isUnknown}`, id, sourceKeyOf(id)),
    db.prepare(`DELETE FROM tasks_in_flight WHERE task_id = ?1 AND owner = ?2 AND ${isUnknown}`).bind(id, actor),
  ];
}

/** What has uploads count no more. @param where a condition on the table `uploads` */
export function forgetUploadStatements(db: Database, where: string, ...values: string[]): D1PreparedStatement[] {
  return [
    db
      .prepare(
        `INSERT INTO usage (owner, emojis, bytes) SELECT owner, 0, -bytes FROM uploads WHERE ${where}
         ON CONFLICT (owner) DO UPDATE SET bytes = bytes + excluded.bytes`,
      )
      .bind(...values),
    db.prepare(`DELETE FROM uploads WHERE ${where}`).bind(...values),
  ];
}

/** What has emoji count no more that are about to go. @param where a condition on the table `emojis` */
export function removeStatement(db: Database, where: string, ...values: (string | number)[]): D1PreparedStatement {
  return db
    .prepare(
      `INSERT INTO usage (owner, emojis, bytes)
       SELECT owner, -1, 0 FROM emojis WHERE ${where} AND owner IS NOT NULL AND deleted_at IS NULL
       ON CONFLICT (owner) DO UPDATE SET emojis = emojis + excluded.emojis`,
    )
    .bind(...values);
}

const COLUMNS: Record<string, keyof Quotas> = {
  'usage.emojis': 'emojis',
  'usage.bytes': 'bytes',
  'tasks_in_flight.sequence': 'tasks',
};

/** @throws Refusal `quota_exceeded` or `too_many_tasks`, when that is why a transaction was rolled back */
export async function refuseOverQuota(
  db: Database,
  error: unknown,
  { owner, emojis, bytes, quotas, tasks = 1 }: Added,
): Promise<void> {
  const [, column = ''] = /NOT NULL constraint failed: (\w+\.\w+)/.exec(String(error)) ?? [];
  const of = COLUMNS[column];
  if (of === undefined || owner === null || quotas === null) return;
  throw overQuota(of, owner, { emojis, bytes, tasks }, await usageOf(db, owner), quotas);
}
