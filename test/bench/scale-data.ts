import { DatabaseSync } from 'node:sqlite';

export interface Size {
  emojis: number;
  tasks: number;
}

/** Where a request can go on from in the middle of each list, and what it can ask for. */
export interface Places {
  /** The emoji before page 1,000 of 50 each, or before the middle where there are fewer: by name, by number, of the tag. */
  name: string;
  number: number;
  taggedName: string;
  /** Half way through those that a common word finds, at the start of their names and inside. */
  prefixed: string;
  inside: number;
  /** Half way through the tasks of each state. */
  success: [receivedAt: number, id: string];
  failure: [receivedAt: number, id: string];
  taskId: string;
}

const PAGE = 50;

/** The numbers 1 to `?1`. */
const NUMBERS = 'WITH RECURSIVE n (i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < ?1)';

/** Number 1 is left to what was there before. Every fourth name starts with `parrot`, and another one has it inside; three have a word that is rare. */
const EMOJIS = `${NUMBERS}
  INSERT INTO emojis (id, created_at, updated_at, number, name, owner, tags, image_hash, image_bytes, image_frames,
    version, latest_version, source_key)
  SELECT 'e' || i, i, i, i + 1,
    CASE WHEN i IN (?1 / 4, ?1 / 2) THEN 'x_zyzzyva' || i WHEN i = ?1 / 3 THEN 'zyzzyva'
      ELSE (CASE i % 4 WHEN 0 THEN 'parrot_' WHEN 1 THEN 'party_parrot_' WHEN 2 THEN 'cat_' ELSE 'blob_' END)
        || printf('%06d', (i * 7919) % 1000003) END,
    'owner' || (i % 10),
    json_array('animal', 'tag' || ((i + 1) % 100)),
    printf('%064x', i), 9000, iif(i % 3 = 0, 8, 1), 1, 1, 'sources/' || i
  FROM n`;

/** By hash of the number, so that they come in no order, as UUIDs do. */
const TASKS = `${NUMBERS}
  INSERT INTO tasks (id, kind, emoji_id, emoji_name, version, source_key, state, attempts, received_at, started_at,
    finished_at, failure, history, sequence, reason, change)
  SELECT printf('%08x-0000-4000-8000-%012x', (i * 2654435761) % 4294967296, i), iif(i % 5 = 0, 'replace', 'create'),
    'e' || (i % ?2 + 1), 'name' || (i % ?2 + 1), 1, 'sources/' || i, state, 1, 1700000000000 + i * 1000,
    1700000000100 + i * 1000, 1700000000200 + i * 1000,
    iif(state = 'FAILURE', json_object('code', 'corrupt_picture', 'message', 'PNG: broken', 'remedy', 'Save it again.'), NULL),
    json_array(json_object('state', 'PENDING', 'at', i, 'reason', NULL), json_object('state', state, 'at', i, 'reason', NULL)),
    3, iif(state = 'FAILURE', 'PNG: broken', NULL), i
  FROM (SELECT i, CASE WHEN i % 20 = 0 THEN 'FAILURE' WHEN i % 50 = 1 THEN 'REVOKED' ELSE 'SUCCESS' END AS state FROM n)`;

/** Fills an empty database that has the tables, and says where its lists can be entered. */
export function fill(file: string, { emojis, tasks }: Size): Places {
  const db = new DatabaseSync(file);
  // Nobody else has it open, and it is made anew should this be cut short.
  db.exec('PRAGMA synchronous = OFF; PRAGMA cache_size = -400000; BEGIN');
  db.prepare(EMOJIS).run(BigInt(emojis));
  db.exec(`
    INSERT INTO emoji_names (name, emoji_id, kind) SELECT name, id, 'primary' FROM emojis WHERE number > 1;
    INSERT INTO emoji_names (name, emoji_id, kind) SELECT 'alias_' || number, id, 'alias' FROM emojis WHERE number > 1 AND number % 5 = 0;
    INSERT INTO emoji_tags (tag, name, number, emoji_id) SELECT value, name, number, emojis.id FROM emojis, json_each(tags) WHERE number > 1;
    INSERT INTO emoji_search (rowid, text)
      SELECT number, name || iif(number % 5 = 0, char(10) || 'alias_' || number, '') || char(10) || 'animal' || char(10)
        || 'tag' || (number % 100) FROM emojis WHERE number > 1;`);
  db.prepare(TASKS).run(BigInt(tasks), BigInt(emojis));
  db.exec(`
    INSERT OR REPLACE INTO counters (name, value) SELECT 'custom_emoji_tasks{state="' || state || '"}', COUNT(*) FROM tasks GROUP BY state;
    UPDATE counters SET value = (SELECT MAX(change) FROM tasks) WHERE name = 'task_changes';
    COMMIT`);
  const places = findPlaces(db, emojis);
  db.close();
  return places;
}

function findPlaces(db: DatabaseSync, emojis: number): Places {
  const depth = Math.min(999 * PAGE, emojis >> 1);
  const value = (sql: string, ...values: (string | number)[]) => Object.values(db.prepare(sql).get(...values) ?? {});
  const [name] = value('SELECT name FROM emojis ORDER BY name LIMIT 1 OFFSET ?', depth - 1);
  const [taggedName] = value(
    "SELECT name FROM emoji_tags WHERE tag = 'animal' ORDER BY name LIMIT 1 OFFSET ?",
    depth - 1,
  );
  const [prefixed] = value(
    "SELECT name FROM emojis WHERE name >= 'parrot' ORDER BY name LIMIT 1 OFFSET ?",
    emojis >> 3,
  );
  const taskOf = (state: string) =>
    value(
      `SELECT received_at, id FROM tasks WHERE state = ?1 ORDER BY received_at DESC, id DESC
       LIMIT 1 OFFSET (SELECT COUNT(*) / 2 FROM tasks WHERE state = ?1)`,
      state,
    ) as [number, string];
  const success = taskOf('SUCCESS');
  return {
    name: String(name),
    number: emojis - depth,
    taggedName: String(taggedName),
    prefixed: String(prefixed),
    inside: emojis >> 1,
    success,
    failure: taskOf('FAILURE'),
    taskId: success[1],
  };
}
