import { createRoute, z } from '@hono/zod-openapi';
import { DEFAULT_RENDERING, FITS, MAX_SIZE } from '../../domain/rendering.ts';
import { TASK_STATES } from '../../domain/task.ts';
import { IdempotencyHeaders } from '../idempotency.ts';
import { CursorSchema, LimitSchema, NextCursorSchema } from '../pages.ts';
import { problemResponses } from '../problems.ts';

const TAGS = ['Emoji'];

const WrittenName = z.string({ error: 'give the emoji a name, such as ?name=party_parrot' }).openapi({
  description:
    '1 to 64 letters, digits, marks, `_`, `-` and `+` of any script, starting with a letter or a digit. Surrounding ' +
    'colons and white space are dropped; upper and lower case are one (Unicode NFKC, lower-cased). In an address, `+` ' +
    'is written `%2B`.',
  example: 'party_parrot',
});

const ColourSchema = z
  .string()
  .regex(/^#?[0-9a-f]{6}$/i, 'write a colour as rrggbb, such as ff8800')
  .transform((colour) => `#${colour.replace('#', '')}`)
  .optional();

/** How the picture is to be made into an emoji. */
const Rendering = z.object({
  fit: z
    .enum(FITS)
    .default(DEFAULT_RENDERING.fit)
    .openapi({
      description:
        '`contain` shows the whole picture on transparent padding, `cover` fills the square and cuts what sticks out, ' +
        '`stretch` distorts.',
    }),
  size: z.coerce
    .number()
    .int()
    .min(1)
    .max(MAX_SIZE)
    .default(DEFAULT_RENDERING.size)
    .openapi({ description: `Pixels a side, 1 to ${MAX_SIZE}.` }),
  background: ColourSchema.openapi({
    type: 'string',
    description: 'A colour, as `rrggbb`, to put under the picture: nothing stays transparent.',
  }),
  matte: ColourSchema.openapi({
    type: 'string',
    description: 'The colour, as `rrggbb`, of the page that the emoji will be seen on: soft edges are blended with it.',
  }),
});

export type RenderingQuery = z.infer<typeof Rendering>;

const binary = { type: 'string', format: 'binary' } as const;

const AcceptedSchema = z
  .object({
    task_id: z.uuid().openapi({ description: 'Follow it at `/task-queue/status?task_id=…`.' }),
    status: z.enum(TASK_STATES).openapi({ example: 'PENDING' }),
    name: z.string().openapi({ description: 'The canonical form of the name.', example: 'party_parrot' }),
    status_url: z.string().openapi({ example: '/task-queue/status?task_id=0a4f6d3e-3a4e-4a52-9d1f-7c1df3f6f6c1' }),
    emoji_url: z.string().openapi({ example: '/custom-emoji/emojis/party_parrot' }),
  })
  .openapi('Accepted');

const EmojiSchema = z
  .object({
    name: z.string().openapi({ example: 'party_parrot' }),
    image_data: z.string().nullable().optional().openapi({
      description: 'The GIF in base64; null should it be missing in storage. Left out with `image_data=false`.',
    }),
    url: z.string().openapi({ example: '/custom-emoji/emojis/party_parrot' }),
    hash: z.string().openapi({ description: 'SHA-256 of the GIF; also its ETag.' }),
    bytes: z.int().openapi({ example: 13370 }),
    frames: z.int().openapi({ example: 10 }),
    created_at: z.iso.datetime(),
  })
  .openapi('Emoji');

// Plain schemas: the body is streamed to storage, never parsed as a whole.
const pictureBody = {
  required: true,
  content: {
    'multipart/form-data': {
      schema: { type: 'object' as const, required: ['file'], properties: { file: binary } },
    },
    'image/*': { schema: binary },
    'application/octet-stream': { schema: binary },
  },
};

const accepted = {
  202: {
    description: 'Accepted; the task is on its way.',
    headers: z.object({ Location: z.string().openapi({ description: 'The task.' }) }),
    content: { 'application/json': { schema: AcceptedSchema } },
  },
};

const UPLOAD_PROBLEMS = [
  'malformed_multipart',
  'upload_interrupted',
  'invalid_idempotency_key',
  'idempotency_key_in_use',
  'idempotency_key_reused',
  'file_too_large',
  'unsupported_media_type',
  'empty_file',
  'file_missing',
  'invalid_request',
  'internal_error',
  'database_not_migrated',
] as const;

export const upload = createRoute({
  method: 'post',
  path: '/custom-emoji/emojis',
  tags: TAGS,
  summary: 'Upload a picture under a name',
  description:
    'Takes the name at once and orders the rendering of the picture (PNG, APNG, JPEG, GIF, WebP, AVIF, SVG, TIFF, BMP, ' +
    'ICO; up to 50 MB) as a 100×100 GIF. If the picture cannot be rendered, the task says why and the name is free again.',
  request: { query: Rendering.extend({ name: WrittenName }), headers: IdempotencyHeaders, body: pictureBody },
  responses: {
    ...accepted,
    ...problemResponses(
      ...UPLOAD_PROBLEMS,
      'name_taken',
      'name_empty',
      'name_too_long',
      'name_bad_start',
      'name_bad_character',
    ),
  },
});

export const replace = createRoute({
  method: 'put',
  path: '/custom-emoji/emojis/{name}/image',
  tags: TAGS,
  summary: 'Replace the picture of an emoji',
  description:
    'Orders the rendering of another picture. The emoji shows the one it has until the new one is ready, and keeps it ' +
    'when the new one cannot be rendered. Of several, the one that was uploaded last stays.',
  request: {
    params: z.object({ name: WrittenName }),
    query: Rendering,
    headers: IdempotencyHeaders,
    body: pictureBody,
  },
  responses: { ...accepted, ...problemResponses(...UPLOAD_PROBLEMS, 'emoji_not_found', 'emoji_not_ready') },
});

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
