import { createRoute, z } from '@hono/zod-openapi';
import { PUBLISHED_PLATFORMS } from '../../domain/publishing/target.ts';
import { needs } from '../access/needs.ts';
import { ActorHeaders } from '../actor.ts';
import { WrittenName } from '../emojis/schemas.ts';
import { OrderHeaders } from '../emojis/upload-routes.ts';
import { limitedJson } from '../json-body.ts';
import { problemResponses } from '../problems.ts';
import { TAGS, TargetName } from './target-routes.ts';

/** As many as one request orders: each takes several calls to other objects, and they are limited. */
const MOST_AT_ONCE = 100;

const ReplaceSchema = z
  .boolean()
  .default(false)
  .openapi({
    description:
      'Whether another picture is to be replaced that is there under that name. What was not published from this emoji ' +
      'takes `emoji:admin`. The one that is there is removed first, and reactions with it may go.',
  });

const OrderSchema = z
  .strictObject({
    target: TargetName,
    name: z.string().min(1).max(100).optional().openapi({
      description: 'What it is to be called there; left out, its own name, made to fit.',
      example: 'party_parrot',
    }),
    replace: ReplaceSchema,
  })
  .openapi('PublicationOrder');

const AcceptedSchema = z
  .object({
    task_id: z.uuid(),
    status: z.literal('PENDING'),
    kind: z.literal('publish'),
    name: z.string().openapi({ description: 'Of the emoji.', example: 'party_parrot' }),
    status_url: z.string().openapi({ example: '/task-queue/status?task_id=0a4f6d3e-3a4e-4a52-9d1f-7c1df3f6f6c1' }),
  })
  .openapi('PublicationAccepted');

const ORDER_PROBLEMS = [
  'malformed_json',
  'body_too_large',
  'unsupported_media_type',
  'target_not_found',
  'too_many_tasks',
] as const;

export const publish = createRoute({
  method: 'post',
  path: '/custom-emoji/emojis/{name}/publications',
  middleware: limitedJson,
  tags: TAGS,
  security: needs('emoji:write'),
  summary: 'Publish an emoji to a target',
  description:
    'A task sends the best file of it that the platform takes, by the API of the platform. The platform is looked at first: ' +
    'whatever is lost on the way, nothing is made twice. What the platform has is in the `outcome` of the task.',
  request: {
    params: z.object({ name: WrittenName }),
    headers: OrderHeaders,
    body: { required: true, content: { 'application/json': { schema: OrderSchema } } },
  },
  responses: {
    202: {
      description: 'Accepted; the task is on its way.',
      headers: z.object({ Location: z.string().openapi({ description: 'The task.' }) }),
      content: { 'application/json': { schema: AcceptedSchema } },
    },
    ...problemResponses(
      ...ORDER_PROBLEMS,
      'invalid_idempotency_key',
      'idempotency_key_in_use',
      'idempotency_key_reused',
      'emoji_not_found',
      'emoji_not_yours',
      'name_not_fit',
      'service_not_public',
    ),
  },
});

export const publishMany = createRoute({
  method: 'post',
  path: '/custom-emoji/publications',
  middleware: limitedJson,
  tags: TAGS,
  security: needs('emoji:write'),
  summary: `Publish up to ${MOST_AT_ONCE} emoji to a target`,
  description: 'Each by a task of its own. One that cannot be ordered stops no other.',
  request: {
    headers: ActorHeaders,
    body: {
      required: true,
      content: {
        'application/json': {
          schema: z
            .strictObject({
              target: TargetName,
              names: z.array(WrittenName).min(1).max(MOST_AT_ONCE),
              replace: ReplaceSchema,
            })
            .openapi('PublicationsOrder'),
        },
      },
    },
  },
  responses: {
    202: {
      description: 'What was ordered, and what could not be.',
      content: {
        'application/json': {
          schema: z
            .object({
              tasks: z.array(AcceptedSchema),
              refused: z.array(z.object({ name: z.string(), code: z.string(), message: z.string() })),
            })
            .openapi('PublicationsAccepted'),
        },
      },
    },
    ...problemResponses(...ORDER_PROBLEMS),
  },
});

export const publications = createRoute({
  method: 'get',
  path: '/custom-emoji/emojis/{name}/publications',
  tags: TAGS,
  security: needs('emoji:write'),
  summary: 'Where an emoji was published',
  request: { params: z.object({ name: WrittenName }) },
  responses: {
    200: {
      description: 'As far as this service knows; the first one first.',
      content: {
        'application/json': {
          schema: z
            .object({
              name: z.string().openapi({ example: 'party_parrot' }),
              publications: z.array(
                z.object({
                  target: z.string().openapi({ example: 'our-discord' }),
                  platform: z.enum(PUBLISHED_PLATFORMS),
                  name: z.string().openapi({ description: 'As it is called there.' }),
                  platform_id: z.string().nullable().openapi({
                    description: 'Its id there; of Slack, the address of its picture. Null where that is not known.',
                  }),
                  hash: z.string().openapi({ description: 'SHA-256 of the file that was sent.' }),
                  published_at: z.iso.datetime(),
                  task_id: z.string(),
                }),
              ),
            })
            .openapi('Publications'),
        },
      },
    },
    ...problemResponses('emoji_not_found'),
  },
});
