-- Who is told of what. One that belongs to a task is for its end only, and was asked for with the upload.
CREATE TABLE notice_subscriptions (
  id            TEXT    NOT NULL PRIMARY KEY,
  owner         TEXT,
  -- The token that it was made with: nothing is told once that is void, and no other of its name is valid.
  token_id      TEXT REFERENCES api_tokens (id),
  task_id       TEXT,
  kind          TEXT    NOT NULL,
  -- The address, sealed; and what may be shown of it.
  target        TEXT    NOT NULL,
  shown         TEXT    NOT NULL,
  -- Origin of this service, as whoever subscribed knows it: what links start with.
  service       TEXT    NOT NULL,
  -- JSON: an array of strings.
  events        TEXT    NOT NULL,
  -- Of emoji, and of tasks who ordered them; null for all.
  of_owner      TEXT,
  of_tag        TEXT,
  -- Whether it may be told of tasks that others have ordered.
  all_tasks     INTEGER NOT NULL,
  -- What webhooks are signed with, sealed; and for a while after a change, with what they were signed before.
  secret        TEXT,
  secret_before TEXT,
  secret_before_until INTEGER,
  state         TEXT    NOT NULL DEFAULT 'active' CHECK (state IN ('active', 'paused', 'gone')),
  -- Why it is not active.
  reason        TEXT,
  -- Since when nothing has got there.
  failing_since INTEGER,
  created_at    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX notice_subscriptions_by_time ON notice_subscriptions (created_at, id) WHERE task_id IS NULL;
CREATE INDEX notice_subscriptions_by_owner ON notice_subscriptions (owner, created_at, id) WHERE task_id IS NULL;
CREATE INDEX notice_subscriptions_by_task ON notice_subscriptions (task_id, created_at) WHERE task_id IS NOT NULL;

-- What is to be told to whom. A row is written in the transaction that makes it so.
CREATE TABLE notice_deliveries (
  -- Rises with time.
  number          INTEGER NOT NULL PRIMARY KEY,
  id              TEXT    NOT NULL UNIQUE,
  subscription_id TEXT    NOT NULL REFERENCES notice_subscriptions (id) ON DELETE CASCADE,
  owner           TEXT,
  -- Those of one emoji are told in their order.
  emoji_id        TEXT    NOT NULL,
  event           TEXT    NOT NULL,
  -- JSON: what happened, as it was then.
  facts           TEXT    NOT NULL,
  state           TEXT    NOT NULL CHECK (state IN ('waiting', 'delivered', 'failed', 'paused')),
  -- When the next attempt is due; while one is made, when it is taken to be lost.
  due_at          INTEGER NOT NULL,
  -- Until when those after it in its line wait for it; null before its first attempt.
  holds_until     INTEGER,
  -- Attempts since it was sent, or sent again by a person.
  tries           INTEGER NOT NULL DEFAULT 0,
  -- JSON: an array of the last attempts.
  attempts        TEXT    NOT NULL DEFAULT '[]',
  created_at      INTEGER NOT NULL
) STRICT;

CREATE INDEX due_notices ON notice_deliveries (due_at) WHERE state = 'waiting';
CREATE INDEX notices_in_line ON notice_deliveries (subscription_id, emoji_id, number) WHERE state = 'waiting';
CREATE INDEX notices_by_subscription ON notice_deliveries (subscription_id, number);
CREATE INDEX notices_by_owner ON notice_deliveries (owner, number) WHERE owner IS NOT NULL;
CREATE INDEX undelivered_notices ON notice_deliveries (state, number) WHERE state <> 'delivered';
