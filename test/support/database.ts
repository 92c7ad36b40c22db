import { applyD1Migrations } from 'cloudflare:test';
import { env } from 'cloudflare:workers';

/** Makes the tables: at the start, and again after a `reset()`. */
export async function migrate(): Promise<void> {
  await applyD1Migrations(env.DB, env.MIGRATIONS);
}

/** How SQLite would run a query, a step a line. */
export async function queryPlan(sql: string, ...values: (string | number)[]): Promise<string> {
  const { results } = await env.DB.prepare(`EXPLAIN QUERY PLAN ${sql}`)
    .bind(...values)
    .all<{ detail: string }>();
  return results.map(({ detail }) => detail).join('\n');
}
