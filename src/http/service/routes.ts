import { createRoute, z } from '@hono/zod-openapi';
import { problemResponses } from '../problems.ts';

const TAGS = ['Service'];

export const root = createRoute({
  method: 'get',
  path: '/',
  tags: TAGS,
  summary: 'Where things are',
  responses: {
    200: {
      description: 'The addresses to go on from.',
      content: {
        'application/json': { schema: z.object({ service: z.string(), links: z.record(z.string(), z.string()) }) },
      },
    },
  },
});

export const health = createRoute({
  method: 'get',
  path: '/healthz',
  tags: TAGS,
  summary: 'Whether the service can answer',
  responses: {
    200: {
      description: 'It can; its database answers and has its tables.',
      content: { 'application/json': { schema: z.object({ status: z.literal('ok') }) } },
    },
    ...problemResponses('database_not_migrated', 'internal_error'),
  },
});
