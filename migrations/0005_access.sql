-- Tokens of the API. Their texts are nowhere: a token is found by a keyed hash of it.
CREATE TABLE api_tokens (
  id           TEXT    NOT NULL PRIMARY KEY,
  -- HMAC-SHA-256, hexadecimal.
  hash         TEXT    NOT NULL UNIQUE,
  -- The owner of what is made with it.
  name         TEXT    NOT NULL,
  -- JSON: an array of strings.
  scopes       TEXT    NOT NULL,
  created_at   INTEGER NOT NULL,
  created_by   TEXT,
  expires_at   INTEGER,
  revoked_at   INTEGER,
  last_used_at INTEGER
) STRICT, WITHOUT ROWID;

-- Of those that are not revoked only one has a name.
CREATE UNIQUE INDEX api_tokens_by_name ON api_tokens (name) WHERE revoked_at IS NULL;
CREATE INDEX api_tokens_by_time ON api_tokens (created_at, id);

-- People who have signed in to the pages with a token.
CREATE TABLE sessions (
  -- HMAC-SHA-256 of what the cookie has.
  hash       TEXT    NOT NULL PRIMARY KEY,
  -- Null for the ADMIN_TOKEN.
  token_id   TEXT REFERENCES api_tokens (id),
  expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX sessions_by_end ON sessions (expires_at);

-- Every change that somebody asked for. Rows are only ever added.
CREATE TABLE audit_entries (
  id       INTEGER NOT NULL PRIMARY KEY,
  at       INTEGER NOT NULL,
  -- Who, and by which of the ways to say so.
  name     TEXT,
  kind     TEXT    NOT NULL,
  token_id TEXT,
  method   TEXT    NOT NULL,
  -- The route, and the address that was asked for.
  route    TEXT    NOT NULL,
  target   TEXT    NOT NULL
) STRICT;

CREATE INDEX audit_entries_by_name ON audit_entries (name, id);

-- How each ended; one that has none was cut off.
CREATE TABLE audit_outcomes (
  entry_id INTEGER NOT NULL PRIMARY KEY REFERENCES audit_entries (id),
  -- Of the answer.
  status   INTEGER NOT NULL
) STRICT;

-- The bin, for who sees only what is his.
CREATE INDEX deleted_emojis_by_owner ON emojis (owner, deleted_at, number)
  WHERE deleted_at IS NOT NULL AND owner IS NOT NULL;
