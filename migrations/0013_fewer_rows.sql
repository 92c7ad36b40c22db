-- Each index is a row more that an upload writes. Of an emoji there is one primary name, since its names are only ever written
-- all at once, and emoji_names_by_emoji finds it.
DROP INDEX primary_names;
