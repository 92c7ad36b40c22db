import { createRoute, z } from '@hono/zod-openapi';
import { MOST_MOVES } from '../../application/move-task.ts';
import { TASK_ORDERS } from '../../application/ports.ts';
import { MOST_CHANGES, TASK_KINDS, TASK_STATES } from '../../domain/task.ts';
import { needs } from '../access/needs.ts';
import { CursorSchema, LimitSchema, NextCursorSchema, pageOf } from '../pages.ts';
import { problemResponses } from '../problems.ts';
import { DuplicatesSchema, facts, OutcomesSchema, StateSchema, TAGS, TaskSchema, TaskWithHistory } from './schemas.ts';

/** Counting goes no further. */
export const MOST_COUNTED = 10_000;

export const status = createRoute({
  method: 'get',
  path: '/task-queue/status',
  tags: TAGS,
  security: needs('task:read', 'emoji:write'),
  summary: 'The status of a task',
  request: {
    query: z.object({
      task_id: z.string().openapi({ description: 'As the upload answered it.' }),
      wait: z.coerce.number().min(0).max(30).default(0).openapi({
        description: 'Seconds to wait for the end of the task, 0 to 30: the answer comes as soon as it ends.',
      }),
    }),
  },
  responses: {
    200: {
      description: 'The task as it is now.',
      content: {
        'application/json': {
          schema: z
            .object({
              id: z.uuid(),
              status: StateSchema,
              ...facts,
              duplicates: DuplicatesSchema,
              platforms: OutcomesSchema,
            })
            .openapi('TaskStatus'),
        },
      },
    },
    ...problemResponses('task_not_found'),
  },
});

/** `?state=FAILURE&state=RETRY` and `?state=FAILURE,RETRY` both. */
const StatesSchema = z
  .union([z.string(), z.array(z.string())])
  .default([])
  .transform((given) => [given].flat().flatMap((part) => part.split(',').filter((state) => state.trim() !== '')))
  .pipe(z.array(z.string().trim().toUpperCase().pipe(z.enum(TASK_STATES))))
  .openapi({
    type: 'array',
    items: { type: 'string', enum: [...TASK_STATES] },
    description: 'Only tasks in one of these states: repeat it, or separate them by commas.',
  });

const Time = z.iso
  .datetime({ offset: true, error: 'write a time as 2026-11-25T08:00:00Z' })
  .transform((time) => Date.parse(time))
  .optional();

/** Which tasks: those that all of it is true of. */
const Filter = z.object({
  state: StatesSchema,
  kind: z.enum(TASK_KINDS).optional(),
  parent: z.uuid().optional().openapi({ description: 'Those that this import has ordered.' }),
  name: z.string().optional().openapi({ description: 'Of the emoji, as it is written anywhere.' }),
  from: Time.openapi({ type: 'string', format: 'date-time', description: 'Received then or later.' }),
  to: Time.openapi({ type: 'string', format: 'date-time', description: 'Received before.' }),
  reason: z.string().trim().min(1).max(200).optional().openapi({
    description:
      'Part of why the task is in its state; upper and lower case of ASCII are one. Or the code of its failure.',
  }),
});

export type FilterQuery = z.infer<typeof Filter>;

export const list = createRoute({
  method: 'get',
  path: '/task-queue/tasks',
  tags: TAGS,
  security: needs('task:read'),
  summary: 'Past and current tasks',
  request: {
    query: Filter.extend({
      sort: z.enum(TASK_ORDERS).default('newest').openapi({
        description:
          '`newest` and `oldest`: by when they were received. `finished`: only those that have ended, the last one first.',
      }),
      limit: LimitSchema,
      cursor: CursorSchema,
    }),
  },
  responses: {
    200: pageOf(TaskSchema, 'TaskPage'),
    ...problemResponses('invalid_cursor'),
  },
});

export const fetchTask = createRoute({
  method: 'get',
  path: '/task-queue/tasks/{id}',
  tags: TAGS,
  security: needs('task:read', 'emoji:write'),
  summary: 'One task, with its history and log',
  request: { params: z.object({ id: z.string() }) },
  responses: {
    200: {
      description: `The task, and the last ${MOST_CHANGES} changes of its state, oldest first.`,
      content: {
        'application/json': {
          schema: TaskWithHistory.extend({ duplicates: DuplicatesSchema }).openapi('FetchedTask'),
        },
      },
    },
    ...problemResponses('task_not_found'),
  },
});

const params = z.object({ id: z.string() });

const moved = {
  200: {
    description: 'The task as it is now.',
    content: { 'application/json': { schema: TaskWithHistory } },
  },
};

export const cancel = createRoute({
  method: 'post',
  path: '/task-queue/tasks/{id}/cancel',
  tags: TAGS,
  security: needs('task:write', 'emoji:write'),
  summary: 'Cancel a task',
  description: 'From PENDING, STARTED and RETRY. Its picture is never shown, and a new emoji’s name is free again.',
  request: { params },
  responses: {
    ...moved,
    ...problemResponses('task_not_found', 'task_not_yours', 'task_state'),
  },
});

export const retry = createRoute({
  method: 'post',
  path: '/task-queue/tasks/{id}/retry',
  tags: TAGS,
  security: needs('task:write', 'emoji:write'),
  summary: 'Try a task again',
  description:
    'From FAILURE and REVOKED: renders the upload, which is kept, once more, with all attempts. Not where the emoji shows ' +
    'a later upload by now, or may soon: nothing is brought back by this.',
  request: { params },
  responses: {
    ...moved,
    ...problemResponses(
      'task_not_found',
      'task_not_yours',
      'task_state',
      'name_taken',
      'emoji_not_found',
      'emoji_not_yours',
      'emoji_changed',
      'picture_pending',
      'picture_replaced',
      'quota_exceeded',
      'too_many_tasks',
    ),
  },
});

/** One for each of the moves of many tasks. */
function moveMany<Path extends string>(path: Path, summary: string, states: string) {
  return createRoute({
    method: 'post',
    path,
    tags: TAGS,
    security: needs('task:write'),
    summary,
    description:
      `All that match the filter; of ${states} unless states are given. Only counts them unless \`dry_run=false\`. At most ` +
      `${MOST_MOVES} a request: go on with \`next_cursor\`. One that cannot be moved stops no other.`,
    request: {
      query: Filter.extend({
        dry_run: z.enum(['true', 'false']).default('true').openapi({ description: '`false` does it.' }),
        cursor: CursorSchema,
        // Without a filter that is misspelled, all tasks would be moved.
      }).strict(),
    },
    responses: {
      200: {
        description: 'What was done, or would be.',
        content: {
          'application/json': {
            schema: z
              .object({
                dry_run: z.boolean(),
                matched: z
                  .int()
                  .optional()
                  .openapi({ description: `With \`dry_run=true\`: how many match, counted up to ${MOST_COUNTED}.` }),
                moved: z.array(z.uuid()),
                refused: z.array(z.object({ id: z.uuid(), code: z.string(), message: z.string() })),
                next_cursor: NextCursorSchema,
              })
              .openapi('MovedTasks'),
          },
        },
      },
      ...problemResponses('invalid_cursor'),
    },
  });
}

export const cancelMany = moveMany('/task-queue/tasks/cancel', 'Cancel many tasks', 'PENDING, STARTED and RETRY');
export const retryMany = moveMany('/task-queue/tasks/retry', 'Try many tasks again', 'FAILURE and REVOKED');

export const counts = createRoute({
  method: 'get',
  path: '/task-queue/counts',
  tags: TAGS,
  security: needs('task:read'),
  summary: 'How many tasks are in each state',
  responses: {
    200: {
      description: 'Kept with every change, never counted: always quick.',
      content: { 'application/json': { schema: z.record(z.enum(TASK_STATES), z.int()).openapi('TaskCounts') } },
    },
    ...problemResponses(),
  },
});

const eventStream = {
  description:
    'Server-Sent Events (`text/event-stream`): `event: task`, with the task as JSON in `data`. Clients that come back ' +
    'send the `Last-Event-ID`, as browsers do.',
  content: { 'text/event-stream': { schema: z.string() } },
};

export const taskEvents = createRoute({
  method: 'get',
  path: '/task-queue/tasks/{id}/events',
  tags: TAGS,
  security: needs('task:read', 'emoji:write'),
  summary: 'Follow a task',
  description:
    'The task as it is now, then again with each change and with the progress of an animation, until its end. As ' +
    'WebSocket messages for a request with `Upgrade: websocket` (each is the task as JSON), as Server-Sent Events otherwise.',
  request: { params },
  responses: {
    101: { description: 'A WebSocket.' },
    200: eventStream,
    204: { description: 'A client that comes back has seen the end: there is nothing more.' },
    ...problemResponses('task_not_found'),
  },
});

export const feed = createRoute({
  method: 'get',
  path: '/task-queue/events',
  tags: TAGS,
  security: needs('task:read'),
  summary: 'Follow all tasks',
  description:
    'Each task that changes, within a second or so, for a list that is kept up to date. The connection ends after a ' +
    'while; a client that comes back with its `Last-Event-ID` misses nothing.',
  request: {
    headers: z.object({
      'Last-Event-ID': z.coerce
        .number()
        .int()
        .min(0)
        .optional()
        .openapi({ type: 'integer', description: 'Go on after this event; left out: from now on.' }),
    }),
  },
  responses: {
    200: eventStream,
    ...problemResponses(),
  },
});
