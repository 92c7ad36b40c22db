import { reset } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { d1Duplicates } from '../../src/adapters/d1-duplicates.ts';
import { d1EmojiCatalogue } from '../../src/adapters/d1-emoji-catalogue.ts';
import { d1TaskHistory } from '../../src/adapters/d1-task-history.ts';
import { recordTask } from '../../src/adapters/d1-task-record.ts';
import { migrate, plansOf } from '../support/database.ts';
import { IMAGE, newOrder, taskIn } from '../support/tasks.ts';

const duplicates = d1Duplicates(env.DB);
const history = d1TaskHistory(env.DB);

async function add(emojiName: string, sourceHash: string | null, imageHash: string | null): Promise<string> {
  const order = newOrder({ emojiName, sourceHash });
  await d1EmojiCatalogue(env.DB).take(order);
  const image = imageHash === null ? null : { ...IMAGE, hash: imageHash };
  if (image) await recordTask(env.DB, { ...taskIn('SUCCESS', 1_000, order), image });
  return order.emojiId;
}

beforeEach(migrate);
afterEach(reset);

it('finds others with the same upload or picture, the oldest first', async () => {
  const first = await add('z', 's', 'i');
  const second = await add('a', 's', 'other');
  await add('m', 'other', 'i');
  await add('waiting', 's', null);
  await add('old', null, 'i');
  expect(await duplicates.ofSource('s', first, 5)).toEqual(['a']);
  expect(await duplicates.ofSource('s', second, 5)).toEqual(['z']);
  expect(await duplicates.ofSource('s', 'none of them', 1)).toEqual(['z']);
  expect(await duplicates.ofImage('i', first, 5)).toEqual(['m', 'old']);
  expect(await duplicates.ofImage('i', first, 1)).toEqual(['m']);
  expect(await duplicates.ofImage('nobody has it', first, 5)).toEqual([]);
});

it('finds those of the picture that a task has made with the task', async () => {
  const first = await add('z', 's', 'i');
  await add('m', 'other', 'i');
  await add('old', null, 'i');
  const waiting = await add('waiting', 's', null);
  const found = (emojiId: string, limit: number) => history.findWithDuplicates(emojiId.replace('emoji-', ''), limit);
  expect(await found(first, 5)).toEqual({
    ...(await history.find(first.replace('emoji-', ''))),
    duplicates: ['m', 'old'],
  });
  expect((await found(first, 1))?.duplicates).toEqual(['m']);
  expect(await found(waiting, 5)).toMatchObject({ image: null, duplicates: [] });
  expect(await found('nobody', 5)).toBeNull();
});

it('calls an emoji by the name that it is listed under', async () => {
  const first = await add('tada', 's', 'i');
  for (const [name, kind] of [
    ['alias', 'alias'],
    ['before', 'former'],
  ]) {
    await env.DB.prepare('INSERT INTO emoji_names (name, emoji_id, kind) VALUES (?, ?, ?)')
      .bind(name, first, kind)
      .run();
  }
  expect(await duplicates.ofSource('s', 'another', 5)).toEqual(['tada']);
});

it('walks no table, and sorts nothing', async () => {
  const plans = {
    emojis_by_source_hash: await plansOf((db) => d1Duplicates(db).ofSource('s', 'e', 5)),
    emojis_by_image: await plansOf((db) => d1Duplicates(db).ofImage('i', 'e', 5)),
  };
  const ofTask = await plansOf((db) => d1TaskHistory(db).findWithDuplicates('t', 5));
  for (const [index, plan] of [...Object.entries(plans), ['emojis_by_image', ofTask] as const]) {
    expect(plan.join('\n')).toContain(index);
    expect(plan.join('\n')).toContain('primary_names');
    // Of the few names that were found, an array is made.
    expect(plan.join('\n').replace('SCAN (subquery-1)', '')).not.toMatch(/SCAN|TEMP B-TREE/);
  }
});
