import { reset } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { d1EmojiCatalogue, FIND_EMOJI, TAKEN } from '../../src/adapters/d1-emoji-catalogue.ts';
import { d1TaskHistory } from '../../src/adapters/d1-task-history.ts';
import { recordTask } from '../../src/adapters/d1-task-record.ts';
import { recordOf, submit, type Task, type TaskOrder, type TaskState } from '../../src/domain/task.ts';
import { counters, migrate, plansOf, queryPlan } from '../support/database.ts';
import { must, newOrder, taskIn, versionAfter } from '../support/tasks.ts';

const catalogue = d1EmojiCatalogue(env.DB);
const RECEIVED_AT = 1_700_000_000_000;

/** Takes a name, for a new emoji. */
async function add(name: string, ready = true): Promise<TaskOrder> {
  const order = newOrder({ emojiName: name, receivedAt: RECEIVED_AT });
  expect(await catalogue.take(order)).toEqual([]);
  if (ready) {
    await env.DB.prepare(
      "UPDATE emojis SET name = ?, image_hash = 'ab', image_bytes = 12, image_frames = 3 WHERE id = ?",
    )
      .bind(name, order.emojiId)
      .run();
  }
  return order;
}

const rowsOf = (table: string) => env.DB.prepare(`SELECT COUNT(*) AS n FROM ${table}`).first<number>('n');

beforeEach(migrate);
afterEach(reset);

describe('the catalogue in D1', () => {
  it('gives a name to one of two who ask at once', async () => {
    const asked = [newOrder(), newOrder()].map((order) => catalogue.take(order));
    expect((await Promise.all(asked)).filter((outcome) => outcome !== null)).toEqual([[]]);
    // Nothing of the other is left: no emoji, no task, and it is not counted.
    expect([await rowsOf('emojis'), await rowsOf('tasks')]).toEqual([1, 1]);
    expect(await counters()).toEqual({ 'custom_emoji_tasks{state="PENDING"}': 1 });
  });

  it('notes the task with the name, in one transaction', async () => {
    const order = await add('tada', false);
    expect(await d1TaskHistory(env.DB).find(order.id)).toEqual(recordOf(submit(order)));
    await env.DB.exec('ALTER TABLE tasks RENAME TO away');
    await expect(catalogue.take(newOrder({ emojiName: 'other' }))).rejects.toThrow('no such table');
    expect(await catalogue.isTaken('other')).toBe(false);
    expect(await rowsOf('emojis')).toBe(1);
  });

  it('passes on any other fault of the database', async () => {
    const { emojiId } = await add('tada');
    await expect(catalogue.take(newOrder({ emojiId, emojiName: 'other' }))).rejects.toThrow('emojis.id');
  });

  it('finds an emoji only when its picture is ready', async () => {
    await add('waiting', false);
    const { emojiId: id } = await add('ready');
    expect(await catalogue.find('waiting')).toBeNull();
    expect(await catalogue.isTaken('waiting')).toBe(true);
    expect(await catalogue.isTaken('free')).toBe(false);
    expect(await catalogue.find('ready')).toEqual({
      id,
      name: 'ready',
      askedBy: 'primary',
      revision: 1,
      createdAt: RECEIVED_AT,
      image: { hash: 'ab', bytes: 12, frames: 3, renditions: {} },
      owner: null,
      sourceKey: null,
      sourceHash: null,
      source: null,
    });
  });

  it('finds an emoji by its aliases and by what it was called before, and tells which it was', async () => {
    const { emojiId } = await add('tada');
    const insert = env.DB.prepare('INSERT INTO emoji_names (name, emoji_id, kind) VALUES (?, ?, ?)');
    await env.DB.batch([insert.bind('hooray', emojiId, 'alias'), insert.bind('old', emojiId, 'former')]);
    const found = await Promise.all(['tada', 'hooray', 'old'].map((name) => catalogue.find(name)));
    expect(found.map((emoji) => [emoji?.name, emoji?.askedBy])).toEqual([
      ['tada', 'primary'],
      ['tada', 'alias'],
      ['tada', 'former'],
    ]);
    expect(await Promise.all(['hooray', 'old'].map((name) => catalogue.isTaken(name)))).toEqual([true, false]);
    // What it was called before, another one may take; whoever has seen it as it was is told.
    expect(await catalogue.take(newOrder({ emojiName: 'hooray' }))).toBeNull();
    expect((await catalogue.find('tada'))?.revision).toBe(1);
    expect(await catalogue.take(newOrder({ emojiName: 'old' }))).toEqual([emojiId]);
    expect((await catalogue.find('tada'))?.revision).toBe(2);
    expect(await catalogue.find('old')).toBeNull();
  });

  it('numbers emoji in the order in which they come, and notes whose they are, once', async () => {
    const first = newOrder({ emojiName: 'first', actor: 'ada', receivedAt: RECEIVED_AT });
    expect(await catalogue.take(first)).toEqual([]);
    const second = newOrder({ emojiName: 'second', actor: 'bob' });
    for (const now of [5, 6]) expect(await catalogue.takeAgain(second, now)).toEqual([]);
    const emojis = await env.DB.prepare('SELECT number, owner, name, updated_at FROM emojis ORDER BY number').all();
    expect(emojis.results).toEqual([
      { number: 1, owner: 'ada', name: null, updated_at: RECEIVED_AT },
      { number: 2, owner: 'bob', name: null, updated_at: 5 },
    ]);
    const events = await env.DB.prepare('SELECT actor, action, at, details FROM emoji_events ORDER BY id').all();
    expect(events.results).toEqual([
      { actor: 'ada', action: 'created', at: RECEIVED_AT, details: '{"name":"first"}' },
      { actor: 'bob', action: 'created', at: 5, details: '{"name":"second"}' },
    ]);
  });

  it('releases what was taken, and leaves nothing of it, however often', async () => {
    const order = await add('tada', false);
    for (let times = 0; times < 2; times++) await catalogue.release(order);
    expect([await rowsOf('emojis'), await rowsOf('emoji_names'), await rowsOf('tasks')]).toEqual([0, 0, 0]);
    expect(await counters()).toEqual({});
  });

  it('releases no emoji with a picture, no task that went on, and nobody else’s', async () => {
    const ready = await add('ready');
    const other = await add('other', false);
    await recordTask(env.DB, { ...submit(ready), state: 'STARTED', sequence: 2 });
    await catalogue.release(ready);
    await catalogue.release(newOrder({ emojiName: 'other' }));
    expect(await catalogue.isTaken('ready')).toBe(true);
    expect((await d1TaskHistory(env.DB).find(ready.id))?.state).toBe('STARTED');
    expect(await catalogue.isTaken('other')).toBe(true);
    expect(await d1TaskHistory(env.DB).find(other.id)).not.toBeNull();
  });

  it('takes a name again for the emoji that let go of it, unless another one has it', async () => {
    const order = await add('tada', false);
    await catalogue.release(order);
    for (const now of [RECEIVED_AT + 1, RECEIVED_AT + 2]) {
      expect(await catalogue.takeAgain(order, now)).toEqual([]);
      // The sweep goes by the time: it must not take the name for one that has been held by nothing.
      expect(await env.DB.prepare('SELECT created_at FROM emojis').first('created_at')).toBe(now);
    }
    const other = newOrder({ emojiName: 'tada' });
    expect(await catalogue.takeAgain(other, RECEIVED_AT)).toBeNull();
    expect([await rowsOf('emojis'), await rowsOf('emoji_names')]).toEqual([1, 1]);
  });

  it('changes nothing of an emoji with a picture that has the name', async () => {
    const order = await add('tada');
    const before = await catalogue.find('tada');
    expect(await catalogue.takeAgain(order, RECEIVED_AT + 1)).toEqual([]);
    expect(await catalogue.find('tada')).toEqual(before);
  });

  it('gives each upload for an emoji a higher version than all before', async () => {
    const { emojiId } = await add('tada');
    const versions = await Promise.all([1, 2, 3].map(() => versionAfter(catalogue, emojiId)));
    expect(versions.sort()).toEqual([2, 3, 4]);
    expect(await versionAfter(catalogue, 'nobody')).toBeNull();
  });

  it('reads by index only', async () => {
    const found = await queryPlan(FIND_EMOJI, 'a');
    expect(found).toContain('SEARCH asked USING PRIMARY KEY (name=?)');
    const [pending = ''] = await plansOf((db) => d1EmojiCatalogue(db).pendingUpload('e', 0));
    for (const index of ['unfinished_tasks_by_emoji (emoji_id=?)', 'ordered_pictures (emoji_id=? AND at>?)']) {
      expect(pending).toContain(`USING INDEX ${index}`);
    }
    const others = await plansOf(async (db) => {
      await d1EmojiCatalogue(db).findById('e');
      await d1EmojiCatalogue(db).withdraw({ id: 't', emojiId: 'e', actor: 'ada' });
    });
    for (const plan of [found, pending, await queryPlan(TAKEN, 'a'), ...others.slice(0, -1)]) {
      expect(plan).toContain('SEARCH');
      expect(plan).not.toMatch(/SCAN (?!CONSTANT)|TEMP B-TREE/);
    }
  });
});

describe('an upload that may yet replace the picture', () => {
  const SINCE = RECEIVED_AT + 1_000;
  let emojiId: string;

  beforeEach(async () => {
    const first = newOrder({ receivedAt: RECEIVED_AT });
    emojiId = first.emojiId;
    expect(await catalogue.take(first)).toEqual([]);
    await recordTask(env.DB, taskIn('SUCCESS', RECEIVED_AT, first));
  });

  const pending = () => catalogue.pendingUpload(emojiId, SINCE);

  /** Notes that a task is ordered. @returns it, before it has an owner */
  async function ordered(change: Partial<Task> = {}, at = SINCE + 1): Promise<Task> {
    const order = newOrder({ kind: 'replace', emojiId, ...change });
    const version = await catalogue.nextVersion(order, at, null);
    if (typeof version !== 'number') throw new Error('it was refused');
    return submit({ ...order, version });
  }

  /** Has the history know of the end of a task. */
  const end = ({ id, kind, version }: Task, state: TaskState) =>
    recordTask(env.DB, { ...taskIn(state, RECEIVED_AT, { id, kind, emojiId, version }), sequence: 9 });

  it('is one from the order to the end of its task', async () => {
    for (const last of ['SUCCESS', 'FAILURE', 'REVOKED'] as const) {
      expect(await pending(), last).toBeNull();
      const task = await ordered();
      expect(await pending(), last).toBe(task.id);
      for (const state of ['PENDING', 'STARTED', 'RETRY'] as const) {
        await recordTask(env.DB, { ...task, state, sequence: ++task.sequence });
        expect(await pending(), `${last} ${state}`).toBe(task.id);
      }
      await end(task, last);
    }
    expect(await pending()).toBeNull();
  });

  it('is none any more when it has no task 15 minutes later, however old it is when it has one', async () => {
    await ordered({}, SINCE);
    expect(await pending()).toBeNull();
    const task = await ordered({}, SINCE);
    await recordTask(env.DB, task);
    expect(await pending()).toBe(task.id);
  });

  it('is one again as soon as a person has its task tried again', async () => {
    const task = await ordered();
    await end(task, 'FAILURE');
    expect(await pending()).toBeNull();
    expect((await ordered({ id: task.id })).version).toBe(3);
    expect(await pending()).toBe(task.id);
  });

  it('is none when a later one is shown, when it is of another emoji, and when it is no upload', async () => {
    const [earlier, later] = [await ordered(), await ordered()];
    await recordTask(env.DB, earlier);
    await end(later, 'SUCCESS');
    expect(await pending()).toBeNull();
    const other = await add('other');
    await ordered({ emojiId: other.emojiId });
    const render = await ordered({ kind: 'render' });
    expect(await pending()).toBeNull();
    await recordTask(env.DB, render);
    expect(await pending()).toBeNull();
  });

  it('is none once it is withdrawn, and nobody has the emoji as it was', async () => {
    const [task, stays] = [await ordered(), await ordered()];
    const revision = () => catalogue.findById(emojiId).then((emoji) => emoji?.revision);
    const before = must(await revision());
    await catalogue.withdraw(stays);
    expect(await pending()).toBe(task.id);
    expect(await revision()).toBe(before + 1);
    for (let times = 0; times < 2; times++) await catalogue.withdraw(task);
    expect(await pending()).toBeNull();
    expect(await revision()).toBe(before + 2);
    const events = env.DB.prepare('SELECT action FROM emoji_events WHERE emoji_id = ? ORDER BY id').bind(emojiId);
    expect((await events.all()).results.map(({ action }) => action)).toEqual(['created', 'picture_shown']);
  });
});
