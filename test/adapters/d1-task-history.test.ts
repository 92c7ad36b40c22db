import { reset } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { d1TaskHistory, listTasksQuery } from '../../src/adapters/d1-task-history.ts';
import { recordTask } from '../../src/adapters/d1-task-record.ts';
import type { TaskFilter, TaskPosition } from '../../src/application/ports.ts';
import { TASK_STATES, type TaskState } from '../../src/domain/task.ts';
import { migrate, plansOf, queryPlan } from '../support/database.ts';
import { FAILURE, taskIn } from '../support/tasks.ts';

const history = d1TaskHistory(env.DB);
const ALL: TaskFilter = { states: [], kind: null, emojiName: null, from: null, to: null, reason: null };

beforeEach(migrate);
afterEach(reset);

it('gives back what was recorded', async () => {
  const task = taskIn('FAILURE', 1_000, { attempts: 2, version: 3, actor: 'ada' });
  await recordTask(env.DB, task);
  expect(await history.find(task.id)).toEqual({
    id: task.id,
    kind: 'create',
    emojiId: task.emojiId,
    emojiName: 'tada',
    version: 3,
    sourceKey: task.sourceKey,
    sourceHash: task.sourceHash,
    actor: 'ada',
    rendering: { fit: 'contain', size: 100, background: null, matte: null },
    state: 'FAILURE',
    attempts: 2,
    receivedAt: 1_000,
    startedAt: 1_100,
    finishedAt: 1_150,
    failure: FAILURE,
    image: null,
    source: null,
    sequence: 3,
    history: [
      { state: 'PENDING', at: 1_000, reason: null },
      { state: 'STARTED', at: 1_100, reason: null },
      { state: 'FAILURE', at: 1_150, reason: 'PNG: broken' },
    ],
  });
  expect(await history.find('unknown')).toBeNull();
});

describe('the list of tasks', () => {
  const states: TaskState[] = ['SUCCESS', 'FAILURE', 'SUCCESS', 'RETRY', 'FAILURE', 'SUCCESS', 'STARTED'];

  /** The numbers of the tasks found, which are received at 0, 1, 2 … and two of them at the same time. */
  async function listed(filter: Partial<TaskFilter>, limit = 100): Promise<number[]> {
    const found: number[] = [];
    for (let after: TaskPosition | null = null; ; ) {
      const page = await history.list({ ...ALL, ...filter }, { after, limit });
      found.push(...page.map(({ attempts }) => attempts));
      after = page.at(-1) ?? null;
      if (after === null) break;
    }
    expect(await history.count({ ...ALL, ...filter }, 100)).toBe(found.length);
    return found;
  }

  beforeEach(async () => {
    for (const [number, state] of states.entries()) {
      const receivedAt = number === 6 ? 5 : number;
      await recordTask(
        env.DB,
        taskIn(state, receivedAt, {
          id: `task-${number}`,
          attempts: number,
          kind: number % 2 === 0 ? 'create' : 'replace',
          emojiName: number < 3 ? 'tada' : 'parrot',
        }),
      );
    }
  });

  it.each([1, 2, 3, 100])('is newest first, and whole, in pages of %i', async (limit) => {
    expect(await listed({}, limit)).toEqual([6, 5, 4, 3, 2, 1, 0]);
    expect(await listed({ states: ['FAILURE'] }, limit)).toEqual([4, 1]);
    expect(await listed({ states: ['FAILURE', 'STARTED', 'SUCCESS'] }, limit)).toEqual([6, 5, 4, 2, 1, 0]);
    expect(await listed({ states: [...TASK_STATES] }, limit)).toEqual([6, 5, 4, 3, 2, 1, 0]);
    expect(await listed({ states: ['PENDING'] }, limit)).toEqual([]);
    expect(await listed({ emojiName: 'parrot' }, limit)).toEqual([6, 5, 4, 3]);
    expect(await listed({ reason: 'broken' }, limit)).toEqual([4, 1]);
  });

  it('counts a state that is named twice once', async () => {
    expect(await listed({ states: ['FAILURE', 'FAILURE'] })).toEqual([4, 1]);
  });

  it('finds what all of the filter is true of', async () => {
    expect(await listed({ kind: 'replace' })).toEqual([5, 3, 1]);
    expect(await listed({ kind: 'replace', states: ['SUCCESS', 'RETRY'] })).toEqual([5, 3]);
    expect(await listed({ emojiName: 'tada', states: ['SUCCESS'] })).toEqual([2, 0]);
    expect(await listed({ emojiName: 'tada', states: ['SUCCESS', 'FAILURE'], kind: 'create' })).toEqual([2, 0]);
    expect(await listed({ emojiName: 'nobody' })).toEqual([]);
    // From is included, to is not.
    expect(await listed({ from: 2, to: 4 })).toEqual([3, 2]);
    expect(await listed({ from: 5, states: ['SUCCESS', 'FAILURE'] })).toEqual([5]);
    expect(await listed({ reason: 'broken', emojiName: 'parrot', from: 1, to: 6, states: ['FAILURE'] })).toEqual([4]);
  });

  it('finds a part of the reason, in either case, and nothing that only looks like a pattern', async () => {
    expect(await listed({ reason: 'png: BROK' })).toEqual([4, 1]);
    expect(await listed({ reason: 'r2 is' })).toEqual([3]);
    for (const pattern of ['%', '_', '*', 'P.G', "' OR 1=1 --"]) expect(await listed({ reason: pattern })).toEqual([]);
  });

  it('counts no further than it is told to', async () => {
    expect(await history.count(ALL, 3)).toBe(3);
    expect(await history.count({ ...ALL, states: ['SUCCESS', 'FAILURE'] }, 4)).toBe(4);
  });

  const after = { receivedAt: 5, id: 'task-5' };
  const rest = { kind: 'create', from: 1, to: 9 } as const;
  it.each<[string, Partial<TaskFilter>]>([
    ['tasks_by_time', {}],
    ['tasks_by_time', { states: [...TASK_STATES] }],
    ['tasks_by_time', rest],
    ['tasks_by_state (state=?', { states: ['FAILURE'] }],
    ['tasks_by_state (state=?', { states: ['FAILURE', 'RETRY', 'STARTED'] }],
    ['tasks_by_state (state=?', { states: ['FAILURE', 'RETRY'], ...rest }],
    ['tasks_by_emoji (emoji_name=?', { emojiName: 'tada' }],
    ['tasks_by_emoji (emoji_name=?', { emojiName: 'tada', states: ['FAILURE', 'RETRY'], reason: 'x', ...rest }],
    ['tasks_by_reason', { reason: 'broken' }],
    ['tasks_by_reason', { reason: 'broken', states: ['FAILURE', 'RETRY'], ...rest }],
  ])('walks the index %s for %j, and sorts nothing', async (index, filter) => {
    for (const position of [null, after]) {
      const { sql, values } = listTasksQuery({ ...ALL, ...filter }, position, 10);
      const plan = await queryPlan(sql, ...values);
      expect(plan).toContain(`USING INDEX ${index}`);
      expect(plan).not.toContain('TEMP B-TREE');
      // A walk from the newest on, or from where the page before ended; never the table itself.
      expect(plan).not.toMatch(/SCAN tasks(?! USING INDEX)/);
      if (position) expect(plan).not.toContain('SCAN tasks');
    }
  });

  it('finds one, and all counters, without walking the tasks', async () => {
    const plans = await plansOf(async (db) => {
      await d1TaskHistory(db).find('task-1');
      await d1TaskHistory(db).counters();
      await d1TaskHistory(db).changes(null, 10);
      await d1TaskHistory(db).changes(3, 10);
    });
    expect(plans).toHaveLength(4);
    expect(plans.join('\n')).not.toMatch(/SCAN tasks|TEMP B-TREE/);
    expect(plans[3]).toContain('USING INDEX tasks_by_change (change>?)');
  });
});

describe('the changes of all tasks', () => {
  it('begin now, and then tell of each task that changes, as it is', async () => {
    const [a, b] = [taskIn('PENDING', 1), taskIn('PENDING', 2)];
    await recordTask(env.DB, a);
    const start = await history.changes(null, 10);
    expect(start.tasks).toEqual([]);
    expect(await history.changes(start.last, 10)).toEqual(start);
    await recordTask(env.DB, b);
    await recordTask(env.DB, taskIn('STARTED', 1, { id: a.id }));
    const { tasks, last } = await history.changes(start.last, 10);
    expect(tasks.map(({ id, state }) => [id, state])).toEqual([
      [b.id, 'PENDING'],
      [a.id, 'STARTED'],
    ]);
    expect(await history.changes(last, 10)).toEqual({ tasks: [], last });
  });

  it('come in portions, none left out and none twice', async () => {
    const { last: start } = await history.changes(null, 10);
    const all = Array.from({ length: 5 }, (_, i) => taskIn('PENDING', i));
    for (const task of all) await recordTask(env.DB, task);
    const seen: string[] = [];
    for (let last = start; ; ) {
      const portion = await history.changes(last, 2);
      if (portion.tasks.length === 0) break;
      seen.push(...portion.tasks.map(({ id }) => id));
      last = portion.last;
    }
    expect(seen).toEqual(all.map(({ id }) => id));
  });

  it('tell nothing of a copy that is late or comes again', async () => {
    const task = taskIn('STARTED', 1);
    await recordTask(env.DB, task);
    const { last } = await history.changes(null, 10);
    await recordTask(env.DB, task);
    await recordTask(env.DB, taskIn('PENDING', 1, { id: task.id }));
    expect(await history.changes(last, 10)).toEqual({ tasks: [], last });
  });
});
