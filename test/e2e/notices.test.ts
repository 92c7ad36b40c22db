import { readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { finished, fixture, upload } from './client.ts';
import { emptyState, startPrepared } from './prepared.ts';
import { fine, type Receiver, startReceiver } from './receiver.ts';
import { freePort, type Server, startServer } from './server.ts';

let state: string;
let server: Server;
const receivers: Receiver[] = [];

interface Delivery {
  id: string;
  state: string;
  next_attempt_at: string | null;
  attempts: { status: number | null; latency_ms: number | null; fault: string | null; answer: string | null }[];
}

async function ask<T>(method: string, path: string, body?: object): Promise<T> {
  const response = await fetch(server.url + path, {
    method,
    ...(body && { headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(30_000),
  });
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
  return (response.status === 204 || response.headers.get('Content-Length') === '0' ? null : response.json()) as T;
}

async function receiving(answer = fine, port?: number): Promise<Receiver> {
  const receiver = await startReceiver(answer, port);
  receivers.push(receiver);
  return receiver;
}

const subscribe = (target: string, more: object = {}) =>
  ask<{ id: string; secret: string }>('POST', '/notices/subscriptions', { kind: 'webhook', target, ...more });

const deliveriesTo = async ({ id }: { id: string }) =>
  (await ask<{ data: Delivery[] }>('GET', `/notices/deliveries?subscription=${id}&limit=100`)).data;

async function made(name: string): Promise<void> {
  const status = await finished(server.url, await upload(server.url, name, await fixture('halves.png')));
  expect(status.status).toBe('SUCCESS');
}

/** Each notice by its id, as often as it was taken. */
const timesTaken = ({ accepted }: Receiver) =>
  Object.values(Object.groupBy(accepted, ({ headers }) => String(headers['webhook-id']))).map((all) => all?.length);

beforeAll(async () => {
  state = await emptyState();
  server = await startPrepared(state);
});

afterAll(async () => {
  await server?.stop();
  await Promise.all(receivers.map((receiver) => receiver.close()));
  await rm(state, { recursive: true, force: true });
});

describe('a receiver on this machine', () => {
  it('is told what happens, signed, and each once', async () => {
    const receiver = await receiving();
    const { id, secret } = await subscribe(receiver.url);
    await made('told');
    await ask('DELETE', '/custom-emoji/emojis/told');
    await expect.poll(() => receiver.accepted.length).toBe(3);
    expect(receiver.accepted.map(({ type }) => type)).toEqual(['emoji.created', 'task.succeeded', 'emoji.deleted']);
    for (const { body, headers } of receiver.accepted) {
      expect(new Webhook(secret).verify(body, headers as Record<string, string>)).toMatchObject({
        data: { emoji: { name: 'told' } },
      });
    }
    await ask('DELETE', `/notices/subscriptions/${id}`);
  });

  it('that is too slow keeps no task waiting, and is tried again', async () => {
    const receiver = await receiving(async (response, _, count) => {
      if (count === 0) await sleep(20_000);
      response.writeHead(200).end('at last');
    });
    const subscription = await subscribe(receiver.url, { events: ['emoji.created'] });
    const before = Date.now();
    await made('patient');
    expect(Date.now() - before).toBeLessThan(10_000);
    await expect
      .poll(async () => (await deliveriesTo(subscription))[0], { timeout: 60_000 })
      .toMatchObject({
        state: 'delivered',
        attempts: [
          { status: null, fault: 'it did not answer within 15 seconds' },
          { status: 200, answer: 'at last' },
        ],
      });
    expect(new Set(receiver.all.map(({ headers }) => headers['webhook-id'])).size).toBe(1);
    await ask('DELETE', `/notices/subscriptions/${subscription.id}`);
  });

  it('that is down is told when it is up again', async () => {
    const port = await freePort();
    const subscription = await subscribe(`http://127.0.0.1:${port}/hook`, { events: ['emoji.created'] });
    await made('down');
    await expect
      .poll(async () => (await deliveriesTo(subscription))[0]?.attempts[0])
      .toMatchObject({ status: null, fault: expect.stringContaining('cannot be reached') });
    const receiver = await receiving(fine, port);
    await expect.poll(() => receiver.accepted.map(({ emoji }) => emoji)).toEqual(['down']);
    await ask('DELETE', `/notices/subscriptions/${subscription.id}`);
  });

  it('that redirects is not followed, and garbage is kept as it is', async () => {
    const elsewhere = await receiving();
    const answers: ((response: import('node:http').ServerResponse) => void)[] = [
      (response) => response.writeHead(302, { Location: elsewhere.url }).end(),
      (response) => response.writeHead(201).end(Buffer.alloc(100_000, 0xff)),
    ];
    const receiver = await receiving((response, _, count) => answers[count]?.(response));
    const subscription = await subscribe(receiver.url, { events: ['emoji.created'] });
    await made('odd');
    await expect
      .poll(async () => (await deliveriesTo(subscription))[0], { timeout: 30_000 })
      .toMatchObject({
        state: 'delivered',
        attempts: [
          { status: 302, fault: 'it answered 302' },
          { status: 201, answer: '\ufffd'.repeat(500) },
        ],
      });
    expect(elsewhere.all).toEqual([]);
    await ask('DELETE', `/notices/subscriptions/${subscription.id}`);
  });

  it('that closes the connection in mid-answer is tried again, unless it has said that it has got it', async () => {
    const receiver = await receiving((response, _, count) => {
      if (count === 0) response.socket?.end('HTTP/1.1 20');
      else response.writeHead(200, { 'Content-Length': 1_000 }).write('got', () => response.socket?.destroy());
    });
    const subscription = await subscribe(receiver.url, { events: ['emoji.created'] });
    await made('cut');
    await expect
      .poll(async () => (await deliveriesTo(subscription))[0], { timeout: 30_000 })
      .toMatchObject({
        state: 'delivered',
        attempts: [{ status: null }, { status: 200, answer: 'got' }],
      });
    await sleep(1_000);
    expect(receiver.all).toHaveLength(2);
    await ask('DELETE', `/notices/subscriptions/${subscription.id}`);
  });

  it('is told of each emoji in order, though every first try fails, and with one id each', async () => {
    const seen = new Set<string>();
    const receiver = await receiving((response, { headers }) => {
      const id = String(headers['webhook-id']);
      // Of those that are the first of their emoji.
      const isNew = !seen.has(id) && seen.size < 3;
      seen.add(id);
      response.writeHead(isNew ? 503 : 204).end();
    });
    const subscription = await subscribe(receiver.url, {
      events: ['emoji.created', 'emoji.deleted', 'emoji.restored'],
    });
    const names = ['one', 'two', 'three'];
    await Promise.all(names.map(made));
    for (const name of names) {
      await ask('DELETE', `/custom-emoji/emojis/${name}`);
      await ask('POST', `/custom-emoji/emojis/${name}/restore`);
    }
    await expect.poll(() => receiver.accepted.length, { timeout: 60_000 }).toBe(9);
    for (const name of names) {
      expect(
        receiver.accepted.filter(({ emoji }) => emoji === name).map(({ type }) => type),
        name,
      ).toEqual(['emoji.created', 'emoji.deleted', 'emoji.restored']);
    }
    expect(timesTaken(receiver)).toEqual(Array(9).fill(1));
    await ask('DELETE', `/notices/subscriptions/${subscription.id}`);
  });
});

it('nothing is lost when the service is killed and started again, and order is kept', async () => {
  let isUp = false;
  const receiver = await receiving((response) => void response.writeHead(isUp ? 204 : 503).end());
  const subscription = await subscribe(receiver.url, { events: ['emoji.created', 'emoji.deleted', 'emoji.restored'] });
  const names = ['a', 'b', 'c', 'd'];
  for (const name of names) {
    await made(`killed_${name}`);
    await ask('DELETE', `/custom-emoji/emojis/killed_${name}`);
    await ask('POST', `/custom-emoji/emojis/killed_${name}/restore`);
  }
  // Some have been tried, most wait for those, and the queue of the local server has all of its messages in memory.
  const port = new URL(server.url).port;
  await server.kill();
  isUp = true;
  server = await startPrepared(state, { port });
  expect((await deliveriesTo(subscription)).map(({ state: its }) => its)).toEqual(Array(12).fill('waiting'));
  await expect
    .poll(
      async () => {
        // What the cron does on Cloudflare; twice at once, so that messages come twice.
        await Promise.all([ask('POST', '/task-queue/sweep'), ask('POST', '/task-queue/sweep')]);
        return (await deliveriesTo(subscription)).filter(({ state: its }) => its !== 'delivered').length;
      },
      { timeout: 100_000, interval: 2_000 },
    )
    .toBe(0);
  for (const name of names) {
    expect(
      receiver.accepted.filter(({ emoji }) => emoji === `killed_${name}`).map(({ type }) => type),
      name,
    ).toEqual(['emoji.created', 'emoji.deleted', 'emoji.restored']);
  }
  expect(timesTaken(receiver)).toEqual(Array(12).fill(1));
  await ask('DELETE', `/notices/subscriptions/${subscription.id}`);
});

it('what was left is sent by npm start itself, which runs the cron', async () => {
  let isUp = false;
  const receiver = await receiving((response) => void response.writeHead(isUp ? 204 : 503).end());
  const subscription = await subscribe(receiver.url, { events: ['emoji.created'] });
  await made('left');
  // What is cut off before it is noted would be tried a minute later only.
  await expect.poll(() => deliveriesTo(subscription)).toMatchObject([{ attempts: [{ status: 503 }] }]);
  const [left] = await deliveriesTo(subscription);
  await server.kill();
  isUp = true;
  // What is not due when it starts is found a quarter of an hour later.
  await sleep(Math.max(0, Date.parse(String(left?.next_attempt_at)) - Date.now()));
  const config = path.join(state, 'wrangler.toml');
  const args = ['src/cli/start.ts', '--config', config, '--persist-to', state, '--inspector-port', '0'];
  server = await startServer('node', ...args);
  await expect
    .poll(() => deliveriesTo(subscription), { timeout: 90_000, interval: 1_000 })
    .toMatchObject([{ state: 'delivered' }]);
  expect(timesTaken(receiver)).toEqual([1]);
  await ask('DELETE', `/notices/subscriptions/${subscription.id}`);
});

it('an e-mail is written to files, with its picture', async () => {
  const { id } = await ask<{ id: string }>('POST', '/notices/subscriptions', {
    kind: 'email',
    target: 'ada@example.org',
    events: ['emoji.created'],
  });
  await made('mailed');
  await expect.poll(() => server.output()).toMatch(/Attachment \(inline\): emoji\.gif -> (\S+)/);
  const [, text = '', html = '', picture = ''] =
    /Text: (\S+)\s+HTML: (\S+)\s+Attachment \(inline\): emoji\.gif -> (\S+)/.exec(server.output()) ?? [];
  expect(await readFile(text, 'utf8')).toContain(`The emoji: ${server.url}/?emoji=mailed`);
  expect(await readFile(html, 'utf8')).toContain('<img src="cid:emoji"');
  const served = await (await fetch(`${server.url}/custom-emoji/emojis/mailed`)).bytes();
  expect(new Uint8Array(await readFile(picture))).toEqual(served);
  await ask('DELETE', `/notices/subscriptions/${id}`);
});
