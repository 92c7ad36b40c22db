-- What an upload writes less.

-- Of an emoji there is one primary name, since its names are only ever written all at once: emoji_names_by_emoji finds it.
DROP INDEX primary_names;

-- In counter_periods, what is counted of the ends of tasks is added up under step 0 from now on. The rows of `counters` that
-- it had before stay as they are, and count on: the sum is told. While the release before this one works beside it, or
-- instead of it, that tells only what it has counted itself.
