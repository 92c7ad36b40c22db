import { reset } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { d1EmojiCatalogue } from '../../src/adapters/d1-emoji-catalogue.ts';
import { d1Housekeeping } from '../../src/adapters/d1-housekeeping.ts';
import { d1IdempotencyKeys } from '../../src/adapters/d1-idempotency-keys.ts';
import { recordTask } from '../../src/adapters/d1-task-record.ts';
import type { TaskOrder } from '../../src/domain/task.ts';
import * as moves from '../../src/domain/task.ts';
import { countedStates, counters, migrate, periods, plansOf } from '../support/database.ts';
import { IMAGE, must, newOrder, taskIn } from '../support/tasks.ts';

const housekeeping = d1Housekeeping(env.DB);
const catalogue = d1EmojiCatalogue(env.DB);

/** An emoji whose task has succeeded. */
async function ready(emojiName: string): Promise<TaskOrder> {
  const order = newOrder({ emojiName, receivedAt: 1_000 });
  await catalogue.take(order);
  const image = { hash: `hash of ${emojiName}`, bytes: 1, frames: 1 };
  await recordTask(env.DB, { ...taskIn('SUCCESS', 1_000, order), image });
  return order;
}

beforeEach(migrate);
afterEach(reset);

describe('the housekeeping of D1', () => {
  it('remembers where a step goes on, until that is the start', async () => {
    expect(await housekeeping.cursor('tasks')).toBeNull();
    for (const cursor of ['a', 'b']) {
      await housekeeping.keepCursor('tasks', cursor);
      expect(await housekeeping.cursor('tasks')).toBe(cursor);
    }
    expect(await housekeeping.cursor('images/')).toBeNull();
    await housekeeping.keepCursor('tasks', null);
    expect(await housekeeping.cursor('tasks')).toBeNull();
  });

  it('finds the unfinished tasks of before a time, oldest first, page by page', async () => {
    const states = ['RETRY', 'PENDING', 'SUCCESS', 'STARTED', 'FAILURE', 'PENDING', 'PENDING'] as const;
    for (const [i, state] of states.entries()) {
      await recordTask(env.DB, taskIn(state, i === 1 ? 0 : i, { id: `task-${i}` }));
    }
    const found: string[] = [];
    for (let after: { receivedAt: number; id: string } | null = null; ; ) {
      const page = await housekeeping.unfinished(6, after, 2);
      found.push(...page.map(({ id }) => id));
      const last = page.at(-1);
      if (last === undefined) break;
      after = last;
    }
    // Two were received at 0; the last one at the very time.
    expect(found).toEqual(['task-0', 'task-1', 'task-3', 'task-5']);
    const [first] = await housekeeping.unfinished(6, null, 1);
    expect(first).toMatchObject({ id: 'task-0', sourceKey: expect.stringMatching(/^sources\//), sequence: 3 });
  });

  it('frees the names that are held by nothing, and no other', async () => {
    await ready('ready');
    await catalogue.take(newOrder({ emojiName: 'waited_for', receivedAt: 1_000 }));
    await catalogue.takeAgain({ id: 'task-old', emojiId: 'old', emojiName: 'old', actor: null }, 1_000);
    await catalogue.takeAgain({ id: 'task-young', emojiId: 'young', emojiName: 'young', actor: null }, 2_000);
    expect(await housekeeping.freeNames(2_000)).toBe(1);
    const taken = ['ready', 'waited_for', 'old', 'young'].map((name) => catalogue.isTaken(name));
    expect(await Promise.all(taken)).toEqual([true, true, false, true]);
    expect(await housekeeping.freeNames(2_000)).toBe(0);
  });

  it('finds the ended tasks for emoji that have no picture, oldest first', async () => {
    await ready('ready');
    // However many are waited for: they stand in nobody's way.
    await catalogue.take(newOrder({ emojiName: 'waiting', receivedAt: 700 }));
    // Two that ended, and whose names have been taken again for another try.
    const again = newOrder({ emojiName: 'again', receivedAt: 500 });
    const later = newOrder({ emojiName: 'later', receivedAt: 400 });
    await recordTask(env.DB, taskIn('FAILURE', 500, again));
    await recordTask(env.DB, taskIn('REVOKED', 400, later));
    await catalogue.takeAgain(later, 1_500);
    await catalogue.takeAgain(again, 1_000);
    expect(await housekeeping.tasksWithoutPicture(2_000, 10)).toEqual([
      { id: again.id, since: 1_000 },
      { id: later.id, since: 1_500 },
    ]);
    expect(await housekeeping.tasksWithoutPicture(2_000, 1)).toEqual([{ id: again.id, since: 1_000 }]);
    expect(await housekeeping.tasksWithoutPicture(1_000, 10)).toEqual([]);
  });

  it('forgets the tasks that ended before a time, takes them from the counters, and names their uploads', async () => {
    // They end 150 ms after they are received.
    for (const [i, state] of (['FAILURE', 'SUCCESS', 'REVOKED', 'FAILURE', 'PENDING'] as const).entries()) {
      await recordTask(env.DB, taskIn(state, i * 1_000, { id: `task-${i}`, sourceKey: `sources/task-${i}` }));
    }
    expect(await housekeeping.forgetTasks(2_151, 2)).toEqual({
      tasks: 2,
      sourceKeys: ['sources/task-0', 'sources/task-1'],
    });
    expect(await housekeeping.forgetTasks(2_151, 2)).toEqual({ tasks: 1, sourceKeys: ['sources/task-2'] });
    expect(await housekeeping.forgetTasks(2_151, 2)).toEqual({ tasks: 0, sourceKeys: [] });
    expect(await countedStates()).toEqual({
      'custom_emoji_tasks{state="FAILURE"}': 1,
      'custom_emoji_tasks{state="PENDING"}': 1,
    });
    const after = await counters();
    expect(after).toMatchObject(await countedStates());
    expect(after).not.toHaveProperty('custom_emoji_tasks{state="SUCCESS"}');
    // What only ever rises does so.
    expect(after['custom_emoji_tasks_finished_total{state="FAILURE"}']).toBe(2);
  });

  it('keeps the upload that an emoji was made from, though its task is forgotten', async () => {
    await ready('tada');
    expect(await housekeeping.forgetTasks(1e12, 10)).toEqual({ tasks: 1, sourceKeys: [] });
  });

  it('forgets what was counted in periods of before a time', async () => {
    for (const receivedAt of [0, 60_000, 120_000]) await recordTask(env.DB, taskIn('SUCCESS', receivedAt));
    await housekeeping.forgetPeriods(60_000, 60_000);
    expect((await periods()).map(({ start }) => start)).toEqual([60_000, 120_000]);
    expect((await periods(900_000)).map(({ start }) => start)).toEqual([0]);
    await housekeeping.forgetPeriods(900_000, 900_000);
    expect(await periods(900_000)).toEqual([]);
  });

  it('forgets the keys of before a time', async () => {
    const keys = d1IdempotencyKeys(env.DB);
    for (const [i, key] of ['a', 'b', 'c'].entries()) await keys.begin(key, `task-${i}`, i);
    expect(await housekeeping.forgetKeys(2)).toBe(2);
    expect(await keys.begin('c', 'again', 3)).toMatchObject({ taskId: 'task-2' });
  });

  it('tells the uploads that neither a task nor an emoji needs', async () => {
    const forgotten = await ready('tada');
    await housekeeping.forgetTasks(1e12, 10);
    const order = newOrder({ emojiName: 'other' });
    await catalogue.take(order);
    const keys = [forgotten.sourceKey, order.sourceKey, 'sources/orphan', "sources/it's"];
    expect(await housekeeping.unownedSources(keys)).toEqual(['sources/orphan', "sources/it's"]);
    expect(await housekeeping.unownedSources([])).toEqual([]);
  });

  it('keeps the upload that a picture is still to be made from, whoever uploaded it', async () => {
    const first = await ready('tada');
    const { emojiId, sourceKey } = first;
    await recordTask(env.DB, taskIn('SUCCESS', 2_000, { kind: 'replace', emojiId, version: 2 }));
    const render = taskIn('PENDING', 1e12, { kind: 'render', emojiId, version: 3, sourceKey });
    await recordTask(env.DB, render);
    expect((await housekeeping.forgetTasks(1e11, 10)).sourceKeys).toEqual([]);
    // Its order ends: then nothing needs it.
    await recordTask(env.DB, must(moves.cancel(render, 1e12 + 1)));
    expect((await housekeeping.forgetTasks(1e13, 10)).sourceKeys).toEqual([sourceKey]);
  });

  it('keeps an archive that a dry run came with, as long as what carries that out is known', async () => {
    const facts = { kind: 'import' as const, emojiId: '', emojiName: '' };
    const dry = taskIn('SUCCESS', 1_000, facts);
    await recordTask(env.DB, { ...dry, image: null });
    const run = taskIn('PENDING', 1e12, { ...facts, sourceKey: dry.sourceKey });
    await recordTask(env.DB, run);
    expect(await housekeeping.forgetTasks(1e11, 10)).toEqual({ tasks: 1, sourceKeys: [] });
    await recordTask(env.DB, must(moves.cancel(run, 1e12 + 1)));
    expect(await housekeeping.forgetTasks(1e13, 10)).toEqual({ tasks: 1, sourceKeys: [dry.sourceKey] });
  });

  it('tells the pictures that no emoji shows, in any form', async () => {
    const { emojiId } = await ready('tada');
    const renditions = {
      gif64: { hash: 'a', bytes: 1 },
      gif128: { hash: 'b', bytes: 1 },
      png: { hash: 'c', bytes: 1 },
    };
    const replaced = taskIn('SUCCESS', 2_000, { kind: 'replace', emojiId, version: 2 });
    const hashes = ['hash of tada', 'ab', 'a', 'b', 'c', 'unused'];
    expect(await housekeeping.unusedImages(hashes)).toEqual(['ab', 'a', 'b', 'c', 'unused']);
    await recordTask(env.DB, { ...replaced, image: { ...IMAGE, renditions } });
    expect(await housekeeping.unusedImages(hashes)).toEqual(['hash of tada', 'unused']);
    expect(await housekeeping.unusedImages([])).toEqual([]);
  });

  it('takes a page of storage at once: a thousand keys are one query', async () => {
    const keys = Array.from({ length: 1_000 }, () => `sources/${crypto.randomUUID()}`);
    expect(await housekeeping.unownedSources(keys)).toEqual(keys);
  });

  it('never walks a table', async () => {
    await recordTask(env.DB, taskIn('FAILURE', 0));
    const used = {
      cursor: 'sweep_cursors',
      unfinished: 'tasks_by_state (state=? AND (received_at,id)>(?,?)',
      tasksWithoutPicture: 'emojis_without_image',
      freeNames: 'emojis_without_image',
      forgetTasks: 'tasks_by_end',
      forgetKeys: 'idempotency_keys_by_time',
      unownedSources: ['emojis_by_source', 'renders_by_source', 'imports_by_source'],
      unusedImages: ['emojis_by_image', 'emojis_by_gif64', 'emojis_by_gif128', 'emojis_by_png'],
    };
    const plans = {
      cursor: await plansOf((db) => d1Housekeeping(db).cursor('tasks')),
      unfinished: await plansOf((db) => d1Housekeeping(db).unfinished(1, { receivedAt: 0, id: '' }, 10)),
      tasksWithoutPicture: await plansOf((db) => d1Housekeeping(db).tasksWithoutPicture(1, 10)),
      freeNames: await plansOf((db) => d1Housekeeping(db).freeNames(1)),
      forgetTasks: await plansOf((db) => d1Housekeeping(db).forgetTasks(1_000, 10)),
      forgetKeys: await plansOf((db) => d1Housekeeping(db).forgetKeys(1)),
      unownedSources: await plansOf((db) => d1Housekeeping(db).unownedSources(['sources/a'])),
      unusedImages: await plansOf((db) => d1Housekeeping(db).unusedImages(['a'])),
    };
    for (const [step, indexes] of Object.entries(used)) {
      const plan = plans[step as keyof typeof used].join('\n');
      for (const index of [indexes].flat()) expect(plan, step).toContain(index);
      expect(plan, step).not.toMatch(/SCAN (tasks|emojis|emoji_names|idempotency_keys|sweep_cursors|counters)/);
      // Only the states of the tasks that are forgotten, some hundred at most, are grouped.
      if (step !== 'forgetTasks') expect(plan, step).not.toContain('TEMP B-TREE');
    }
  });
});
