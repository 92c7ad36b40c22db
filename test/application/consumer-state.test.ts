import { expect, it } from 'vitest';
import { consumerState } from '../../src/application/consumer-state.ts';
import type { QueueState, TaskPage } from '../../src/application/ports.ts';
import { LEASE_MS, type Task } from '../../src/domain/task.ts';
import { taskIn } from '../support/tasks.ts';
import { memoryPorts } from './memory-ports.ts';

const NOW = 10_000_000;
const MINUTE = 60_000;
const NOTHING: QueueState = { lastStartedAt: null, oldestDueAt: null, waiting: 0, started: 0 };

/** @param running tasks that the history has as STARTED */
async function stateOf(queue: Partial<QueueState>, ...running: Task[]) {
  const { ports, copies } = memoryPorts();
  for (const task of running) copies.set(task.id, task);
  const taskHistory = { ...ports.taskHistory, queue: async () => ({ ...NOTHING, started: running.length, ...queue }) };
  return (await consumerState(taskHistory, NOW)).state;
}

const startedAgo = (milliseconds: number) => taskIn('STARTED', 1, { startedAt: NOW - milliseconds });

it('is idle when nothing is to be done now, though something waits for its back-off', async () => {
  expect(await stateOf({})).toBe('idle');
  expect(await stateOf({ waiting: 1 })).toBe('idle');
  expect(await stateOf({ lastStartedAt: 1 })).toBe('idle');
});

it('works while something is rendered, or has not waited for long', async () => {
  expect(await stateOf({}, startedAgo(1_000))).toBe('working');
  expect(await stateOf({ waiting: 1, oldestDueAt: NOW })).toBe('working');
  expect(await stateOf({ waiting: 1, oldestDueAt: NOW - MINUTE + 1 })).toBe('working');
});

it('is stalled when something has waited for a minute, and nothing was started meanwhile', async () => {
  const waiting = { waiting: 1, oldestDueAt: NOW - MINUTE };
  expect(await stateOf(waiting)).toBe('stalled');
  expect(await stateOf({ ...waiting, lastStartedAt: NOW - MINUTE })).toBe('stalled');
  // A long queue moves on.
  expect(await stateOf({ ...waiting, oldestDueAt: 1, lastStartedAt: NOW - MINUTE + 1 })).toBe('working');
});

it('is not stalled by a picture that takes long, unless its renderer has died', async () => {
  const waiting = { waiting: 1, oldestDueAt: NOW - MINUTE, lastStartedAt: NOW - LEASE_MS + 1 };
  expect(await stateOf(waiting, startedAgo(LEASE_MS - 1))).toBe('working');
  expect(await stateOf(waiting, startedAgo(LEASE_MS))).toBe('stalled');
});

it('names 20 of those that are rendered, the newest ones', async () => {
  const { ports } = memoryPorts();
  const asked: TaskPage[] = [];
  const list = async (_: unknown, page: TaskPage) => {
    asked.push(page);
    return [];
  };
  await consumerState({ ...ports.taskHistory, list }, NOW);
  expect(asked).toEqual([{ order: 'newest', after: null, limit: 20 }]);
});
