-- Times are milliseconds since 1970.

CREATE TABLE emojis (
  id          TEXT    NOT NULL PRIMARY KEY,
  created_at  INTEGER NOT NULL,
  -- The picture it shows; null until the first rendering succeeds.
  image_hash  TEXT,
  image_bytes INTEGER,
  image_frames INTEGER
) STRICT;

-- Who has a name. The primary key decides between two uploads at once.
CREATE TABLE emoji_names (
  name     TEXT NOT NULL PRIMARY KEY,
  emoji_id TEXT NOT NULL REFERENCES emojis (id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

CREATE INDEX emoji_names_by_emoji ON emoji_names (emoji_id);

-- A copy of what each task's Durable Object last said, to be listed and filtered.
CREATE TABLE tasks (
  id          TEXT    NOT NULL PRIMARY KEY,
  kind        TEXT    NOT NULL,
  emoji_name  TEXT    NOT NULL,
  state       TEXT    NOT NULL,
  attempts    INTEGER NOT NULL,
  received_at INTEGER NOT NULL,
  started_at  INTEGER,
  finished_at INTEGER,
  -- JSON: code, message, remedy.
  failure     TEXT,
  -- JSON: an array of state, at, reason.
  history     TEXT    NOT NULL,
  -- Rises with each change, so that a late write never overwrites a newer one.
  sequence    INTEGER NOT NULL
) STRICT;

CREATE INDEX tasks_by_time ON tasks (received_at, id);
CREATE INDEX tasks_by_state ON tasks (state, received_at, id);
