import { createRoute, z } from '@hono/zod-openapi';
import { needs, READABLE } from '../access/needs.ts';
import { problemResponses } from '../problems.ts';
import { movedResponse } from './renamed.ts';
import { binary, TAGS, WrittenName } from './schemas.ts';

const conditional = z.object({
  'If-None-Match': z.string().optional().openapi({ description: 'An ETag that you have.' }),
});

const unchanged = { 304: { description: 'The ETag that you have is the current one.' } };

const picture = {
  method: 'get',
  tags: TAGS,
  security: READABLE,
  description:
    'The name may be followed by which of its pictures is wanted: `.gif` is the emoji itself, as without it; `@64.gif` ' +
    'and `@128.gif` are the same in 64×64 and 128×128 pixels, made from the upload; `.png` is the first frame, a still ' +
    'for those who want no motion.',
  request: { params: z.object({ name: WrittenName }), headers: conditional },
  responses: {
    200: {
      description: 'The emoji: a GIF of 100×100 pixels, unless another size was asked for with the upload.',
      headers: z.object({ ETag: z.string(), 'Cache-Control': z.string() }),
      content: { 'image/gif': { schema: binary }, 'image/png': { schema: binary } },
    },
    ...movedResponse,
    ...unchanged,
    ...problemResponses('emoji_not_found', 'rendition_not_found'),
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
  description: `The same pictures. ${picture.description} Emoji called \`emojis\`, \`bin\` and \`targets\` have the long address only.`,
});

export const fetchImage = createRoute({
  method: 'get',
  path: '/custom-emoji/images/{file}',
  tags: TAGS,
  security: READABLE,
  summary: 'Fetch a picture by its hash',
  description: 'Never changes, and may be kept for ever. A picture that no emoji shows any more goes after a while.',
  request: {
    params: z.object({
      file: z.string().openapi({
        description: 'SHA-256 of the file in 64 hexadecimal digits, then `.gif` or `.png`.',
        example: `${'0123456789abcdef'.repeat(4)}.gif`,
      }),
    }),
    headers: conditional,
  },
  responses: {
    200: {
      description: 'The picture.',
      headers: z.object({ ETag: z.string(), 'Cache-Control': z.string() }),
      content: { 'image/gif': { schema: binary }, 'image/png': { schema: binary } },
    },
    ...unchanged,
    ...problemResponses('image_not_found'),
  },
});

export const fetchOriginal = createRoute({
  method: 'get',
  path: '/custom-emoji/emojis/{name}/original',
  tags: TAGS,
  security: needs('emoji:read'),
  summary: 'Save the upload that an emoji was made from',
  description: 'The file as it came, to be saved and never shown: nobody has looked at what else is in it.',
  request: { params: z.object({ name: WrittenName }), headers: conditional },
  responses: {
    200: {
      description: 'The file.',
      headers: z.object({ ETag: z.string(), 'Cache-Control': z.string(), 'Content-Disposition': z.string() }),
      content: { 'application/octet-stream': { schema: binary } },
    },
    ...movedResponse,
    ...unchanged,
    ...problemResponses('emoji_not_found', 'original_not_found'),
  },
});
