import { createRoute, z } from '@hono/zod-openapi';
import { TASK_STATES } from '../../domain/task.ts';
import { CursorSchema, LimitSchema, NextCursorSchema } from '../pages.ts';
import { problemResponses } from '../problems.ts';

const TAGS = ['Tasks'];

const StateSchema = z.enum(TASK_STATES).openapi('TaskState', {
  description:
    'PENDING: waits for a renderer. STARTED: being rendered. RETRY: a passing fault, another attempt follows. ' +
    'SUCCESS, FAILURE and REVOKED (cancelled) are final.',
});

const FailureSchema = z
  .object({
    code: z.string().openapi({ description: 'Stable, for programs.', example: 'corrupt_picture' }),
    message: z.string().openapi({ description: 'What is wrong, in numbers where there are some.' }),
    remedy: z.string().openapi({ description: 'What to do about it.' }),
  })
  .openapi('Failure');

const facts = {
  emoji_name: z.string().openapi({ example: 'party_parrot' }),
  kind: z.string().openapi({ example: 'create' }),
  attempts: z.int().openapi({ description: 'How often a renderer has started on it.', example: 1 }),
  received_at: z.iso.datetime(),
  started_at: z.iso.datetime().nullable().openapi({ description: 'Start of the latest attempt.' }),
  finished_at: z.iso.datetime().nullable(),
  duration_ms: z.int().nullable().openapi({ description: 'From the start of the latest attempt to the end.' }),
  error: z.union([FailureSchema, z.null()]).openapi({ description: 'Why it failed; null where it did not.' }),
};

const TaskSchema = z.object({ id: z.uuid(), state: StateSchema, ...facts }).openapi('Task');

export const status = createRoute({
  method: 'get',
  path: '/task-queue/status',
  tags: TAGS,
  summary: 'The status of a task',
  request: { query: z.object({ task_id: z.string().openapi({ description: 'As the upload answered it.' }) }) },
  responses: {
    200: {
      description: 'The task as it is now.',
      content: {
        'application/json': {
          schema: z.object({ id: z.uuid(), status: StateSchema, ...facts }).openapi('TaskStatus'),
        },
      },
    },
    ...problemResponses('task_not_found', 'invalid_request', 'internal_error', 'database_not_migrated'),
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

export const list = createRoute({
  method: 'get',
  path: '/task-queue/tasks',
  tags: TAGS,
  summary: 'Past and current tasks, newest first',
  request: { query: z.object({ state: StatesSchema, limit: LimitSchema, cursor: CursorSchema }) },
  responses: {
    200: {
      description: 'One page.',
      content: {
        'application/json': {
          schema: z.object({ data: z.array(TaskSchema), next_cursor: NextCursorSchema }).openapi('TaskPage'),
        },
      },
    },
    ...problemResponses('invalid_request', 'invalid_cursor', 'internal_error', 'database_not_migrated'),
  },
});

export const fetchTask = createRoute({
  method: 'get',
  path: '/task-queue/tasks/{id}',
  tags: TAGS,
  summary: 'One task, with its history',
  request: { params: z.object({ id: z.string() }) },
  responses: {
    200: {
      description: 'The task, and every change of its state, oldest first.',
      content: {
        'application/json': {
          schema: TaskSchema.extend({
            history: z.array(z.object({ state: StateSchema, at: z.iso.datetime(), reason: z.string().nullable() })),
          }).openapi('TaskWithHistory'),
        },
      },
    },
    ...problemResponses('task_not_found', 'internal_error', 'database_not_migrated'),
  },
});
