-- JSON: how the picture that it shows was rendered; null where that is not known any more.
ALTER TABLE emojis ADD COLUMN rendering TEXT;
UPDATE emojis SET rendering = tasks.rendering FROM tasks
WHERE tasks.emoji_id = emojis.id AND tasks.version = emojis.version AND tasks.state = 'SUCCESS';
