import type { TaskHistory, TaskPosition, TaskSummary } from '../application/ports.ts';
import { TASK_STATES, type Task, type TaskState } from '../domain/task.ts';

interface SummaryRow {
  id: string;
  kind: TaskSummary['kind'];
  emoji_name: string;
  state: TaskState;
  attempts: number;
  received_at: number;
  started_at: number | null;
  finished_at: number | null;
  failure: string | null;
}

interface TaskRow extends SummaryRow {
  history: string;
}

const SUMMARY = 'id, kind, emoji_name, state, attempts, received_at, started_at, finished_at, failure';

/** @param db with the tables of `migrations/` */
export function d1TaskHistory(db: D1Database): TaskHistory {
  return {
    async find(id) {
      const row = await db.prepare(`SELECT ${SUMMARY}, history FROM tasks WHERE id = ?`).bind(id).first<TaskRow>();
      return row && { ...toSummary(row), history: JSON.parse(row.history) as Task['history'] };
    },

    async list({ states, after, limit }) {
      const { sql, values } = listTasksQuery(states, after, limit);
      const { results } = await db
        .prepare(sql)
        .bind(...values)
        .all<SummaryRow>();
      return results.map(toSummary);
    },
  };
}

/**
 * One range of an index for each state, merged in order: SQLite sorts the whole of what `state IN (…)` finds,
 * but only walks the heads of a sorted UNION ALL.
 */
export function listTasksQuery(
  states: TaskState[],
  after: TaskPosition | null,
  limit: number,
): { sql: string; values: (string | number)[] } {
  const before = after === null ? null : '(received_at, id) < (?, ?)';
  const position = after === null ? [] : [after.receivedAt, after.id];
  // Every state is the same as no filter, which needs one range only.
  const wanted = TASK_STATES.filter((state) => states.includes(state));
  const filters = wanted.length === 0 || wanted.length === TASK_STATES.length ? [null] : wanted;
  const ranges = filters.map((state) => {
    const conditions = [state && 'state = ?', before].filter((condition) => condition !== null);
    return `SELECT ${SUMMARY} FROM tasks${conditions.length > 0 ? ` WHERE ${conditions.join(' AND ')}` : ''}`;
  });
  return {
    sql: `${ranges.join(' UNION ALL ')} ORDER BY received_at DESC, id DESC LIMIT ?`,
    values: [...filters.flatMap((state) => [...(state ? [state] : []), ...position]), limit],
  };
}

/**
 * Copies a task into the history, unless a newer copy is there, and in the same transaction lets its emoji appear
 * (SUCCESS) or frees its name (FAILURE, REVOKED). Can be repeated.
 */
export async function recordTask(db: D1Database, task: Task): Promise<void> {
  const copy = db
    .prepare(
      `INSERT INTO tasks (${SUMMARY}, history, sequence) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (id) DO UPDATE SET
         state = excluded.state, attempts = excluded.attempts, started_at = excluded.started_at,
         finished_at = excluded.finished_at, failure = excluded.failure, history = excluded.history,
         sequence = excluded.sequence
       WHERE excluded.sequence > tasks.sequence`,
    )
    .bind(
      task.id,
      task.kind,
      task.emojiName,
      task.state,
      task.attempts,
      task.receivedAt,
      task.startedAt,
      task.finishedAt,
      task.failure && JSON.stringify(task.failure),
      JSON.stringify(task.history),
      task.sequence,
    );
  await db.batch([copy, ...effects(db, task)]);
}

/** Whether the copy in the history is this one, and no newer. */
const IS_LATEST = 'EXISTS (SELECT 1 FROM tasks WHERE id = ? AND sequence = ?)';

function effects(db: D1Database, task: Task): D1PreparedStatement[] {
  if (task.state === 'SUCCESS' && task.image !== null) {
    const { hash, bytes, frames } = task.image;
    return [
      db
        .prepare(`UPDATE emojis SET image_hash = ?, image_bytes = ?, image_frames = ? WHERE id = ? AND ${IS_LATEST}`)
        .bind(hash, bytes, frames, task.emojiId, task.id, task.sequence),
    ];
  }
  if (task.state === 'FAILURE' || task.state === 'REVOKED') {
    return [
      db
        .prepare(`DELETE FROM emojis WHERE id = ? AND image_hash IS NULL AND ${IS_LATEST}`)
        .bind(task.emojiId, task.id, task.sequence),
    ];
  }
  return [];
}

function toSummary(row: SummaryRow): TaskSummary {
  return {
    id: row.id,
    kind: row.kind,
    emojiName: row.emoji_name,
    state: row.state,
    attempts: row.attempts,
    receivedAt: row.received_at,
    startedAt: row.started_at,
    finishedAt: row.finished_at,
    failure: row.failure === null ? null : (JSON.parse(row.failure) as Task['failure']),
  };
}
