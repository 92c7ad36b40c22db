import { createRoute, z } from '@hono/zod-openapi';
import { MAX_CATEGORY_LENGTH, MAX_DESCRIPTION_LENGTH, MAX_WORDS } from '../../domain/emoji.ts';
import { needs, READABLE } from '../access/needs.ts';
import { ActorHeaders } from '../actor.ts';
import { limitedJson } from '../json-body.ts';
import { CursorSchema, LimitSchema, pageOf } from '../pages.ts';
import { EtagSchema, IfMatchHeaders } from '../preconditions.ts';
import { problemResponses } from '../problems.ts';
import { RenderingSchema } from '../rendering.ts';
import { movedResponse } from './renamed.ts';
import { TAGS, WrittenName } from './schemas.ts';

/** Characters, not the units that JavaScript counts; as UTF-8 can have them, which the database keeps. */
const text = (most: number) =>
  z
    .string()
    .refine((written) => Array.from(written).length <= most, `write ${most} characters at most`)
    .overwrite((written) => written.toWellFormed());

const words = () =>
  z
    .array(z.string().max(256))
    .max(MAX_WORDS)
    .nullable()
    .transform((list) => list ?? [])
    .optional();

/** As JSON Merge Patch has it, null is what an emoji has that nothing was said of. */
const PatchSchema = z
  .strictObject({
    name: z.string().max(256).optional().openapi({
      description: 'By the name before, the emoji is found until somebody takes that.',
      example: 'party_parrot',
    }),
    aliases: words().openapi({
      type: 'array',
      items: { type: 'string' },
      maxItems: MAX_WORDS,
      description: 'All other names that it answers to.',
      example: ['parrot'],
    }),
    tags: words().openapi({
      type: 'array',
      items: { type: 'string', maxLength: 32 },
      maxItems: MAX_WORDS,
      description: 'All of them: 1 to 32 characters each, by the rules of names.',
      example: ['bird', 'party'],
    }),
    category: text(MAX_CATEGORY_LENGTH).min(1).nullable().optional(),
    description: text(MAX_DESCRIPTION_LENGTH)
      .nullable()
      .transform((written) => written ?? '')
      .optional()
      .openapi({ type: 'string' }),
  })
  .openapi('EmojiPatch');

const Changing = IfMatchHeaders.extend(ActorHeaders.shape);

const etag = z.string().openapi({ description: 'For the `If-Match` of the next change.' });

const StoredSchema = z
  .object({ url: z.string(), hash: z.string(), bytes: z.int() })
  .nullable()
  .openapi({ description: 'Null where there is none.' });

const DetailsSchema = z
  .object({
    id: z.string(),
    name: z.string().openapi({ example: 'party_parrot' }),
    aliases: z.array(z.string()).openapi({ example: ['parrot'] }),
    former_names: z.array(z.string()).openapi({ description: 'From these it is found until somebody takes them.' }),
    tags: z.array(z.string()).openapi({ example: ['bird', 'party'] }),
    category: z.string().nullable(),
    description: z.string(),
    owner: z
      .string()
      .nullable()
      .openapi({ description: 'Who uploaded it first; null for who is not signed in, and where nobody has said.' }),
    url: z.string().openapi({ example: '/custom-emoji/emojis/party_parrot' }),
    hash: z.string().openapi({ description: 'SHA-256 of the GIF; also its ETag.' }),
    bytes: z.int().openapi({ example: 13370 }),
    frames: z.int().openapi({ example: 10 }),
    animated: z.boolean(),
    version: z.int().openapi({ description: 'Of the picture: rises with each one that is ordered.' }),
    rendering: RenderingSchema.nullable().openapi({
      description: 'How the picture was made; null where that is not known.',
    }),
    renditions: z.object({ gif64: StoredSchema, gif128: StoredSchema, png: StoredSchema }),
    source: z
      .object({
        format: z.string().openapi({ example: 'gif' }),
        bytes: z.int(),
        width: z.int().openapi({ description: 'Pixels.' }),
        height: z.int(),
        frames: z.int(),
        duration_ms: z.int().openapi({ description: 'Of one play; 0 for a still.' }),
        hash: z.string().nullable().openapi({ description: 'SHA-256 of the upload.' }),
      })
      .nullable()
      .openapi({ description: 'What the upload was found to be; null where that is not known.' }),
    created_at: z.iso.datetime(),
    updated_at: z.iso.datetime(),
  })
  .openapi('EmojiDetails');

const EventSchema = z
  .object({
    id: z.int(),
    at: z.iso.datetime(),
    actor: z.string().nullable().openapi({
      description: 'Who; null for the service itself, for who is not signed in, and where nobody has said.',
    }),
    action: z.enum(['created', 'renamed', 'changed', 'picture_ordered', 'picture_shown', 'deleted', 'restored']),
    details: z.record(z.string(), z.unknown()),
  })
  .openapi('EmojiEvent');

const DeletedSchema = z
  .object({
    id: z.string(),
    name: z.string().openapi({ description: 'What it was called.' }),
    aliases: z.array(z.string()),
    deleted_at: z.iso.datetime(),
    restore_until: z.iso.datetime(),
    restore_url: z.string().openapi({ description: 'POST to it.' }),
    etag: EtagSchema,
  })
  .openapi('DeletedEmoji');

const json = <Schema extends z.ZodType>(description: string, schema: Schema) => ({
  description,
  headers: z.object({ ETag: etag }),
  content: { 'application/json': { schema } },
});

const NAME_PROBLEMS = ['name_empty', 'name_too_long', 'name_bad_start', 'name_bad_character', 'name_taken'] as const;
const PROBLEMS = ['emoji_not_found', 'emoji_not_yours'] as const;

export const change = createRoute({
  method: 'patch',
  path: '/custom-emoji/emojis/{name}',
  middleware: limitedJson,
  tags: TAGS,
  security: needs('emoji:write'),
  summary: 'Change an emoji',
  description:
    'Renames it, or changes what it answers to and what is said of it: what is left out stays as it is, a list is given ' +
    'as a whole (JSON Merge Patch, RFC 7396). `If-Match` is needed, so that nobody undoes what he has not seen.',
  request: {
    params: z.object({ name: WrittenName }),
    headers: Changing,
    body: {
      required: true,
      content: { 'application/merge-patch+json': { schema: PatchSchema }, 'application/json': { schema: PatchSchema } },
    },
  },
  responses: {
    200: json('The emoji as it is now.', DetailsSchema),
    ...problemResponses(
      ...PROBLEMS,
      ...NAME_PROBLEMS,
      'invalid_tag',
      'emoji_not_ready',
      'emoji_changed',
      'precondition_required',
      'malformed_json',
      'body_too_large',
      'unsupported_media_type',
    ),
  },
});

export const remove = createRoute({
  method: 'delete',
  path: '/custom-emoji/emojis/{name}',
  tags: TAGS,
  security: needs('emoji:write'),
  summary: 'Delete an emoji',
  description: 'Its names are free at once. It can be restored for 30 days.',
  request: { params: z.object({ name: WrittenName }), headers: Changing },
  responses: {
    200: json('Deleted.', DeletedSchema),
    ...problemResponses(...PROBLEMS, 'emoji_not_ready', 'emoji_changed'),
  },
});

export const restore = createRoute({
  method: 'post',
  path: '/custom-emoji/emojis/{name}/restore',
  tags: TAGS,
  security: needs('emoji:write'),
  summary: 'Restore a deleted emoji',
  description:
    'Brings back the emoji that was called so and was deleted last, with all of its names that nobody else has by now.',
  request: {
    params: z.object({ name: WrittenName }),
    query: z.object({
      id: z.string().optional().openapi({ description: 'Of several that were called so, the one with this id.' }),
      as: z.string().max(256).optional().openapi({ description: 'A new name: needed where the one it had is in use.' }),
    }),
    headers: Changing,
  },
  responses: {
    200: json(
      'The emoji as it is now.',
      DetailsSchema.extend({
        left_out: z.array(z.string()).openapi({ description: 'Names that it had, and others have by now.' }),
      }).openapi('RestoredEmoji'),
    ),
    ...problemResponses(...PROBLEMS, ...NAME_PROBLEMS, 'emoji_changed', 'quota_exceeded'),
  },
});

export const bin = createRoute({
  method: 'get',
  path: '/custom-emoji/bin',
  tags: TAGS,
  security: needs('emoji:write'),
  summary: 'List deleted emoji',
  description: 'Those that can be restored, the last one that was deleted first.',
  request: { query: z.object({ limit: LimitSchema, cursor: CursorSchema }) },
  responses: {
    200: pageOf(DeletedSchema, 'DeletedEmojiPage'),
    ...problemResponses('invalid_cursor'),
  },
});

export const info = createRoute({
  method: 'get',
  path: '/custom-emoji/emojis/{name}/info',
  tags: TAGS,
  security: READABLE,
  summary: 'All that is to be known of an emoji',
  description: 'With what was done to it last, and by whom.',
  request: {
    params: z.object({ name: WrittenName }),
    headers: z.object({ 'If-None-Match': z.string().optional().openapi({ description: 'An ETag that you have.' }) }),
  },
  responses: {
    200: json('The emoji.', DetailsSchema.extend({ history: z.array(EventSchema) }).openapi('EmojiInfo')),
    ...movedResponse,
    304: { description: 'The ETag that you have is the current one.' },
    ...problemResponses('emoji_not_found'),
  },
});

export const history = createRoute({
  method: 'get',
  path: '/custom-emoji/emojis/{name}/history',
  tags: TAGS,
  security: needs('emoji:read'),
  summary: 'What was done to an emoji, and by whom',
  description: 'The last first.',
  request: {
    params: z.object({ name: WrittenName }),
    query: z.object({ limit: LimitSchema, cursor: CursorSchema }),
  },
  responses: {
    200: pageOf(EventSchema, 'EmojiEventPage'),
    ...movedResponse,
    ...problemResponses('emoji_not_found', 'invalid_cursor'),
  },
});
