import { reset } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { d1EmojiCatalogue } from '../../src/adapters/d1-emoji-catalogue.ts';
import { d1EmojiLife } from '../../src/adapters/d1-emoji-life.ts';
import { d1Housekeeping } from '../../src/adapters/d1-housekeeping.ts';
import { forgetStatements, recordTask } from '../../src/adapters/d1-task-record.ts';
import { d1Usage, USAGE } from '../../src/adapters/d1-usage.ts';
import type { Charge } from '../../src/application/ports.ts';
import type { Quotas } from '../../src/domain/quota.ts';
import { restart, type TaskOrder } from '../../src/domain/task.ts';
import { migrate, plansOf, queryPlan } from '../support/database.ts';
import { must, newOrder, taskIn } from '../support/tasks.ts';
import { usageCounted, usageKept } from '../support/usage.ts';

const catalogue = d1EmojiCatalogue(env.DB);
const life = d1EmojiLife(env.DB);
const housekeeping = d1Housekeeping(env.DB);
const usage = d1Usage(env.DB);

const PLENTY: Quotas = { emojis: 1_000, bytes: 1_000_000, tasks: 1_000 };
const DOING = { actor: 'ada', at: 2_000 };
const NEVER = Number.MAX_SAFE_INTEGER;

const ofAda = (change: Partial<TaskOrder> = {}) => {
  const id = crypto.randomUUID();
  return newOrder({ id, emojiName: id, actor: 'ada', ...change });
};

/** What she has: emoji, bytes and tasks. What is kept of everybody agrees with what a count says. */
async function has(): Promise<number[]> {
  expect(await usageKept()).toEqual(await usageCounted());
  return Object.values(await usage.of('ada'));
}

async function create(charge: Charge = { bytes: 10 }, change: Partial<TaskOrder> = {}): Promise<TaskOrder> {
  const order = ofAda(change);
  expect(await catalogue.take(order, charge)).toEqual([]);
  return order;
}

async function shown(): Promise<TaskOrder> {
  const order = await create();
  await recordTask(env.DB, taskIn('SUCCESS', 1_000, order));
  return order;
}

beforeEach(migrate);
afterEach(reset);

describe('what an owner has', () => {
  it('counts an emoji, its upload and its task from the order on; the task until its end', async () => {
    expect(await has()).toEqual([0, 0, 0]);
    const order = await create({ bytes: 10 });
    expect(await has()).toEqual([1, 10, 1]);
    await recordTask(env.DB, taskIn('STARTED', 1_000, order));
    expect(await has()).toEqual([1, 10, 1]);
    const done = taskIn('SUCCESS', 1_000, order);
    for (let times = 0; times < 2; times++) await recordTask(env.DB, done);
    // A copy that comes late.
    await recordTask(env.DB, taskIn('STARTED', 1_000, order));
    expect(await has()).toEqual([1, 10, 0]);
  });

  it('counts nothing for nobody', async () => {
    const order = await create({ bytes: 10, quotas: PLENTY }, { actor: null });
    await recordTask(env.DB, taskIn('FAILURE', 1_000, order));
    for (const table of ['usage', 'uploads', 'tasks_in_flight']) {
      expect(await env.DB.prepare(`SELECT COUNT(*) AS n FROM ${table}`).first('n'), table).toBe(0);
    }
  });

  it('lets go of an emoji that never had a picture, and keeps its upload', async () => {
    for (const state of ['FAILURE', 'REVOKED'] as const) {
      const order = await create({ bytes: 10 });
      for (let times = 0; times < 2; times++) await recordTask(env.DB, taskIn(state, 1_000, order));
    }
    expect(await has()).toEqual([0, 20, 0]);
  });

  it('counts another try as the task that it is, and its end once', async () => {
    const order = await create({ bytes: 10 });
    const failed = taskIn('FAILURE', 1_000, order);
    await recordTask(env.DB, failed);
    const { sequence } = failed;
    for (let times = 0; times < 2; times++) await catalogue.takeAgain(order, 2_000, { sequence, quotas: PLENTY });
    expect(await has()).toEqual([1, 10, 1]);
    // The end of the first try, once more: it must not end the second one.
    await recordTask(env.DB, failed);
    expect((await has())[2]).toBe(1);
    const again = must(restart(failed, 1, 3_000));
    await recordTask(env.DB, { ...taskIn('REVOKED', 3_000, order), sequence: again.sequence + 1 });
    expect(await has()).toEqual([0, 10, 0]);
  });

  it('counts replacements and pictures made anew, for whoever orders them', async () => {
    const { emojiId } = await shown();
    const replace = ofAda({ kind: 'replace', emojiId });
    expect(await catalogue.nextVersion(replace, 2_000, null, { bytes: 5, quotas: PLENTY })).toBe(2);
    expect(await catalogue.nextVersion(ofAda({ kind: 'render', emojiId }), 2_000, null, { quotas: PLENTY })).toBe(3);
    const other = ofAda({ kind: 'replace', emojiId, actor: 'bob' });
    expect(await catalogue.nextVersion(other, 2_000, null, { bytes: 7, quotas: PLENTY })).toBe(4);
    expect(await has()).toEqual([1, 15, 2]);
    expect(await usage.of('bob')).toEqual({ emojis: 0, bytes: 7, tasks: 1 });
    // Bob has it tried again for her: it is still hers.
    const ended = { ...taskIn('FAILURE', 2_000, replace), version: 2 };
    await recordTask(env.DB, ended);
    expect(await has()).toEqual([1, 15, 1]);
    await catalogue.nextVersion({ ...replace, actor: 'bob' }, 3_000, null, { owner: 'ada', sequence: ended.sequence });
    expect(await has()).toEqual([1, 15, 2]);
    // There is nothing to replace, or it is not as it was seen.
    expect(await catalogue.nextVersion(ofAda({ emojiId: 'none' }), 2_000, null, { bytes: 5 })).toBeNull();
    expect(await catalogue.nextVersion(ofAda({ emojiId }), 2_000, 1, { bytes: 5 })).toBe('changed');
    expect(await has()).toEqual([1, 15, 2]);
  });

  it('counts nothing of an order that was undone', async () => {
    const order = await create({ bytes: 10 });
    for (let times = 0; times < 2; times++) await catalogue.release(order);
    const { emojiId } = await shown();
    const replace = ofAda({ kind: 'replace', emojiId });
    await catalogue.nextVersion(replace, 2_000, null, { bytes: 5 });
    for (let times = 0; times < 2; times++) await catalogue.withdraw(replace);
    expect(await has()).toEqual([1, 10, 0]);
  });

  it('counts all of an order that its owner has, though somebody undoes it', async () => {
    const order = await create({ bytes: 10 });
    await recordTask(env.DB, taskIn('SUCCESS', 1_000, order));
    await catalogue.release(order);
    expect(await has()).toEqual([1, 10, 0]);
  });

  it('does not count what is in the bin, but its upload', async () => {
    const { emojiId: id, emojiName } = await shown();
    const gone = await life.delete({ id, revision: 2 }, DOING);
    if (gone === 'changed') throw new Error('it is as it was seen');
    expect(await has()).toEqual([0, 10, 0]);
    expect(await life.delete({ id, revision: 2 }, DOING)).toBe('changed');
    expect(await life.restore(gone, emojiName, DOING, PLENTY)).toMatchObject({ name: emojiName });
    expect(await life.restore(gone, emojiName, DOING, PLENTY)).toBe('changed');
    expect(await has()).toEqual([1, 10, 0]);
    await life.delete({ id, revision: gone.revision + 1 }, DOING);
    expect(await housekeeping.dropDeleted(NEVER, 10)).toBe(1);
    expect(await has()).toEqual([0, 10, 0]);
  });

  it('lets go of uploads with their files, and of emoji with their names', async () => {
    const { sourceKey } = await shown();
    await env.DB.batch(forgetStatements(env.DB, 'true'));
    for (let times = 0; times < 2; times++) await housekeeping.forgetUploads([sourceKey, 'sources/other']);
    await housekeeping.forgetUploads([]);
    expect(await has()).toEqual([1, 0, 0]);
    for (const name of ['left-1', 'left-2']) await catalogue.takeAgain(ofAda({ emojiName: name }), 1_000);
    expect(await has()).toEqual([3, 0, 2]);
    expect(await housekeeping.freeNames(2_000)).toBe(2);
    expect(await has()).toEqual([1, 0, 2]);
  });
});

describe('a quota', () => {
  const attempts = (count: number, quotas: Quotas, bytes = 10) =>
    Promise.allSettled(Array.from({ length: count }, () => catalogue.take(ofAda(), { bytes, quotas })));
  const passed = (outcomes: PromiseSettledResult<unknown>[]) => outcomes.filter(({ status }) => status === 'fulfilled');
  const reasons = (outcomes: PromiseSettledResult<unknown>[]) =>
    outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason] : []));

  it.each([
    [{ ...PLENTY, emojis: 3 }, 'quota_exceeded', { of: 'emojis', used: 3, limit: 3 }],
    [{ ...PLENTY, bytes: 39 }, 'quota_exceeded', { of: 'bytes', used: 30, limit: 39 }],
    [{ ...PLENTY, tasks: 3 }, 'too_many_tasks', { of: 'tasks', used: 3, limit: 3 }],
  ])('is kept to exactly, however many come at once: %o', async (quotas, code, quota) => {
    const outcomes = await attempts(12, quotas);
    expect(passed(outcomes)).toHaveLength(3);
    expect(reasons(outcomes)).toHaveLength(9);
    for (const reason of reasons(outcomes)) expect(reason).toMatchObject({ code, facts: { quota } });
    expect(await has()).toEqual([3, 30, 3]);
    expect(await env.DB.prepare('SELECT COUNT(*) AS n FROM tasks').first('n')).toBe(3);
  });

  it("may be nothing, and is nobody else's", async () => {
    for (const none of [{ emojis: 0 }, { bytes: 0 }, { tasks: 0 }]) {
      expect(passed(await attempts(1, { ...PLENTY, ...none }))).toHaveLength(0);
    }
    await attempts(3, PLENTY);
    const quotas = { emojis: 1, bytes: 10, tasks: 1 };
    await create({ bytes: 10, quotas }, { actor: 'bob' });
    expect(await has()).toEqual([3, 30, 3]);
  });

  it('keeps nobody from what does not add to it', async () => {
    const { emojiId } = await shown();
    await attempts(2, PLENTY);
    const quotas = { emojis: 1, bytes: 10, tasks: 3 };
    const others = { ...quotas, bytes: 31 };
    expect(await catalogue.nextVersion(ofAda({ kind: 'render', emojiId }), 2_000, null, { quotas })).toBe(2);
    const replace = ofAda({ kind: 'replace', emojiId });
    await expect(catalogue.nextVersion(replace, 2_000, null, { bytes: 1, quotas: others })).rejects.toMatchObject({
      code: 'too_many_tasks',
      facts: { retryAfter: 5, quota: { of: 'tasks', used: 3, limit: 3 } },
    });
    await expect(
      catalogue.nextVersion(replace, 2_000, null, { bytes: 1, quotas: { ...quotas, tasks: 4 } }),
    ).rejects.toMatchObject({ code: 'quota_exceeded', facts: { quota: { of: 'bytes', used: 30, limit: 10 } } });
    const enough = { ...others, tasks: 4 };
    // The version of an order that was refused is nobody's.
    expect(await catalogue.nextVersion(replace, 2_000, null, { bytes: 1, quotas: enough })).toBe(3);
  });

  it('holds for what is brought back, and for another try', async () => {
    const { emojiId: id, emojiName } = await shown();
    const gone = await life.delete({ id, revision: 2 }, DOING);
    if (gone === 'changed') throw new Error('it is as it was seen');
    const failed = await create();
    await recordTask(env.DB, taskIn('FAILURE', 1_000, failed));
    await create();
    const quotas = { ...PLENTY, emojis: 1 };
    const refusal = { code: 'quota_exceeded', facts: { quota: { of: 'emojis', used: 1, limit: 1 } } };
    await expect(life.restore(gone, emojiName, DOING, quotas)).rejects.toMatchObject(refusal);
    await expect(catalogue.takeAgain(failed, 2_000, { sequence: 3, quotas })).rejects.toMatchObject(refusal);
    expect(await has()).toEqual([1, 30, 1]);
    expect(await life.find(emojiName)).toBeNull();
    expect(await catalogue.takeAgain(failed, 2_000, { sequence: 3, quotas: { ...PLENTY, emojis: 2 } })).toEqual([]);
    expect(await has()).toEqual([2, 30, 2]);
  });
});

describe('orders that were lost', () => {
  it('are found once they are old, unless their task is under way', async () => {
    const { emojiId } = await shown();
    const running = await create({}, { receivedAt: 1_000 });
    const lost = ofAda({ kind: 'replace', emojiId });
    await catalogue.nextVersion(lost, 1_000, null, { bytes: 5 });
    const young = ofAda({ kind: 'replace', emojiId });
    await catalogue.nextVersion(young, 2_000, null, { bytes: 5 });
    expect(await housekeeping.lostOrders(2_000, 10)).toEqual([lost.id]);
    expect(await housekeeping.lostOrders(2_001, 1)).toHaveLength(1);
    // One has become a task meanwhile.
    await recordTask(env.DB, taskIn('STARTED', 2_000, young));
    expect(await housekeeping.forgetOrders([running.id, lost.id, young.id], 3_000)).toBe(1);
    expect((await has())[2]).toBe(2);
  });
});

it('is found by index only', async () => {
  const order = ofAda();
  const plans = await plansOf(async (db) => {
    await d1EmojiCatalogue(db).take(order, { bytes: 10, quotas: PLENTY });
    await d1EmojiCatalogue(db).takeAgain(order, 1, { quotas: PLENTY });
    await d1EmojiCatalogue(db).nextVersion(ofAda(), 1, null, { bytes: 10, quotas: PLENTY });
    await d1EmojiCatalogue(db).withdraw(order);
    await d1Housekeeping(db).forgetUploads(['sources/a']);
    await recordTask(db, taskIn('FAILURE', 1_000, order));
  });
  for (const plan of [...plans, await queryPlan(USAGE, 'ada')]) {
    expect(plan).not.toMatch(
      /SCAN (?!CONSTANT|\w+ (EXISTS )?VIRTUAL TABLE|\(subquery|notice_subscriptions USING INDEX)|TEMP B-TREE (?!FOR GROUP BY)/,
    );
  }
});
