import { applyD1Migrations } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { d1TaskHistory } from '../../src/adapters/d1-task-history.ts';

/** Makes the tables: at the start, and again after a `reset()`. */
export async function migrate(): Promise<void> {
  await applyD1Migrations(env.DB, env.MIGRATIONS);
}

/** How SQLite would run a query, a step a line. */
export async function queryPlan(sql: string, ...values: unknown[]): Promise<string> {
  const { results } = await env.DB.prepare(`EXPLAIN QUERY PLAN ${sql}`)
    .bind(...values)
    .all<{ detail: string }>();
  return results.map(({ detail }) => detail).join('\n');
}

/** How SQLite runs each of the queries that are made of the database, in their order. */
export async function plansOf(run: (db: D1Database) => Promise<unknown>): Promise<string[]> {
  const queries: { sql: string; values: unknown[] }[] = [];
  const prepare = (sql: string) => {
    const statement = env.DB.prepare(sql);
    const query: (typeof queries)[number] = { sql, values: [] };
    queries.push(query);
    const bind = statement.bind.bind(statement);
    return Object.assign(statement, {
      bind(...values: unknown[]) {
        query.values = values;
        return bind(...values);
      },
    });
  };
  await run({ prepare, batch: env.DB.batch.bind(env.DB) } as unknown as D1Database);
  return Promise.all(queries.map(({ sql, values }) => queryPlan(sql, ...values)));
}

/** What `GET /metrics` and `GET /task-queue/counts` are read from, without what is not told there, and what is 0. */
export async function counters(): Promise<Record<string, number>> {
  const untold = ['task_changes', 'last_started_at'];
  const all = [...(await d1TaskHistory(env.DB).counters())].sort();
  return Object.fromEntries(all.filter(([name, value]) => !untold.includes(name) && value !== 0));
}

/** What was counted by the minute, or another step, in their order. */
export async function periods(step = 60_000): Promise<{ start: number; counts: Record<string, number> }[]> {
  const { results } = await env.DB.prepare('SELECT start, counts FROM counter_periods WHERE step = ? ORDER BY start')
    .bind(step)
    .all<{ start: number; counts: string }>();
  return results.map(({ start, counts }) => ({ start, counts: JSON.parse(counts) }));
}

/** Tasks by state, counted: what the counters have to agree with. */
export async function countedStates(): Promise<Record<string, number>> {
  const { results } = await env.DB.prepare('SELECT state, COUNT(*) AS found FROM tasks GROUP BY state').all<{
    state: string;
    found: number;
  }>();
  return Object.fromEntries(results.map(({ state, found }) => [`custom_emoji_tasks{state="${state}"}`, found]));
}
