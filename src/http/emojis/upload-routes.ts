import { createRoute, z } from '@hono/zod-openapi';
import { DEFAULT_RENDERING, FITS, MAX_SIZE } from '../../domain/rendering.ts';
import { TASK_STATES } from '../../domain/task.ts';
import { needs } from '../access/needs.ts';
import { ActorHeaders } from '../actor.ts';
import { IdempotencyHeaders } from '../idempotency.ts';
import { NotifyHeaders, notifySchema } from '../notify.ts';
import { BrokenSchema, OutcomeSchema, PlatformSchema } from '../platforms.ts';
import { IfMatchHeaders } from '../preconditions.ts';
import { problemResponses } from '../problems.ts';
import { ReplayedHeader } from '../replayed.ts';
import { pictureAtSchema } from '../upload-by-url.ts';
import { binary, TAGS, WrittenName } from './schemas.ts';

const COLOUR = /^#?[0-9a-fA-F]{6}$/;

const ColourSchema = z
  .string()
  .regex(COLOUR, 'write a colour as rrggbb, such as ff8800')
  .transform((colour) => `#${colour.replace('#', '')}`)
  .optional();

/** How the picture is to be made into an emoji. */
export const Rendering = z.object({
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
    pattern: COLOUR.source,
    description: 'A colour, as `rrggbb`, to put under the picture: nothing stays transparent.',
  }),
  matte: ColourSchema.openapi({
    type: 'string',
    pattern: COLOUR.source,
    description: 'The colour, as `rrggbb`, of the page that the emoji will be seen on: soft edges are blended with it.',
  }),
});

export type RenderingQuery = z.infer<typeof Rendering>;

export const OrderHeaders = IdempotencyHeaders.extend(ActorHeaders.shape).extend(NotifyHeaders.shape);

const AcceptedSchema = z
  .object({
    task_id: z.uuid().openapi({ description: 'Follow it at `/task-queue/status?task_id=…`.' }),
    status: z.enum(TASK_STATES).openapi({ example: 'PENDING' }),
    name: z.string().openapi({ description: 'The canonical form of the name.', example: 'party_parrot' }),
    status_url: z.string().openapi({ example: '/task-queue/status?task_id=0a4f6d3e-3a4e-4a52-9d1f-7c1df3f6f6c1' }),
    emoji_url: z.string().openapi({ example: '/custom-emoji/emojis/party_parrot' }),
    duplicates: z.array(z.string()).openapi({
      description: 'Other emoji that were made from the same file: at most 5 names, the oldest first.',
      example: ['old_parrot'],
    }),
    platforms: z
      .array(
        z.object({
          platform: PlatformSchema,
          outcome: OutcomeSchema,
          broken: BrokenSchema,
          name: z.string().openapi({ description: 'The one that it has there.', example: 'party_parrot' }),
        }),
      )
      .openapi({
        description:
          'Where it will work by its name, which is all that is known yet: as it is, or under another name. The task ' +
          'tells the rest when it succeeded.',
      }),
  })
  .openapi('Accepted');

// Plain schemas: the body is streamed to storage, never parsed as a whole.
const pictureBody = {
  required: true,
  content: {
    'multipart/form-data': {
      schema: { type: 'object' as const, required: ['file'], properties: { file: binary, notify: notifySchema } },
    },
    'image/*': { schema: binary },
    'application/octet-stream': { schema: binary },
    'application/json': { schema: pictureAtSchema },
  },
};

const accepted = {
  202: {
    description: 'Accepted; the task is on its way.',
    headers: ReplayedHeader.extend({ Location: z.string().openapi({ description: 'The task.' }) }),
    content: { 'application/json': { schema: AcceptedSchema } },
  },
};

export const ORDER_PROBLEMS = [
  'invalid_idempotency_key',
  'idempotency_key_in_use',
  'idempotency_key_reused',
  'too_many_tasks',
  'quota_exceeded',
  'url_not_allowed',
  'email_not_possible',
] as const;

const UPLOAD_PROBLEMS = [
  ...ORDER_PROBLEMS,
  'malformed_multipart',
  'upload_interrupted',
  'upload_stalled',
  'too_many_uploads',
  'file_too_large',
  'unsupported_media_type',
  'empty_file',
  'file_missing',
  'malformed_json',
  'body_too_large',
  'url_failed',
] as const;

export const upload = createRoute({
  method: 'post',
  path: '/custom-emoji/emojis',
  tags: TAGS,
  security: needs('emoji:write'),
  summary: 'Upload a picture under a name',
  description:
    'Takes the name at once and orders the rendering of the picture (PNG, APNG, JPEG, GIF, WebP, AVIF, SVG, TIFF, BMP, ' +
    'ICO; up to 50 MB) as a 100×100 GIF. In place of the picture, its ' +
    'URL may be sent as JSON. If the picture cannot be rendered, the task says why and the name is free again.',
  request: { query: Rendering.extend({ name: WrittenName }), headers: OrderHeaders, body: pictureBody },
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
  security: needs('emoji:write'),
  summary: 'Replace the picture of an emoji',
  description:
    'Orders the rendering of another picture. The emoji shows the one it has until the new one is ready, and keeps it ' +
    'when the new one cannot be rendered. Of several, the one that was uploaded last stays.',
  request: {
    params: z.object({ name: WrittenName }),
    query: Rendering,
    headers: OrderHeaders.extend(IfMatchHeaders.shape),
    body: pictureBody,
  },
  responses: {
    ...accepted,
    ...problemResponses(...UPLOAD_PROBLEMS, 'emoji_not_found', 'emoji_not_yours', 'emoji_not_ready', 'emoji_changed'),
  },
});

export const rerender = createRoute({
  method: 'post',
  path: '/custom-emoji/emojis/{name}/render',
  tags: TAGS,
  security: needs('emoji:write'),
  summary: 'Render the picture of an emoji anew',
  description:
    'Orders the rendering of the upload that is kept, in another way. As with a replacement, the emoji shows the picture ' +
    'it has until the new one is ready, and of several orders the last one stays. Refused while another upload for the ' +
    'emoji is on its way: it would be undone.',
  request: {
    params: z.object({ name: WrittenName }),
    query: Rendering,
    headers: OrderHeaders.extend(IfMatchHeaders.shape),
  },
  responses: {
    ...accepted,
    ...problemResponses(
      ...ORDER_PROBLEMS,
      'emoji_not_found',
      'emoji_not_yours',
      'emoji_not_ready',
      'emoji_changed',
      'original_not_found',
      'picture_pending',
    ),
  },
});
