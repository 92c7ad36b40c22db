import { type RouteHandler, z } from '@hono/zod-openapi';
import { findTask } from '../../application/find-task.ts';
import type { TaskPosition, TaskSummary } from '../../application/ports.ts';
import { decodeCursor, page } from '../pages.ts';
import { type AppEnv, portsOf } from '../ports.ts';
import type { fetchTask, list, status } from './routes.ts';

const Position = z.tuple([z.int(), z.string()]).transform(([receivedAt, id]): TaskPosition => ({ receivedAt, id }));

export const statusHandler: RouteHandler<typeof status, AppEnv> = async (c) => {
  const task = await findTask(portsOf(c), c.req.valid('query').task_id);
  return c.json({ id: task.id, status: task.state, ...factsOf(task) }, 200);
};

export const listHandler: RouteHandler<typeof list, AppEnv> = async (c) => {
  const { state: states, limit, cursor } = c.req.valid('query');
  const after = cursor === undefined ? null : decodeCursor(cursor, Position);
  const tasks = await portsOf(c).taskHistory.list({ states, after, limit: limit + 1 });
  const { items, nextCursor } = page(tasks, limit, ({ receivedAt, id }) => [receivedAt, id]);
  const data = items.map((task) => ({ id: task.id, state: task.state, ...factsOf(task) }));
  return c.json({ data, next_cursor: nextCursor }, 200);
};

export const fetchHandler: RouteHandler<typeof fetchTask, AppEnv> = async (c) => {
  const task = await findTask(portsOf(c), c.req.valid('param').id);
  const history = task.history.map(({ state, at, reason }) => ({ state, at: time(at), reason }));
  return c.json({ id: task.id, state: task.state, ...factsOf(task), history }, 200);
};

function factsOf(task: TaskSummary) {
  const { startedAt, finishedAt } = task;
  return {
    kind: task.kind,
    emoji_name: task.emojiName,
    attempts: task.attempts,
    received_at: time(task.receivedAt),
    started_at: startedAt === null ? null : time(startedAt),
    finished_at: finishedAt === null ? null : time(finishedAt),
    duration_ms: startedAt === null || finishedAt === null ? null : finishedAt - startedAt,
    error: task.failure,
  };
}

function time(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}
