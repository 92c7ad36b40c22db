import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { migrate } from '../support/database.ts';
import { request, resetAtRest } from '../support/service.ts';

/** What must be neither answered nor logged, wherever it was. */
const SECRETS = ['bearer-secret', 'cookie-secret', 'query-secret', 'bookmark-secret', 'fault-secret', 'body-secret'];

const WITH_SECRETS = {
  Authorization: 'Bearer bearer-secret',
  Cookie: 'session=cookie-secret; d1_bookmark=cookie-secret',
  'D1-Bookmark': 'bookmark-secret',
};

let logged: string[] = [];

beforeEach(async () => {
  await migrate();
  logged = [];
  for (const method of ['log', 'info', 'warn', 'error'] as const) {
    vi.spyOn(console, method).mockImplementation((...parts) => void logged.push(parts.join(' ')));
  }
});

afterEach(async () => {
  vi.restoreAllMocks();
  await resetAtRest();
});

/** Breaks the database for whoever writes to a table, in a way that nothing is prepared for. */
async function breakWritesTo(table: string): Promise<void> {
  for (const move of ['INSERT', 'UPDATE']) {
    await env.DB.prepare(
      `CREATE TRIGGER broken_${table}_${move} BEFORE ${move} ON ${table} BEGIN SELECT RAISE(ABORT, 'fault-secret'); END`,
    ).run();
  }
}

it.each<[string, string, RequestInit & { body?: string | Uint8Array<ArrayBuffer> }]>([
  ['an upload', '/custom-emoji/emojis?name=tada&token=query-secret', { method: 'POST', body: 'body-secret' }],
  [
    'a change',
    '/custom-emoji/emojis/there?token=query-secret',
    { method: 'PATCH', body: '{"description":"body-secret"}' },
  ],
  ['a deletion', '/custom-emoji/emojis/there?token=query-secret', { method: 'DELETE' }],
])('of a request that fails on our side are not told: %s', async (_, path, init) => {
  await env.DB.batch([
    env.DB.prepare(
      `INSERT INTO emojis (id, name, created_at, image_hash, image_bytes, image_frames) VALUES ('e', 'there', 1, 'h', 1, 1)`,
    ),
    env.DB.prepare(`INSERT INTO emoji_names (name, emoji_id) VALUES ('there', 'e')`),
  ]);
  for (const table of ['emojis', 'emoji_names']) await breakWritesTo(table);
  const type = init.method === 'PATCH' ? 'application/json' : 'image/png';
  const response = await request(path, {
    ...init,
    headers: { ...WITH_SECRETS, 'If-Match': '*', 'Content-Type': type },
  });
  const answer = JSON.stringify([...response.headers]) + (await response.text());
  expect(response.status, answer).toBe(500);
  const { id } = JSON.parse(answer.slice(answer.indexOf('{')));
  // The fault itself is in the log alone: an operator needs it.
  expect(logged.filter((line) => line.includes(id))).toEqual([expect.stringContaining('fault-secret')]);
  for (const secret of SECRETS) {
    expect(answer).not.toContain(secret);
    if (secret !== 'fault-secret') expect(logged.join('\n')).not.toContain(secret);
  }
  expect(answer).not.toMatch(/\bat .*:\d+:\d+|src\/|D1_ERROR|SQLITE/);
});
