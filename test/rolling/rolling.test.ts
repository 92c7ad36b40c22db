import { createExecutionContext, createMessageBatch, getQueueResult, reset, runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { d1EmojiCatalogue } from '../../src/adapters/d1-emoji-catalogue.ts';
import { d1TaskHistory } from '../../src/adapters/d1-task-history.ts';
import { fitQueue } from '../../src/adapters/fit-message.ts';
import { r2ImageStore } from '../../src/adapters/r2-image-store.ts';
import { r2SourceStore } from '../../src/adapters/r2-source-store.ts';
import { taskMessage } from '../../src/adapters/task-message.ts';
import { taskOwners } from '../../src/adapters/task-owners.ts';
import type { Claim } from '../../src/application/ports.ts';
import { renderEmoji } from '../../src/application/render-emoji.ts';
import type { FitOrder } from '../../src/domain/platforms/budget.ts';
import { DEFAULT_RENDERING } from '../../src/domain/rendering.ts';
import type { Task, TaskOrder, TaskRecord } from '../../src/domain/task.ts';
import { consumeRenderQueue } from '../../src/renderer/consumer.ts';
import { consumeDeadLetters } from '../../src/renderer/dead-letters.ts';
import { imagingRenderer } from '../../src/renderer/imaging-renderer.ts';
import { migrate } from '../support/database.ts';
import { must, RESULT } from '../support/tasks.ts';
import before from './release-before.json';

/*
 * While a release is deployed, the one before works on the same tables, messages and Durable Objects. What is written
 * here as of "before" is what that one sends and stores: not to be changed together with the code.
 */

const ID = '6f1d3c0e-5a51-4b0e-9d43-0c1de5a5c6d1';

/** What the release before calls `submit` with. */
const orderBefore = (now = Date.now()) => ({
  id: ID,
  kind: 'create',
  emojiId: 'emoji-1',
  emojiName: 'tada',
  version: 1,
  receivedAt: now,
  sourceKey: `sources/${ID}`,
  sourceHash: 'cd'.repeat(32),
  actor: 'ada',
  rendering: DEFAULT_RENDERING,
});

/** What it stores of a task that waits. */
const taskBefore = (now = Date.now()) => ({
  ...orderBefore(now),
  state: 'PENDING',
  attempts: 0,
  startedAt: null,
  finishedAt: null,
  failure: null,
  image: null,
  source: null,
  lease: null,
  sendAt: null,
  sends: 1,
  sequence: 1,
  history: [{ state: 'PENDING', at: now, reason: null }],
});

/** What its renderers read of an answer to `claim`. */
const CLAIM_BEFORE = ['token', 'attempt', 'kind', 'emojiId', 'sourceKey', 'rendering'] as const;

/** What its consumers read of messages. */
const MESSAGE_BEFORE = { version: 1, taskId: ID, sequence: 1, sends: 1 };
const FIT_BEFORE = {
  version: 1,
  fit: {
    key: 'ab'.repeat(32),
    sourceKey: `sources/${ID}`,
    look: { fit: 'contain', background: null, matte: null },
    budget: { side: 128, bytes: 128_000, frames: null, png: true },
  },
};

/** The methods it calls. */
const METHODS_BEFORE = [
  ...['submit', 'read', 'wait', 'settle', 'claim', 'progress', 'succeed', 'fail', 'retry', 'undeliverable', 'cancel'],
  ...['restart', 'fetch'],
];

const object = () => env.TASKS.getByName(ID);
const picture = () => Uint8Array.from(atob(must(env.FIXTURES['halves.png'])), (char) => char.charCodeAt(0));

async function acceptBefore(): Promise<void> {
  await env.PICTURES.put(`sources/${ID}`, picture());
  await d1EmojiCatalogue(env.DB).take({ ...orderBefore(), parentId: null, details: null } as TaskOrder);
  await object().submit(orderBefore() as TaskOrder);
}

beforeEach(migrate);
afterEach(reset);

describe('the tables of this release', () => {
  it('take every statement of the release before', async () => {
    expect(before.statements.length).toBeGreaterThan(200);
    const broken: string[] = [];
    for (const sql of before.statements) {
      const parameters = sql.match(/\?\d*/g) ?? [];
      const count = Math.max(0, ...parameters.map((name, i) => (name === '?' ? i + 1 : Number(name.slice(1)))));
      const statement = env.DB.prepare(`EXPLAIN ${sql}`).bind(...Array(count).fill(null));
      await statement.all().catch((error: Error) => broken.push(`${error.message}\n${sql}`));
    }
    expect(broken).toEqual([]);
  });

  it('would not, had a column gone that it reads', async () => {
    await env.DB.exec('ALTER TABLE emojis DROP COLUMN description');
    const reading = before.statements.find((sql) => sql.includes('description')) ?? '';
    const count = reading.match(/\?/g)?.length ?? 0;
    const run = env.DB.prepare(`EXPLAIN ${reading}`)
      .bind(...Array(count).fill(null))
      .all();
    await expect(run).rejects.toThrow('description');
  });

  it('come of migrations that only add', () => {
    for (const { name, queries } of env.MIGRATIONS) {
      for (const query of queries) {
        const sql = query.replace(/--.*$/gm, '');
        expect(sql, name).not.toMatch(/\bDROP\s+(TABLE|COLUMN|VIEW)|\bRENAME\b/i);
        if (/\bADD\s+(COLUMN\s)?.*\bNOT\s+NULL/is.test(sql)) expect(sql, name).toMatch(/\bDEFAULT\b/i);
      }
    }
  });
});

describe('a Durable Object of this release', () => {
  it('has every method that the release before calls', async () => {
    const names = await runInDurableObject(object(), (instance) =>
      Object.getOwnPropertyNames(Object.getPrototypeOf(instance)),
    );
    for (const method of METHODS_BEFORE) expect(names).toContain(method);
  });

  it('takes an order of the release before, and carries it to its end by what its renderer says', async () => {
    await acceptBefore();
    const claim = must(await object().claim());
    for (const key of CLAIM_BEFORE) expect(claim).toHaveProperty(key);
    await object().progress(claim.token, { done: 1, of: 2 });
    expect(await object().succeed(claim.token, RESULT)).toBe(true);
    const task = must(await d1TaskHistory(env.DB).find(ID));
    expect(task).toMatchObject({ state: 'SUCCESS', parentId: null, details: null, outcome: null });
  });

  it('goes on with a task that the release before has stored', async () => {
    await acceptBefore();
    await runInDurableObject(object(), (_, { storage }) => storage.kv.put('task', taskBefore()));
    expect(await object().read()).toMatchObject({ state: 'PENDING', parentId: null, outcome: null });
    const claim = must(await object().claim());
    expect(await object().retry(claim.token, 'R2 is away')).toBe(true);
    expect(await object().cancel()).toMatchObject({ state: 'REVOKED' });
  });

  it('starts a task again of which the release before has read the history', async () => {
    await acceptBefore();
    await object().cancel();
    const { parentId: _, details: __, outcome: ___, ...record } = must(await d1TaskHistory(env.DB).find(ID));
    const again = await object().restart(record as TaskRecord, 2, Date.now());
    expect(again).toMatchObject({ state: 'PENDING', version: 2 });
  });
});

describe('a message', () => {
  it('of this release has all that consumers of the one before read', async () => {
    const sent: unknown[] = [];
    const queue = { send: async (body: unknown) => sent.push(body) } as unknown as Queue;
    await fitQueue(queue).send(FIT_BEFORE.fit as FitOrder);
    sent.push(taskMessage(taskBefore() as unknown as Task));
    expect(sent).toMatchObject([FIT_BEFORE, MESSAGE_BEFORE]);
  });

  it('of the release before is worked on', async () => {
    await acceptBefore();
    const bodies = [MESSAGE_BEFORE, FIT_BEFORE];
    const messages = bodies.map((body, i) => ({ id: String(i), timestamp: new Date(), attempts: 1, body }));
    const batch = createMessageBatch<unknown>('custom-emoji-render', messages);
    const context = createExecutionContext();
    await consumeRenderQueue(batch, env, context);
    expect((await getQueueResult(batch, context)).explicitAcks).toEqual(['0', '1']);
    expect(await object().read()).toMatchObject({ state: 'SUCCESS' });
    const fitted = await env.PICTURES.head(`fitted/${FIT_BEFORE.fit.key}`);
    expect(fitted?.customMetadata).toHaveProperty('facts');
  });

  it('of the release before that nobody took fails its task', async () => {
    await acceptBefore();
    const messages = [{ id: '1', timestamp: new Date(), attempts: 1, body: MESSAGE_BEFORE }];
    await consumeDeadLetters(createMessageBatch('custom-emoji-render-dead', messages), env);
    expect(await object().read()).toMatchObject({ state: 'FAILURE', failure: { code: 'not_delivered' } });
  });
});

it('lets a renderer of this release work for a Durable Object of the one before', async () => {
  await acceptBefore();
  const owners = taskOwners(env.TASKS);
  const ports = {
    sources: r2SourceStore(env.PICTURES),
    images: r2ImageStore(env.PICTURES),
    renderer: imagingRenderer,
    edge: { purge: async () => {} },
    log: { info() {}, error() {} },
    taskOwners: {
      ...owners,
      async claim(id: string) {
        const claim = must(await owners.claim(id));
        return Object.fromEntries(CLAIM_BEFORE.map((key) => [key, claim[key]])) as unknown as Claim;
      },
    },
  };
  await renderEmoji(ports as unknown as Parameters<typeof renderEmoji>[0], ID);
  expect(await object().read()).toMatchObject({ state: 'SUCCESS' });
});
