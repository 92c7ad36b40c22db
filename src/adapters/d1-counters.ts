import { startOf, WINDOWS } from '../application/task-stats.ts';
import type { Database } from './d1-session.ts';

/** Adds to counters: `[name, amount]` rows. */
export const ADD_TO_COUNTERS = 'ON CONFLICT (name) DO UPDATE SET value = value + excluded.value';

/** Adds to one counter. */
export async function count(db: Database, name: string, amount: number): Promise<void> {
  await db.prepare(`INSERT INTO counters (name, value) VALUES (?, ?) ${ADD_TO_COUNTERS}`).bind(name, amount).run();
}

export const LAST_STARTED = 'last_started_at';

/** Notes when a task was started, unless a later start is noted. */
export function noteStart(db: Database, at: number): D1PreparedStatement {
  return db
    .prepare(
      `INSERT INTO counters (name, value) VALUES (?, ?)
       ON CONFLICT (name) DO UPDATE SET value = excluded.value WHERE excluded.value > value`,
    )
    .bind(LAST_STARTED, at);
}

/** Adds to what was counted in periods: `[step, start, counts]` rows. */
export const ADD_TO_PERIODS = `ON CONFLICT (step, start) DO UPDATE SET counts = json_patch(counts, (
  SELECT json_group_object(added.key, added.value + coalesce(had.value, 0))
  FROM json_each(excluded.counts) AS added LEFT JOIN json_each(counter_periods.counts) AS had ON had.key = added.key))`;

/** What was counted at some times, no name twice, by the periods that they are in: a JSON array, each period once. */
export function periodsOf(counted: { at: number; counts: Record<string, number> }[]): string {
  const steps = Object.values(WINDOWS).map(({ step }) => step);
  const periods = steps.flatMap((step) => {
    const byStart = Map.groupBy(counted, ({ at }) => startOf(step, at));
    return [...byStart].map(([start, list]) => ({
      step,
      start,
      counts: Object.assign({}, ...list.map(({ counts }) => counts)),
    }));
  });
  return JSON.stringify(periods);
}
