import type { ImportItems } from '../application/imports/ports.ts';
import type { Failure } from '../domain/failure.ts';
import type { Holder, ImportItem, ItemAction, ItemOutcome } from '../domain/packs/import-item.ts';
import type { TaskState } from '../domain/task.ts';
import type { Database } from './d1-session.ts';

interface ItemRow {
  number: number;
  path: string;
  name: string | null;
  emoji: string | null;
  action: ItemAction;
  outcome: ItemOutcome;
  final_name: string | null;
  emoji_id: string | null;
  task_id: string | null;
  tries: number;
  error: string | null;
  left_out: string;
  changed_at: number;
}

/** Characters of JSON that go into one statement: D1 takes values of up to 2 MB. */
const MOST_AT_ONCE = 500_000;

const COLUMNS = `import_items.number, import_items.path, import_items.name, import_items.emoji, import_items.action,
  import_items.outcome, import_items.final_name, import_items.emoji_id, import_items.task_id, import_items.tries,
  import_items.error, import_items.left_out, import_items.changed_at`;

const BY_OUTCOME = 'INDEXED BY import_items_by_outcome';

const field = (name: string): string => `value ->> '$.${name}'`;

const ADD = `
  INSERT INTO import_items (import_id, number, path, name, emoji, action, outcome, final_name, error, left_out, changed_at)
  SELECT ?1, ${['number', 'path', 'name', 'emoji', 'action', 'outcome', 'finalName', 'error', 'leftOut', 'changedAt'].map(field).join(', ')}
  FROM json_each(?2) WHERE true
  ON CONFLICT (import_id, number) DO NOTHING`;

/** What was skipped may be free by now. */
const COPY = `
  INSERT INTO import_items (import_id, number, path, name, emoji, action, outcome, error, left_out, changed_at)
  SELECT ?2, number, path, name, emoji, action, iif(emoji IS NULL, outcome, 'planned'), iif(emoji IS NULL, error, NULL), left_out, ?3
  FROM import_items WHERE import_id = ?1
  ON CONFLICT (import_id, number) DO NOTHING`;

const LOST: Failure = {
  code: 'task_lost',
  message: 'The task of this emoji was never accepted.',
  remedy: 'Import the pack again: what has been imported can be skipped.',
};

const CANCELLED: Failure = {
  code: 'cancelled',
  message: 'The task of this emoji was cancelled.',
  remedy: 'Have the task tried again, or import the pack again.',
};

/** @param db not a copy: what is done goes by it */
export function d1ImportItems(db: Database): ImportItems {
  return {
    async add(importId, items) {
      for (const chunk of chunksOf(items.map(toJson))) await db.prepare(ADD).bind(importId, chunk).run();
    },

    async copy(from, to, now) {
      await db.prepare(COPY).bind(from, to, now).run();
    },

    async counts(importId) {
      const { results } = await db
        .prepare(
          'SELECT action, outcome, COUNT(*) AS count FROM import_items WHERE import_id = ? GROUP BY outcome, action',
        )
        .bind(importId)
        .all<{ action: ItemAction; outcome: ItemOutcome; count: number }>();
      return results;
    },

    async list(importId, { outcomes, after, limit }) {
      const [first, ...others] = outcomes;
      // All of one outcome are in the order of the index; of several, there are few.
      const [index, only] =
        first === undefined
          ? ['', '']
          : others.length === 0
            ? [BY_OUTCOME, 'AND outcome = ?4']
            : [BY_OUTCOME, 'AND outcome IN (SELECT value FROM json_each(?4))'];
      const given = others.length === 0 ? outcomes : [JSON.stringify(outcomes)];
      const { results } = await db
        .prepare(
          `SELECT ${COLUMNS} FROM import_items ${index}
           WHERE import_id = ?1 AND number > ?2 ${only} ORDER BY number LIMIT ?3`,
        )
        .bind(importId, after, limit, ...given)
        .all<ItemRow>();
      return results.map(toItem);
    },

    async ended(importId, before, limit) {
      const { results } = await db
        .prepare(
          `SELECT ${COLUMNS}, tasks.state AS task_state, tasks.failure AS task_failure
           FROM import_items ${BY_OUTCOME} LEFT JOIN tasks ON tasks.id = import_items.task_id
           WHERE import_id = ?1 AND import_items.outcome = 'waiting'
             AND (tasks.finished_at IS NOT NULL OR (tasks.id IS NULL AND changed_at < ?2))
           ORDER BY import_items.number LIMIT ?3`,
        )
        .bind(importId, before, limit)
        .all<ItemRow & { task_state: TaskState | null; task_failure: string | null }>();
      return results.map((row) => ({ item: toItem(row), end: endOf(row.task_state, row.task_failure) }));
    },

    async note(importId, { number, outcome, taskId: seenTask }, change, now) {
      const { finalName, emojiId, taskId, error, leftOut, ...others } = change;
      const columns = {
        ...others,
        ...(finalName !== undefined && { final_name: finalName }),
        ...(emojiId !== undefined && { emoji_id: emojiId }),
        ...(taskId !== undefined && { task_id: taskId }),
        ...(error !== undefined && { error: error && JSON.stringify(error) }),
        ...(leftOut !== undefined && { left_out: JSON.stringify(leftOut) }),
        changed_at: now,
      };
      const sets = Object.keys(columns).map((column) => `${column} = ?`);
      const { meta } = await db
        .prepare(
          `UPDATE import_items SET ${sets.join(', ')} WHERE import_id = ? AND number = ? AND outcome = ? AND task_id IS ?`,
        )
        .bind(...Object.values(columns), importId, number, outcome, seenTask)
        .run();
      return meta.changes > 0;
    },

    async holders(names) {
      const { results } = await db
        .prepare(
          `SELECT emoji_names.name AS asked, emoji_names.emoji_id, emoji_names.kind, emojis.owner,
             coalesce(emojis.name, emoji_names.name) AS name
           FROM emoji_names JOIN emojis ON emojis.id = emoji_names.emoji_id
           WHERE emoji_names.name IN (SELECT value FROM json_each(?)) AND emoji_names.kind <> 'former'`,
        )
        .bind(JSON.stringify(names))
        .all<{ asked: string; emoji_id: string; kind: string; owner: string | null; name: string }>();
      return new Map(
        results.map(({ asked, emoji_id: emojiId, kind, owner, name }): [string, Holder] => [
          asked,
          { emojiId, isAlias: kind === 'alias', name, owner },
        ]),
      );
    },
  };
}

function endOf(state: TaskState | null, failure: string | null): 'SUCCESS' | Failure {
  if (state === null) return LOST;
  if (state === 'SUCCESS') return state;
  return failure === null ? CANCELLED : (JSON.parse(failure) as Failure);
}

function toJson({ emoji, error, leftOut, ...item }: ImportItem): string {
  return JSON.stringify({
    ...item,
    emoji: emoji && JSON.stringify(emoji),
    error: error && JSON.stringify(error),
    leftOut: JSON.stringify(leftOut),
  });
}

/** Arrays in JSON of texts in JSON. */
function* chunksOf(texts: string[]): Generator<string> {
  let chunk: string[] = [];
  let size = 0;
  for (const text of texts) {
    if (size + text.length > MOST_AT_ONCE && chunk.length > 0) {
      yield `[${chunk.join(',')}]`;
      [chunk, size] = [[], 0];
    }
    chunk.push(text);
    size += text.length;
  }
  if (chunk.length > 0) yield `[${chunk.join(',')}]`;
}

function toItem(row: ItemRow): ImportItem {
  return {
    number: row.number,
    path: row.path,
    name: row.name,
    emoji: row.emoji === null ? null : (JSON.parse(row.emoji) as ImportItem['emoji']),
    action: row.action,
    outcome: row.outcome,
    finalName: row.final_name,
    emojiId: row.emoji_id,
    taskId: row.task_id,
    tries: row.tries,
    changedAt: row.changed_at,
    error: row.error === null ? null : (JSON.parse(row.error) as Failure),
    leftOut: JSON.parse(row.left_out) as string[],
  };
}
