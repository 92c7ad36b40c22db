import { type RouteHandler, z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { tellTheEnd } from '../../adapters/task-followers.ts';
import { samePictures } from '../../application/find-duplicates.ts';
import { awaitTask, describeTask, findTask, taskNotFound } from '../../application/find-task.ts';
import { outcomesOf } from '../../application/judge-platforms.ts';
import { cancelTask, type Move, moveTasks, retryTask } from '../../application/move-task.ts';
import type { TaskFilter, TaskOrdering, TaskPosition, TaskSummary } from '../../application/ports.ts';
import { tasksIn } from '../../application/task-metrics.ts';
import { viewFacts, viewSummary, viewTask } from '../../application/task-view.ts';
import { parseEmojiName } from '../../domain/emoji-name.ts';
import { CANCELLABLE, isFinished, RETRYABLE, TASK_STATES, type TaskState } from '../../domain/task.ts';
import { principalOf } from '../access/principal.ts';
import { decodeCursor, encodeCursor, page } from '../pages.ts';
import { type AppEnv, portsOf } from '../ports.ts';
import { taskFeed } from './events.ts';
import type * as routes from './routes.ts';
import { type FilterQuery, MOST_COUNTED } from './routes.ts';

/** A place in a list of one order: in another it would be a wrong one. */
const placeIn = (order: TaskOrdering) => ({
  schema: z.tuple([z.literal(order), z.int(), z.string()]).transform(([, at, id]): TaskPosition => ({ at, id })),
  encode: ({ at, id }: TaskPosition) => [order, at, id],
});

const NEWEST = placeIn('newest');

export const statusHandler: RouteHandler<typeof routes.status, AppEnv> = async (c) => {
  const { task_id, wait } = c.req.valid('query');
  const ports = portsOf(c);
  const task = await awaitTask(ports, task_id, await principalOf(c), wait * 1_000);
  const duplicates = await samePictures(ports, task);
  return c.json({ id: task.id, status: task.state, ...viewFacts(task), duplicates, platforms: outcomesOf(task) }, 200);
};

export const listHandler: RouteHandler<typeof routes.list, AppEnv> = async (c) => {
  const { limit, cursor, sort, ...query } = c.req.valid('query');
  const place = placeIn(sort);
  const after = decodeCursor(cursor, place.schema);
  const tasks = await portsOf(c).taskHistory.list(filterOf(query), { order: sort, after, limit: limit + 1 });
  const at = ({ receivedAt, finishedAt }: TaskSummary) => (sort === 'finished' && finishedAt) || receivedAt;
  const { items, nextCursor } = page(tasks, limit, (task) => place.encode({ at: at(task), id: task.id }));
  return c.json({ data: items.map(viewSummary), next_cursor: nextCursor }, 200);
};

export const fetchHandler: RouteHandler<typeof routes.fetchTask, AppEnv> = async (c) => {
  const ports = portsOf(c);
  const task = await describeTask(ports, c.req.valid('param').id, await principalOf(c), Date.now());
  return c.json({ ...viewTask(task), duplicates: await samePictures(ports, task) }, 200);
};

export const cancelHandler: RouteHandler<typeof routes.cancel, AppEnv> = async (c) =>
  c.json(viewTask(await cancelTask(portsOf(c), c.req.valid('param').id, await principalOf(c))), 200);

export const retryHandler: RouteHandler<typeof routes.retry, AppEnv> = async (c) =>
  c.json(viewTask(await retryTask(portsOf(c), c.req.valid('param').id, await principalOf(c))), 200);

export const cancelManyHandler: RouteHandler<typeof routes.cancelMany, AppEnv> = async (c) =>
  c.json(await moveMany(c, c.req.valid('query'), cancelTask, CANCELLABLE), 200);

export const retryManyHandler: RouteHandler<typeof routes.retryMany, AppEnv> = async (c) =>
  c.json(await moveMany(c, c.req.valid('query'), retryTask, RETRYABLE), 200);

async function moveMany(
  c: Context<AppEnv>,
  { dry_run, cursor, ...query }: FilterQuery & { dry_run: 'true' | 'false'; cursor?: string | undefined },
  move: Move,
  states: TaskState[],
) {
  const filter = filterOf(query);
  if (filter.states.length === 0) filter.states = states;
  const ports = portsOf(c);
  if (dry_run === 'true') {
    const matched = await ports.taskHistory.count(filter, MOST_COUNTED);
    return { dry_run: true, matched, moved: [], refused: [], next_cursor: null };
  }
  const after = decodeCursor(cursor, NEWEST.schema);
  const { moved, refused, next } = await moveTasks(ports, await principalOf(c), move, filter, after);
  return { dry_run: false, moved, refused, next_cursor: next && encodeCursor(NEWEST.encode(next)) };
}

export const countsHandler: RouteHandler<typeof routes.counts, AppEnv> = async (c) => {
  const counters = await portsOf(c).taskHistory.counters();
  const counts = Object.fromEntries(TASK_STATES.map((state) => [state, counters.get(tasksIn(state)) ?? 0]));
  return c.json(counts as Record<TaskState, number>, 200);
};

export const taskEventsHandler: RouteHandler<typeof routes.taskEvents, AppEnv> = async (c) => {
  const ports = portsOf(c);
  const by = await principalOf(c);
  const task = await findTask(ports, c.req.valid('param').id, by);
  if (c.req.method === 'HEAD') return noEvents(c);
  if (!isFinished(task.state)) {
    const events = await c.env.TASKS.getByName(task.id).fetch(c.req.raw);
    // It was never accepted, or ended long ago and has been forgotten this very moment.
    if (events.status === 404) throw taskNotFound(task.id);
    // The headers of an answer that was fetched cannot be changed, and each answer of ours gets some.
    return new Response(events.body, events);
  }
  // A browser comes back when a stream ends, until it is told that there is nothing more.
  if (c.req.header('Last-Event-ID') === String(task.sequence)) return c.body(null, 204);
  return tellTheEnd(c.req.raw, await describeTask(ports, task.id, by, Date.now()));
};

export const feedHandler: RouteHandler<typeof routes.feed, AppEnv> = (c) =>
  c.req.method === 'HEAD'
    ? noEvents(c)
    : taskFeed(portsOf(c).taskHistory, c.req.valid('header')['Last-Event-ID'] ?? null);

/** To a HEAD request: a stream would be held open that nobody reads. */
function noEvents(c: Context<AppEnv>) {
  return c.body(null, 200, { 'Content-Type': 'text/event-stream' });
}

function filterOf({ state, kind, parent, name, from, to, reason }: FilterQuery): TaskFilter {
  const parsed = name === undefined ? null : parseEmojiName(name);
  return {
    states: state,
    kind: kind ?? null,
    parentId: parent ?? null,
    // A name that no emoji can have finds nothing.
    emojiName: parsed?.ok ? parsed.name : (name ?? null),
    from: from ?? null,
    to: to ?? null,
    reason: reason ?? null,
  };
}
