-- What it takes to do a task again from its copy, and to show it.
ALTER TABLE tasks ADD COLUMN emoji_id TEXT NOT NULL DEFAULT '';
ALTER TABLE tasks ADD COLUMN version INTEGER NOT NULL DEFAULT 1;
ALTER TABLE tasks ADD COLUMN source_key TEXT NOT NULL DEFAULT '';
-- JSON: how the picture is to be rendered.
ALTER TABLE tasks ADD COLUMN rendering TEXT NOT NULL DEFAULT '{"fit":"contain","size":100,"background":null,"matte":null}';
-- JSON: the picture that was made, and what the upload was found to be.
ALTER TABLE tasks ADD COLUMN image TEXT;
ALTER TABLE tasks ADD COLUMN source TEXT;
-- Why it is in the state it is in; searched.
ALTER TABLE tasks ADD COLUMN reason TEXT;
-- Rises with every write to the table: a reader asks for what came after the last one it has seen.
ALTER TABLE tasks ADD COLUMN change INTEGER NOT NULL DEFAULT 0;

-- The name tells the emoji of a task, unless the end of the task let go of it: such an emoji gets a new id.
UPDATE tasks SET
  source_key = 'sources/' || id,
  reason = json_extract(failure, '$.message'),
  emoji_id = coalesce(
    (SELECT emoji_id FROM emoji_names WHERE name = emoji_name AND state NOT IN ('FAILURE', 'REVOKED')),
    id
  );

CREATE INDEX tasks_by_emoji ON tasks (emoji_name, received_at, id);
CREATE INDEX tasks_by_change ON tasks (change);
CREATE INDEX tasks_by_reason ON tasks (received_at, id) WHERE reason IS NOT NULL;
CREATE INDEX tasks_by_end ON tasks (finished_at) WHERE finished_at IS NOT NULL;
CREATE INDEX unfinished_tasks ON tasks (received_at, id) WHERE finished_at IS NULL;
CREATE INDEX unfinished_tasks_by_emoji ON tasks (emoji_id) WHERE finished_at IS NULL;

-- The version of the picture that is shown (0: none yet), and of the latest upload. A later one is never replaced by
-- an earlier one, in whatever order they are rendered.
ALTER TABLE emojis ADD COLUMN version INTEGER NOT NULL DEFAULT 0;
ALTER TABLE emojis ADD COLUMN latest_version INTEGER NOT NULL DEFAULT 1;
-- The upload that the picture was made from.
ALTER TABLE emojis ADD COLUMN source_key TEXT;

UPDATE emojis SET
  version = 1,
  source_key = (
    SELECT tasks.source_key FROM emoji_names JOIN tasks ON tasks.emoji_name = emoji_names.name
    WHERE emoji_names.emoji_id = emojis.id AND tasks.state = 'SUCCESS' ORDER BY tasks.received_at DESC LIMIT 1
  )
WHERE image_hash IS NOT NULL;

CREATE INDEX emojis_by_image ON emojis (image_hash) WHERE image_hash IS NOT NULL;
CREATE INDEX emojis_by_source ON emojis (source_key) WHERE source_key IS NOT NULL;
CREATE INDEX emojis_without_image ON emojis (created_at) WHERE image_hash IS NULL;

-- Numbers that are kept, so that nothing has to be counted: by their names in Prometheus' text format.
CREATE TABLE counters (
  name  TEXT NOT NULL PRIMARY KEY,
  value REAL NOT NULL
) STRICT, WITHOUT ROWID;

INSERT INTO counters (name, value) VALUES ('task_changes', 0);
INSERT INTO counters (name, value)
  SELECT 'custom_emoji_tasks{state="' || state || '"}', COUNT(*) FROM tasks GROUP BY state;

-- Requests with an Idempotency-Key, and the task that was made of them.
CREATE TABLE idempotency_keys (
  key         TEXT    NOT NULL PRIMARY KEY,
  task_id     TEXT    NOT NULL,
  -- SHA-256 of the request's method, address and picture; null until it has been read.
  fingerprint TEXT,
  created_at  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX idempotency_keys_by_time ON idempotency_keys (created_at);

-- Where the sweep goes on.
CREATE TABLE sweep_cursors (
  name   TEXT NOT NULL PRIMARY KEY,
  cursor TEXT NOT NULL
) STRICT, WITHOUT ROWID;
