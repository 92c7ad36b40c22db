import type { RouteHandler } from '@hono/zod-openapi';
import { type ConsumerState, consumerState } from '../../application/consumer-state.ts';
import { taskStats } from '../../application/task-stats.ts';
import { time, viewSummary } from '../../application/task-view.ts';
import { type AppEnv, portsOf } from '../ports.ts';
import type * as routes from './dashboard-routes.ts';

export const statsHandler: RouteHandler<typeof routes.stats, AppEnv> = async (c) => {
  const { window } = c.req.valid('query');
  const { from, to, step, points, totals, failures } = await taskStats(portsOf(c).taskHistory, window, Date.now());
  return c.json(
    {
      window,
      from: time(from),
      to: time(to),
      step_seconds: step / 1_000,
      points: points.map(({ at, ...point }) => ({ at: time(at), ...viewThroughput(point) })),
      totals: viewThroughput(totals),
      failures,
    },
    200,
  );
};

type Throughput = Awaited<ReturnType<typeof taskStats>>['totals'];

function viewThroughput({ queueMs, renderMs, ...counts }: Throughput) {
  return { ...counts, queue_ms: queueMs, render_ms: renderMs };
}

export const consumerHandler: RouteHandler<typeof routes.consumer, AppEnv> = async (c) => {
  const now = Date.now();
  const consumer = await consumerState(portsOf(c), now);
  const { state, running, started, waiting, oldestDueAt, lastStartedAt } = consumer;
  return c.json(
    {
      state,
      message: messageOf(consumer, now),
      running: running.map(viewSummary),
      running_count: started,
      waiting_count: waiting,
      oldest_waiting_at: oldestDueAt === null ? null : time(oldestDueAt),
      last_started_at: lastStartedAt === null ? null : time(lastStartedAt),
    },
    200,
  );
};

const LOOK_AT =
  'If the queue was paused, `npx wrangler queues resume-delivery custom-emoji-render` has it go on. If ' +
  '`npx wrangler queues info custom-emoji-render` names no consumer, `npx wrangler deploy` makes this Worker one. ' +
  'Otherwise look at the log: `npx wrangler tail`.';

function messageOf({ state, started, waiting, oldestDueAt }: ConsumerState, now: number): string {
  const first = waiting === 1 ? 'for' : 'the first of them for';
  const wait = oldestDueAt === null ? '' : `, ${first} ${duration(now - oldestDueAt)}`;
  switch (state) {
    case 'idle':
      if (waiting === 0) return 'Nothing to do: no task is waiting.';
      return `Nothing to do now: ${tasks(waiting)} waiting for the next attempt.`;
    case 'working':
      if (waiting === 0) return `${tasks(started)} being rendered, and none is waiting.`;
      if (started === 0) return `${tasks(waiting)} waiting${wait}, and about to be started.`;
      return `${tasks(started)} being rendered; ${tasks(waiting)} waiting${wait}.`;
    case 'stalled':
      return `${tasks(waiting)} waiting${wait}, and none was started meanwhile. ${LOOK_AT}`;
  }
}

function tasks(count: number): string {
  return count === 1 ? '1 task is' : `${count} tasks are`;
}

/** In words, to two digits or so. */
function duration(milliseconds: number): string {
  const seconds = Math.floor(milliseconds / 1_000);
  if (seconds < 120) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  return minutes < 120 ? `${minutes} min` : `${Math.floor(minutes / 60)} h`;
}
