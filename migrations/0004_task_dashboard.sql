-- What was added to the counters, by the minute and the quarter of an hour that it fell in.
CREATE TABLE counter_periods (
  -- Milliseconds.
  step   INTEGER NOT NULL,
  start  INTEGER NOT NULL,
  -- JSON: amounts by the names of counters. One row is written where a row for each name would be ten.
  counts TEXT    NOT NULL,
  PRIMARY KEY (step, start)
) STRICT, WITHOUT ROWID;

-- Since when a renderer may take the task, while it waits for one. The back-off of those that are in it now is left out:
-- it is two minutes at most.
ALTER TABLE tasks ADD COLUMN due_at INTEGER;
UPDATE tasks SET due_at = coalesce(json_extract(history, '$[#-1].at'), received_at) WHERE state IN ('PENDING', 'RETRY');
CREATE INDEX waiting_tasks ON tasks (due_at) WHERE due_at IS NOT NULL;

-- When a task was last started.
INSERT INTO counters (name, value) SELECT 'last_started_at', max(started_at) FROM tasks HAVING max(started_at) > 0;

-- The tasks that ended last, by all that tasks are found by.
DROP INDEX tasks_by_end;
CREATE INDEX tasks_by_end ON tasks (finished_at, id) WHERE finished_at IS NOT NULL;
CREATE INDEX ended_tasks_by_state ON tasks (state, finished_at, id) WHERE finished_at IS NOT NULL;
CREATE INDEX ended_tasks_by_emoji ON tasks (emoji_name, finished_at, id) WHERE finished_at IS NOT NULL;
CREATE INDEX ended_tasks_by_reason ON tasks (finished_at, id) WHERE finished_at IS NOT NULL AND reason IS NOT NULL;
-- Few may be of a kind, among all the others.
CREATE INDEX tasks_by_kind ON tasks (kind, received_at, id);
CREATE INDEX ended_tasks_by_kind ON tasks (kind, finished_at, id) WHERE finished_at IS NOT NULL;

-- The uploads of late that may not be tasks yet: what else was done to an emoji is kept for ever, and may be much.
CREATE INDEX ordered_pictures ON emoji_events (emoji_id, at) WHERE action = 'picture_ordered';
