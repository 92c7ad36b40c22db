import { beforeEach, expect, it } from 'vitest';
import { createEmoji } from '../../src/application/create-emoji.ts';
import { GRACE_MS, type SweepReport, sweep } from '../../src/application/sweep.ts';
import { restart } from '../../src/domain/task.ts';
import { must, newOrder, RESULT, taskIn } from '../support/tasks.ts';
import { memoryPorts, uploadOf } from './memory-ports.ts';

const DAY = 86_400_000;
const NOTHING: SweepReport = {
  unaccepted: 0,
  settled: 0,
  namesFreed: 0,
  ordersForgotten: 0,
  emojisDropped: 0,
  tasksForgotten: 0,
  sourcesDeleted: 0,
  imagesDeleted: 0,
  keysForgotten: 0,
  noticesWoken: 0,
  noticesForgotten: 0,
  faults: [],
};

let memory: ReturnType<typeof memoryPorts>;
const NOW = Date.now();
const OLD = NOW - GRACE_MS - 1;
const run = () => sweep(memory.ports, NOW, 30 * DAY);

beforeEach(() => {
  memory = memoryPorts();
});

it('leaves alone what is younger than 15 minutes', async () => {
  expect(GRACE_MS).toBe(15 * 60_000);
  const order = newOrder({ receivedAt: NOW - GRACE_MS + 1_000 });
  await memory.ports.catalogue.take(order);
  memory.sources.set('sources/orphan', new Uint8Array(1));
  memory.images.set('images/unused.gif', new Uint8Array(1));
  expect(await run()).toEqual(NOTHING);
  expect([memory.emojis.size, memory.sources.size, memory.images.size]).toEqual([1, 1, 1]);
});

it('undoes an upload that stopped between its name and its task: nothing of it is left', async () => {
  const order = newOrder({ receivedAt: OLD });
  await memory.ports.catalogue.take(order);
  memory.sources.set(order.sourceKey, new Uint8Array(1));
  expect(await run()).toEqual({ ...NOTHING, unaccepted: 1 });
  expect([memory.emojis.size, memory.sources.size, memory.copies.size]).toEqual([0, 0, 0]);
  expect(await run()).toEqual(NOTHING);
});

it('brings the history up to date with the owner of a task', async () => {
  const done = taskIn('SUCCESS', OLD);
  memory.copies.set(done.id, taskIn('STARTED', OLD, { id: done.id }));
  memory.tasks.set(done.id, done);
  expect(await run()).toEqual({ ...NOTHING, settled: 1 });
  expect(memory.copies.get(done.id)?.state).toBe('SUCCESS');
});

it('frees a name that is held by nothing', async () => {
  const order = newOrder({ receivedAt: OLD });
  await memory.ports.catalogue.takeAgain(order, OLD);
  expect(await run()).toEqual({ ...NOTHING, namesFreed: 1 });
  expect(memory.emojis.size).toBe(0);
});

it('frees no name of a task that a person has had tried again, though the history does not know yet', async () => {
  const order = newOrder({ receivedAt: OLD });
  const failed = taskIn('FAILURE', OLD, order);
  await memory.ports.catalogue.takeAgain(order, OLD);
  memory.copies.set(order.id, failed);
  memory.tasks.set(order.id, must(restart(failed, 1, OLD)));
  expect(await run()).toEqual(NOTHING);
  expect(memory.copies.get(order.id)?.state).toBe('PENDING');
  expect(memory.named('tada')?.id).toBe(order.emojiId);
});

it('frees no name when the owner of its task cannot be asked', async () => {
  const order = newOrder({ receivedAt: OLD });
  await memory.ports.catalogue.takeAgain(order, OLD);
  memory.copies.set(order.id, taskIn('FAILURE', OLD, order));
  memory.ports.taskOwners.settle = () => Promise.reject(new Error('no Durable Object'));
  expect(await run()).toEqual({ ...NOTHING, faults: ['names'] });
  expect(memory.emojis.size).toBe(1);
});

it('forgets old tasks with their uploads, and old keys', async () => {
  for (const [id, at] of Object.entries({ old: NOW - 31 * DAY, young: NOW - 29 * DAY })) {
    memory.copies.set(id, taskIn('FAILURE', at, { id, sourceKey: `sources/${id}` }));
    memory.sources.set(`sources/${id}`, new Uint8Array(1));
  }
  memory.keys.set('old', { taskId: 'old', fingerprint: 'f', createdAt: NOW - DAY - 1 });
  memory.keys.set('young', { taskId: 'young', fingerprint: 'f', createdAt: NOW - DAY + 1 });
  expect(await run()).toEqual({ ...NOTHING, tasksForgotten: 1, sourcesDeleted: 1, keysForgotten: 1 });
  expect([...memory.copies.keys(), ...memory.sources.keys(), ...memory.keys.keys()]).toEqual([
    'young',
    'sources/young',
    'young',
  ]);
});

it('deletes uploads and pictures that nothing needs, and no other', async () => {
  const { taskId } = await createEmoji(memory.ports, 'tada', uploadOf('a'));
  await memory.ports.images.put('shown', 'gif', new Uint8Array(1), taskId);
  const { token } = must(await memory.ports.taskOwners.claim(taskId));
  const image = { ...RESULT.image, hash: 'shown', renditions: { png: { hash: 'still', bytes: 1 } } };
  await memory.ports.taskOwners.succeed(taskId, token, { ...RESULT, image }, []);
  await memory.ports.images.put('still', 'png', new Uint8Array(1), taskId);
  memory.sources.set('sources/orphan', new Uint8Array(1));
  await memory.ports.images.put('unused', 'gif', new Uint8Array(1), 'gone');
  await memory.ports.images.put('unused', 'png', new Uint8Array(1), 'gone');
  for (const key of [...memory.sources.keys(), ...memory.images.keys()]) memory.writtenAt.set(key, OLD);
  expect(await run()).toEqual({ ...NOTHING, sourcesDeleted: 1, imagesDeleted: 2 });
  expect([...memory.sources.keys()]).toEqual([`sources/${taskId}`]);
  expect([...memory.images.keys()]).toEqual(['images/shown.gif', 'images/still.png']);
});

it('leaves a picture alone that an unfinished task has made: it is about to be shown', async () => {
  const order = newOrder({ receivedAt: NOW });
  await memory.ports.taskOwners.submit(order);
  await memory.ports.images.put('soon', 'gif', new Uint8Array(1), order.id);
  memory.writtenAt.set('images/soon.gif', OLD);
  expect(await run()).toEqual(NOTHING);
  expect(memory.images.has('images/soon.gif')).toBe(true);
});

it('does the other steps when one fails, and says which did', async () => {
  memory.ports.housekeeping.freeNames = () => Promise.reject(new Error('no D1'));
  memory.ports.storedObjects.list = () => Promise.reject(new Error('no R2'));
  memory.keys.set('old', { taskId: 'old', fingerprint: 'f', createdAt: NOW - 2 * DAY });
  expect(await run()).toEqual({ ...NOTHING, keysForgotten: 1, faults: ['names', 'sources', 'images', 'fitted'] });
  expect(memory.logged.filter((event) => event === 'sweep failed')).toHaveLength(4);
});

it('asks no more than 100 owners a run for unfinished tasks, and the next run goes on', async () => {
  for (let i = 0; i < 150; i++) await memory.ports.taskOwners.submit(newOrder({ receivedAt: OLD - i }));
  const asked: string[] = [];
  const { settle } = memory.ports.taskOwners;
  memory.ports.taskOwners.settle = (id) => {
    asked.push(id);
    return settle(id);
  };
  expect([(await run()).settled, (await run()).settled, (await run()).settled]).toEqual([100, 50, 100]);
  expect(new Set(asked.slice(0, 150)).size).toBe(150);
});

it('deletes no more than 100 objects a page and run, and all in the end', async () => {
  for (let i = 0; i < 150; i++) {
    memory.sources.set(`sources/orphan-${i}`, new Uint8Array(1));
    memory.writtenAt.set(`sources/orphan-${i}`, OLD);
  }
  expect([(await run()).sourcesDeleted, (await run()).sourcesDeleted]).toEqual([100, 50]);
});

it('deletes no more than 100 objects a run, on however many pages they are', async () => {
  const { list } = memory.ports.storedObjects;
  for (let i = 0; i < 150; i++) {
    memory.sources.set(`sources/orphan-${i}`, new Uint8Array(1));
    memory.writtenAt.set(`sources/orphan-${i}`, OLD);
  }
  // Pages of 60 orphans each.
  memory.ports.storedObjects.list = async (prefix, cursor) => {
    const { objects } = await list(prefix, null);
    const page = Number(cursor ?? 0);
    const rest = objects.filter(({ key }) => Math.floor(Number(key.split('-')[1]) / 60) >= page);
    const shown = rest.filter(({ key }) => Math.floor(Number(key.split('-')[1]) / 60) === page);
    return { objects: shown, cursor: rest.length > shown.length ? String(page + 1) : null };
  };
  expect([(await run()).sourcesDeleted, (await run()).sourcesDeleted]).toEqual([100, 50]);
});

it('goes through 20 pages of storage a run, and starts anew after the last', async () => {
  const asked: (string | null)[] = [];
  memory.ports.storedObjects.list = async (prefix, cursor) => {
    if (prefix === 'sources/') asked.push(cursor);
    const next = Number(cursor ?? 0) + 1;
    return { objects: [], cursor: next === 25 ? null : String(next) };
  };
  for (let runs = 0; runs < 3; runs++) await run();
  const pages = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => String(from + i));
  expect(asked).toEqual([null, ...pages(1, 25), null, ...pages(1, 20)]);
});

it('forgets what was counted by periods once no statistics are told of them any more', async () => {
  await sweep(memory.ports, Date.UTC(2026, 10, 25, 12, 34, 56), 30 * DAY);
  // 60 minutes and 96 quarters of an hour are left, with the one that is under way.
  expect(memory.forgottenPeriods).toEqual([
    { step: 60_000, before: Date.UTC(2026, 10, 25, 11, 35) },
    { step: 900_000, before: Date.UTC(2026, 10, 24, 12, 45) },
  ]);
});

it('leaves an upload alone whose owner cannot be asked, and looks after the others', async () => {
  const order = newOrder({ receivedAt: OLD - 1 });
  const other = newOrder({ emojiName: 'other', receivedAt: OLD });
  for (const one of [order, other]) await memory.ports.catalogue.take(one);
  const { settle } = memory.ports.taskOwners;
  memory.ports.taskOwners.settle = (id) =>
    id === order.id ? Promise.reject(new Error('no Durable Object')) : settle(id);
  expect(await run()).toEqual({ ...NOTHING, unaccepted: 1, faults: ['tasks'] });
  expect([...memory.emojis.keys()]).toEqual([order.emojiId]);
});

it('deletes pictures that were made to fit a platform after a month: they are made again when they are asked for', async () => {
  for (const key of ['fitted/old', 'fitted/old.ordered', 'fitted/young']) memory.fitted.set(key, new Uint8Array(1));
  for (const key of ['fitted/old', 'fitted/old.ordered']) memory.writtenAt.set(key, NOW - 30 * DAY - 1);
  memory.writtenAt.set('fitted/young', NOW - 30 * DAY + 1_000);
  expect(await run()).toEqual({ ...NOTHING, imagesDeleted: 2 });
  expect([...memory.fitted.keys()]).toEqual(['fitted/young']);
});

it('lets go of orders that never became tasks, with their uploads, once their owners have been heard', async () => {
  const running = taskIn('STARTED', OLD);
  memory.tasks.set(running.id, running);
  for (const id of ['lost', 'away', running.id]) {
    memory.lostOrders.push(id);
    memory.sources.set(`sources/${id}`, new Uint8Array(1));
    memory.writtenAt.set(`sources/${id}`, NOW);
  }
  const { settle } = memory.ports.taskOwners;
  memory.ports.taskOwners.settle = async (id) => {
    if (id === 'away') throw new Error('no Durable Object');
    return settle(id);
  };
  expect(await run()).toMatchObject({ ordersForgotten: 2, faults: ['orders'] });
  // Whether one that was heard is under way, the database decides.
  expect(memory.lostOrders).toEqual(['away']);
  expect(memory.forgottenUploads).toEqual(['sources/lost']);
  expect([...memory.sources.keys()]).toEqual(['sources/away', `sources/${running.id}`]);
});

it('has uploads count no more before they are deleted', async () => {
  memory.sources.set('sources/orphan', new Uint8Array(1));
  memory.writtenAt.set('sources/orphan', OLD);
  memory.ports.storedObjects.delete = async () => {
    throw new Error('no R2');
  };
  expect(await run()).toEqual({ ...NOTHING, faults: ['sources'] });
  expect(memory.forgottenUploads).toEqual(['sources/orphan']);
});

it('has notices looked at again that are due, whose messages may be lost', async () => {
  memory.noticesDue.push('msg_1', 'msg_2');
  expect(await run()).toEqual({ ...NOTHING, noticesWoken: 2 });
  expect(memory.woken).toEqual(['msg_1', 'msg_2']);
});

it('forgets notices that are as old as tasks that are forgotten', async () => {
  memory.noticesAt.push(NOW - 30 * DAY - 1, NOW - 30 * DAY);
  expect(await run()).toEqual({ ...NOTHING, noticesForgotten: 1 });
});
