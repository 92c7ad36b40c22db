import { env } from 'cloudflare:workers';

type Numbers = { owner: string; emojis: number; bytes: number }[];

/** What is kept of each owner. */
export async function usageKept(): Promise<Numbers> {
  const sql = 'SELECT owner, emojis, bytes FROM usage WHERE emojis <> 0 OR bytes <> 0 ORDER BY owner';
  return (await env.DB.prepare(sql).all<Numbers[number]>()).results;
}

/** The same, counted. */
export async function usageCounted(): Promise<Numbers> {
  const sql = `SELECT owner, sum(emojis) AS emojis, sum(bytes) AS bytes FROM (
    SELECT owner, 1 AS emojis, 0 AS bytes FROM emojis WHERE owner IS NOT NULL AND deleted_at IS NULL
    UNION ALL SELECT owner, 0, bytes FROM uploads
  ) GROUP BY owner ORDER BY owner`;
  return (await env.DB.prepare(sql).all<Numbers[number]>()).results;
}
