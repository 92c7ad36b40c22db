import { acceptedOf, countsOf, tasksIn } from '../application/task-metrics.ts';
import type { EmojiImage } from '../domain/emoji.ts';
import { dueSince, isRendering, type TaskRecord, type TaskState } from '../domain/task.ts';
import { ADD_TO_COUNTERS, ADD_TO_PERIODS, noteStart, periodsOf, TASK_CHANGES } from './d1-counters.ts';
import { indexStatements } from './d1-emoji-index.ts';
import { noticeStatement, noticesIn } from './d1-notice-outbox.ts';
import type { Database } from './d1-session.ts';
import { endStatements, removeStatement } from './d1-usage.ts';

/**
 * What copies a task into the history and adds it to the counters, unless this copy or a newer one is there. To be
 * run as one transaction; can be repeated.
 */
export function recordStatements(db: Database, task: TaskRecord): D1PreparedStatement[] {
  const { id, sequence } = task;
  // The first copy of a new emoji's task is written before its owner accepts it, and may be taken back.
  const unaccepted = task.kind === 'create' ? 1 : 0;
  const accepted = acceptedOf(task.kind);
  const atItsEnd = countsOf(task);
  const counts = { task_changes: 1, [tasksIn(task.state)]: 1 };
  const ended = task.finishedAt === null ? [] : [{ at: task.finishedAt, counts: atItsEnd }];
  return [
    // The tasks of a state are counted in SQL, since the copy before tells the state before.
    db
      .prepare(
        `INSERT INTO counters (name, value)
         SELECT key, value FROM json_each(?3) WHERE NOT EXISTS (SELECT 1 FROM tasks WHERE id = ?1 AND sequence >= ?2)
         UNION ALL SELECT '${tasksIn("' || state || '")}', -1 FROM tasks WHERE id = ?1 AND sequence < ?2
         ${ADD_TO_COUNTERS}`,
      )
      .bind(id, sequence, JSON.stringify(counts)),
    // Most are noted for the first time at their end, in the same minute: then that is one row, and not two.
    db
      .prepare(
        `INSERT INTO counter_periods (step, start, counts)
         SELECT value ->> 'step', value ->> 'start', value -> 'counts' FROM json_each(?3)
         WHERE ?2 > ?5 AND NOT EXISTS (SELECT 1 FROM tasks WHERE id = ?1 AND sequence > ?5)
         UNION ALL SELECT value ->> 'step', value ->> 'start', value -> 'counts' FROM json_each(?4)
         WHERE EXISTS (SELECT 1 FROM tasks WHERE id = ?1 AND sequence > ?5)
           AND NOT EXISTS (SELECT 1 FROM tasks WHERE id = ?1 AND sequence >= ?2)
         ${ADD_TO_PERIODS}`,
      )
      .bind(
        id,
        sequence,
        periodsOf([{ at: task.receivedAt, counts: { [accepted]: 1 } }, ...ended]),
        periodsOf(ended),
        unaccepted,
      ),
    ...(task.startedAt !== null && isRendering(task.kind) ? [noteStart(db, task.startedAt)] : []),
    db
      .prepare(
        `INSERT INTO tasks (id, kind, emoji_id, emoji_name, version, source_key, rendering, state, attempts,
           received_at, started_at, finished_at, failure, image, source, reason, history, sequence, source_hash, actor,
           due_at, parent_id, task_details, outcome, change)
         SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21,
           ?22, ?23, ?24, ${TASK_CHANGES}
         WHERE true
         ON CONFLICT (id) DO UPDATE SET
           version = excluded.version, state = excluded.state, attempts = excluded.attempts,
           started_at = excluded.started_at, finished_at = excluded.finished_at, failure = excluded.failure,
           image = excluded.image, source = excluded.source, reason = excluded.reason, history = excluded.history,
           sequence = excluded.sequence, due_at = excluded.due_at,
           outcome = excluded.outcome, change = excluded.change
         WHERE excluded.sequence > tasks.sequence`,
      )
      .bind(
        id,
        task.kind,
        task.emojiId,
        task.emojiName,
        task.version,
        task.sourceKey,
        JSON.stringify(task.rendering),
        task.state,
        task.attempts,
        task.receivedAt,
        task.startedAt,
        task.finishedAt,
        task.failure && JSON.stringify(task.failure),
        task.image && JSON.stringify(task.image),
        task.source && JSON.stringify(task.source),
        task.history.at(-1)?.reason ?? null,
        JSON.stringify(task.history),
        sequence,
        task.sourceHash,
        task.actor,
        dueSince(task),
        task.parentId,
        task.details && JSON.stringify(task.details),
        task.outcome && JSON.stringify(task.outcome),
      ),
  ];
}

/**
 * Copies a task into the history, unless a newer copy is there, and in the same transaction lets its picture be seen
 * (SUCCESS) or frees its name (FAILURE, REVOKED). Can be repeated.
 *
 * @param db with the tables of `migrations/`
 * @returns the ids of notices that are to be sent of it
 */
export async function recordTask(db: D1Database, task: TaskRecord): Promise<string[]> {
  const ended = task.finishedAt === null ? [] : endStatements(db, task);
  return noticesIn(
    await db.batch<object>([
      ...recordStatements(db, task),
      ...effects(db, task),
      ...ended,
      ...noticeStatements(db, task),
    ]),
  );
}

const TOLD: Partial<Record<TaskState, 'task.succeeded' | 'task.failed'>> = {
  SUCCESS: 'task.succeeded',
  FAILURE: 'task.failed',
};

/** What notes who is to be told of the end of a task, and of what it did to its emoji. */
function noticeStatements(db: D1Database, task: TaskRecord): D1PreparedStatement[] {
  const { id, sequence, emojiId, version, kind, actor } = task;
  const event = TOLD[task.state];
  if (event === undefined) return [];
  const ended = { emojiId, at: task.finishedAt ?? task.receivedAt, actor, task };
  const isLatest = 'EXISTS (SELECT 1 FROM tasks WHERE id = ?6 AND sequence = ?8)';
  const shown = noticeStatement(
    db,
    {
      ...ended,
      event: kind === 'create' ? 'emoji.created' : 'emoji.replaced',
      occurrence: `${id}_${sequence}_shown`,
    },
    `${isLatest} AND emoji.version = ?9 AND emoji.deleted_at IS NULL`,
    sequence,
    version,
  );
  return [
    ...(event === 'task.succeeded' && isRendering(kind) ? [shown] : []),
    noticeStatement(db, { ...ended, event, occurrence: `${id}_${sequence}` }, isLatest, sequence),
  ];
}

/** Whether the copy in the history is this one, and no newer. */
const IS_LATEST = 'EXISTS (SELECT 1 FROM tasks WHERE id = ? AND sequence = ?)';

function effects(db: D1Database, task: TaskRecord): D1PreparedStatement[] {
  const { id, sequence, emojiId, image } = task;
  if (task.state === 'SUCCESS' && image !== null) return showStatements(db, task, image);
  if (task.state === 'FAILURE' || task.state === 'REVOKED') {
    const hasNoPicture = `id = ? AND image_hash IS NULL AND ${IS_LATEST}`;
    return [
      removeStatement(db, hasNoPicture, emojiId, id, sequence),
      db.prepare(`DELETE FROM emojis WHERE ${hasNoPicture}`).bind(emojiId, id, sequence),
    ];
  }
  return [];
}

/** What lets a picture be seen, once. A picture that was uploaded later stays. */
function showStatements(db: D1Database, task: TaskRecord, image: EmojiImage): D1PreparedStatement[] {
  const { id, sequence, emojiId, version, rendering, sourceKey, sourceHash, source } = task;
  const where = `id = ? AND version < ? AND ${IS_LATEST}`;
  const condition = [emojiId, version, id, sequence];
  const at = task.finishedAt ?? task.receivedAt;
  const details = JSON.stringify({ task_id: id, version, hash: image.hash });
  return [
    db
      .prepare(
        `INSERT INTO emoji_events (emoji_id, at, action, details) SELECT id, ?, 'picture_shown', ? FROM emojis WHERE ${where}`,
      )
      .bind(at, details, ...condition),
    // One that is deleted has no name, and gets none by this.
    db
      .prepare(
        `UPDATE emojis SET image_hash = ?, image_bytes = ?, image_frames = ?, renditions = ?, version = ?,
           rendering = ?, source_key = ?, source_hash = ?, source = ?, updated_at = ?, revision = revision + 1,
           name = (SELECT name FROM emoji_names WHERE emoji_id = emojis.id AND kind = 'primary')
         WHERE ${where}`,
      )
      .bind(
        image.hash,
        image.bytes,
        image.frames,
        JSON.stringify(image.renditions ?? {}),
        version,
        JSON.stringify(rendering),
        sourceKey,
        sourceHash,
        source && JSON.stringify(source),
        at,
        ...condition,
      ),
    ...indexStatements(db, emojiId),
  ];
}

/**
 * What takes tasks out of the history and the counters.
 *
 * @param where a condition on the table `tasks`, true of no task that its owner may change
 */
export function forgetStatements(db: Database, where: string, ...values: (string | number)[]): D1PreparedStatement[] {
  return [
    db
      .prepare(
        `INSERT INTO counters (name, value)
         SELECT '${tasksIn("' || state || '")}', -COUNT(*) FROM tasks WHERE ${where} GROUP BY state
         ${ADD_TO_COUNTERS}`,
      )
      .bind(...values),
    db.prepare(`DELETE FROM tasks WHERE ${where}`).bind(...values),
  ];
}
