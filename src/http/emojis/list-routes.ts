import { createRoute, z } from '@hono/zod-openapi';
import { CursorSchema, LimitSchema, NextCursorSchema } from '../pages.ts';
import { problemResponses } from '../problems.ts';
import { EmojiSchema, TAGS } from './schemas.ts';

export const list = createRoute({
  method: 'get',
  path: '/custom-emoji/emojis',
  tags: TAGS,
  summary: 'List emoji',
  description:
    'By name, in Unicode code point order. Emoji whose picture is not ready are left out. A page with pictures ends ' +
    'early, before `limit`, where they come to more than 8 MB: `next_cursor` tells whether there are more.',
  request: {
    query: z.object({
      limit: LimitSchema,
      cursor: CursorSchema,
      image_data: z
        .enum(['true', 'false'])
        .default('true')
        .openapi({ description: '`false` leaves out the pictures.' }),
    }),
  },
  responses: {
    200: {
      description: 'One page.',
      content: {
        'application/json': {
          schema: z.object({ data: z.array(EmojiSchema), next_cursor: NextCursorSchema }).openapi('EmojiPage'),
        },
      },
    },
    ...problemResponses('invalid_request', 'invalid_cursor', 'internal_error', 'database_not_migrated'),
  },
});
