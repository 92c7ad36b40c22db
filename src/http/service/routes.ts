import { createRoute, z } from '@hono/zod-openapi';
import { ANYBODY, needs } from '../access/needs.ts';
import { problemResponses } from '../problems.ts';

const TAGS = ['Service'];

export const health = createRoute({
  method: 'get',
  path: '/healthz',
  tags: TAGS,
  security: ANYBODY,
  summary: 'Whether the service can answer',
  responses: {
    200: {
      description: 'It can; its database answers and has its tables.',
      content: { 'application/json': { schema: z.object({ status: z.literal('ok') }) } },
    },
    ...problemResponses(),
  },
});

export const metrics = createRoute({
  method: 'get',
  path: '/metrics',
  tags: TAGS,
  security: needs('task:read'),
  summary: 'Numbers for Prometheus',
  description:
    'Text format 0.0.4: tasks by state, accepted and finished tasks, failures by code, attempts, times in the queue and ' +
    'in rendering as histograms, dead letters, bytes in and out by format. They are kept with every change of a task, ' +
    'each change once, and never counted.',
  responses: {
    200: { description: 'The numbers.', content: { 'text/plain': { schema: z.string() } } },
    ...problemResponses(),
  },
});

export const runSweep = createRoute({
  method: 'post',
  path: '/task-queue/sweep',
  tags: TAGS,
  security: needs('task:write'),
  summary: 'Sweep now',
  description:
    'What runs by itself every 15 minutes: undoes uploads that were never accepted, frees names that nothing holds, has ' +
    'the history agree with the owners of tasks, sends notices that are due, and deletes old tasks, notices and the ' +
    'pictures that nothing needs. What is younger than 15 minutes is left alone. Can be run at any time.',
  responses: {
    200: {
      description: 'What it did.',
      content: {
        'application/json': {
          schema: z
            .object({
              unaccepted: z.int().openapi({ description: 'Uploads that were neither accepted nor undone.' }),
              settled: z.int().openapi({ description: 'Unfinished tasks, of which the history is now up to date.' }),
              names_freed: z.int(),
              orders_forgotten: z.int().openapi({ description: 'Tasks that were counted, and never became any.' }),
              emojis_dropped: z.int().openapi({ description: 'Deleted ones that could be restored no more.' }),
              tasks_forgotten: z.int(),
              sources_deleted: z.int(),
              images_deleted: z.int(),
              keys_forgotten: z.int(),
              notices_woken: z.int().openapi({ description: 'Notices that were due, and are sent now.' }),
              notices_forgotten: z.int(),
              faults: z.array(z.string()).openapi({ description: 'Steps that failed: the next run does them again.' }),
            })
            .openapi('SweepReport'),
        },
      },
    },
    ...problemResponses(),
  },
});
