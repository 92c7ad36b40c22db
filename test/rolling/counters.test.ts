import { reset } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { d1TaskHistory } from '../../src/adapters/d1-task-history.ts';
import { recordTask } from '../../src/adapters/d1-task-record.ts';
import { acceptedOf, countsOf, tasksIn } from '../../src/application/task-metrics.ts';
import { recordOf, type Task, type TaskRecord } from '../../src/domain/task.ts';
import { countedStates, counters, migrate } from '../support/database.ts';
import { must, taskIn } from '../support/tasks.ts';
import before from './release-before.json';

const history = d1TaskHistory(env.DB);

const statementBefore = (start: string, part: string): string =>
  must(before.statements.find((sql) => sql.startsWith(start) && sql.includes(part)));
const COUNT_BEFORE = statementBefore('INSERT INTO counters', 'json_each(?3)');
const RECORD_BEFORE = statementBefore('INSERT INTO tasks', 'task_changes');

/** What the release before does with the end of a task: by its own statements, with what it binds to them. */
async function recordBefore(task: TaskRecord): Promise<void> {
  const counts = { task_changes: 1, [tasksIn(task.state)]: 1, ...countsOf(task) };
  const { id, kind, emojiId, emojiName, version, sourceKey, state, attempts, receivedAt, startedAt, finishedAt } = task;
  const values = [id, kind, emojiId, emojiName, version, sourceKey, '{}', state, attempts, receivedAt, startedAt];
  const others = [null, null, null, null, JSON.stringify(task.history), task.sequence, null, null, null];
  await env.DB.batch([
    env.DB.prepare(COUNT_BEFORE).bind(id, task.sequence, JSON.stringify(counts), acceptedOf(kind), 1),
    env.DB.prepare(RECORD_BEFORE).bind(...values, finishedAt, ...others),
  ]);
}

const totals = async () => Object.entries(await counters()).filter(([name]) => !name.startsWith('custom_emoji_tasks{'));

beforeEach(migrate);
afterEach(reset);

it('loses and doubles no count, whichever of the two releases records what', async () => {
  const recorders = { before: recordBefore, now: (task: TaskRecord) => recordTask(env.DB, task) };
  const whichever = Object.values(recorders);
  let tasks = 0;
  for (const first of whichever) {
    for (const second of whichever) {
      const waiting = taskIn('PENDING', 1_000);
      const done = recordOf(taskIn('SUCCESS', 1_000, { id: waiting.id } as Partial<Task>));
      const earlier = await totals();
      await first(recordOf(waiting));
      for (const record of [second, first, second]) await record(done);
      tasks++;
      const counted = await counters();
      expect(counted).toMatchObject({
        ...(await countedStates()),
        [acceptedOf('create')]: tasks,
        'custom_emoji_tasks_finished_total{state="SUCCESS"}': tasks,
        custom_emoji_task_attempts_total: tasks,
        'custom_emoji_task_queue_seconds_bucket{le="0.1"}': tasks,
      });
      expect(counted).not.toHaveProperty(tasksIn('PENDING'));
      for (const [name, value] of earlier) expect(counted[name], name).toBeGreaterThanOrEqual(value);
    }
  }
});

it('numbers changes in one row, whichever of the two releases records them', async () => {
  const numbers: number[] = [];
  for (const record of [recordBefore, (task: TaskRecord) => recordTask(env.DB, task)]) {
    for (let times = 0; times < 2; times++) {
      const { last } = await history.changes(null, 10);
      const task = recordOf(taskIn('SUCCESS', 1_000));
      await record(task);
      expect((await history.changes(last, 10)).tasks).toMatchObject([{ id: task.id }]);
      numbers.push((await history.changes(null, 10)).last);
    }
  }
  expect(numbers).toEqual([1, 2, 3, 4]);
});

it('finds what the next release may add up in one row', async () => {
  await recordTask(env.DB, taskIn('PENDING', 1_000));
  const { last } = await history.changes(null, 10);
  const counts = JSON.stringify({ task_changes: 5, [tasksIn('PENDING')]: 2, [tasksIn('STARTED')]: 1 });
  await env.DB.prepare('INSERT INTO counter_periods (step, start, counts) VALUES (0, 0, ?)').bind(counts).run();
  expect(await history.queue(2_000, 10)).toMatchObject({ waiting: 3, started: 1 });
  expect((await history.changes(null, 10)).last).toBe(last + 5);
  const task = taskIn('PENDING', 2_000);
  await recordTask(env.DB, task);
  expect(await history.changes(last + 5, 10)).toMatchObject({ tasks: [{ id: task.id }], last: last + 6 });
});
