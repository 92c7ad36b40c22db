import { createRoute, z } from '@hono/zod-openapi';
import { problemResponses } from '../problems.ts';
import { binary, TAGS, WrittenName } from './schemas.ts';

const picture = {
  method: 'get',
  tags: TAGS,
  request: {
    params: z.object({ name: WrittenName }),
    headers: z.object({ 'If-None-Match': z.string().optional().openapi({ description: 'An ETag that you have.' }) }),
  },
  responses: {
    200: {
      description: 'The emoji: a GIF of 100×100 pixels.',
      headers: z.object({ ETag: z.string(), 'Cache-Control': z.string() }),
      content: { 'image/gif': { schema: binary } },
    },
    304: { description: 'The ETag that you have is the current one.' },
    ...problemResponses('emoji_not_found', 'internal_error', 'database_not_migrated'),
  },
} as const;

export const fetchEmoji = createRoute({
  ...picture,
  path: '/custom-emoji/emojis/{name}',
  summary: 'Fetch an emoji',
});

export const fetchEmojiShort = createRoute({
  ...picture,
  path: '/custom-emoji/{name}',
  summary: 'Fetch an emoji by its short address',
  description: 'The same picture. An emoji called `emojis` has the long address only.',
});
