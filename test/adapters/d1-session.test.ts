import { reset } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { d1EmojiCatalogue } from '../../src/adapters/d1-emoji-catalogue.ts';
import { d1EmojiList } from '../../src/adapters/d1-emoji-list.ts';
import { type Database, latestBookmark, readSession, rowOf, rowsOf } from '../../src/adapters/d1-session.ts';
import { d1TaskHistory } from '../../src/adapters/d1-task-history.ts';
import { recordTask } from '../../src/adapters/d1-task-record.ts';
import { migrate } from '../support/database.ts';
import { addEmoji } from '../support/emojis.ts';
import { replicaOf } from '../support/replica.ts';
import { taskIn } from '../support/tasks.ts';

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
