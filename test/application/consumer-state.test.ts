import { expect, it } from 'vitest';
import { consumerState } from '../../src/application/consumer-state.ts';
import type { QueueState, TaskPage } from '../../src/application/ports.ts';
import { LEASE_MS, type Task } from '../../src/domain/task.ts';
import { taskIn } from '../support/tasks.ts';
import { memoryPorts } from './memory-ports.ts';

const NOW = 10_000_000;
const MINUTE = 60_000;

/** Tasks that have been due since some times, as the history has it; and their owners, as the last argument says. */
function portsWith(due: number[], queue: Partial<QueueState>, owned: (Task | null)[] = []) {
  const { ports, copies, tasks } = memoryPorts();
  const known = due.map((since, i) => (owned[i] === undefined ? taskIn('PENDING', since) : owned[i]));
  for (const task of known) if (task) tasks.set(task.id, task);
  const taskHistory = {
    ...ports.taskHistory,
    queue: async () => ({
      lastStartedAt: null,
      due: due.map((since, i) => ({ id: known[i]?.id ?? crypto.randomUUID(), since })),
      waiting: due.length,
      started: copies.size,
      ...queue,
    }),
  };
  return { ports: { ...ports, taskHistory }, copies };
}

/** @param running tasks that the history has as STARTED */
async function stateOf(due: number[], queue: Partial<QueueState> = {}, ...running: Task[]) {
  const { ports, copies } = portsWith(due, queue);
  for (const task of running) copies.set(task.id, task);
  return (await consumerState(ports, NOW)).state;
}

const startedAgo = (milliseconds: number) => taskIn('STARTED', 1, { startedAt: NOW - milliseconds });

it('is idle when nothing is to be done now, though something waits for its back-off', async () => {
  expect(await stateOf([])).toBe('idle');
  expect(await stateOf([], { waiting: 1 })).toBe('idle');
  expect(await stateOf([], { lastStartedAt: 1 })).toBe('idle');
});

it('works while something is rendered, or has not waited for long', async () => {
  expect(await stateOf([], {}, startedAgo(1_000))).toBe('working');
  expect(await stateOf([NOW])).toBe('working');
  expect(await stateOf([NOW - MINUTE + 1])).toBe('working');
});

it('is stalled when something has waited for a minute, and nothing was started meanwhile', async () => {
  expect(await stateOf([NOW - MINUTE])).toBe('stalled');
  expect(await stateOf([NOW - MINUTE], { lastStartedAt: NOW - MINUTE })).toBe('stalled');
  // A long queue moves on.
  expect(await stateOf([1, 2, 3], { lastStartedAt: NOW - MINUTE + 1 })).toBe('working');
});

it('is not stalled by a picture that takes long, unless its renderer has died', async () => {
  const queue = { lastStartedAt: NOW - LEASE_MS + 1 };
  expect(await stateOf([NOW - MINUTE], queue, startedAgo(LEASE_MS - 1))).toBe('working');
  expect(await stateOf([NOW - MINUTE], queue, startedAgo(LEASE_MS))).toBe('stalled');
});

it('goes by what the owners of the tasks have', async () => {
  const of = async (due: number[], ...owned: (Task | null)[]) => consumerState(portsWith(due, {}, owned).ports, NOW);
  // An upload broke off before it became a task; a copy of the history is behind.
  const left = [null, taskIn('SUCCESS', 2)];
  expect(await of([1, 2], ...left)).toMatchObject({ state: 'idle', waiting: 0, oldestDueAt: null });
  expect(await of([1, 2, 3], ...left)).toMatchObject({ state: 'stalled', waiting: 1, oldestDueAt: 3 });
  expect(await of([1, 2, NOW], ...left)).toMatchObject({ state: 'working', waiting: 1, oldestDueAt: NOW });
});

it('takes what its owner cannot be asked about for waiting', async () => {
  const { ports } = portsWith([1], {});
  const read = () => Promise.reject(new Error('away'));
  const taskOwners = { ...ports.taskOwners, read };
  expect(await consumerState({ ...ports, taskOwners }, NOW)).toMatchObject({ state: 'stalled', waiting: 1 });
});

it('names 20 of those that are rendered, the newest ones', async () => {
  const { ports } = memoryPorts();
  const asked: TaskPage[] = [];
  const list = async (_: unknown, page: TaskPage) => {
    asked.push(page);
    return [];
  };
  await consumerState({ ...ports, taskHistory: { ...ports.taskHistory, list } }, NOW);
  expect(asked).toEqual([{ order: 'newest', after: null, limit: 20 }]);
});
