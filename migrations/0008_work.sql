-- Tasks that are not a picture: imports of packs, publications.

-- The import that ordered it.
ALTER TABLE tasks ADD COLUMN parent_id TEXT;
-- JSON, by kind: what is to be done; what came of it so far. Not called `details`: emoji_events has that, and the release
-- before this one reads both tables at once.
ALTER TABLE tasks ADD COLUMN task_details TEXT;
ALTER TABLE tasks ADD COLUMN outcome TEXT;

CREATE INDEX tasks_by_parent ON tasks (parent_id, received_at, id) WHERE parent_id IS NOT NULL;
CREATE INDEX ended_tasks_by_parent ON tasks (parent_id, finished_at, id)
  WHERE parent_id IS NOT NULL AND finished_at IS NOT NULL;
