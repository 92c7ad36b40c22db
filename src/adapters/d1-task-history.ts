import type { TaskFilter, TaskHistory, TaskPosition, TaskSummary } from '../application/ports.ts';
import { TASK_STATES, type TaskRecord, type TaskState } from '../domain/task.ts';
import { type Database, rowOf } from './d1-session.ts';

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

export interface TaskRow extends SummaryRow {
  emoji_id: string;
  version: number;
  source_key: string;
  source_hash: string | null;
  actor: string | null;
  rendering: string;
  image: string | null;
  source: string | null;
  history: string;
  sequence: number;
}

const SUMMARY = 'id, kind, emoji_name, state, attempts, received_at, started_at, finished_at, failure';

/** @param db with the tables of `migrations/` */
export function d1TaskHistory(db: Database): TaskHistory {
  return {
    async find(id) {
      const row = await rowOf<TaskRow>(db, 'SELECT * FROM tasks WHERE id = ?', id);
      return row && toRecord(row);
    },

    async list(filter, { after, limit }) {
      const { sql, values } = listTasksQuery(filter, after, limit);
      const { results } = await db
        .prepare(sql)
        .bind(...values)
        .all<SummaryRow>();
      return results.map(toSummary);
    },

    async count(filter, most) {
      const { sql, values } = listTasksQuery(filter, null, most);
      const found = await db
        .prepare(`SELECT COUNT(*) AS found FROM (${sql})`)
        .bind(...values)
        .first<number>('found');
      return found ?? 0;
    },

    async changes(after, limit) {
      const query = `SELECT ${SUMMARY}, change FROM tasks WHERE change > ? ORDER BY change LIMIT ?`;
      if (after === null) {
        const last = await db.prepare("SELECT value FROM counters WHERE name = 'task_changes'").first<number>('value');
        return { tasks: [], last: last ?? 0 };
      }
      const { results } = await db.prepare(query).bind(after, limit).all<SummaryRow & { change: number }>();
      return { tasks: results.map(toSummary), last: results.at(-1)?.change ?? after };
    },

    async counters() {
      const { results } = await db.prepare('SELECT name, value FROM counters').all<{ name: string; value: number }>();
      return new Map(results.map(({ name, value }) => [name, value]));
    },
  };
}

/**
 * The tasks that a filter finds, newest first. One range of an index for each state, merged in order: SQLite sorts the
 * whole of what `state IN (…)` finds, but only walks the heads of a sorted UNION ALL. An emoji has few tasks, and few
 * tasks have a reason: those have an index of their own, and the rest of the filter is checked row by row.
 */
export function listTasksQuery(
  filter: TaskFilter,
  after: TaskPosition | null,
  limit: number,
): { sql: string; values: (string | number)[] } {
  const { emojiName, reason } = filter;
  const conditions: [sql: string, ...values: (string | number)[]][] = [];
  if (emojiName !== null) conditions.push(['emoji_name = ?', emojiName]);
  if (reason !== null) conditions.push(['reason IS NOT NULL AND instr(lower(reason), lower(?)) > 0', reason]);
  if (filter.kind !== null) conditions.push(['kind = ?', filter.kind]);
  if (filter.from !== null) conditions.push(['received_at >= ?', filter.from]);
  if (filter.to !== null) conditions.push(['received_at < ?', filter.to]);
  if (after !== null) conditions.push(['(received_at, id) < (?, ?)', after.receivedAt, after.id]);

  // Every state is the same as no filter, which needs one range only.
  const states = TASK_STATES.filter((state) => filter.states.includes(state));
  const isAny = states.length === 0 || states.length === TASK_STATES.length;
  let source = 'tasks';
  let ranges: (typeof conditions)[] = [conditions];
  if (emojiName !== null || reason !== null) {
    source = `tasks INDEXED BY ${emojiName === null ? 'tasks_by_reason' : 'tasks_by_emoji'}`;
    if (!isAny) ranges = [[...conditions, [`state IN (${states.map(() => '?')})`, ...states]]];
  } else if (!isAny) {
    ranges = states.map((state) => [['state = ?', state], ...conditions]);
  }
  const selects = ranges.map((range) => {
    const where = range.map(([sql]) => sql).join(' AND ');
    return `SELECT ${SUMMARY} FROM ${source}${where === '' ? '' : ` WHERE ${where}`}`;
  });
  return {
    sql: `${selects.join(' UNION ALL ')} ORDER BY received_at DESC, id DESC LIMIT ?`,
    values: [...ranges.flatMap((range) => range.flatMap(([, ...values]) => values)), limit],
  };
}

export function toRecord(row: TaskRow): TaskRecord {
  return {
    ...toSummary(row),
    emojiId: row.emoji_id,
    version: row.version,
    sourceKey: row.source_key,
    sourceHash: row.source_hash,
    actor: row.actor,
    rendering: JSON.parse(row.rendering) as TaskRecord['rendering'],
    image: fromJson<TaskRecord['image']>(row.image),
    source: fromJson<TaskRecord['source']>(row.source),
    history: JSON.parse(row.history) as TaskRecord['history'],
    sequence: row.sequence,
  };
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
    failure: fromJson<TaskSummary['failure']>(row.failure),
  };
}

function fromJson<Value>(json: string | null): Value | null {
  return json === null ? null : (JSON.parse(json) as Value);
}
