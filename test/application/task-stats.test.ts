import { describe, expect, it } from 'vitest';
import type { Bucket } from '../../src/application/task-metrics.ts';
import { acceptedOf, countsOf } from '../../src/application/task-metrics.ts';
import { type CountedPeriod, quantile, taskStats } from '../../src/application/task-stats.ts';
import type { TaskRecord } from '../../src/domain/task.ts';
import { FAILURE, taskIn } from '../support/tasks.ts';
import { memoryPorts } from './memory-ports.ts';

const MINUTE = 60_000;
/** Half a minute into a minute, and 5 minutes into a quarter of an hour. */
const NOW = Date.UTC(2026, 10, 25, 12, 5, 30);

const buckets = (...counts: [bound: string, count: number][]): Bucket[] =>
  counts.map(([bound, count]) => ({ bound, count }));

describe('a quantile', () => {
  // From Prometheus' own tests, promql/testdata/histograms.test.
  const positive = buckets(['0.1', 5], ['.2', 7], ['1e0', 11], ['+Inf', 12]);
  const durations = buckets(['.1', 10], ['.2', 19], ['+Inf', 25]);
  it.each([
    [positive, 0, 0],
    [positive, 0.2, 0.048],
    [positive, 0.5, 0.15],
    [positive, 0.8, 0.72],
    [positive, 1, 1],
    [durations, 0.3, 0.075],
    [durations, 0.5, 0.1277777777777778],
  ])('is what Prometheus makes of it: %j at %d', (histogram, q, expected) => {
    expect(quantile(q, histogram)).toBeCloseTo(expected, 12);
  });

  it('is none where nothing was observed', () => {
    expect(quantile(0.5, buckets(['0.1', 0], ['+Inf', 0]))).toBeNull();
  });
});

describe('statistics', () => {
  const history = (periods: CountedPeriod[] = []) => ({
    ...memoryPorts().ports.taskHistory,
    periods: async () => periods,
  });
  const ended = (start: number, ...tasks: TaskRecord[]): CountedPeriod => {
    const counts = new Map<string, number>();
    for (const task of tasks) {
      for (const [name, amount] of Object.entries(countsOf(task))) counts.set(name, (counts.get(name) ?? 0) + amount);
    }
    return { start, counts };
  };
  const nothing = { accepted: 0, succeeded: 0, failed: 0, revoked: 0, queueMs: null, renderMs: null };

  it.each([
    { window: 'hour', count: 60, step: MINUTE, from: Date.UTC(2026, 10, 25, 11, 6), to: Date.UTC(2026, 10, 25, 12, 6) },
    {
      window: 'day',
      count: 96,
      step: 15 * MINUTE,
      from: Date.UTC(2026, 10, 24, 12, 15),
      to: Date.UTC(2026, 10, 25, 12, 15),
    },
  ] as const)('of the last $window have $count points, empty ones too, oldest first', async (expected) => {
    const { window, count, step, from, to } = expected;
    const asked: number[][] = [];
    const taskHistory = {
      ...history(),
      async periods(...of: number[]) {
        asked.push(of);
        return [];
      },
    };
    const stats = await taskStats(taskHistory, window, NOW);
    expect(asked).toEqual([[step, from]]);
    expect(stats).toMatchObject({ from, to, step, totals: nothing, failures: [] });
    expect(stats.points).toEqual(Array.from({ length: count }, (_, i) => ({ at: from + i * step, ...nothing })));
  });

  it('tell what was counted in each step, and in all', async () => {
    const [early, late] = [Date.UTC(2026, 10, 25, 11, 6), Date.UTC(2026, 10, 25, 12, 5)];
    const broken = { ...taskIn('FAILURE', 1), failure: { ...FAILURE, code: 'too_large' } };
    const accepted = { start: early, counts: new Map([...ended(early, broken, broken).counts]) };
    accepted.counts.set(acceptedOf('create'), 2).set(acceptedOf('render'), 1);
    const periods = [accepted, ended(late, taskIn('SUCCESS', 1), taskIn('REVOKED', 1), taskIn('FAILURE', 1))];
    const { points, totals, failures } = await taskStats(history(periods), 'hour', NOW);
    // Claimed after 100 ms, in the bucket from 75 to 100; at the end 50 ms later, in that from 35 to 50.
    const times = { queueMs: { p50: 87.5, p95: 98.8 }, renderMs: { p50: 42.5, p95: 49.3 } };
    expect(points[0]).toEqual({ at: early, accepted: 3, succeeded: 0, failed: 2, revoked: 0, ...times });
    expect(points[59]).toEqual({ at: late, accepted: 0, succeeded: 1, failed: 1, revoked: 1, ...times });
    expect(points.slice(1, 59).every(({ accepted, failed }) => accepted + failed === 0)).toBe(true);
    expect(totals).toEqual({ accepted: 3, succeeded: 1, failed: 3, revoked: 1, ...times });
    expect(failures).toEqual([
      { code: 'too_large', count: 2 },
      { code: 'corrupt_picture', count: 1 },
    ]);
  });
});
