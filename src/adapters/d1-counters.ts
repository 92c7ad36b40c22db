import type { Database } from './d1-session.ts';

/** Adds to counters: `[name, amount]` rows. */
export const ADD_TO_COUNTERS = 'ON CONFLICT (name) DO UPDATE SET value = value + excluded.value';

/** Adds to one counter. */
export async function count(db: Database, name: string, amount: number): Promise<void> {
  await db.prepare(`INSERT INTO counters (name, value) VALUES (?, ?) ${ADD_TO_COUNTERS}`).bind(name, amount).run();
}
