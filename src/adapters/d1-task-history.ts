import type { QueueState, TaskFilter, TaskHistory, TaskOrdering, TaskPage, TaskSummary } from '../application/ports.ts';
import { tasksIn } from '../application/task-metrics.ts';
import { TASK_STATES, type TaskRecord, type TaskState } from '../domain/task.ts';
import { COUNTERS, LAST_STARTED, TASK_CHANGES } from './d1-counters.ts';
import { DUPLICATES_OF_TASK } from './d1-duplicates.ts';
import { type Database, rowOf } from './d1-session.ts';

interface SummaryRow {
  id: string;
  kind: TaskSummary['kind'];
  parent_id: string | null;
  emoji_id: string;
  emoji_name: string;
  actor: string | null;
  state: TaskState;
  attempts: number;
  received_at: number;
  started_at: number | null;
  finished_at: number | null;
  failure: string | null;
  history: string;
}

export interface TaskRow extends SummaryRow {
  version: number;
  source_key: string;
  source_hash: string | null;
  rendering: string;
  image: string | null;
  source: string | null;
  task_details: string | null;
  outcome: string | null;
  sequence: number;
}

interface Counted {
  name: string;
  value: number;
}

const SUMMARY =
  'id, kind, parent_id, emoji_id, emoji_name, actor, state, attempts, received_at, started_at, finished_at, failure, history';

/** @param db with the tables of `migrations/` */
export function d1TaskHistory(db: Database): TaskHistory {
  return {
    async find(id) {
      const row = await rowOf<TaskRow>(db, 'SELECT * FROM tasks WHERE id = ?', id);
      return row && toRecord(row);
    },

    async findWithDuplicates(id, limit) {
      const sql = `SELECT *, ${DUPLICATES_OF_TASK} FROM tasks WHERE id = ?`;
      const row = await rowOf<TaskRow & { duplicates: string }>(db, sql, limit, id);
      return row && { ...toRecord(row), duplicates: JSON.parse(row.duplicates) as string[] };
    },

    async list(filter, page) {
      const { sql, values } = listTasksQuery(filter, page);
      const { results } = await db
        .prepare(sql)
        .bind(...values)
        .all<SummaryRow>();
      return results.map(toSummary);
    },

    async count(filter, most) {
      const { sql, values } = listTasksQuery(filter, { order: 'newest', after: null, limit: most });
      const found = await db
        .prepare(`SELECT COUNT(*) AS found FROM (${sql})`)
        .bind(...values)
        .first<number>('found');
      return found ?? 0;
    },

    async changes(after, limit) {
      const query = `SELECT ${SUMMARY}, change FROM tasks WHERE change > ? ORDER BY change LIMIT ?`;
      if (after === null) {
        const last = await db.prepare(`SELECT ${TASK_CHANGES} AS last`).first<number>('last');
        return { tasks: [], last: last ?? 0 };
      }
      const { results } = await db.prepare(query).bind(after, limit).all<SummaryRow & { change: number }>();
      return { tasks: results.map(toSummary), last: results.at(-1)?.change ?? after };
    },

    async counters() {
      const { results } = await db.prepare(`SELECT name, value FROM ${COUNTERS}`).all<Counted>();
      return sumsOf(results);
    },

    async periods(step, from) {
      const { results } = await db
        .prepare('SELECT start, counts FROM counter_periods WHERE step = ? AND start >= ?')
        .bind(step, from)
        .all<{ start: number; counts: string }>();
      return results.map(({ start, counts }) => ({
        start,
        counts: new Map(Object.entries(JSON.parse(counts) as Record<string, number>)),
      }));
    },

    async queue(now, limit) {
      const names = [LAST_STARTED, ...(['PENDING', 'RETRY', 'STARTED'] as const).map(tasksIn)];
      const [counted, due] = await db.batch<object>([
        db.prepare(`SELECT name, value FROM ${COUNTERS} WHERE name IN (${names.map(() => '?')})`).bind(...names),
        // The state too: a release that knows nothing of due_at leaves it as it is.
        db
          .prepare(
            `SELECT id, due_at AS since FROM tasks INDEXED BY waiting_tasks
             WHERE due_at <= ? AND state IN ('PENDING', 'RETRY') ORDER BY due_at LIMIT ?`,
          )
          .bind(now, limit),
      ]);
      const counters = sumsOf((counted?.results ?? []) as Counted[]);
      const [lastStartedAt, pending, retrying, started] = names.map((name) => counters.get(name));
      return {
        lastStartedAt: lastStartedAt ?? null,
        due: (due?.results ?? []) as QueueState['due'],
        waiting: (pending ?? 0) + (retrying ?? 0),
        started: started ?? 0,
      };
    },
  };
}

function sumsOf(counted: Counted[]): Map<string, number> {
  const sums = new Map<string, number>();
  for (const { name, value } of counted) sums.set(name, (sums.get(name) ?? 0) + value);
  return sums;
}

/** The indexes that have tasks in the order of a list. SQLite would rather sort what a narrower one finds. */
const BY_RECEIPT = {
  all: 'tasks_by_time',
  state: 'tasks_by_state',
  emoji: 'tasks_by_emoji',
  reason: 'tasks_by_reason',
  kind: 'tasks_by_kind',
  parent: 'tasks_by_parent',
};
const BY_END = {
  all: 'tasks_by_end',
  state: 'ended_tasks_by_state',
  emoji: 'ended_tasks_by_emoji',
  reason: 'ended_tasks_by_reason',
  kind: 'ended_tasks_by_kind',
  parent: 'ended_tasks_by_parent',
};

const ORDERS = {
  newest: { by: 'received_at', direction: 'DESC', indexes: BY_RECEIPT },
  oldest: { by: 'received_at', direction: 'ASC', indexes: BY_RECEIPT },
  finished: { by: 'finished_at', direction: 'DESC', indexes: BY_END },
} as const satisfies Record<TaskOrdering, unknown>;

const HAS_REASON = "(instr(lower(reason), lower(?)) > 0 OR json_extract(failure, '$.code') = ?)";

/**
 * The tasks that a filter finds, in their order. One range of an index for each state, merged in order: SQLite sorts the
 * whole of what `state IN (…)` finds, but only walks the heads of a sorted UNION ALL. An emoji has few tasks, and few
 * tasks have a reason: those have an index of their own, and the rest of the filter is checked row by row. So have those
 * of a kind, unless only states are asked for that few are in: most tasks are SUCCESS.
 */
export function listTasksQuery(
  filter: TaskFilter,
  { order, after, limit }: TaskPage,
): { sql: string; values: (string | number)[] } {
  const { parentId, emojiName, reason, kind } = filter;
  const { by, direction, indexes } = ORDERS[order];
  const conditions: [sql: string, ...values: (string | number)[]][] = [];
  if (order === 'finished') conditions.push(['finished_at IS NOT NULL']);
  if (parentId !== null) conditions.push(['parent_id = ?', parentId]);
  if (emojiName !== null) conditions.push(['emoji_name = ?', emojiName]);
  if (reason !== null) conditions.push([`reason IS NOT NULL AND ${HAS_REASON}`, reason, reason]);
  if (kind !== null) conditions.push(['kind = ?', kind]);
  if (filter.from !== null) conditions.push(['received_at >= ?', filter.from]);
  // None ends before it is received: a walk by the ends need go no further.
  if (filter.from !== null && order === 'finished') conditions.push(['finished_at >= ?', filter.from]);
  if (filter.to !== null) conditions.push(['received_at < ?', filter.to]);
  if (after !== null) conditions.push([`(${by}, id) ${direction === 'ASC' ? '>' : '<'} (?, ?)`, after.at, after.id]);

  // Every state is the same as no filter, which needs one range only.
  const states = TASK_STATES.filter((state) => filter.states.includes(state));
  const isAny = states.length === 0 || states.length === TASK_STATES.length;
  let index: keyof typeof indexes = 'all';
  let ranges: (typeof conditions)[] = [conditions];
  if (parentId !== null) index = 'parent';
  else if (emojiName !== null) index = 'emoji';
  else if (reason !== null) index = 'reason';
  else if (kind !== null && (isAny || states.includes('SUCCESS'))) index = 'kind';
  else if (!isAny) index = 'state';
  if (index === 'state') {
    ranges = states.map((state) => [['state = ?', state], ...conditions]);
  } else if (!isAny) {
    ranges = [[...conditions, [`state IN (${states.map(() => '?')})`, ...states]]];
  }
  const selects = ranges.map((range) => {
    const where = range.map(([sql]) => sql).join(' AND ');
    return `SELECT ${SUMMARY} FROM tasks INDEXED BY ${indexes[index]}${where === '' ? '' : ` WHERE ${where}`}`;
  });
  return {
    sql: `${selects.join(' UNION ALL ')} ORDER BY ${by} ${direction}, id ${direction} LIMIT ?`,
    values: [...ranges.flatMap((range) => range.flatMap(([, ...values]) => values)), limit],
  };
}

export function toRecord(row: TaskRow): TaskRecord {
  return {
    ...toSummary(row),
    version: row.version,
    sourceKey: row.source_key,
    sourceHash: row.source_hash,
    rendering: JSON.parse(row.rendering) as TaskRecord['rendering'],
    image: fromJson<TaskRecord['image']>(row.image),
    source: fromJson<TaskRecord['source']>(row.source),
    details: fromJson<TaskRecord['details']>(row.task_details),
    outcome: fromJson<TaskRecord['outcome']>(row.outcome),
    sequence: row.sequence,
  };
}

function toSummary(row: SummaryRow): TaskSummary {
  return {
    id: row.id,
    kind: row.kind,
    parentId: row.parent_id,
    emojiId: row.emoji_id,
    emojiName: row.emoji_name,
    actor: row.actor,
    state: row.state,
    attempts: row.attempts,
    receivedAt: row.received_at,
    startedAt: row.started_at,
    finishedAt: row.finished_at,
    failure: fromJson<TaskSummary['failure']>(row.failure),
    history: JSON.parse(row.history) as TaskSummary['history'],
  };
}

function fromJson<Value>(json: string | null): Value | null {
  return json === null ? null : (JSON.parse(json) as Value);
}
