import { reset } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { d1EmojiCatalogue } from '../../src/adapters/d1-emoji-catalogue.ts';
import { d1EmojiList } from '../../src/adapters/d1-emoji-list.ts';
import {
  type Database,
  latestBookmark,
  readSession,
  rowOf,
  rowsOf,
  writeSession,
} from '../../src/adapters/d1-session.ts';
import { d1TaskHistory } from '../../src/adapters/d1-task-history.ts';
import { recordTask } from '../../src/adapters/d1-task-record.ts';
import { taskOwners } from '../../src/adapters/task-owners.ts';
import { countingDatabase, noWork } from '../support/counting-database.ts';
import { migrate } from '../support/database.ts';
import { addEmoji } from '../support/emojis.ts';
import { replicaOf } from '../support/replica.ts';
import { must, newOrder, taskIn } from '../support/tasks.ts';

const FIND = 'SELECT id FROM emojis WHERE name = ?';

beforeEach(migrate);
afterEach(reset);

/** A copy, and how often the primary was asked instead. */
function copy(isBehind: boolean): { db: Database; primary: { prepare: ReturnType<typeof vi.fn> } } {
  const primary = { prepare: vi.fn((sql: string) => env.DB.prepare(sql)), batch: env.DB.batch.bind(env.DB) };
  const replica = replicaOf(env.DB, isBehind);
  return { db: { prepare: replica.prepare, batch: replica.batch, primary }, primary };
}

describe('what a copy of the database', () => {
  it('has not is asked of the primary, once', async () => {
    await addEmoji({ name: 'a' });
    const { db, primary } = copy(true);
    expect(await rowOf(db, FIND, 'a')).toEqual({ id: 'emoji-a' });
    expect(await rowOf(db, FIND, 'nobody')).toBeNull();
    expect(primary.prepare).toHaveBeenCalledTimes(2);
  });

  it('has is not', async () => {
    await addEmoji({ name: 'a' });
    const { db, primary } = copy(false);
    expect(await rowOf(db, FIND, 'a')).toEqual({ id: 'emoji-a' });
    expect(await rowsOf(db, FIND, ['a'], (rows) => rows.length === 1)).toEqual([{ id: 'emoji-a' }]);
    expect(primary.prepare).not.toHaveBeenCalled();
  });

  it('has not is asked nobody when it was the primary', async () => {
    const prepare = vi.fn();
    expect(await rowOf({ ...readSession(env.DB, null), primary: { prepare, batch: prepare } }, FIND, 'a')).toBeNull();
    expect(await rowOf(env.DB, FIND, 'a')).toBeNull();
    expect(prepare).not.toHaveBeenCalled();
  });

  it('has not of emoji and tasks is found all the same', async () => {
    const task = taskIn('PENDING', 1_000);
    await recordTask(env.DB, task);
    await addEmoji({ name: 'a', aliases: ['b'] });
    const { db } = copy(true);
    expect(await d1EmojiCatalogue(db).find('a')).toMatchObject({ id: 'emoji-a' });
    expect(await d1TaskHistory(db).find(task.id)).toMatchObject({ id: task.id });
    expect([...(await d1EmojiList(db).lookUp(['a', 'b', 'c'])).keys()].sort()).toEqual(['a', 'b']);
  });
});

describe('a session', () => {
  it('reads what was written before its bookmark was given', async () => {
    await addEmoji({ name: 'a' });
    const bookmark = await latestBookmark(env.DB);
    expect(bookmark).not.toBeNull();
    for (const given of [bookmark, null, 'no bookmark']) {
      expect(await rowOf(readSession(env.DB, given), FIND, 'a')).toEqual({ id: 'emoji-a' });
    }
    const session = readSession(env.DB, bookmark);
    const [found] = await session.batch([session.prepare(FIND).bind('a')]);
    expect(found?.results).toEqual([{ id: 'emoji-a' }]);
  });
});

describe('a session of who writes', () => {
  const WRITE = "INSERT INTO counters (name, value) VALUES ('n', 1) ON CONFLICT (name) DO UPDATE SET value = value + 1";

  /** One whose queries are counted. Where tests run, each answer has another bookmark, later than those before. */
  function counted() {
    const work = noWork();
    const session = writeSession(countingDatabase(env.DB, work));
    const bookmark = async () => {
      const { calls } = work;
      return { at: must(await session.bookmark()), isAskedFor: work.calls > calls };
    };
    return { session, bookmark };
  }
  const latest = async () => must(await latestBookmark(env.DB));

  it('tells the bookmark of the last thing that it has done, and asks for none', async () => {
    const { session, bookmark } = counted();
    for (const doing of [
      () => session.prepare(WRITE).run(),
      () => session.batch([session.prepare(WRITE), session.prepare(WRITE)]),
      () => Promise.all([session.prepare(FIND).bind('a').first(), session.prepare(WRITE).run()]),
    ]) {
      const before = await latest();
      await doing();
      const { at, isAskedFor } = await bookmark();
      expect([at > before, at < (await latest()), isAskedFor]).toEqual([true, true, false]);
    }
  });

  it('asks for one where it has done nothing', async () => {
    expect((await counted().bookmark()).isAskedFor).toBe(true);
  });

  it('asks for one when the owner of a task has written since, or may have', async () => {
    const { session, bookmark } = counted();
    const owners = taskOwners(env.TASKS, session.overtaken);
    const order = newOrder({ kind: 'replace' });
    for (const move of [
      () => owners.submit(order),
      () => owners.cancel(order.id),
      async () => owners.restart(must(await owners.settle(order.id)), 2, Date.now()),
      () => owners.settle(order.id),
    ]) {
      const [moved] = await Promise.all([move(), session.prepare(FIND).bind('a').first()]);
      expect(moved).not.toBeNull();
      const after = await latest();
      const { at, isAskedFor } = await bookmark();
      expect([at > after, isAskedFor]).toEqual([true, true]);
      await session.prepare(FIND).bind('a').first();
      expect((await bookmark()).isAskedFor).toBe(false);
    }
  });

  it('asks for none when the owner of a task has got it, whose name was taken by then', async () => {
    const { session, bookmark } = counted();
    const owners = taskOwners(env.TASKS, session.overtaken);
    const order = newOrder();
    await d1EmojiCatalogue(session).take(order);
    const before = await env.DB.prepare('SELECT value FROM counters').all();
    await owners.submit(order);
    expect((await owners.read(order.id))?.state).toBe('PENDING');
    // It has written nothing.
    expect((await env.DB.prepare('SELECT value FROM counters').all()).results).toEqual(before.results);
    expect((await bookmark()).isAskedFor).toBe(false);
  });
});
