import { reset } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { d1EmojiLife } from '../../src/adapters/d1-emoji-life.ts';
import { recordTask } from '../../src/adapters/d1-task-record.ts';
import { changeEmoji } from '../../src/application/change-emoji.ts';
import { addWords } from '../../src/application/imports/settle-item.ts';
import { itemsOf } from '../../src/domain/packs/import-item.ts';
import { workPorts } from '../../src/work/ports.ts';
import { migrate } from '../support/database.ts';
import { OPERATOR } from '../support/principals.ts';
import { newOrder, taskIn } from '../support/tasks.ts';

const TAGS = Array.from({ length: 20 }, (_, index) => `t${index}`);

beforeEach(migrate);
afterEach(reset);

it('adds to what somebody else has said of the emoji meanwhile, and tells what there is no room for', async () => {
  const ports = workPorts(env, {});
  const order = newOrder({ emojiName: 'parrot' });
  await ports.catalogue.take(order);
  await recordTask(env.DB, taskIn('SUCCESS', 1_000, order));
  const words = { aliases: [], tags: TAGS, category: null, description: '' };
  const [item] = itemsOf(
    [{ path: 'parrot.png', name: 'parrot', is: { emoji: 'parrot', source: { entry: 0 }, words, leftOut: [] } }],
    1_000,
  );
  if (item === undefined) throw new Error('there is one');
  const life = d1EmojiLife(env.DB);
  let isFirst = true;
  const find: typeof life.find = async (name) => {
    const seen = await life.find(name);
    if (isFirst) {
      isFirst = false;
      await changeEmoji(ports, 'parrot', { tags: ['mine'], description: 'Mine.' }, null, OPERATOR);
    }
    return seen;
  };
  const there = { ...item, finalName: 'parrot', emojiId: order.emojiId };
  const leftOut = await addWords({ ...ports, life: { ...ports.life, find } }, there, OPERATOR);
  const found = await life.find('parrot');
  expect([...(found?.tags ?? [])].sort()).toEqual(['mine', ...TAGS.slice(0, 19)].sort());
  expect(found?.description).toBe('Mine.');
  expect(leftOut).toEqual(['tag "t19": the emoji has 20 already']);
});
