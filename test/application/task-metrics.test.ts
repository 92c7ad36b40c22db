import { describe, expect, it } from 'vitest';
import {
  acceptedOf,
  countsOf,
  DEAD_LETTERS,
  failuresOf,
  metricsText,
  tasksIn,
} from '../../src/application/task-metrics.ts';
import * as moves from '../../src/domain/task.ts';
import { readExposition } from '../support/prometheus.ts';
import { FAILURE, must, newOrder, RESULT, taskIn } from '../support/tasks.ts';

/** Counters that the ends of some tasks were added to. */
function addedUp(...tasks: moves.TaskRecord[]): Map<string, number> {
  const counters = new Map<string, number>();
  for (const task of tasks) {
    for (const [name, amount] of Object.entries(countsOf(task))) counters.set(name, (counters.get(name) ?? 0) + amount);
  }
  return counters;
}

const samplesOf = (counters: Map<string, number>) => Object.fromEntries(readExposition(metricsText(counters)).samples);

describe('what the end of a task adds to the counters', () => {
  it('is nothing as long as it has not ended', () => {
    for (const state of ['PENDING', 'STARTED', 'RETRY'] as const) expect(countsOf(taskIn(state, 1))).toEqual({});
  });

  it('tells of a success: attempts, times, bytes', () => {
    // Claimed after 100 ms, and at its end 50 ms later.
    expect(countsOf(taskIn('SUCCESS', 1_000))).toEqual({
      'custom_emoji_tasks_finished_total{state="SUCCESS"}': 1,
      custom_emoji_task_attempts_total: 1,
      'custom_emoji_task_queue_seconds_bucket{le="0.1"}': 1,
      custom_emoji_task_queue_seconds_sum: 0.1,
      'custom_emoji_task_render_seconds_bucket{le="0.05"}': 1,
      custom_emoji_task_render_seconds_sum: 0.05,
      'custom_emoji_source_bytes_total{format="png"}': 1_000,
      'custom_emoji_image_bytes_total{format="gif"}': 12,
    });
  });

  it('tells of a failure by its code', () => {
    expect(countsOf(taskIn('FAILURE', 1_000))).toMatchObject({
      'custom_emoji_tasks_finished_total{state="FAILURE"}': 1,
      'custom_emoji_task_failures_total{code="corrupt_picture"}': 1,
    });
  });

  it('tells of no attempt and no time of a task that no renderer had', () => {
    expect(countsOf(must(moves.cancel(taskIn('PENDING', 1_000), 2_000)))).toEqual({
      'custom_emoji_tasks_finished_total{state="REVOKED"}': 1,
      custom_emoji_task_attempts_total: 0,
    });
  });

  it('counts the time in the queue up to the first attempt, and of rendering from the last', () => {
    let task = must(moves.claim(moves.submit(newOrder({ receivedAt: 0 })), 'one', 3_000));
    task = must(moves.retry(task, 'one', 'R2 is away', 4_000));
    task = must(moves.claim(must(moves.send(task, 6_000)), 'two', 7_000));
    expect(countsOf(must(moves.succeed(task, 'two', RESULT, 7_200)))).toMatchObject({
      custom_emoji_task_attempts_total: 2,
      'custom_emoji_task_queue_seconds_bucket{le="5"}': 1,
      custom_emoji_task_queue_seconds_sum: 3,
      'custom_emoji_task_render_seconds_bucket{le="0.25"}': 1,
      custom_emoji_task_render_seconds_sum: 0.2,
    });
  });

  it('counts the wait of a task that was tried again from then on', () => {
    const again = must(moves.restart(taskIn('FAILURE', 0), 1, 50_000));
    const failed = must(moves.fail(must(moves.claim(again, 'two', 51_000)), 'two', FAILURE, 52_000));
    expect(countsOf(failed)).toMatchObject({
      custom_emoji_task_attempts_total: 1,
      custom_emoji_task_queue_seconds_sum: 1,
      custom_emoji_task_render_seconds_sum: 1,
    });
  });
});

describe("the text in Prometheus' format", () => {
  it('is valid, also with nothing to tell', () => {
    const none = readExposition(metricsText(new Map())).samples;
    // Every state, kind and kind of end, attempts and dead letters: what can rise is there before it does.
    expect(none.size).toBe(6 + 5 + 3 + 1 + 1);
    expect(new Set(none.values())).toEqual(new Set([0]));
    const { families } = readExposition(
      metricsText(
        new Map([...addedUp(taskIn('SUCCESS', 1), taskIn('FAILURE', 1)), [DEAD_LETTERS, 2], [tasksIn('PENDING'), 3]]),
      ),
    );
    expect(Object.fromEntries([...families].map(([name, { type }]) => [name, type]))).toEqual({
      custom_emoji_tasks: 'gauge',
      custom_emoji_tasks_accepted_total: 'counter',
      custom_emoji_tasks_finished_total: 'counter',
      custom_emoji_task_failures_total: 'counter',
      custom_emoji_task_attempts_total: 'counter',
      custom_emoji_task_queue_seconds: 'histogram',
      custom_emoji_task_render_seconds: 'histogram',
      custom_emoji_dead_letters_total: 'counter',
      custom_emoji_source_bytes_total: 'counter',
      custom_emoji_image_bytes_total: 'counter',
    });
  });

  it('adds the buckets up', () => {
    const late = (milliseconds: number) => {
      const started = must(moves.claim(moves.submit(newOrder({ receivedAt: 0 })), 'token', milliseconds));
      return must(moves.succeed(started, 'token', RESULT, milliseconds + 1));
    };
    const samples = samplesOf(addedUp(...[20, 50, 51, 700, 700, 90_000, 500_000].map(late)));
    const buckets = Object.entries(samples).filter(([name]) => name.startsWith('custom_emoji_task_queue_seconds_b'));
    expect(Object.fromEntries(buckets.map(([name, count]) => [/"(.+)"/.exec(name)?.[1], count]))).toEqual({
      // Seconds: 0.02, 0.05 (a bound belongs to its bucket), 0.051, 0.7 twice, 90, and 500, more than any bound.
      '0.005': 0,
      '0.01': 0,
      '0.015': 0,
      '0.025': 1,
      '0.035': 1,
      '0.05': 2,
      '0.075': 3,
      '0.1': 3,
      '0.15': 3,
      '0.25': 3,
      '0.35': 3,
      '0.5': 3,
      '0.75': 5,
      '1': 5,
      '2.5': 5,
      '5': 5,
      '10': 5,
      '30': 5,
      '60': 5,
      '120': 6,
      '+Inf': 7,
    });
    expect(samples.custom_emoji_task_queue_seconds_count).toBe(7);
    expect(samples.custom_emoji_task_queue_seconds_sum).toBeCloseTo(591.521);
  });

  it('adds up what was counted before a bucket was put between two', () => {
    // Counted when 0.1 was the bound after 0.05; 0.075 lies between them now.
    const before = new Map([
      ['custom_emoji_task_render_seconds_bucket{le="0.1"}', 4],
      ['custom_emoji_task_render_seconds_sum', 0.3],
    ]);
    expect(samplesOf(before)).toMatchObject({
      'custom_emoji_task_render_seconds_bucket{le="0.075"}': 0,
      'custom_emoji_task_render_seconds_bucket{le="0.1"}': 4,
      custom_emoji_task_render_seconds_count: 4,
    });
  });

  it('tells nothing of what it does not know', () => {
    expect(metricsText(new Map([['task_changes', 7]]))).toBe(metricsText(new Map()));
  });

  it('names each series as it was counted', () => {
    const counters = new Map([
      [acceptedOf('create'), 3],
      [acceptedOf('replace'), 1],
      [DEAD_LETTERS, 2],
      [tasksIn('RETRY'), 0],
    ]);
    expect(samplesOf(counters)).toMatchObject({
      'custom_emoji_tasks_accepted_total{kind="create"}': 3,
      'custom_emoji_tasks_accepted_total{kind="replace"}': 1,
      custom_emoji_dead_letters_total: 2,
      'custom_emoji_tasks{state="RETRY"}': 0,
    });
  });
});

it('names the failures, the most frequent first', () => {
  const failed = (code: string) => ({ ...taskIn('FAILURE', 1), failure: { ...FAILURE, code } });
  expect(failuresOf(addedUp(taskIn('SUCCESS', 1)))).toEqual([]);
  expect(failuresOf(addedUp(failed('b'), failed('a'), failed('too_large'), failed('too_large')))).toEqual([
    { code: 'too_large', count: 2 },
    { code: 'a', count: 1 },
    { code: 'b', count: 1 },
  ]);
});

describe('the reader of that format, which the tests rely on', () => {
  const family = '# HELP h A.\n# TYPE h histogram\n';
  it.each([
    ['no end of the last line', '# HELP a A.\n# TYPE a gauge\na 1'],
    ['a sample with no type', 'a 1\n'],
    ['two of a type', '# HELP a A.\n# TYPE a gauge\na 1\n# HELP a A.\n# TYPE a gauge\n'],
    ['a sample apart from its family', '# HELP a A.\n# TYPE a gauge\n# HELP b B.\n# TYPE b gauge\na 1\n'],
    ['a sample twice', '# HELP a A.\n# TYPE a gauge\na 1\na 2\n'],
    ['a counter below 0', '# HELP a A.\n# TYPE a counter\na -1\n'],
    ['a broken label', '# HELP a A.\n# TYPE a gauge\na{b=c} 1\n'],
    ['buckets that fall', `${family}h_bucket{le="1"} 2\nh_bucket{le="+Inf"} 1\nh_sum 1\nh_count 1\n`],
    ['no bucket for the rest', `${family}h_bucket{le="1"} 2\nh_sum 1\nh_count 2\n`],
    ['another count', `${family}h_bucket{le="+Inf"} 1\nh_sum 1\nh_count 2\n`],
  ])('refuses %s', (_, text) => {
    expect(() => readExposition(text)).toThrow();
  });
});
