import { TASK_KINDS } from '../domain/task.ts';
import type { TaskHistory } from './ports.ts';
import {
  acceptedOf,
  type Bucket,
  bucketsOf,
  failuresOf,
  finishedAs,
  QUEUE_SECONDS,
  RENDER_SECONDS,
} from './task-metrics.ts';

const MINUTE = 60_000;

/** What statistics are told over: so many steps of so many milliseconds, the one that is under way included. */
export const WINDOWS = {
  hour: { step: MINUTE, points: 60 },
  day: { step: 15 * MINUTE, points: 96 },
} as const;

export type StatsWindow = keyof typeof WINDOWS;

/** What was counted in one step. */
export interface CountedPeriod {
  /** Milliseconds since 1970: a multiple of the step. */
  start: number;
  /** By the names of `task-metrics.ts`. */
  counts: Map<string, number>;
}

/** The start of the step that a time is in. */
export const startOf = (step: number, time: number): number => time - (time % step);

/** When a window starts that ends with the step which is under way. */
export function startOfWindow(window: StatsWindow, now: number): number {
  const { step, points } = WINDOWS[window];
  return startOf(step, now) - (points - 1) * step;
}

/** How many tasks came and ended, how long they took and why they failed, over a window, with a point for each step. */
export async function taskStats(taskHistory: TaskHistory, window: StatsWindow, now: number) {
  const { step, points } = WINDOWS[window];
  const from = startOfWindow(window, now);
  const counted = new Map((await taskHistory.periods(step, from)).map(({ start, counts }) => [start, counts]));
  const starts = Array.from({ length: points }, (_, i) => from + i * step);
  const all = new Map<string, number>();
  for (const start of starts) {
    for (const [name, amount] of counted.get(start) ?? []) all.set(name, (all.get(name) ?? 0) + amount);
  }
  return {
    from,
    to: from + points * step,
    step,
    points: starts.map((at) => ({ at, ...throughput(counted.get(at) ?? new Map()) })),
    totals: throughput(all),
    failures: failuresOf(all),
  };
}

function throughput(counts: Map<string, number>) {
  const count = (name: string) => counts.get(name) ?? 0;
  return {
    accepted: TASK_KINDS.reduce((sum, kind) => sum + count(acceptedOf(kind)), 0),
    succeeded: count(finishedAs('SUCCESS')),
    failed: count(finishedAs('FAILURE')),
    revoked: count(finishedAs('REVOKED')),
    queueMs: percentiles(bucketsOf(QUEUE_SECONDS, counts)),
    renderMs: percentiles(bucketsOf(RENDER_SECONDS, counts)),
  };
}

/** In milliseconds, to a tenth; null where nothing was observed. */
function percentiles(buckets: Bucket[]): { p50: number; p95: number } | null {
  const [p50, p95] = [quantile(0.5, buckets), quantile(0.95, buckets)];
  const milliseconds = (seconds: number) => Math.round(seconds * 10_000) / 10;
  return p50 === null || p95 === null ? null : { p50: milliseconds(p50), p95: milliseconds(p95) };
}

/**
 * As `histogram_quantile` of Prometheus has it: observations are taken to lie evenly within their bucket, and those
 * above the last bound to lie at it.
 *
 * @param q 0 to 1
 * @returns null where nothing was observed
 * @see https://prometheus.io/docs/prometheus/latest/querying/functions/#histogram_quantile
 */
export function quantile(q: number, buckets: Bucket[]): number | null {
  const observed = buckets.at(-1)?.count ?? 0;
  if (observed === 0) return null;
  const rank = q * observed;
  const index = buckets.findIndex(({ count }) => count >= rank);
  const bucket = buckets[index];
  const before = buckets[index - 1] ?? { bound: '0', count: 0 };
  const lower = Number(before.bound);
  if (bucket === undefined || bucket.bound === '+Inf') return lower;
  const within = bucket.count === before.count ? 0 : (rank - before.count) / (bucket.count - before.count);
  return lower + (Number(bucket.bound) - lower) * within;
}
