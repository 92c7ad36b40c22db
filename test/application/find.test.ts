import { expect, it } from 'vitest';
import { findEmoji } from '../../src/application/find-emoji.ts';
import { findTask } from '../../src/application/find-task.ts';
import { newOrder } from '../support/tasks.ts';
import { memoryPorts } from './memory-ports.ts';

const ID = '0a4f6d3e-3a4e-4a52-9d1f-7c1df3f6f6c1';
const ORDER = newOrder({ id: ID });

it('finds an emoji by any way to write its name, once its picture is ready', async () => {
  const { ports, names } = memoryPorts();
  await ports.catalogue.take({ id: 'e', name: 'tada', createdAt: 1 });
  await expect(findEmoji(ports.catalogue, 'tada')).rejects.toMatchObject({ code: 'emoji_not_found' });
  names.set('tada', { id: 'e', createdAt: 1, image: { hash: 'ab', bytes: 1, frames: 1 } });
  expect(await findEmoji(ports.catalogue, ':TADA:')).toMatchObject({ id: 'e', name: 'tada' });
});

it('finds no emoji by a name that none can have', async () => {
  await expect(findEmoji(memoryPorts().ports.catalogue, 'a b')).rejects.toMatchObject({ code: 'emoji_not_found' });
});

it('finds a task in the history, and asks its owner when it is not there yet', async () => {
  const { ports, tasks } = memoryPorts();
  await expect(findTask(ports, ID)).rejects.toMatchObject({ code: 'task_not_found' });
  await ports.taskOwners.submit(ORDER);
  expect(await findTask(ports, ID)).toMatchObject({ id: ID, state: 'PENDING' });
  const recorded = { ...(tasks.get(ID) as NonNullable<ReturnType<typeof tasks.get>>), state: 'STARTED' as const };
  ports.taskHistory.find = async () => recorded;
  expect(await findTask(ports, ID)).toMatchObject({ id: ID, state: 'STARTED' });
});

it('asks nobody about what cannot be the id of a task', async () => {
  const { ports } = memoryPorts();
  ports.taskHistory.find = () => Promise.reject(new Error('asked'));
  ports.taskOwners.read = () => Promise.reject(new Error('asked'));
  await expect(findTask(ports, '../x')).rejects.toMatchObject({ code: 'task_not_found' });
});
