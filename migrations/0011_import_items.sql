-- What is in the packs that are imported, and what becomes of each.
CREATE TABLE import_items (
  -- The task.
  import_id  TEXT    NOT NULL,
  -- In the pack's order, from 1.
  number     INTEGER NOT NULL,
  -- In the archive, or a URL.
  path       TEXT    NOT NULL,
  -- As it is written in the pack; null of what is no emoji.
  name       TEXT,
  -- JSON: the canonical name, where the picture is, and what is said of it; null of what cannot become an emoji.
  emoji      TEXT,
  action     TEXT    NOT NULL,
  outcome    TEXT    NOT NULL,
  final_name TEXT,
  -- Of the emoji and of the task, from before it is ordered.
  emoji_id   TEXT,
  task_id    TEXT,
  -- How often it was tried to order it.
  tries      INTEGER NOT NULL DEFAULT 0,
  -- JSON: why not; what could not be had of its words.
  error      TEXT,
  left_out   TEXT    NOT NULL DEFAULT '[]',
  -- Milliseconds since 1970.
  changed_at INTEGER NOT NULL,
  PRIMARY KEY (import_id, number)
) STRICT, WITHOUT ROWID;

CREATE INDEX import_items_by_outcome ON import_items (import_id, outcome, number, action);

-- An archive is needed by the dry run that it came with, and by what carries that out.
CREATE INDEX imports_by_source ON tasks (source_key) WHERE kind = 'import';

-- They are kept as long as their task.
CREATE TRIGGER import_items_go_with_their_task AFTER DELETE ON tasks WHEN old.kind = 'import' BEGIN
  DELETE FROM import_items WHERE import_id = old.id;
END;
