import { startOf, WINDOWS } from '../application/task-stats.ts';
import type { Database } from './d1-session.ts';

/** Adds to counters: `[name, amount]` rows. */
export const ADD_TO_COUNTERS = 'ON CONFLICT (name) DO UPDATE SET value = value + excluded.value';

/** Adds to one counter. */
export async function count(db: Database, name: string, amount: number): Promise<void> {
  await db.prepare(`INSERT INTO counters (name, value) VALUES (?, ?) ${ADD_TO_COUNTERS}`).bind(name, amount).run();
}

/** The step without an end: what is counted of the ends of tasks is added up in its one period. */
const FOR_EVER = 0;

/**
 * The numbers that are kept: `name` and `value`. What is told of one is the sum of all rows with its name. The release before
 * has a row of `counters` for each; so has this one of what is no total (tasks by state), which that one has to find right.
 */
export const COUNTERS = `(
  SELECT name, value FROM counters
  UNION ALL SELECT key, amounts.value FROM counter_periods, json_each(counts) AS amounts WHERE step = ${FOR_EVER})`;

/** How often tasks have changed; each has a number of its own, whichever release writes it. */
export const TASK_CHANGES = `(SELECT sum(value) FROM (
  SELECT value FROM counters WHERE name = 'task_changes'
  UNION ALL SELECT counts ->> 'task_changes' FROM counter_periods WHERE step = ${FOR_EVER}))`;

export const LAST_STARTED = 'last_started_at';

/** Each start would be a row that is written. Whether renderers stand still is judged by minutes. */
const NOTED_EACH_MS = 10_000;

/** Notes when a task was started, unless a later start is noted, or one shortly before. */
export function noteStart(db: Database, at: number): D1PreparedStatement {
  return db
    .prepare(
      `INSERT INTO counters (name, value) VALUES (?, ?)
       ON CONFLICT (name) DO UPDATE SET value = excluded.value WHERE excluded.value >= value + ?`,
    )
    .bind(LAST_STARTED, at, NOTED_EACH_MS);
}

/** Adds to what was counted in periods: `[step, start, counts]` rows. */
export const ADD_TO_PERIODS = `ON CONFLICT (step, start) DO UPDATE SET counts = (
  SELECT json_group_object(key, amount) FROM (
    SELECT key, sum(value) AS amount FROM (
      SELECT key, value FROM json_each(counter_periods.counts) UNION ALL SELECT key, value FROM json_each(excluded.counts)
    ) GROUP BY key))`;

/** What was counted at some times, no name twice, by the periods that they are in: a JSON array, each period once. */
export function periodsOf(counted: { at: number; counts: Record<string, number> }[]): string {
  const steps = [FOR_EVER, ...Object.values(WINDOWS).map(({ step }) => step)];
  const periods = steps.flatMap((step) => {
    const byStart = Map.groupBy(counted, ({ at }) => (step === FOR_EVER ? 0 : startOf(step, at)));
    return [...byStart].map(([start, list]) => ({
      step,
      start,
      counts: Object.assign({}, ...list.map(({ counts }) => counts)),
    }));
  });
  return JSON.stringify(periods);
}
