import { reset } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { d1EmojiCatalogue } from '../../src/adapters/d1-emoji-catalogue.ts';
import { d1TaskHistory, listTasksQuery, recordTask } from '../../src/adapters/d1-task-history.ts';
import type { TaskPosition } from '../../src/application/ports.ts';
import { TASK_STATES, type TaskState } from '../../src/domain/task.ts';
import { migrate, queryPlan } from '../support/database.ts';
import { taskIn } from '../support/tasks.ts';

const history = d1TaskHistory(env.DB);
const IMAGE = { hash: 'ab', bytes: 12, frames: 3 };
const FAILURE = { code: 'corrupt_picture', message: 'PNG: broken', remedy: 'Save it again.' };

beforeEach(migrate);
afterEach(reset);

describe('the history of tasks in D1', () => {
  it('gives back what was recorded', async () => {
    const task = taskIn('FAILURE', 1_000, { startedAt: 1_100, finishedAt: 1_200, attempts: 2, failure: FAILURE });
    await recordTask(env.DB, task);
    expect(await history.find(task.id)).toEqual({
      id: task.id,
      kind: 'create',
      emojiName: 'tada',
      state: 'FAILURE',
      attempts: 2,
      receivedAt: 1_000,
      startedAt: 1_100,
      finishedAt: 1_200,
      failure: FAILURE,
      history: [{ state: 'PENDING', at: 1_000, reason: null }],
    });
    expect(await history.find('unknown')).toBeNull();
  });

  it('keeps the newer of two copies, in whatever order they come', async () => {
    const older = taskIn('STARTED', 1_000, { sequence: 2 });
    const newer = { ...older, state: 'RETRY' as const, sequence: 3 };
    for (const copy of [newer, older, newer]) {
      await recordTask(env.DB, copy);
      expect((await history.find(older.id))?.state).toBe('RETRY');
    }
  });

  it('lets the emoji appear with the SUCCESS of its task', async () => {
    const catalogue = d1EmojiCatalogue(env.DB);
    const task = taskIn('SUCCESS', 1_000, { image: IMAGE });
    await catalogue.take({ id: task.emojiId, name: 'tada', createdAt: 1 });
    await recordTask(env.DB, task);
    await recordTask(env.DB, task);
    expect((await catalogue.find('tada'))?.image).toEqual(IMAGE);
  });

  it.each(['FAILURE', 'REVOKED'] as const)('frees the name with the %s of its task', async (state) => {
    const catalogue = d1EmojiCatalogue(env.DB);
    const task = taskIn(state, 1_000);
    await catalogue.take({ id: task.emojiId, name: 'tada', createdAt: 1 });
    await recordTask(env.DB, task);
    expect(await catalogue.isTaken('tada')).toBe(false);
    // Once more, after somebody else has taken the name.
    await catalogue.take({ id: 'somebody', name: 'tada', createdAt: 2 });
    await recordTask(env.DB, task);
    expect(await catalogue.isTaken('tada')).toBe(true);
  });
});

describe('the list of tasks', () => {
  const states: TaskState[] = ['SUCCESS', 'FAILURE', 'SUCCESS', 'RETRY', 'FAILURE', 'SUCCESS', 'STARTED'];

  /** The numbers of the tasks found, which are received at 1, 2, 3 … and two of them at the same time. */
  async function listed(wanted: TaskState[], limit: number): Promise<number[]> {
    const found: number[] = [];
    for (let after: TaskPosition | null = null; ; ) {
      const page = await history.list({ states: wanted, after, limit });
      found.push(...page.map(({ attempts }) => attempts));
      after = page.at(-1) ?? null;
      if (after === null) return found;
    }
  }

  beforeEach(async () => {
    for (const [number, state] of states.entries()) {
      const receivedAt = number === 6 ? 5 : number;
      await recordTask(env.DB, taskIn(state, receivedAt, { id: `task-${number}`, attempts: number }));
    }
  });

  it.each([1, 2, 3, 100])('is newest first, and whole, in pages of %i', async (limit) => {
    expect(await listed([], limit)).toEqual([6, 5, 4, 3, 2, 1, 0]);
    expect(await listed(['FAILURE'], limit)).toEqual([4, 1]);
    expect(await listed(['FAILURE', 'STARTED', 'SUCCESS'], limit)).toEqual([6, 5, 4, 2, 1, 0]);
    expect(await listed([...TASK_STATES], limit)).toEqual([6, 5, 4, 3, 2, 1, 0]);
    expect(await listed(['PENDING'], limit)).toEqual([]);
  });

  it('counts a state that is named twice once', async () => {
    expect(await listed(['FAILURE', 'FAILURE'], 10)).toEqual([4, 1]);
  });

  it('walks indexes, and sorts nothing', async () => {
    const after = { receivedAt: 5, id: 'task-5' };
    for (const wanted of [[], ['FAILURE'], ['FAILURE', 'RETRY', 'STARTED']] as TaskState[][]) {
      for (const position of [null, after]) {
        const { sql, values } = listTasksQuery(wanted, position, 10);
        const plan = await queryPlan(sql, ...values);
        expect(plan).toContain(
          wanted.length === 0 ? 'USING INDEX tasks_by_time' : 'USING INDEX tasks_by_state (state=?',
        );
        expect(plan).not.toContain('TEMP B-TREE');
      }
    }
  });
});
