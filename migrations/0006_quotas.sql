-- What each owner has. It changes in the transaction that changes what is counted, and is never counted anew.
CREATE TABLE usage (
  owner  TEXT    NOT NULL PRIMARY KEY,
  -- That are not deleted, with or without a picture.
  emojis INTEGER NOT NULL,
  -- Of the uploads that are kept.
  bytes  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- The uploads that are kept, and who sent them.
CREATE TABLE uploads (
  source_key TEXT    NOT NULL PRIMARY KEY,
  owner      TEXT    NOT NULL,
  bytes      INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Tasks that were ordered, and have not ended.
CREATE TABLE tasks_in_flight (
  owner      TEXT    NOT NULL,
  task_id    TEXT    NOT NULL,
  -- That the task had when it was ordered, 0 for a new one: the end of what was ordered has a higher one.
  sequence   INTEGER NOT NULL,
  ordered_at INTEGER NOT NULL,
  PRIMARY KEY (owner, task_id)
) STRICT, WITHOUT ROWID;

INSERT INTO tasks_in_flight (owner, task_id, sequence, ordered_at)
  SELECT actor, id, 0, received_at FROM tasks WHERE finished_at IS NULL AND actor IS NOT NULL;

-- How long they are is known of those that became a picture; the others count nothing, and are kept for a month.
INSERT INTO uploads (source_key, owner, bytes)
  SELECT source_key, actor, coalesce(source ->> 'bytes', 0) FROM tasks
  WHERE kind <> 'render' AND actor IS NOT NULL AND source IS NOT NULL;
-- Those whose tasks are forgotten.
INSERT INTO uploads (source_key, owner, bytes)
  SELECT source_key, owner, coalesce(source ->> 'bytes', 0) FROM emojis
  WHERE source_key IS NOT NULL AND owner IS NOT NULL AND source IS NOT NULL
    AND NOT EXISTS (SELECT 1 FROM tasks WHERE id = substr(emojis.source_key, 9))
  ON CONFLICT (source_key) DO NOTHING;

INSERT INTO usage (owner, emojis, bytes)
  SELECT owner, sum(emojis), sum(bytes) FROM (
    SELECT owner, 1 AS emojis, 0 AS bytes FROM emojis WHERE owner IS NOT NULL AND deleted_at IS NULL
    UNION ALL SELECT owner, 0, bytes FROM uploads
  ) GROUP BY owner;

-- JSON: own numbers of a token; what is null has its default.
ALTER TABLE api_tokens ADD COLUMN quotas TEXT NOT NULL DEFAULT '{"emojis":null,"bytes":null,"tasks":null}';
