import { createRoute, z } from '@hono/zod-openapi';
import { PUBLISHED_PLATFORMS } from '../../domain/publishing/target.ts';
import { needs } from '../access/needs.ts';
import { limitedJson } from '../json-body.ts';
import { CursorSchema, LimitSchema, pageOf } from '../pages.ts';
import { problemResponses } from '../problems.ts';
import { FailureSchema } from '../tasks/schemas.ts';

export const TAGS = ['Publishing'];

const MAX_URL_LENGTH = 2_048;

export const TargetName = z
  .string()
  .regex(/^[a-z0-9](?:[a-z0-9._-]{0,62}[a-z0-9])?$/, 'write 1 to 64 of a-z, 0-9, ".", "_" and "-"')
  .openapi({ description: 'No two have the same.', example: 'our-discord' });

/** As it can stand in a header. */
const SecretSchema = z
  .string()
  .regex(/^[\x21-\x7e]{1,2000}$/, 'write the token alone: 1 to 2,000 printable ASCII characters without spaces')
  .openapi({ description: 'Stored sealed, and never shown.', example: 'the-token-that-the-platform-has-given' });

const UrlSchema = z.string().min(1).max(MAX_URL_LENGTH).openapi({
  description: 'Of the server, as people open it in their browsers.',
  example: 'https://chat.example.com',
});

const common = { name: TargetName, secret: SecretSchema };

const NewTargetSchema = z
  .discriminatedUnion('platform', [
    z.strictObject({
      ...common,
      platform: z.literal('discord'),
      secret: SecretSchema.openapi({ description: 'The token of a bot that may create expressions.' }),
      guild_id: z
        .string()
        .regex(/^\d{15,21}$/, 'write the id of the server, 15 to 21 digits')
        .openapi({ description: 'Of the server.', example: '197038439483310086' }),
    }),
    z.strictObject({
      ...common,
      platform: z.literal('mattermost'),
      secret: SecretSchema.openapi({ description: 'The token of a bot, or a personal access token.' }),
      url: UrlSchema,
    }),
    z.strictObject({
      ...common,
      platform: z.literal('zulip'),
      secret: SecretSchema.openapi({ description: 'The API key of a bot or a person.' }),
      url: UrlSchema,
      email: z.email().openapi({ description: 'Whose API key it is.', example: 'emoji-bot@chat.example.com' }),
    }),
    z.strictObject({
      ...common,
      platform: z.literal('slack'),
      secret: SecretSchema.openapi({
        description:
          'The token of an administrator of an Enterprise organisation: admin.teams:read, admin.teams:write.',
      }),
    }),
  ])
  .openapi('NewTarget');

const TargetSchema = z
  .object({
    name: TargetName,
    platform: z.enum(PUBLISHED_PLATFORMS),
    url: z.string().nullable().openapi({ example: null }),
    guild_id: z.string().nullable().openapi({ example: '197038439483310086' }),
    email: z.string().nullable().openapi({ example: null }),
    created_at: z.iso.datetime(),
    created_by: z.string().nullable(),
    paused_until: z.iso.datetime().nullable().openapi({
      description: 'The platform has asked for a pause: nothing is sent before.',
    }),
  })
  .openapi('Target');

const target = { description: 'The target.', content: { 'application/json': { schema: TargetSchema } } };

const BODY_PROBLEMS = ['malformed_json', 'body_too_large', 'unsupported_media_type'] as const;

const params = z.object({ target: TargetName });

export const createTarget = createRoute({
  method: 'post',
  path: '/custom-emoji/targets',
  middleware: limitedJson,
  tags: TAGS,
  security: needs('token:admin'),
  summary: 'Add a place to publish emoji to',
  description: 'Nothing is asked there: `POST …/check` does.',
  request: { body: { required: true, content: { 'application/json': { schema: NewTargetSchema } } } },
  responses: { 201: target, ...problemResponses(...BODY_PROBLEMS, 'target_name_taken', 'url_not_allowed') },
});

export const listTargets = createRoute({
  method: 'get',
  path: '/custom-emoji/targets',
  tags: TAGS,
  security: needs('emoji:write'),
  summary: 'All places to publish emoji to, by name',
  request: { query: z.object({ limit: LimitSchema, cursor: CursorSchema }) },
  responses: { 200: pageOf(TargetSchema, 'TargetPage'), ...problemResponses('invalid_cursor') },
});

export const showTarget = createRoute({
  method: 'get',
  path: '/custom-emoji/targets/{target}',
  tags: TAGS,
  security: needs('emoji:write'),
  summary: 'One of them',
  request: { params },
  responses: { 200: target, ...problemResponses('target_not_found') },
});

export const changeTarget = createRoute({
  method: 'patch',
  path: '/custom-emoji/targets/{target}',
  middleware: limitedJson,
  tags: TAGS,
  security: needs('token:admin'),
  summary: 'Give it another secret',
  request: {
    params,
    body: { required: true, content: { 'application/json': { schema: z.strictObject({ secret: SecretSchema }) } } },
  },
  responses: { 200: target, ...problemResponses(...BODY_PROBLEMS, 'target_not_found') },
});

export const deleteTarget = createRoute({
  method: 'delete',
  path: '/custom-emoji/targets/{target}',
  tags: TAGS,
  security: needs('token:admin'),
  summary: 'Remove a place to publish emoji to',
  description: 'What was published there stays there, and is not known to be ours any more.',
  request: { params },
  responses: { 204: { description: 'Removed.' }, ...problemResponses('target_not_found') },
});

export const checkTarget = createRoute({
  method: 'post',
  path: '/custom-emoji/targets/{target}/check',
  tags: TAGS,
  security: needs('emoji:write'),
  summary: 'Ask the platform whose token it has',
  description: 'And whether it may list emoji. Nothing is changed there.',
  request: { params },
  responses: {
    200: {
      description: 'What it says.',
      content: {
        'application/json': {
          schema: z
            .object({
              account: z
                .object({ id: z.string(), name: z.string() })
                .nullable()
                .openapi({ description: 'Whose token it is; null where that could not be found out.' }),
              error: FailureSchema.nullable(),
            })
            .openapi('TargetCheck'),
        },
      },
    },
    ...problemResponses('target_not_found'),
  },
});
