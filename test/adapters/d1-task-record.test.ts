import { reset } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { count } from '../../src/adapters/d1-counters.ts';
import { d1EmojiCatalogue } from '../../src/adapters/d1-emoji-catalogue.ts';
import { d1TaskHistory } from '../../src/adapters/d1-task-history.ts';
import { recordTask } from '../../src/adapters/d1-task-record.ts';
import { countsOf } from '../../src/application/task-metrics.ts';
import * as moves from '../../src/domain/task.ts';
import { countedStates, counters, migrate, periods, plansOf } from '../support/database.ts';
import { FAILURE, IMAGE, must, newOrder, RESULT, SOURCE, taskIn } from '../support/tasks.ts';

const catalogue = d1EmojiCatalogue(env.DB);
const history = d1TaskHistory(env.DB);

/** A replacement that has succeeded, with a picture of its own. */
function replacement(emojiId: string, version: number): moves.Task {
  const image = { hash: `picture ${version}`, bytes: version, frames: 1 };
  return { ...taskIn('SUCCESS', 1_000, { kind: 'replace', emojiId, version }), image };
}

/** Each order that a list can be in. */
function ordersOf<T>(list: T[]): T[][] {
  if (list.length < 2) return [list];
  return list.flatMap((one, i) => ordersOf(list.toSpliced(i, 1)).map((rest) => [one, ...rest]));
}

beforeEach(migrate);
afterEach(reset);

describe('the copy of a task', () => {
  it('is all that the task is', async () => {
    for (const state of moves.TASK_STATES) {
      const task = moves.recordOf(taskIn(state, 1_000, { emojiName: state.toLowerCase() }));
      await recordTask(env.DB, task);
      expect(await history.find(task.id)).toEqual(task);
    }
  });

  it('is the newest, in whatever order they come and however often', async () => {
    const pending = taskIn('PENDING', 1_000);
    const started = must(moves.claim(pending, 'token', 1_100));
    const retrying = must(moves.retry(started, 'token', 'R2 is away', 1_200));
    for (const order of ordersOf([pending, started, retrying])) {
      const id = crypto.randomUUID();
      for (const copy of [...order, ...order]) await recordTask(env.DB, { ...copy, id });
      expect(await history.find(id)).toEqual({ ...moves.recordOf(retrying), id });
    }
  });

  it('has the reason of its last change, to be searched', async () => {
    const started = taskIn('STARTED', 1_000);
    await recordTask(env.DB, started);
    const reason = () => env.DB.prepare('SELECT reason FROM tasks WHERE id = ?').bind(started.id).first('reason');
    expect(await reason()).toBeNull();
    const retrying = must(moves.retry(started, 'token', 'R2 is away', 1_200));
    await recordTask(env.DB, retrying);
    expect(await reason()).toBe('R2 is away');
    await recordTask(env.DB, must(moves.claim(must(moves.send(retrying, 1e6)), 'token', 1e6)));
    expect(await reason()).toBeNull();
  });
});

describe('the counters', () => {
  it('agree with the tasks, in whatever order copies come and however often', async () => {
    const started = taskIn('STARTED', 1_000);
    const copies = [
      taskIn('PENDING', 1_000),
      started,
      must(moves.retry(started, 'token', 'R2 is away', 1_200)),
      { ...must(moves.fail(started, 'token', FAILURE, 1_300)), sequence: 4 },
    ];
    let tasks = 0;
    for (const order of ordersOf(copies)) {
      const id = crypto.randomUUID();
      for (const copy of [...order, ...order]) await recordTask(env.DB, { ...copy, id });
      expect(await counters()).toMatchObject(await countedStates());
      expect(await counters()).toMatchObject({
        'custom_emoji_tasks{state="FAILURE"}': ++tasks,
        'custom_emoji_tasks_accepted_total{kind="create"}': tasks,
        'custom_emoji_tasks_finished_total{state="FAILURE"}': tasks,
        'custom_emoji_task_failures_total{code="corrupt_picture"}': tasks,
      });
    }
    expect(tasks).toBe(24);
    expect((await counters())['custom_emoji_tasks{state="PENDING"}']).toBeUndefined();
  });

  it('count an upload as accepted once its owner has moved it on: before, it may be taken back', async () => {
    const accepted = async () => (await counters())['custom_emoji_tasks_accepted_total{kind="create"}'] ?? 0;
    const order = newOrder({ receivedAt: 1_000 });
    const pending = moves.submit(order);
    await catalogue.take(order);
    await recordTask(env.DB, pending);
    expect([await counters(), await accepted()]).toEqual([{ 'custom_emoji_tasks{state="PENDING"}': 1 }, 0]);
    const started = must(moves.claim(pending, 'token', 1_100));
    for (const copy of [started, pending, started]) await recordTask(env.DB, copy);
    expect(await accepted()).toBe(1);
    await recordTask(env.DB, must(moves.succeed(started, 'token', RESULT, 1_200)));
    expect(await accepted()).toBe(1);
  });

  it('count each end of a task that a person had tried again, and its upload once', async () => {
    const failed = taskIn('FAILURE', 1_000);
    const again = must(moves.restart(failed, 1, 5_000));
    const done = must(moves.succeed(must(moves.claim(again, 'two', 5_100)), 'two', RESULT, 5_200));
    for (const copy of [failed, again, done, failed, done]) await recordTask(env.DB, copy);
    expect(await counters()).toMatchObject({
      'custom_emoji_tasks{state="SUCCESS"}': 1,
      'custom_emoji_tasks_accepted_total{kind="create"}': 1,
      'custom_emoji_tasks_finished_total{state="FAILURE"}': 1,
      'custom_emoji_tasks_finished_total{state="SUCCESS"}': 1,
      custom_emoji_task_attempts_total: 2,
      'custom_emoji_source_bytes_total{format="png"}': SOURCE.bytes,
      'custom_emoji_image_bytes_total{format="gif"}': IMAGE.bytes,
    });
    expect(await counters()).not.toHaveProperty('custom_emoji_tasks{state="FAILURE"}');
  });

  it('keep uploads of both kinds apart', async () => {
    await recordTask(env.DB, taskIn('PENDING', 1_000, { kind: 'replace' }));
    expect(await counters()).toHaveProperty('custom_emoji_tasks_accepted_total{kind="replace"}', 1);
  });

  it('can be added to one by one', async () => {
    for (const amount of [1, 2]) await count(env.DB, 'custom_emoji_dead_letters_total', amount);
    expect(await counters()).toEqual({ custom_emoji_dead_letters_total: 3 });
  });

  it('lose nothing when many tasks are recorded at once', async () => {
    await Promise.all(Array.from({ length: 40 }, () => recordTask(env.DB, taskIn('SUCCESS', 1_000))));
    expect(await counters()).toMatchObject({
      'custom_emoji_tasks{state="SUCCESS"}': 40,
      'custom_emoji_tasks_accepted_total{kind="create"}': 40,
    });
  });
});

describe('what is counted by periods', () => {
  const MINUTE = 60_000;
  const ACCEPTED = 'custom_emoji_tasks_accepted_total{kind="create"}';

  it('is what is added to the counters, in the minute and the quarter of an hour that it falls in', async () => {
    // Received in the last 100 ms of a quarter of an hour, and ended in the next one.
    const done = taskIn('SUCCESS', 15 * MINUTE - 100);
    await recordTask(env.DB, done);
    const ended = countsOf(done);
    expect(Object.keys(ended)).toHaveLength(8);
    expect(await periods()).toEqual([
      { start: 14 * MINUTE, counts: { [ACCEPTED]: 1 } },
      { start: 15 * MINUTE, counts: ended },
    ]);
    expect(await periods(15 * MINUTE)).toEqual([
      { start: 0, counts: { [ACCEPTED]: 1 } },
      { start: 15 * MINUTE, counts: ended },
    ]);
  });

  it('agrees with the counters, in whatever order copies come and however often', async () => {
    const started = taskIn('STARTED', 1_000);
    const copies = [
      taskIn('PENDING', 1_000),
      started,
      must(moves.retry(started, 'token', 'R2 is away', 1_200)),
      { ...must(moves.fail(started, 'token', FAILURE, 1_300)), sequence: 4 },
    ];
    for (const order of ordersOf(copies)) {
      const id = crypto.randomUUID();
      for (const copy of [...order, ...order]) await recordTask(env.DB, { ...copy, id });
    }
    await Promise.all(Array.from({ length: 20 }, () => recordTask(env.DB, taskIn('SUCCESS', 2_000))));
    const counted = await counters();
    // What is no sum, and what is counted of emoji.
    for (const state of moves.TASK_STATES) delete counted[`custom_emoji_tasks{state="${state}"}`];
    delete counted.emoji_changes;
    expect(counted).toMatchObject({ [ACCEPTED]: 44, custom_emoji_task_attempts_total: 44 });
    for (const step of [MINUTE, 15 * MINUTE]) {
      const [{ start, counts }, ...others] = (await periods(step)) as [Awaited<ReturnType<typeof periods>>[number]];
      expect([start, others]).toEqual([0, []]);
      expect(Object.keys(counts).sort()).toEqual(Object.keys(counted));
      for (const [name, value] of Object.entries(counts)) expect(value, name).toBeCloseTo(counted[name] ?? 0);
    }
  });

  it('counts each end of a task that a person had tried again, when it came', async () => {
    const failed = taskIn('FAILURE', 1_000);
    const again = must(moves.restart(failed, 1, 2 * MINUTE));
    const done = must(moves.succeed(must(moves.claim(again, 'two', 2 * MINUTE)), 'two', RESULT, 3 * MINUTE));
    for (const copy of [failed, again, done, failed, done]) await recordTask(env.DB, copy);
    expect(await periods()).toMatchObject([
      { start: 0, counts: { [ACCEPTED]: 1, 'custom_emoji_tasks_finished_total{state="FAILURE"}': 1 } },
      { start: 3 * MINUTE, counts: { 'custom_emoji_tasks_finished_total{state="SUCCESS"}': 1 } },
    ]);
  });

  it('costs a row for each period, however much is counted in it', async () => {
    const rows: number[] = [];
    const batch = async (statements: D1PreparedStatement[]) => {
      const results = await env.DB.batch(statements);
      rows.push(results[1]?.meta.rows_written ?? 0);
      return results;
    };
    const db = { prepare: env.DB.prepare.bind(env.DB), batch } as unknown as D1Database;
    const started = taskIn('STARTED', 1_000, { kind: 'replace' });
    for (const copy of [taskIn('PENDING', 1_000, { id: started.id, kind: 'replace' }), started])
      await recordTask(db, copy);
    await recordTask(db, must(moves.fail(started, 'token', FAILURE, 1_300)));
    await recordTask(db, taskIn('SUCCESS', 1_000));
    // Received and ended in one minute; and across two quarters of an hour.
    await recordTask(db, taskIn('SUCCESS', 15 * MINUTE - 100));
    expect(rows).toEqual([3, 0, 3, 3, 5]);
  });
});

it('notes when a task was last started, to 10 s, in whatever order they are recorded', async () => {
  expect((await history.queue(0, 1)).lastStartedAt).toBeNull();
  const noted: unknown[] = [];
  for (const receivedAt of [20_000, 10_000, 29_999, 30_000, 39_000, 20_000, 60_000]) {
    await recordTask(env.DB, taskIn('SUCCESS', receivedAt));
    noted.push((await history.queue(0, 1)).lastStartedAt);
  }
  expect(noted).toEqual([20_100, 20_100, 20_100, 30_100, 30_100, 30_100, 60_100]);
});

describe('the end of a task', () => {
  it('lets its emoji appear, when it is SUCCESS', async () => {
    const order = newOrder({ receivedAt: 1_000 });
    await catalogue.take(order);
    const done = taskIn('SUCCESS', 1_000, order);
    for (let times = 0; times < 2; times++) await recordTask(env.DB, done);
    expect((await catalogue.find('tada'))?.image).toEqual(IMAGE);
    expect(await env.DB.prepare('SELECT version, source_key FROM emojis').first()).toEqual({
      version: 1,
      source_key: order.sourceKey,
    });
  });

  it('lets it be listed and found by its tags, and notes that, once', async () => {
    const order = newOrder({ actor: 'ada' });
    await catalogue.take(order);
    const tags = JSON.stringify(['party']);
    await env.DB.prepare('UPDATE emojis SET tags = ?, revision = 7 WHERE id = ?').bind(tags, order.emojiId).run();
    const task = { ...taskIn('SUCCESS', 1_000, order), actor: 'ada' };
    for (let times = 0; times < 3; times++) await recordTask(env.DB, task);
    const row = await env.DB.prepare('SELECT name, number, owner, revision, updated_at FROM emojis').first();
    expect(row).toEqual({ name: 'tada', number: 1, owner: 'ada', revision: 8, updated_at: 1_150 });
    const tagged = await env.DB.prepare('SELECT tag, name, number FROM emoji_tags').all();
    expect(tagged.results).toEqual([{ tag: 'party', name: 'tada', number: 1 }]);
    expect((await env.DB.prepare("SELECT rowid FROM emoji_search WHERE text MATCH 'part'").all()).results).toEqual([
      { rowid: 1 },
    ]);
    const events = await env.DB.prepare('SELECT action, actor, at, details FROM emoji_events ORDER BY id').all();
    expect(events.results).toEqual([
      { action: 'created', actor: 'ada', at: order.receivedAt, details: '{"name":"tada"}' },
      {
        action: 'picture_shown',
        actor: null,
        at: 1_150,
        details: JSON.stringify({ task_id: order.id, version: 1, hash: IMAGE.hash }),
      },
    ]);
  });

  it('is in the emoji that is deleted, which stays unseen', async () => {
    const order = newOrder();
    await catalogue.take(order);
    await env.DB.prepare('DELETE FROM emoji_names').run();
    await recordTask(env.DB, taskIn('SUCCESS', 1_000, order));
    const row = await env.DB.prepare('SELECT name, image_hash FROM emojis').first();
    expect(row).toEqual({ name: null, image_hash: IMAGE.hash });
    expect(await env.DB.prepare('SELECT COUNT(*) AS n FROM emoji_search').first('n')).toBe(0);
  });

  it.each(['FAILURE', 'REVOKED'] as const)('frees the name, when it is %s', async (state) => {
    const order = newOrder({ receivedAt: 1_000 });
    await catalogue.take(order);
    await recordTask(env.DB, taskIn(state, 1_000, order));
    expect(await catalogue.isTaken('tada')).toBe(false);
    // Once more, after somebody else has taken the name.
    await catalogue.take(newOrder());
    await recordTask(env.DB, taskIn(state, 1_000, order));
    expect(await catalogue.isTaken('tada')).toBe(true);
  });

  it('does nothing when it comes late, after a person had the task tried again', async () => {
    const order = newOrder({ receivedAt: 1_000 });
    await catalogue.take(order);
    const failed = taskIn('FAILURE', 1_000, order);
    const again = must(moves.restart(failed, 1, 5_000));
    await recordTask(env.DB, failed);
    await catalogue.takeAgain(order, 5_000);
    await recordTask(env.DB, again);
    await recordTask(env.DB, failed);
    expect(await catalogue.isTaken('tada')).toBe(true);
  });

  it('of replacements shows the one that was uploaded last, in whatever order they end', async () => {
    for (const order of ordersOf([1, 2, 3])) {
      const create = newOrder({ emojiName: `name-${order.join('')}`, receivedAt: 1_000 });
      await catalogue.take(create);
      for (const version of order) await recordTask(env.DB, replacement(create.emojiId, version));
      expect((await catalogue.find(create.emojiName))?.image.hash, `order ${order}`).toBe('picture 3');
    }
  });

  it('of a replacement that cannot be rendered keeps the picture of before', async () => {
    const order = newOrder({ receivedAt: 1_000 });
    await catalogue.take(order);
    await recordTask(env.DB, taskIn('SUCCESS', 1_000, order));
    for (const state of ['FAILURE', 'REVOKED'] as const) {
      await recordTask(env.DB, taskIn(state, 2_000, { kind: 'replace', emojiId: order.emojiId, version: 2 }));
      expect((await catalogue.find('tada'))?.image).toEqual(IMAGE);
    }
  });
});

it('writes by index only', async () => {
  // What is grouped are the counts of one period.
  for (const state of ['STARTED', 'SUCCESS', 'FAILURE'] as const) {
    const plans = await plansOf((db) => recordTask(db, taskIn(state, 1_000)));
    expect(plans.length).toBeGreaterThanOrEqual(2);
    expect(plans.join('\n')).not.toMatch(
      /SCAN (tasks|emojis|emoji_names|counters|counter_periods)|TEMP B-TREE (?!FOR GROUP BY)/,
    );
  }
});
