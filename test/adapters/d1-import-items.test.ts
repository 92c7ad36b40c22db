import { reset } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { d1Housekeeping } from '../../src/adapters/d1-housekeeping.ts';
import { d1ImportItems } from '../../src/adapters/d1-import-items.ts';
import { recordTask } from '../../src/adapters/d1-task-record.ts';
import type { ImportItem } from '../../src/domain/packs/import-item.ts';
import { submit } from '../../src/domain/task.ts';
import { migrate, plansOf } from '../support/database.ts';
import { addEmoji } from '../support/emojis.ts';
import { newOrder } from '../support/tasks.ts';

const items = () => d1ImportItems(env.DB);

function item(number: number, change: Partial<ImportItem> = {}): ImportItem {
  const words = { aliases: ['é"\''], tags: [], category: null, description: 'x'.repeat(400) };
  return {
    number,
    path: `pack/${number}.png`,
    name: `e${number}`,
    emoji: { name: `e${number}`, source: { entry: number }, words, isSecond: false },
    action: 'create',
    outcome: 'planned',
    finalName: `e${number}`,
    emojiId: null,
    taskId: null,
    tries: 0,
    changedAt: 1_000,
    error: null,
    leftOut: [],
    ...change,
  };
}

const many = (count: number) => Array.from({ length: count }, (_, index) => item(index + 1));
const all = { outcomes: [], after: 0, limit: 20_000 };

beforeEach(migrate);
afterEach(reset);

describe('the items of an import', () => {
  it('are kept as they are, as many as there may be, and stay so when they are added again', async () => {
    const given = many(10_000);
    await items().add('i', given);
    await items().add('i', [item(1, { path: 'another' })]);
    expect(await items().list('i', all)).toEqual(given);
    expect(await items().list('i', { outcomes: ['planned'], after: 9_998, limit: 1 })).toEqual(
      given.slice(9_998, 9_999),
    );
    expect(await items().counts('i')).toEqual([{ action: 'create', outcome: 'planned', count: 10_000 }]);
  });

  it('are changed by who has seen them as they are', async () => {
    await items().add('i', [item(1)]);
    const ordering = { outcome: 'ordering' as const, taskId: 't', emojiId: 'e', tries: 1 };
    expect(await items().note('i', item(1), ordering, 2_000)).toBe(true);
    expect(await items().note('i', item(1), { outcome: 'failed' }, 3_000)).toBe(false);
    const seen = item(1, { outcome: 'ordering', taskId: 'another' });
    expect(await items().note('i', seen, { outcome: 'failed' }, 3_000)).toBe(false);
    expect(await items().list('i', all)).toEqual([item(1, { ...ordering, changedAt: 2_000 })]);
  });

  it('are those of a dry run again, with what was skipped', async () => {
    const error = { code: 'x', message: 'y', remedy: 'z' };
    await items().add('dry', [
      item(1),
      item(2, { action: 'skip', outcome: 'skipped', error }),
      item(3, { emoji: null, action: 'refuse', outcome: 'failed', error }),
    ]);
    await items().copy('dry', 'run', 5_000);
    expect(await items().list('run', all)).toMatchObject([
      { outcome: 'planned', error: null },
      { action: 'skip', outcome: 'planned', error: null },
      { action: 'refuse', outcome: 'failed', error },
    ]);
  });

  it('tell who has a name, which is nobody who had it before', async () => {
    await addEmoji({ name: 'tada', aliases: ['hooray'], owner: 'ada' });
    await env.DB.prepare("INSERT INTO emoji_names (name, emoji_id, kind) SELECT 'old', id, 'former' FROM emojis").run();
    const found = await items().holders(['tada', 'hooray', 'old', 'none']);
    expect([...found].map(([name, { isAlias, name: of, owner }]) => [name, isAlias, of, owner]).sort()).toEqual([
      ['hooray', true, 'tada', 'ada'],
      ['tada', false, 'tada', 'ada'],
    ]);
  });

  it('go with their task', async () => {
    const order = newOrder({ kind: 'import', emojiId: '', emojiName: '' });
    const ended = { ...submit(order), state: 'SUCCESS' as const, finishedAt: 1_000, sequence: 2 };
    await recordTask(env.DB, ended);
    await items().add(order.id, many(3));
    await items().add('another', many(2));
    await d1Housekeeping(env.DB).forgetTasks(2_000, 10);
    expect(await items().list(order.id, all)).toEqual([]);
    expect(await items().list('another', all)).toHaveLength(2);
  });

  it('are found by an index', async () => {
    const plans = await plansOf(async (db) => {
      const of = d1ImportItems(db);
      await of.list('i', { outcomes: ['planned'], after: 5, limit: 10 });
      await of.list('i', { outcomes: [], after: 5, limit: 10 });
      await of.list('i', { outcomes: ['waiting', 'ordering'], after: 5, limit: 10 });
      await of.counts('i');
      await of.ended('i', 0, 10);
      await of.holders(['a']);
      await of.note('i', item(1), { outcome: 'failed' }, 1);
    });
    for (const plan of plans) expect(plan).not.toMatch(/SCAN (?!json_each)/);
    // Nothing but the index, for what is asked with each part of an import.
    expect(plans[0]).toMatch(/import_items_by_outcome \(import_id=\? AND outcome=\? AND number>\?\)/);
    expect(plans[0]).not.toContain('TEMP B-TREE');
    expect(plans[3]).toMatch(/USING COVERING INDEX import_items_by_outcome \(import_id=\?\)/);
    expect(plans[4]).toMatch(/import_items_by_outcome \(import_id=\? AND outcome=\?\)/);
  });
});
