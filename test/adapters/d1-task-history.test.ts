import { reset } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { d1TaskHistory, listTasksQuery } from '../../src/adapters/d1-task-history.ts';
import { recordTask } from '../../src/adapters/d1-task-record.ts';
import { TASK_ORDERS, type TaskFilter, type TaskOrdering, type TaskPosition } from '../../src/application/ports.ts';
import { claim, isFinished, retry, send, TASK_STATES, type TaskState } from '../../src/domain/task.ts';
import { migrate, plansOf, queryPlan } from '../support/database.ts';
import { FAILURE, must, taskIn } from '../support/tasks.ts';

const history = d1TaskHistory(env.DB);
const ALL: TaskFilter = { states: [], kind: null, parentId: null, emojiName: null, from: null, to: null, reason: null };

beforeEach(migrate);
afterEach(reset);

it('gives back what was recorded', async () => {
  const task = taskIn('FAILURE', 1_000, { attempts: 2, version: 3, actor: 'ada' });
  await recordTask(env.DB, task);
  expect(await history.find(task.id)).toEqual({
    id: task.id,
    kind: 'create',
    parentId: null,
    details: null,
    outcome: null,
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
  async function listed(filter: Partial<TaskFilter>, limit = 100, order: TaskOrdering = 'newest'): Promise<number[]> {
    const found: number[] = [];
    for (let after: TaskPosition | null = null; ; ) {
      const page = await history.list({ ...ALL, ...filter }, { order, after, limit });
      found.push(...page.map(({ attempts }) => attempts));
      const last = page.at(-1);
      if (last === undefined) break;
      after = { at: (order === 'finished' ? last.finishedAt : last.receivedAt) ?? 0, id: last.id };
    }
    if (order !== 'finished') expect(await history.count({ ...ALL, ...filter }, 100)).toBe(found.length);
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
          parentId: number % 3 === 0 ? 'the-import' : null,
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

  it.each([1, 2, 3, 100])('is oldest first, and whole, in pages of %i', async (limit) => {
    const oldest = (filter: Partial<TaskFilter>) => listed(filter, limit, 'oldest');
    expect(await oldest({})).toEqual([0, 1, 2, 3, 4, 5, 6]);
    expect(await oldest({ states: ['FAILURE', 'STARTED', 'SUCCESS'] })).toEqual([0, 1, 2, 4, 5, 6]);
    expect(await oldest({ emojiName: 'parrot', from: 4 })).toEqual([4, 5, 6]);
    expect(await oldest({ reason: 'broken' })).toEqual([1, 4]);
  });

  it.each([1, 2, 3, 100])('has those that ended, the last one first, and whole, in pages of %i', async (limit) => {
    const finished = (filter: Partial<TaskFilter>) => listed(filter, limit, 'finished');
    // Each ends 150 ms after it is received; but the first one last, and two of them at the same time.
    for (const [number, finishedAt] of [
      [0, 900],
      [2, 155],
    ]) {
      await env.DB.prepare('UPDATE tasks SET finished_at = ? WHERE attempts = ?').bind(finishedAt, number).run();
    }
    expect(await finished({})).toEqual([0, 5, 2, 4, 1]);
    expect(await finished({ states: ['FAILURE'] })).toEqual([4, 1]);
    expect(await finished({ states: ['FAILURE', 'STARTED', 'SUCCESS'] })).toEqual([0, 5, 2, 4, 1]);
    expect(await finished({ states: ['RETRY', 'STARTED', 'PENDING'] })).toEqual([]);
    expect(await finished({ emojiName: 'tada' })).toEqual([0, 2, 1]);
    expect(await finished({ emojiName: 'tada', states: ['SUCCESS'], kind: 'create' })).toEqual([0, 2]);
    expect(await finished({ emojiName: 'parrot', states: ['RETRY'] })).toEqual([]);
    expect(await finished({ reason: 'broken' })).toEqual([4, 1]);
    expect(await finished({ reason: 'R2 is away' })).toEqual([]);
    // By when they were received, as in any order.
    expect(await finished({ from: 2, to: 5 })).toEqual([2, 4]);
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
    expect(await listed({ parentId: 'the-import' })).toEqual([6, 3, 0]);
    expect(await listed({ parentId: 'the-import', states: ['SUCCESS'] })).toEqual([0]);
    expect(await listed({ parentId: 'another' })).toEqual([]);
    // From is included, to is not.
    expect(await listed({ from: 2, to: 4 })).toEqual([3, 2]);
    expect(await listed({ from: 5, states: ['SUCCESS', 'FAILURE'] })).toEqual([5]);
    expect(await listed({ reason: 'broken', emojiName: 'parrot', from: 1, to: 6, states: ['FAILURE'] })).toEqual([4]);
  });

  it('finds a part of the reason, in either case, and nothing that only looks like a pattern', async () => {
    expect(await listed({ reason: 'png: BROK' })).toEqual([4, 1]);
    expect(await listed({ reason: 'r2 is' })).toEqual([3]);
    // Or the code of a failure, as it is written.
    expect(await listed({ reason: 'corrupt_picture' })).toEqual([4, 1]);
    expect(await listed({ reason: 'corrupt_pic' })).toEqual([]);
    for (const pattern of ['%', '_', '*', 'P.G', "' OR 1=1 --"]) expect(await listed({ reason: pattern })).toEqual([]);
  });

  it('counts no further than it is told to', async () => {
    expect(await history.count(ALL, 3)).toBe(3);
    expect(await history.count({ ...ALL, states: ['SUCCESS', 'FAILURE'] }, 4)).toBe(4);
  });

  const after = { at: 5, id: 'task-5' };
  const rest = { kind: 'create', from: 1, to: 9 } as const;
  it.each<[string, Partial<TaskFilter>]>([
    ['tasks_by_time', {}],
    ['tasks_by_time', { states: [...TASK_STATES] }],
    ['tasks_by_time', { from: 1, to: 9 }],
    ['tasks_by_kind (kind=?', rest],
    ['tasks_by_kind (kind=?', { states: ['SUCCESS', 'FAILURE'], kind: 'render' }],
    ['tasks_by_state (state=?', { states: ['FAILURE'] }],
    ['tasks_by_state (state=?', { states: ['FAILURE', 'RETRY', 'STARTED'] }],
    ['tasks_by_state (state=?', { states: ['FAILURE', 'RETRY'], ...rest }],
    ['tasks_by_emoji (emoji_name=?', { emojiName: 'tada' }],
    ['tasks_by_emoji (emoji_name=?', { emojiName: 'tada', states: ['FAILURE', 'RETRY'], reason: 'x', ...rest }],
    ['tasks_by_reason', { reason: 'broken' }],
    ['tasks_by_reason', { reason: 'broken', states: ['FAILURE', 'RETRY'], ...rest }],
    ['tasks_by_parent (parent_id=?', { parentId: 'p' }],
    ['tasks_by_parent (parent_id=?', { parentId: 'p', emojiName: 'tada', states: ['FAILURE'], ...rest }],
  ])('walks the index %s for %j, and sorts nothing', async (index, filter) => {
    const ended: Record<string, string> = {
      tasks_by_time: 'tasks_by_end',
      tasks_by_kind: 'ended_tasks_by_kind',
      tasks_by_state: 'ended_tasks_by_state',
      tasks_by_emoji: 'ended_tasks_by_emoji',
      tasks_by_reason: 'ended_tasks_by_reason',
      tasks_by_parent: 'ended_tasks_by_parent',
    };
    for (const order of TASK_ORDERS) {
      const wanted = order === 'finished' ? index.replace(/^\w+/, (name) => must(ended[name])) : index;
      for (const position of [null, after]) {
        const { sql, values } = listTasksQuery({ ...ALL, ...filter }, { order, after: position, limit: 10 });
        const plan = await queryPlan(sql, ...values);
        expect(plan).toContain(`USING INDEX ${wanted}`);
        expect(plan).not.toContain('TEMP B-TREE');
        // A walk from the first on, or from where the page before ended; never the table itself.
        expect(plan).not.toMatch(/SCAN tasks(?! USING INDEX)/);
        if (position) expect(plan).not.toContain('SCAN tasks');
      }
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
    expect(plans[2]).not.toContain('SCAN counters');
    expect(plans[3]).toContain('USING INDEX tasks_by_change (change>?)');
  });
});

describe('the queue', () => {
  const NOW = 100_000;
  const queue = () => history.queue(NOW, 10);

  it('has what waits, and of that what may be taken now and since when', async () => {
    expect(await queue()).toEqual({ lastStartedAt: null, due: [], waiting: 0, started: 0 });
    for (const state of TASK_STATES.filter(isFinished)) await recordTask(env.DB, taskIn(state, 1_000));
    await recordTask(env.DB, taskIn('STARTED', 20_000));
    expect(await queue()).toEqual({ lastStartedAt: 20_100, due: [], waiting: 0, started: 1 });
    const pending = taskIn('PENDING', 50_000);
    await recordTask(env.DB, pending);
    // Its back-off of 2 s is not over.
    const retrying = must(retry(taskIn('STARTED', 3_000), 'token', 'R2 is away', NOW - 1_000));
    await recordTask(env.DB, retrying);
    expect(await queue()).toMatchObject({ due: [{ id: pending.id, since: 50_000 }], waiting: 2, started: 1 });
    const longer = must(retry(taskIn('STARTED', 4_000), 'token', 'R2 is away', 40_000));
    await recordTask(env.DB, longer);
    const due = [
      { id: longer.id, since: 42_000 },
      { id: pending.id, since: 50_000 },
    ];
    expect(await queue()).toMatchObject({ due, waiting: 3 });
    expect((await history.queue(NOW, 1)).due).toEqual(due.slice(0, 1));
    // A renderer has it: it does not wait any more.
    await recordTask(env.DB, must(claim(must(send(retrying, NOW + 1_000)), 'two', NOW + 1_000)));
    expect(await queue()).toMatchObject({ lastStartedAt: NOW + 1_000, waiting: 2, started: 2 });
  });

  it('has nothing that a release has ended which knows nothing of it', async () => {
    const { id } = taskIn('PENDING', 50_000);
    await recordTask(env.DB, taskIn('PENDING', 50_000, { id }));
    await env.DB.prepare("UPDATE tasks SET state = 'SUCCESS', finished_at = 60000, sequence = 3 WHERE id = ?")
      .bind(id)
      .run();
    expect((await queue()).due).toEqual([]);
  });

  it('and what was counted by periods is read by index only', async () => {
    const plans = await plansOf(async (db) => {
      await d1TaskHistory(db).queue(NOW, 10);
      await d1TaskHistory(db).periods(60_000, 0);
    });
    expect(plans.join('\n')).not.toMatch(/SCAN (tasks|counters|counter_periods)|TEMP B-TREE/);
    expect(plans[0]).toContain('SEARCH counters USING PRIMARY KEY (name=?)');
    expect(plans[1]).toContain('SEARCH tasks USING INDEX waiting_tasks (due_at<?)');
    expect(plans[2]).toContain('USING PRIMARY KEY (step=? AND start>?)');
  });
});

it('gives back what was counted by periods, from a time on', async () => {
  for (const receivedAt of [0, 60_000, 120_000])
    await recordTask(env.DB, taskIn('PENDING', receivedAt, { kind: 'render' }));
  const counts = new Map([['custom_emoji_tasks_accepted_total{kind="render"}', 1]]);
  expect(await history.periods(60_000, 60_000)).toEqual([
    { start: 60_000, counts },
    { start: 120_000, counts },
  ]);
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
