import { reset } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { d1EmojiCatalogue, FIND_EMOJI, LIST_EMOJIS } from '../../src/adapters/d1-emoji-catalogue.ts';
import { migrate, queryPlan } from '../support/database.ts';

const catalogue = d1EmojiCatalogue(env.DB);

async function add(name: string, ready = true): Promise<string> {
  const id = crypto.randomUUID();
  expect(await catalogue.take({ id, name, createdAt: 1_700_000_000_000 })).toBe(true);
  if (ready) {
    await env.DB.prepare("UPDATE emojis SET image_hash = 'ab', image_bytes = 12, image_frames = 3 WHERE id = ?")
      .bind(id)
      .run();
  }
  return id;
}

beforeEach(migrate);
afterEach(reset);

describe('the catalogue in D1', () => {
  it('gives a name to one of two who ask at once', async () => {
    const asked = ['a', 'b'].map((id) => catalogue.take({ id, name: 'tada', createdAt: 1 }));
    expect((await Promise.all(asked)).sort()).toEqual([false, true]);
    // Nothing of the other is left.
    expect(await env.DB.prepare('SELECT COUNT(*) AS n FROM emojis').first('n')).toBe(1);
  });

  it('passes on any other fault of the database', async () => {
    const id = await add('tada');
    await expect(catalogue.take({ id, name: 'other', createdAt: 1 })).rejects.toThrow('emojis.id');
  });

  it('finds an emoji only when its picture is ready', async () => {
    await add('waiting', false);
    const id = await add('ready');
    expect(await catalogue.find('waiting')).toBeNull();
    expect(await catalogue.isTaken('waiting')).toBe(true);
    expect(await catalogue.isTaken('free')).toBe(false);
    expect(await catalogue.find('ready')).toEqual({
      id,
      name: 'ready',
      createdAt: 1_700_000_000_000,
      image: { hash: 'ab', bytes: 12, frames: 3 },
    });
  });

  it('releases the name of an emoji that never had a picture, and no other', async () => {
    await catalogue.release(await add('waiting', false));
    await catalogue.release(await add('ready'));
    expect(await catalogue.isTaken('waiting')).toBe(false);
    expect(await catalogue.isTaken('ready')).toBe(true);
  });

  it('lists by name in code point order, page by page', async () => {
    for (const name of ['ñ', 'b', 'a', '日本', 'z', 'a-b', '𐐨']) await add(name);
    await add('waiting', false);
    const names: string[] = [];
    for (let after: string | null = null; ; ) {
      const found = await catalogue.list({ after, limit: 2 });
      names.push(...found.map(({ name }) => name));
      after = found.at(-1)?.name ?? null;
      if (after === null) break;
    }
    expect(names).toEqual(['a', 'a-b', 'b', 'z', 'ñ', '日本', '𐐨']);
  });

  it('reads by index only', async () => {
    for (const plan of [await queryPlan(FIND_EMOJI, 'a'), await queryPlan(LIST_EMOJIS, 'a', 10)]) {
      expect(plan).toMatch(/SEARCH emoji_names USING PRIMARY KEY \(name[=>]\?\)/);
      expect(plan).not.toMatch(/SCAN|TEMP B-TREE/);
    }
  });
});
