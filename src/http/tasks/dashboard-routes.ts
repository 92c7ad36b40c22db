import { createRoute, z } from '@hono/zod-openapi';
import { CONSUMER_STATES, MOST_RUNNING, STALLED_AFTER_MS } from '../../application/consumer-state.ts';
import { type StatsWindow, WINDOWS } from '../../application/task-stats.ts';
import { needs } from '../access/needs.ts';
import { problemResponses } from '../problems.ts';
import { TAGS, TaskSchema } from './schemas.ts';

const windows = Object.keys(WINDOWS) as StatsWindow[];

const PercentilesSchema = z
  .object({ p50: z.number(), p95: z.number() })
  .nullable()
  .openapi({ description: 'Milliseconds, estimated from a histogram; null where there was nothing to be timed.' });

const throughput = {
  accepted: z.int().openapi({
    description: 'Uploads received. That of a new emoji is counted once a renderer has it, or its task has ended.',
  }),
  succeeded: z.int(),
  failed: z.int(),
  revoked: z.int().openapi({ description: 'Cancelled.' }),
  queue_ms: PercentilesSchema.openapi({ description: 'From the upload to the first attempt, of those that ended.' }),
  render_ms: PercentilesSchema.openapi({ description: 'From the start of the last attempt to the end.' }),
};

export const stats = createRoute({
  method: 'get',
  path: '/task-queue/stats',
  tags: TAGS,
  security: needs('task:read'),
  summary: 'Throughput, times and failures of late',
  description:
    'Over the last hour by minutes, or the last day by quarters of an hour; the one that is under way is the last point. ' +
    'A task counts when it was received, and again when it ended. Kept with every change, never counted: always quick.',
  request: { query: z.object({ window: z.enum(windows).default('hour') }) },
  responses: {
    200: {
      description: 'A point for each step, oldest first.',
      content: {
        'application/json': {
          schema: z
            .object({
              window: z.enum(windows),
              from: z.iso.datetime(),
              to: z.iso.datetime().openapi({ description: 'The end of the last point, which is still to come.' }),
              step_seconds: z.int().openapi({ description: 'Between two points.' }),
              points: z.array(z.object({ at: z.iso.datetime().openapi({ description: 'Its start.' }), ...throughput })),
              totals: z.object(throughput).openapi({ description: 'Of all points together.' }),
              failures: z
                .array(z.object({ code: z.string().openapi({ example: 'corrupt_picture' }), count: z.int() }))
                .openapi({ description: 'Why tasks failed, the most frequent first.' }),
            })
            .openapi('TaskStats'),
        },
      },
    },
    ...problemResponses(),
  },
});

export const consumer = createRoute({
  method: 'get',
  path: '/task-queue/consumer',
  tags: TAGS,
  security: needs('task:read'),
  summary: 'What the renderers do now',
  responses: {
    200: {
      description: 'As far as it has been noted: a task that takes less than 100 ms is only seen at its end.',
      content: {
        'application/json': {
          schema: z
            .object({
              state: z.enum(CONSUMER_STATES).openapi({
                description:
                  `stalled: a task has waited for more than ${STALLED_AFTER_MS / 1_000} s, none was started meanwhile, ` +
                  'and none is being rendered.',
              }),
              message: z.string().openapi({ description: 'The same for people; when stalled, with what to look at.' }),
              running: z
                .array(TaskSchema)
                .openapi({ description: `Tasks that are being rendered, newest first: ${MOST_RUNNING} at most.` }),
              running_count: z.int(),
              waiting_count: z.int().openapi({ description: 'In PENDING and RETRY.' }),
              oldest_waiting_at: z.iso.datetime().nullable().openapi({
                description:
                  'Since when the first of those waits that a renderer may take: a RETRY counts once its back-off is over.',
              }),
              last_started_at: z.iso
                .datetime()
                .nullable()
                .openapi({ description: 'When a task was last started, to 10 seconds.' }),
            })
            .openapi('ConsumerState'),
        },
      },
    },
    ...problemResponses(),
  },
});
