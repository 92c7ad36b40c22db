-- The name an emoji is listed under, others that it answers to, and those it had before, from which it is found until
-- someone takes them.
ALTER TABLE emoji_names ADD COLUMN kind TEXT NOT NULL DEFAULT 'primary' CHECK (kind IN ('primary', 'alias', 'former'));
CREATE UNIQUE INDEX primary_names ON emoji_names (emoji_id) WHERE kind = 'primary';

-- Rises with each new emoji.
ALTER TABLE emojis ADD COLUMN number INTEGER;
-- The primary name, of an emoji that can be seen: null as long as it has no picture, and while it is deleted.
ALTER TABLE emojis ADD COLUMN name TEXT;
-- Rises with each change, so that nobody changes what he has not seen.
ALTER TABLE emojis ADD COLUMN revision INTEGER NOT NULL DEFAULT 1;
ALTER TABLE emojis ADD COLUMN updated_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE emojis ADD COLUMN owner TEXT;
ALTER TABLE emojis ADD COLUMN description TEXT NOT NULL DEFAULT '';
ALTER TABLE emojis ADD COLUMN category TEXT;
-- JSON: an array of strings.
ALTER TABLE emojis ADD COLUMN tags TEXT NOT NULL DEFAULT '[]';
-- JSON: what the uploaded picture was found to be.
ALTER TABLE emojis ADD COLUMN source TEXT;
-- SHA-256 of the upload.
ALTER TABLE emojis ADD COLUMN source_hash TEXT;
-- JSON: the same picture in other sizes and as a still, by name.
ALTER TABLE emojis ADD COLUMN renditions TEXT NOT NULL DEFAULT '{}';
ALTER TABLE emojis ADD COLUMN deleted_at INTEGER;
-- JSON: the names that it gave up then, an array of name and kind; and the primary one of them.
ALTER TABLE emojis ADD COLUMN deleted_names TEXT;
ALTER TABLE emojis ADD COLUMN deleted_name TEXT;

UPDATE emojis SET
  number = numbered.number,
  updated_at = emojis.created_at,
  name = CASE WHEN image_hash IS NOT NULL THEN (SELECT name FROM emoji_names WHERE emoji_id = emojis.id) END,
  source = (SELECT source FROM tasks WHERE id = substr(emojis.source_key, 9))
FROM (SELECT id, row_number() OVER (ORDER BY created_at, id) AS number FROM emojis) AS numbered
WHERE numbered.id = emojis.id;

CREATE UNIQUE INDEX emojis_by_number ON emojis (number);
-- What is listed.
CREATE UNIQUE INDEX emojis_by_name ON emojis (name) WHERE name IS NOT NULL;
CREATE INDEX listed_emojis ON emojis (number) WHERE name IS NOT NULL;
CREATE INDEX emojis_by_motion ON emojis (image_frames > 1, name) WHERE name IS NOT NULL;
CREATE INDEX emojis_by_motion_and_number ON emojis (image_frames > 1, number) WHERE name IS NOT NULL;
CREATE INDEX emojis_by_owner ON emojis (owner, name) WHERE name IS NOT NULL AND owner IS NOT NULL;
CREATE INDEX emojis_by_owner_and_number ON emojis (owner, number) WHERE name IS NOT NULL AND owner IS NOT NULL;
CREATE INDEX emojis_by_source_hash ON emojis (source_hash) WHERE source_hash IS NOT NULL;
-- By whatever picture of theirs, for the sweep.
CREATE INDEX emojis_by_gif64 ON emojis (json_extract(renditions, '$.gif64.hash'))
  WHERE json_extract(renditions, '$.gif64.hash') IS NOT NULL;
CREATE INDEX emojis_by_gif128 ON emojis (json_extract(renditions, '$.gif128.hash'))
  WHERE json_extract(renditions, '$.gif128.hash') IS NOT NULL;
CREATE INDEX emojis_by_png ON emojis (json_extract(renditions, '$.png.hash'))
  WHERE json_extract(renditions, '$.png.hash') IS NOT NULL;
CREATE INDEX deleted_emojis ON emojis (deleted_at, number) WHERE deleted_at IS NOT NULL;
CREATE INDEX deleted_emojis_by_name ON emojis (deleted_name, deleted_at) WHERE deleted_at IS NOT NULL;

-- The tags of emoji that are listed, to find them by.
CREATE TABLE emoji_tags (
  tag      TEXT    NOT NULL,
  name     TEXT    NOT NULL,
  number   INTEGER NOT NULL,
  emoji_id TEXT    NOT NULL REFERENCES emojis (id) ON DELETE CASCADE,
  PRIMARY KEY (tag, name)
) STRICT, WITHOUT ROWID;

CREATE INDEX emoji_tags_by_number ON emoji_tags (tag, number);
CREATE INDEX emoji_tags_by_emoji ON emoji_tags (emoji_id);

-- Of each emoji that is listed its name, aliases and tags, a line each, under its number.
CREATE VIRTUAL TABLE emoji_search USING fts5 (text, tokenize = 'trigram');
INSERT INTO emoji_search (rowid, text) SELECT number, name FROM emojis WHERE name IS NOT NULL;

-- What was done to each emoji, by whom.
CREATE TABLE emoji_events (
  id       INTEGER NOT NULL PRIMARY KEY,
  emoji_id TEXT    NOT NULL REFERENCES emojis (id) ON DELETE CASCADE,
  at       INTEGER NOT NULL,
  -- Who, as the request said; null where it did not, and for the service itself.
  actor    TEXT,
  action   TEXT    NOT NULL,
  -- JSON, by action.
  details  TEXT    NOT NULL
) STRICT;

CREATE INDEX emoji_events_by_emoji ON emoji_events (emoji_id, id);

-- Rises with every change of what is listed.
INSERT INTO counters (name, value) VALUES ('emoji_changes', 0);

ALTER TABLE tasks ADD COLUMN source_hash TEXT;
-- Who ordered it, as the request said.
ALTER TABLE tasks ADD COLUMN actor TEXT;
-- Those that need the upload of another task.
CREATE INDEX renders_by_source ON tasks (source_key) WHERE kind = 'render';
