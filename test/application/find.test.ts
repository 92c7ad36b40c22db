import { describe, expect, it } from 'vitest';
import { findShown, lookUpEmoji } from '../../src/application/find-emoji.ts';
import { awaitTask, describeTask, findTask } from '../../src/application/find-task.ts';
import { fail, isFinished, KEEP_MS, TASK_STATES } from '../../src/domain/task.ts';
import { OPERATOR } from '../support/principals.ts';
import { FAILURE, must, newOrder, RESULT, taskIn } from '../support/tasks.ts';
import { memoryPorts } from './memory-ports.ts';

const ID = '0a4f6d3e-3a4e-4a52-9d1f-7c1df3f6f6c1';
const ORDER = newOrder({ id: ID });
/** What only an owner knows. */
const OWNED = { progress: null, lease: null, sendAt: null, log: [] };

it('finds an emoji by any way to write its name, once its picture is ready', async () => {
  const { ports } = memoryPorts();
  await ports.catalogue.take(ORDER);
  await expect(lookUpEmoji(ports.catalogue, 'tada')).rejects.toMatchObject({ code: 'emoji_not_found' });
  await ports.taskOwners.submit(ORDER);
  await ports.taskOwners.succeed(ID, must(await ports.taskOwners.claim(ID)).token, RESULT, []);
  const found = { outcome: 'found', emoji: { id: ORDER.emojiId, name: 'tada' } };
  expect(await lookUpEmoji(ports.catalogue, ':TADA:')).toMatchObject(found);
  expect(await findShown(ports.catalogue, ports.catalogue, ':TADA:', OPERATOR)).toMatchObject(found.emoji);
});

it('finds no emoji by a name that none can have', async () => {
  const { catalogue } = memoryPorts().ports;
  for (const asked of [lookUpEmoji(catalogue, 'a b'), findShown(catalogue, catalogue, 'a b', OPERATOR)]) {
    await expect(asked).rejects.toMatchObject({ code: 'emoji_not_found' });
  }
});

it('sends who reads by a former name on to the present one, and tells it who writes', async () => {
  const { ports } = memoryPorts();
  await ports.catalogue.take(ORDER);
  await ports.taskOwners.submit(ORDER);
  await ports.taskOwners.succeed(ID, must(await ports.taskOwners.claim(ID)).token, RESULT, []);
  const emoji = must(await ports.catalogue.find('tada'));
  const finder = { find: async (name: string) => (name === 'old' ? { ...emoji, askedBy: 'former' as const } : null) };
  expect(await lookUpEmoji(finder, 'old')).toMatchObject({ outcome: 'renamed', emoji: { name: 'tada' } });
  await expect(findShown(finder, ports.catalogue, 'old', OPERATOR)).rejects.toMatchObject({
    code: 'emoji_not_found',
    message: expect.stringContaining('"tada" now'),
  });
});

describe('findTask', () => {
  it('finds a task in the history, and asks its owner when it is not there yet', async () => {
    const { ports, copies } = memoryPorts();
    await expect(findTask(ports, ID, OPERATOR)).rejects.toMatchObject({ code: 'task_not_found' });
    await ports.taskOwners.submit(ORDER);
    copies.clear();
    expect(await findTask(ports, ID, OPERATOR)).toMatchObject({ id: ID, state: 'PENDING', progress: null });
    ports.taskOwners.read = () => Promise.reject(new Error('asked'));
    for (const state of ['RETRY', 'SUCCESS', 'FAILURE', 'REVOKED'] as const) {
      copies.set(ID, taskIn(state, 1, { id: ID }));
      expect(await findTask(ports, ID, OPERATOR)).toMatchObject({ id: ID, state, progress: null });
    }
  });

  it('asks the owner of a task that is being rendered how far it is', async () => {
    const { ports, copies } = memoryPorts();
    const started = taskIn('STARTED', 1, { id: ID });
    copies.set(ID, started);
    ports.taskOwners.read = async () => ({ ...started, ...OWNED, progress: { done: 3, of: 10 } });
    expect(await findTask(ports, ID, OPERATOR)).toMatchObject({ state: 'STARTED', progress: { done: 3, of: 10 } });
    // One that has forgotten it, or is away: the copy is all there is.
    for (const read of [async () => null, () => Promise.reject(new Error('away'))]) {
      ports.taskOwners.read = read;
      expect(await findTask(ports, ID, OPERATOR)).toMatchObject({ state: 'STARTED', ...OWNED });
    }
  });

  it('asks nobody about what cannot be the id of a task', async () => {
    const { ports } = memoryPorts();
    ports.taskHistory.find = () => Promise.reject(new Error('asked'));
    ports.taskOwners.read = () => Promise.reject(new Error('asked'));
    await expect(findTask(ports, '../x', OPERATOR)).rejects.toMatchObject({ code: 'task_not_found' });
  });
});

describe('describeTask', () => {
  const entry = { at: 1, event: 'accepted' as const, details: { kind: 'create' } };

  it('asks the owner for the log as long as it keeps the task, and not after', async () => {
    const { ports, copies } = memoryPorts();
    for (const state of TASK_STATES) {
      const task = taskIn(state, 1_000, { id: ID });
      copies.set(ID, task);
      ports.taskOwners.read = async () => ({ ...task, ...OWNED, log: [entry] });
      expect(await describeTask(ports, ID, OPERATOR, 1_150 + KEEP_MS - 1)).toMatchObject({ state, log: [entry] });
      const later = await describeTask(ports, ID, OPERATOR, 1_150 + KEEP_MS);
      expect(later).toMatchObject({ state, log: isFinished(state) ? [] : [entry] });
    }
  });

  it('tells what the history knows where the owner has forgotten, is away, or does not tell the end yet', async () => {
    const { ports, copies } = memoryPorts();
    const started = taskIn('STARTED', 1_000, { id: ID });
    const failed = must(fail(started, 'token', FAILURE, 1_150));
    copies.set(ID, failed);
    for (const read of [async () => null, () => Promise.reject(new Error('away'))]) {
      ports.taskOwners.read = read;
      expect(await describeTask(ports, ID, OPERATOR, 1_200)).toMatchObject({ state: 'FAILURE', ...OWNED });
    }
    ports.taskOwners.read = async () => ({ ...started, ...OWNED, log: [entry] });
    expect(await describeTask(ports, ID, OPERATOR, 1_200)).toMatchObject({ state: 'FAILURE', ...OWNED, log: [entry] });
  });
});

describe('awaitTask', () => {
  it('waits for the end of a task, as long as it is told to', async () => {
    const { ports } = memoryPorts();
    await ports.taskOwners.submit(ORDER);
    const asked: number[] = [];
    ports.taskOwners.wait = async (_, milliseconds) => {
      asked.push(milliseconds);
      return { ...taskIn('SUCCESS', 1, { id: ID }), ...OWNED };
    };
    expect(await awaitTask(ports, ID, OPERATOR, 20_000)).toMatchObject({ state: 'SUCCESS' });
    expect(asked).toEqual([20_000]);
  });

  it('waits for nothing when the task has ended, or no time is given', async () => {
    const { ports, copies } = memoryPorts();
    ports.taskOwners.wait = () => Promise.reject(new Error('asked'));
    copies.set(ID, taskIn('FAILURE', 1, { id: ID }));
    expect(await awaitTask(ports, ID, OPERATOR, 20_000)).toMatchObject({ state: 'FAILURE' });
    copies.set(ID, taskIn('PENDING', 1, { id: ID }));
    expect(await awaitTask(ports, ID, OPERATOR, 0)).toMatchObject({ state: 'PENDING' });
  });

  it('tells what the history knows when the owner goes away meanwhile, or has forgotten', async () => {
    const { ports, copies } = memoryPorts();
    for (const wait of [() => Promise.reject(new Error('evicted')), async () => null]) {
      copies.set(ID, taskIn('PENDING', 1, { id: ID }));
      ports.taskOwners.wait = async () => {
        copies.set(ID, taskIn('SUCCESS', 1, { id: ID }));
        return wait();
      };
      expect(await awaitTask(ports, ID, OPERATOR, 20_000)).toMatchObject({ state: 'SUCCESS' });
    }
  });

  it('does not find what is not there', async () => {
    await expect(awaitTask(memoryPorts().ports, ID, OPERATOR, 20_000)).rejects.toMatchObject({
      code: 'task_not_found',
    });
  });
});
