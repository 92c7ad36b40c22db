import { createExecutionContext, createMessageBatch, getQueueResult, reset } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { d1Deliveries } from '../../src/adapters/d1-deliveries.ts';
import { d1EmojiCatalogue } from '../../src/adapters/d1-emoji-catalogue.ts';
import { d1EmojiLife } from '../../src/adapters/d1-emoji-life.ts';
import { d1Subscriptions } from '../../src/adapters/d1-subscriptions.ts';
import { recordTask } from '../../src/adapters/d1-task-record.ts';
import { noticePorts } from '../../src/adapters/ports.ts';
import { deliverNotice } from '../../src/application/notices/deliver-notice.ts';
import type { ClaimedDelivery, NoticePorts } from '../../src/application/notices/ports.ts';
import {
  ATTEMPT_LEASE_MS,
  type Attempt,
  FAILING_MS,
  HOLD_MS,
  MAX_TRIES,
  NOTICE_EVENTS,
  type NoticeFacts,
  type Subscription,
} from '../../src/domain/notices.ts';
import { consumeNotices } from '../../src/notices/consumer.ts';
import { migrate, plansOf } from '../support/database.ts';
import { hook } from '../support/notices.ts';
import { must, newOrder, taskIn } from '../support/tasks.ts';

const subscriptions = d1Subscriptions(env.DB);
const deliveries = d1Deliveries(env.DB);

const NOW = 1_000_000_000;

function subscription(more: Partial<Subscription> = {}): Subscription {
  return {
    id: crypto.randomUUID(),
    owner: null,
    tokenId: null,
    ofPerson: false,
    taskId: null,
    kind: 'webhook',
    shown: 'https://www.example.com/hook',
    service: 'https://emoji.example.org',
    events: [...NOTICE_EVENTS],
    ofOwner: null,
    ofTag: null,
    allTasks: true,
    state: 'active',
    reason: null,
    failingSince: null,
    secretBeforeUntil: null,
    createdAt: 1,
    ...more,
  };
}

async function subscribed(more: Partial<Subscription> = {}, url = hook().url): Promise<Subscription> {
  const made = subscription(more);
  const target = await noticePorts(env).secrets.seal(url, `notice target ${made.id}`);
  expect(await subscriptions.add(made, { target, secret: null, secretBefore: null }, 1_000)).toBe(true);
  return made;
}

const facts = (emojiId: string): NoticeFacts => ({
  event: 'emoji.created',
  at: NOW,
  actor: null,
  emoji: { id: emojiId, name: emojiId, owner: null, tags: [], hash: 'abc', frames: 1 },
  previousName: null,
  task: null,
});

/** Notices of one emoji, in their order. */
async function line(to: Subscription, count: number, emojiId = 'tada'): Promise<string[]> {
  const ids = Array.from({ length: count }, (_, i) => `${emojiId} ${i + 1}`);
  for (const id of ids) await deliveries.add(to, id, facts(emojiId), NOW);
  return ids;
}

async function claimed(id: string, now: number): Promise<ClaimedDelivery['delivery']> {
  const found = await deliveries.claim(id, now);
  if (found === null || 'askAgainAt' in found) throw new Error(`${id} is not to be had: ${JSON.stringify(found)}`);
  return found.delivery;
}

const outcome = (at: number, fault: string | null = null): Attempt => ({ at, ms: 1, status: 200, fault, answer: '' });

const told = async () => {
  const { results } = await env.DB.prepare('SELECT event, id FROM notice_deliveries ORDER BY number').all<{
    event: string;
    id: string;
  }>();
  return results.map(({ event }) => event);
};

beforeEach(migrate);
afterEach(reset);

describe('what is to be told', () => {
  it('is written with the end of a task, once, however often that is recorded', async () => {
    await subscribed();
    const order = newOrder();
    await d1EmojiCatalogue(env.DB).take(order);
    const task = taskIn('SUCCESS', 1_000, order);
    const first = await recordTask(env.DB, task);
    expect(first).toHaveLength(2);
    expect(await recordTask(env.DB, task)).toEqual([]);
    expect(await told()).toEqual(['emoji.created', 'task.succeeded']);
    // A late copy of what was before tells nothing.
    await recordTask(env.DB, { ...taskIn('FAILURE', 1_000, order), sequence: task.sequence - 1 });
    expect(await told()).toHaveLength(2);
  });

  it('is nothing of a picture that is not shown: a later one is', async () => {
    await subscribed();
    const order = newOrder();
    await d1EmojiCatalogue(env.DB).take(order);
    const shown = taskIn('SUCCESS', 1_000, { ...order, version: 2 });
    await recordTask(env.DB, shown);
    await recordTask(
      env.DB,
      taskIn('SUCCESS', 1_000, { ...order, id: crypto.randomUUID(), kind: 'replace', version: 1 }),
    );
    expect(await told()).toEqual(['emoji.created', 'task.succeeded', 'task.succeeded']);
  });

  it('is not written where what happened is rolled back', async () => {
    await subscribed();
    const order = newOrder();
    await d1EmojiCatalogue(env.DB).take(order);
    await recordTask(env.DB, taskIn('SUCCESS', 1_000, order));
    const before = await told();
    const life = d1EmojiLife(env.DB);
    const emoji = must(await life.find(order.emojiName));
    const old = { ...emoji, revision: emoji.revision - 1 };
    expect(await life.delete(old, { actor: null, at: 2_000 })).toBe('changed');
    expect(await told()).toEqual(before);
    await life.delete(emoji, { actor: null, at: 2_000 });
    expect(await told()).toEqual([...before, 'emoji.deleted']);
  });

  it('costs no row where nobody has subscribed, and one with its places in the indexes for each who has', async () => {
    const written = async () => {
      const order = newOrder({ emojiName: crypto.randomUUID() });
      await d1EmojiCatalogue(env.DB).take(order);
      let rows: number[] = [];
      const batch: D1Database['batch'] = async <T>(statements: D1PreparedStatement[]) => {
        const results = await env.DB.batch<T>(statements);
        rows = results.map(({ meta }) => meta.rows_written);
        return results;
      };
      await recordTask({ prepare: env.DB.prepare.bind(env.DB), batch } as D1Database, taskIn('SUCCESS', 1_000, order));
      return rows.slice(-2);
    };
    expect(await written()).toEqual([0, 0]);
    await subscribed({ events: ['task.failed'] });
    expect(await written()).toEqual([0, 0]);
    await subscribed();
    // Itself, its id, when it is due, its place in line, its subscription, and that it is not delivered.
    expect(await written()).toEqual([6, 6]);
  });

  it('is for who may see the task, and whoever asked for it with the upload', async () => {
    const order = newOrder({ actor: 'ada' });
    const mine = await subscribed({ owner: 'ada', allTasks: false });
    await subscribed({ owner: 'bob', allTasks: false, events: ['task.failed'] });
    const all = await subscribed({ owner: 'carol' });
    const oneOff = await subscribed({ owner: 'bob', taskId: order.id });
    await subscribed({ taskId: crypto.randomUUID() });
    await d1EmojiCatalogue(env.DB).take(order);
    await recordTask(env.DB, taskIn('FAILURE', 1_000, order));
    const { results } = await env.DB.prepare('SELECT subscription_id FROM notice_deliveries').all();
    expect(results.map((row) => row.subscription_id).sort()).toEqual([mine.id, all.id, oneOff.id].sort());
  });

  it('is found by indexes, however many have subscribed to one task', async () => {
    const plans = await plansOf(async (db) => {
      await recordTask(db, taskIn('SUCCESS', 1_000));
      const planned = d1Deliveries(db);
      await planned.claim('id', NOW);
      await planned.due(NOW, 10);
      await planned.dueOf('id', NOW, 10);
      await planned.list({ owner: 'ada', subscriptionId: null, state: null }, { before: null, limit: 10 });
      await planned.list({ owner: undefined, subscriptionId: 'id', state: null }, { before: null, limit: 10 });
      await planned.list({ owner: undefined, subscriptionId: null, state: 'failed' }, { before: null, limit: 10 });
      await d1Subscriptions(db).list('ada', { after: null, limit: 10 });
      await d1Subscriptions(db).list(undefined, { after: null, limit: 10 });
    });
    const scans = plans
      .flatMap((plan) => plan.split('\n'))
      .filter((step) => /^SCAN (notice|tasks|emojis|api)/.test(step));
    expect(new Set(scans)).toEqual(new Set(['SCAN notice_subscriptions USING INDEX notice_subscriptions_by_time']));
    expect(plans.join('\n')).not.toMatch(/TEMP B-TREE (?!FOR GROUP BY)/);
    expect(plans.join('\n')).toContain('notices_by_owner (owner=? AND number<?)');
  });
});

describe('a delivery', () => {
  it('is taken by one only, for a while', async () => {
    const [id = ''] = await line(await subscribed(), 1);
    const all = await Promise.all(Array.from({ length: 10 }, () => deliveries.claim(id, NOW)));
    expect(all.filter((one) => one !== null && 'delivery' in one)).toHaveLength(1);
    expect(await deliveries.claim(id, NOW + ATTEMPT_LEASE_MS - 1)).toEqual({
      askAgainAt: NOW + ATTEMPT_LEASE_MS,
      wake: null,
    });
    // Whoever took it is gone without a word.
    const again = await claimed(id, NOW + ATTEMPT_LEASE_MS);
    expect(again.attempts).toMatchObject([
      { at: NOW, ms: null },
      { at: NOW + ATTEMPT_LEASE_MS, ms: null },
    ]);
    await deliveries.finish(again, outcome(again.dueAt - ATTEMPT_LEASE_MS), 'delivered', NOW);
    expect(await deliveries.claim(id, NOW * 2)).toBeNull();
  });

  it('has the outcome of the last who took it', async () => {
    const [id = ''] = await line(await subscribed(), 1);
    const slow = await claimed(id, NOW);
    const second = await claimed(id, NOW + ATTEMPT_LEASE_MS);
    await deliveries.finish(slow, outcome(NOW, 'too late'), 'failed', NOW);
    expect((await deliveries.find(id))?.state).toBe('waiting');
    await deliveries.finish(second, outcome(NOW), 'delivered', NOW);
    expect(await deliveries.find(id)).toMatchObject({ state: 'delivered', attempts: [{ ms: null }, { fault: null }] });
  });

  it('comes after those before it of the same emoji, and after no others', async () => {
    const to = await subscribed();
    const [first = '', second = '', third = ''] = await line(to, 3);
    const [other = ''] = await line(to, 1, 'other');
    expect(await deliveries.claim(third, NOW)).toEqual({ askAgainAt: NOW + 10_000, wake: first });
    await claimed(other, NOW);
    const delivery = await claimed(first, NOW);
    expect(await deliveries.claim(second, NOW)).toEqual({ askAgainAt: NOW + HOLD_MS, wake: null });
    expect(await deliveries.finish(delivery, outcome(NOW), 'delivered', NOW)).toBe(second);
    await claimed(second, NOW);
  });

  it('waits no longer than a minute for one that does not get there', async () => {
    const [first = '', second = ''] = await line(await subscribed(), 2);
    const delivery = await claimed(first, NOW);
    await deliveries.finish(delivery, outcome(NOW, 'no'), 'waiting', NOW + 3_600_000);
    expect(await deliveries.claim(second, NOW + HOLD_MS - 1)).toEqual({ askAgainAt: NOW + HOLD_MS, wake: null });
    await claimed(second, NOW + HOLD_MS);
  });

  it('waits for one before it whose attempt was cut off, which has its turn once more', async () => {
    const [first = '', second = ''] = await line(await subscribed(), 2);
    await claimed(first, NOW);
    const over = NOW + ATTEMPT_LEASE_MS;
    expect(await deliveries.claim(second, over - 1)).toEqual({ askAgainAt: over, wake: null });
    // Who took it is gone, and the message that told of it may be, too.
    expect(await deliveries.claim(second, over)).toMatchObject({ askAgainAt: over + HOLD_MS, wake: first });
    const again = await claimed(first, over);
    expect(await deliveries.claim(second, over + 1)).toEqual({ askAgainAt: over + ATTEMPT_LEASE_MS, wake: null });
    expect(await deliveries.finish(again, outcome(over), 'delivered', over + 1)).toBe(second);
    await claimed(second, over + 1);
  });

  it('waits for what is cut off time and again no longer than for two minutes', async () => {
    const [first = '', second = ''] = await line(await subscribed(), 2);
    await claimed(first, NOW);
    await claimed(first, NOW + ATTEMPT_LEASE_MS);
    await claimed(second, NOW + ATTEMPT_LEASE_MS + HOLD_MS);
  });

  it('waits in its order after any time that nothing was sent in', async () => {
    const to = await subscribed();
    const [first = '', second = ''] = await line(to, 2);
    await subscriptions.change(to.id, { state: 'paused' }, NOW);
    expect(await deliveries.claim(first, NOW * 2)).toBeNull();
    await subscriptions.change(to.id, { state: 'active' }, NOW * 2);
    expect(await deliveries.dueOf(to.id, NOW * 2, 10)).toEqual([first, second]);
    expect(await deliveries.claim(second, NOW * 2)).toMatchObject({ wake: first });
    await claimed(first, NOW * 2);
  });

  it('is found when it is due, and forgotten when it is old', async () => {
    const to = await subscribed();
    const ids = await line(to, 2);
    expect(await deliveries.due(NOW - 1, 10)).toEqual([]);
    expect(await deliveries.due(NOW, 10)).toEqual(ids);
    await subscribed({ taskId: crypto.randomUUID() });
    expect(await deliveries.forget(NOW, 10)).toBe(0);
    expect(await deliveries.forget(NOW + 1, 10)).toBe(2);
    expect(await env.DB.prepare('SELECT COUNT(*) AS n FROM notice_subscriptions').first('n')).toBe(1);
    await line(to, 1);
    await subscriptions.remove(to.id);
    expect(await env.DB.prepare('SELECT COUNT(*) AS n FROM notice_deliveries').first('n')).toBe(0);
  });

  it('stays paused when it was while it was tried, unless it has got there', async () => {
    const to = await subscribed();
    const [first = '', second = ''] = [...(await line(to, 1, 'a')), ...(await line(to, 1, 'b'))];
    const [failing, arriving] = [await claimed(first, NOW), await claimed(second, NOW)];
    await subscriptions.change(to.id, { state: 'paused' }, NOW);
    await deliveries.finish(failing, outcome(NOW, 'no'), 'waiting', NOW + 1);
    await deliveries.finish(arriving, outcome(NOW), 'delivered', NOW);
    expect(await deliveries.find(first)).toMatchObject({ state: 'paused', attempts: [{ fault: 'no' }] });
    expect((await deliveries.find(second))?.state).toBe('delivered');
  });

  it('keeps the last 30 attempts', async () => {
    const [id = ''] = await line(await subscribed(), 1);
    for (let now = NOW; now < NOW + 40; now++) {
      await deliveries.resend(id, now);
      await deliveries.finish(await claimed(id, now), outcome(now), 'delivered', now);
    }
    const { attempts } = must(await deliveries.find(id));
    expect(attempts.map(({ at }) => at)).toEqual(Array.from({ length: 30 }, (_, i) => NOW + 10 + i));
  });
});

describe('a target that keeps failing', () => {
  /** Everything real but what is sent, and to whom. */
  function portsThat(status: number) {
    const mails: { to: string; subject: string; text: string }[] = [];
    const ports: NoticePorts = {
      ...noticePorts(env),
      poster: { post: async () => ({ status, excerpt: '', retryAfterMs: null }) },
      mailer: { refusal: () => null, send: async (mail) => void mails.push(mail) },
      noticeQueue: { wake: async () => {} },
    };
    return { ports, mails };
  }

  const due = (id: string, tries: number) =>
    env.DB.prepare('UPDATE notice_deliveries SET due_at = 0, tries = ? WHERE id = ?').bind(tries, id).run();

  it('is paused when a notice is given up and nothing has got there for a day, and its owner told', async () => {
    const to = await subscribed({ owner: 'ada@example.org' });
    const [first = '', second = ''] = await line(to, 2);
    const { ports, mails } = portsThat(503);
    expect(await deliverNotice(ports, first)).toMatchObject({ askAgainAt: expect.any(Number) });
    const { failingSince } = must(await subscriptions.find(to.id));
    expect(failingSince).not.toBeNull();
    await subscriptions.change(to.id, { failingSince: Date.now() - FAILING_MS }, NOW);
    await due(first, MAX_TRIES - 1);
    expect(await deliverNotice(ports, first)).toBeNull();
    expect(await deliveries.find(first)).toMatchObject({ state: 'failed', tries: MAX_TRIES });
    expect(await subscriptions.find(to.id)).toMatchObject({
      state: 'paused',
      reason: expect.stringMatching(/^Nothing has got there since .*; the last attempt ended with: it answered 503\.$/),
    });
    expect(await deliveries.find(second)).toMatchObject({ state: 'paused' });
    expect(mails).toMatchObject([
      {
        to: 'ada@example.org',
        subject: 'Your notices to https://www.example.com/hook are paused',
        // The page, where a person has them go on.
        text: expect.stringMatching(/^All notices: https:\/\/[^/]+\/notices$/m),
      },
    ]);
    // What happens from then on is kept.
    await recordTask(env.DB, taskIn('FAILURE', 1_000));
    expect(
      await deliveries.list({ owner: undefined, subscriptionId: to.id, state: 'paused' }, { before: null, limit: 9 }),
    ).toHaveLength(2);
  });

  it('is paused once, and its owner told once, when several notices are given up at the same time', async () => {
    const to = await subscribed({ owner: 'ada@example.org' });
    const ids = [...(await line(to, 1, 'a')), ...(await line(to, 1, 'b')), ...(await line(to, 1, 'c'))];
    await subscriptions.change(to.id, { failingSince: Date.now() - FAILING_MS }, NOW);
    for (const id of ids) await due(id, MAX_TRIES - 1);
    const { ports, mails } = portsThat(503);
    const all = Promise.withResolvers<void>();
    let count = 0;
    const post = async () => {
      if (++count === ids.length) all.resolve();
      await all.promise;
      return { status: 503, excerpt: '', retryAfterMs: null };
    };
    await Promise.all(ids.map((id) => deliverNotice({ ...ports, poster: { post } }, id)));
    expect(await subscriptions.find(to.id)).toMatchObject({ state: 'paused' });
    expect(mails).toHaveLength(1);
  });

  it('that still does not answer is left alone for a minute or two, so that others have their turn', async () => {
    const [to, other] = [await subscribed(), await subscribed()];
    const [first = '', second = '', third = ''] = await line(to, 3);
    const [elsewhere = ''] = await line(other, 1, 'elsewhere');
    const { ports } = portsThat(503);
    const silent = { ...ports, poster: { post: async () => ({ fault: 'it did not answer within 15 seconds' }) } };
    const dueAt = async (id: string) => must(await deliveries.find(id)).dueAt;
    const again = async (by: NoticePorts) => {
      await due(first, 1);
      await deliverNotice(by, first);
    };
    await again(silent);
    await again(ports);
    // It may have been once only, and who answers keeps nobody waiting.
    expect(await dueAt(second)).toBe(NOW);
    const before = Date.now();
    await again(silent);
    for (const id of [second, third]) {
      expect(await dueAt(id)).toBeGreaterThanOrEqual(before + 60_000);
      expect(await dueAt(id)).toBeLessThanOrEqual(Date.now() + 120_000);
    }
    expect(await dueAt(elsewhere)).toBe(NOW);
    expect(await deliverNotice(portsThat(204).ports, second)).toMatchObject({ askAgainAt: await dueAt(second) });
  });

  it('that asks for time is left alone for as long by all that is due for it', async () => {
    const [to, other] = [await subscribed(), await subscribed()];
    const [first = '', second = ''] = await line(to, 2);
    const [elsewhere = ''] = await line(other, 1, 'elsewhere');
    const { ports } = portsThat(429);
    const post = async () => ({ status: 429, excerpt: '', retryAfterMs: 600_000 });
    const before = Date.now();
    await deliverNotice({ ...ports, poster: { post } }, first);
    for (const id of [first, second]) {
      const { dueAt, tries } = must(await deliveries.find(id));
      expect(dueAt).toBeGreaterThanOrEqual(before + 600_000);
      expect(dueAt).toBeLessThanOrEqual(Date.now() + 600_000);
      expect(tries).toBe(id === first ? 1 : 0);
    }
    expect(must(await deliveries.find(elsewhere)).dueAt).toBe(NOW);
  });

  it.each<[string, (to: Subscription, id: string) => Promise<unknown>]>([
    ['is sent again', (_, id) => deliveries.resend(id, NOW)],
    ['is paused, and goes on', (to) => subscriptions.change(to.id, { state: 'active' }, NOW)],
  ])('has all attempts anew for what %s', async (_, again) => {
    const to = await subscribed();
    const [id = ''] = await line(to, 1);
    const { ports } = portsThat(503);
    await due(id, MAX_TRIES - 1);
    await subscriptions.change(to.id, { state: 'paused' }, NOW);
    await again(to, id);
    expect(await deliverNotice(ports, id)).toMatchObject({ askAgainAt: expect.any(Number) });
    expect(await deliveries.find(id)).toMatchObject({ state: 'waiting', tries: 1 });
  });

  it('is not paused once a person has it go on', async () => {
    const to = await subscribed();
    const [first = ''] = await line(to, 1);
    await subscriptions.change(to.id, { failingSince: Date.now() - FAILING_MS }, NOW);
    await due(first, MAX_TRIES - 1);
    const post = async () => {
      await subscriptions.change(to.id, { state: 'active', failingSince: null }, NOW);
      return { status: 503, excerpt: '', retryAfterMs: null };
    };
    await deliverNotice({ ...portsThat(503).ports, poster: { post } }, first);
    expect(await subscriptions.find(to.id)).toMatchObject({ state: 'active' });
  });

  it('is not paused for a notice that it does not take, as long as others get there', async () => {
    const to = await subscribed();
    const [first = ''] = await line(to, 1);
    const [other = ''] = await line(to, 1, 'other');
    await subscriptions.change(to.id, { failingSince: Date.now() - FAILING_MS }, NOW);
    expect(await deliverNotice(portsThat(204).ports, other)).toBeNull();
    expect(await subscriptions.find(to.id)).toMatchObject({ failingSince: null });
    await due(first, MAX_TRIES - 1);
    await deliverNotice(portsThat(400).ports, first);
    expect(await deliveries.find(first)).toMatchObject({ state: 'failed' });
    expect(await subscriptions.find(to.id)).toMatchObject({ state: 'active' });
  });
});

it.each<[string, string | undefined, Partial<NoticePorts>, Partial<Subscription>, Partial<NoticeFacts>]>([
  ['as it is served to everybody', 'https://emoji.example.org/custom-emoji/images/abc.gif', {}, {}, {}],
  ['not where the service is private', undefined, { isPublic: false }, {}, {}],
  ['not where it is not reached by https', undefined, {}, { service: 'http://emoji.example.org' }, {}],
  ['not once it is deleted', undefined, {}, {}, { event: 'emoji.deleted' }],
  ['not once nothing shows it any more', undefined, {}, {}, { emoji: null }],
])('a chat is given the picture %s', async (_, thumb, ports, to, what) => {
  const real = noticePorts(env);
  await real.images.put('abc', 'gif', new Uint8Array(1), 'task');
  const emoji = { ...must(facts('tada').emoji), hash: what.emoji === null ? 'def' : 'abc' };
  const sent: { attachments: { thumb_url?: string }[] }[] = [];
  const post = async (_: URL, __: object, body: string) => {
    sent.push(JSON.parse(body));
    return { status: 200, excerpt: '', retryAfterMs: null };
  };
  await deliveries.add(
    await subscribed({ kind: 'mattermost', ...to }),
    'one',
    { ...facts('tada'), ...what, emoji },
    NOW,
  );
  await deliverNotice({ ...real, isPublic: true, ...ports, poster: { post } }, 'one');
  expect(sent.map(({ attachments }) => attachments[0]?.thumb_url)).toEqual([thumb]);
});

it('is in the log with the task that it tells of, and without what the target says', async () => {
  const to = await subscribed();
  const order = newOrder();
  await d1EmojiCatalogue(env.DB).take(order);
  const [id = ''] = await recordTask(env.DB, taskIn('SUCCESS', 1_000, order));
  const lines: unknown[] = [];
  const log = { info: (event: string, told?: object) => void lines.push({ event, ...told }), error: () => {} };
  const post = async () => ({ status: 500, excerpt: 'a secret', retryAfterMs: null });
  await deliverNotice({ ...noticePorts(env), log, poster: { post }, noticeQueue: { wake: async () => {} } }, id);
  expect(lines).toEqual([
    {
      event: 'notice tried',
      taskId: order.id,
      delivery: id,
      subscription: to.id,
      what: 'emoji.created',
      delivered: false,
      status: 500,
      ms: expect.any(Number),
      attempt: 1,
    },
  ]);
});

describe('who may not use the service any more', () => {
  const sent = async (to: Subscription, settings: Partial<Record<keyof Env, string>> = {}) => {
    const [id = ''] = await line(to, 1, crypto.randomUUID());
    let posts = 0;
    const post = async () => ({ status: 200 + posts++, excerpt: '', retryAfterMs: null });
    expect(await deliverNotice({ ...noticePorts({ ...env, ...settings } as Env), poster: { post } }, id)).toBeNull();
    const { state, attempts } = must(await deliveries.find(id));
    return { posts, state, fault: attempts.at(-1)?.fault };
  };

  it('is told nothing more: a person without a role', async () => {
    const to = await subscribed({ owner: 'ada@example.org', ofPerson: true });
    const readers = { ACCESS_READERS: 'ada@example.org' };
    expect(await sent(to, readers)).toEqual({ posts: 1, state: 'delivered', fault: null });
    const refused = { posts: 0, state: 'failed', fault: expect.stringContaining('may not use this service any more') };
    expect(await sent(to, { ACCESS_READERS: 'bob@example.org' })).toEqual(refused);
    // The name that a program in front has given is nobody's who signs in.
    expect(await sent(await subscribed({ owner: 'ada@example.org' }))).toMatchObject({ state: 'delivered' });
  });

  it('is told nothing of what waited, either: who had a token', async () => {
    const token = (id: string, more: string) =>
      env.DB.exec(
        `INSERT INTO api_tokens (id, hash, name, scopes, created_at, ${more.split('=')[0]})
         VALUES ('${id}', '${id}', 'ada', '["emoji:write"]', 1, ${more.split('=')[1]})`.replaceAll(/\s+/g, ' '),
      );
    await token('t-1', 'revoked_at=2');
    const to = await subscribed({ owner: 'ada', tokenId: 't-1' });
    expect(await sent(to)).toEqual({ posts: 0, state: 'failed', fault: expect.stringContaining('token') });
    await token('t-2', 'expires_at=NULL');
    expect(await sent(to)).toMatchObject({ posts: 1, state: 'delivered' });
  });
});

describe('messages', () => {
  const consume = async (...bodies: unknown[]) => {
    const messages = bodies.map((body) => ({ id: crypto.randomUUID(), timestamp: new Date(), attempts: 1, body }));
    const batch = createMessageBatch('custom-emoji-notices', messages);
    await consumeNotices(batch, env);
    return getQueueResult(batch, createExecutionContext());
  };

  it('that come twice, at once or late, send nothing twice', async () => {
    const { url, inbox } = hook();
    const [id = ''] = await line(await subscribed({}, url), 1);
    const message = { version: 1, deliveryId: id };
    const { explicitAcks, retryMessages } = await consume(...Array.from({ length: 10 }, () => message));
    // The others look again once it would be lost, should it be.
    expect([explicitAcks.length, retryMessages.length]).toEqual([1, 9]);
    expect((await consume(message)).explicitAcks).toHaveLength(1);
    expect(await inbox()).toHaveLength(1);
    expect(await deliveries.find(id)).toMatchObject({ state: 'delivered', attempts: [{ status: 200 }] });
  });

  it('come again when the next attempt is due', async () => {
    const [id = ''] = await line(await subscribed({}, hook('500').url), 1);
    const { explicitAcks, retryMessages } = await consume({ version: 1, deliveryId: id });
    expect([explicitAcks.length, retryMessages.length]).toEqual([0, 1]);
  });

  it('of another version, or about nothing, are left alone', async () => {
    expect((await consume({ version: 2 }, null, { version: 1, deliveryId: 'none' })).explicitAcks).toHaveLength(3);
  });

  it('cannot send what cannot be opened any more, and say so', async () => {
    const to = await subscribed();
    await env.DB.prepare("UPDATE notice_subscriptions SET target = 'AAAA'").run();
    const [id = ''] = await line(to, 1);
    await consume({ version: 1, deliveryId: id });
    expect((await deliveries.find(id))?.attempts).toMatchObject([
      { status: null, fault: expect.stringContaining('Subscribe anew') },
    ]);
  });
});
