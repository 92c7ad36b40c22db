import { evictDurableObject, reset, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { d1EmojiCatalogue } from '../../src/adapters/d1-emoji-catalogue.ts';
import { d1TaskHistory } from '../../src/adapters/d1-task-history.ts';
import { taskOwners } from '../../src/adapters/task-owners.ts';
import { retryTask, cancelTask } from '../../src/application/move-task.ts';
import { migrate } from '../support/database.ts';
import { must, newOrder, RESULT, FAILURE } from '../support/tasks.ts';
beforeEach(migrate);
afterEach(reset);
const ADDRESS = 'https://emoji.example/events';
async function fresh() {
  const order = newOrder();
  const object = env.TASKS.getByName(order.id);
  await d1EmojiCatalogue(env.DB).take(order);
  await object.submit(order);
  return { order, object };
}
it('WS not answering the close, then restart', async () => {
  const { order, object } = await fresh();
  const r = await object.fetch(ADDRESS, { headers: { Upgrade: 'websocket' } });
  // never accepted by client
  await object.cancel();
  const n = await runInDurableObject(object, (_, s) => s.getWebSockets().map((w) => w.readyState));
  console.log('sockets after end', n);
  const rec = must(await d1TaskHistory(env.DB).find(order.id));
  let err = null;
  try { await object.restart(rec, 1); } catch (e) { err = String(e); }
  console.log('restart', err);
  r.webSocket?.accept();
});
it('slow retry of two', async () => {
  const { order, object } = await fresh();
  await object.cancel();
  const catalogue = d1EmojiCatalogue(env.DB);
  const owners = taskOwners(env.TASKS);
  const log = { info() {}, error() {} };
  const ports = { catalogue, taskHistory: d1TaskHistory(env.DB), taskOwners: owners, log };
  // the second person's retry is held just before its restart
  const gate = Promise.withResolvers<void>();
  const held = Promise.withResolvers<void>();
  const slow = retryTask({ ...ports, taskOwners: { ...owners, restart: async (...a) => { held.resolve(); await gate.promise; return owners.restart(...a); } } }, order.id).then((t) => t.state, (e) => e.code ?? String(e));
  await held.promise;
  await retryTask(ports, order.id);
  await cancelTask(ports, order.id);
  gate.resolve();
  console.log('slow retry', await slow);
  const claim = await object.claim();
  if (claim) console.log('succeed', await object.succeed(claim.token, RESULT));
  console.log('state', (await object.read())?.state, 'emoji', await catalogue.find('tada'));
});
it('SSE whose client is gone without cancel', async () => {
  const { object } = await fresh();
  const r = await object.fetch(ADDRESS);
  const reader = r.body?.getReader();
  await reader?.read();
  await reader?.cancel('x');
  await new Promise((r) => setTimeout(r, 50));
  let err = null;
  try { const t = must(await object.claim()).token; await object.fail(t, FAILURE); } catch (e) { err = String(e); }
  console.log('sse', err);
});
it('D1 rows written per task', async () => {
  const order = newOrder();
  let written = 0; 
  const r = async (f: () => Promise<unknown>, label: string) => {
    const b = env.DB.batch.bind(env.DB);
    (env.DB as any).batch = async (s: any) => { const out = await b(s); const w = out.reduce((a: number, x: any) => a + x.meta.rows_written, 0); written += w; console.log(label, w); return out; };
    await f(); (env.DB as any).batch = b;
  };
  await r(() => d1EmojiCatalogue(env.DB).take(order), 'take');
  const { recordTask } = await import('../../src/adapters/d1-task-record.ts');
  const m = await import('../../src/domain/task.ts');
  const t = must(m.claim(m.submit(order), 't', Date.now()));
  await r(() => recordTask(env.DB, t), 'started');
  await r(() => recordTask(env.DB, must(m.succeed(t, 't', RESULT, Date.now()))), 'success');
  console.log('total', written);
});
it('five states', async () => {
  const h = d1TaskHistory(env.DB);
  console.log(await h.list({ states: ['PENDING','STARTED','RETRY','SUCCESS','FAILURE'], kind: 'create', emojiName: null, from: 1, to: 2, reason: null }, { after: { receivedAt: 5, id: 'x' }, limit: 5 }));
});
