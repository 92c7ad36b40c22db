-- Where emoji are published. The secret is sealed, for this id and address.
CREATE TABLE targets (
  id            TEXT    NOT NULL PRIMARY KEY,
  name          TEXT    NOT NULL UNIQUE,
  platform      TEXT    NOT NULL,
  url           TEXT,
  guild_id      TEXT,
  email         TEXT,
  sealed_secret TEXT    NOT NULL,
  created_at    INTEGER NOT NULL,
  created_by    TEXT,
  -- Nothing is sent before: the platform has asked for a pause.
  paused_until  INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;

-- What a platform has of ours under a name, as far as it is known, and what it was sent last.
CREATE TABLE publications (
  target_id    TEXT    NOT NULL REFERENCES targets (id) ON DELETE CASCADE,
  -- As it is called there.
  name         TEXT    NOT NULL,
  emoji_id     TEXT    NOT NULL,
  task_id      TEXT    NOT NULL,
  -- Since when it is there, with which file (SHA-256, hexadecimal) and under which id, where that is known.
  published_at INTEGER,
  hash         TEXT,
  platform_id  TEXT,
  -- Of a request that has no answer yet: when it was sent, with which file, and which one it replaces.
  sent_at      INTEGER,
  sent_hash    TEXT,
  replaced_id  TEXT,
  PRIMARY KEY (target_id, name)
) STRICT, WITHOUT ROWID;

CREATE INDEX publications_by_emoji ON publications (emoji_id, published_at);
