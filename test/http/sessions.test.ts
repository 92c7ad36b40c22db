import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { d1EmojiCatalogue } from '../../src/adapters/d1-emoji-catalogue.ts';
import { latestBookmark } from '../../src/adapters/d1-session.ts';
import { recordTask } from '../../src/adapters/d1-task-record.ts';
import { createApp } from '../../src/http/app.ts';
import { migrate } from '../support/database.ts';
import { addEmoji } from '../support/emojis.ts';
import { laggingDatabase } from '../support/replica.ts';
import { accepted, fixture, request, resetAtRest } from '../support/service.ts';
import { must, newOrder, taskIn } from '../support/tasks.ts';

const picture = fixture('halves.png');
const upload = { method: 'POST', headers: { 'Content-Type': 'image/png' }, body: picture };

/** Sends something to a service that has another database. */
async function sendTo(db: D1Database, path: string, init?: RequestInit): Promise<Response> {
  const ctx = createExecutionContext();
  const response = await createApp().fetch(new Request(`https://localhost${path}`, init), { ...env, DB: db }, ctx);
  await waitOnExecutionContext(ctx);
  return response;
}

beforeEach(migrate);
afterEach(resetAtRest);

it('gives who has changed something a bookmark, as a header and as a cookie', async () => {
  const response = await request('/custom-emoji/emojis?name=tada', upload);
  await accepted(response);
  const bookmark = response.headers.get('D1-Bookmark') ?? '';
  expect(bookmark).toMatch(/^[0-9a-f]{8}-[0-9a-f]{8}-[0-9a-f]{8}-[0-9a-f]{32}$/);
  expect(response.headers.getSetCookie()).toEqual([
    `d1_bookmark=${bookmark}; Max-Age=600; Path=/; HttpOnly; Secure; SameSite=Strict`,
  ]);
});

it('gives who has a sweep made a bookmark of all that it did', async () => {
  await d1EmojiCatalogue(env.DB).take(newOrder({ receivedAt: 1_000 }));
  await recordTask(env.DB, taskIn('SUCCESS', 1_000));
  let beforeTheLast = '';
  const noting = (source: Pick<D1Database, 'prepare' | 'batch'>) => ({
    prepare: (sql: string) => source.prepare(sql),
    async batch(statements: D1PreparedStatement[]) {
      beforeTheLast = must(await latestBookmark(env.DB));
      return source.batch(statements);
    },
  });
  const withSession = (given?: string) => {
    const session = env.DB.withSession(given);
    return { ...noting(session), getBookmark: () => session.getBookmark() };
  };
  const db = { ...noting(env.DB), withSession } as unknown as D1Database;

  const response = await sendTo(db, '/task-queue/sweep', { method: 'POST' });
  expect(await response.json()).toMatchObject({ unaccepted: 1, tasks_forgotten: 1 });
  expect(must(response.headers.get('D1-Bookmark')) > beforeTheLast).toBe(true);
});

it('gives none to who only reads, is refused, or looks many up', async () => {
  await addEmoji({ name: 'tada', hash: 'ab' });
  await env.PICTURES.put('images/ab.gif', fixture('moving-square.gif'));
  const cookie = { headers: { Cookie: 'd1_bookmark=00000000-00000000-00000000-00000000000000000000000000000000' } };
  const body = { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: '{"names":["tada"]}' };
  const answers: [number, Promise<Response>][] = [
    [200, request('/custom-emoji/emojis/tada', cookie)],
    [200, request('/custom-emoji/tada', cookie)],
    [200, request('/custom-emoji/emojis', cookie)],
    [200, request('/openapi.json', cookie)],
    [200, request('/task-queue/tasks', cookie)],
    [200, request('/custom-emoji/emojis:batchGet', body)],
    [409, request('/custom-emoji/emojis?name=tada', upload)],
  ];
  for (const [status, answer] of answers) {
    const response = await answer;
    await response.arrayBuffer();
    expect(response.status, response.url).toBe(status);
    expect([response.headers.get('D1-Bookmark'), response.headers.getSetCookie()], response.url).toEqual([null, []]);
  }
});

it('takes what is no bookmark for none', async () => {
  for (const bookmark of ['x', 'first-primary', "' OR 1", '0-0-0', 'a'.repeat(5_000)]) {
    const response = await request('/task-queue/tasks', { headers: { 'D1-Bookmark': bookmark } });
    expect(response.status, bookmark).toBe(200);
    await response.arrayBuffer();
  }
});

it('lets who wrote read it, though the copy nearby is behind, and others find it by name', async () => {
  const { db, asked } = laggingDatabase(env.DB);
  const send = (path: string, init?: RequestInit) => sendTo(db, path, init);
  const tasks = async (headers: Record<string, string> = {}) => {
    const { data } = await (await send('/task-queue/tasks', { headers })).json<{ data: { id: string }[] }>();
    return data.map(({ id }) => id);
  };
  const response = await send('/custom-emoji/emojis?name=tada', upload);
  const { task_id } = await accepted(response);
  const bookmark = response.headers.get('D1-Bookmark') ?? '';
  expect(new Set(asked.splice(0))).toEqual(new Set(['first-primary']));

  expect(await tasks()).toEqual([]);
  expect(await tasks({ 'D1-Bookmark': bookmark })).toEqual([task_id]);
  expect(await tasks({ Cookie: `other=1; d1_bookmark=${bookmark}` })).toEqual([task_id]);
  expect(asked).toEqual(['first-unconstrained', bookmark, bookmark]);

  // The counters are of the primary.
  expect((await send('/metrics')).status).toBe(200);
  expect(asked).toHaveLength(3);

  // Without a bookmark: what the copy does not have is asked of the primary.
  await addEmoji({ name: 'new' });
  const head = await send('/custom-emoji/emojis/new', { method: 'HEAD' });
  expect(head.status).toBe(200);
  const found = await send('/custom-emoji/emojis:batchGet', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: '{"names":["new"]}',
  });
  expect(await found.json()).toMatchObject({ found: { new: { name: 'new' } } });
  expect((await send(`/task-queue/status?task_id=${task_id}`)).status).toBe(200);
  expect((await send('/custom-emoji/emojis/nobody')).status).toBe(404);
});
