import { createRoute, z } from '@hono/zod-openapi';
import { EMOJI_ORDERS } from '../../application/ports.ts';
import { READABLE } from '../access/needs.ts';
import { limitedJson } from '../json-body.ts';
import { CursorSchema, LimitSchema, pageOf } from '../pages.ts';
import { problemResponses } from '../problems.ts';
import { EmojiSchema, TAGS } from './schemas.ts';

/** Names that can be looked up at once. */
const MOST_NAMES = 100;

/** More than anybody chooses from. */
export const MOST_TAGS = 1_000;

/** Which emoji, of a list or a pack: all filters have to be met. */
export const filter = {
  tag: z.string().optional().openapi({ description: 'Only those with this tag.' }),
  owner: z.string().optional().openapi({ description: 'Only those of this owner, as it was given.' }),
  animated: z.enum(['true', 'false']).optional().openapi({ description: 'Only those that move, or do not.' }),
};

export const list = createRoute({
  method: 'get',
  path: '/custom-emoji/emojis',
  tags: TAGS,
  security: READABLE,
  summary: 'List and search emoji',
  description:
    'Emoji whose picture is not ready are left out. All filters have to be met. A page may end before `limit`, or be ' +
    'empty, though there are more: with pictures where they come to more than 8 MB, with several filters where few of ' +
    'many meet them. `next_cursor` tells whether there are more. Nobody who is there all the while is left out, or ' +
    'comes twice, because others come and go between two pages.',
  request: {
    query: z
      .object({
        limit: LimitSchema,
        cursor: CursorSchema,
        q: z
          .string()
          .optional()
          .openapi({
            description:
              'What is searched for, as a name is written; white space in it is `_`. First the emoji with a name or ' +
              'alias that starts with it, by that name; then those with a name, alias or tag that it is a part of, ' +
              'newest first. Of less than 3 ' +
              'characters, then those with a tag that starts with it, by tag.',
            example: 'parr',
          }),
        ...filter,
        sort: z.enum(EMOJI_ORDERS).optional().openapi({
          description: '`name` (the default): in Unicode code point order. `newest`: the last first. Not with `q`.',
        }),
        image_data: z
          .enum(['true', 'false'])
          .default('true')
          .openapi({ description: '`false` leaves out the pictures.' }),
      })
      .refine(({ q, sort }) => q === undefined || sort === undefined, {
        path: ['sort'],
        error: 'what q finds has an order of its own: leave out one of the two',
      }),
    headers: z.object({
      'If-None-Match': z
        .string()
        .optional()
        .openapi({ description: 'The ETag that you have: 304 as long as no emoji has changed.' }),
    }),
  },
  responses: {
    200: {
      ...pageOf(EmojiSchema, 'EmojiPage'),
      headers: z.object({ ETag: z.string(), 'Cache-Control': z.string() }),
    },
    304: { description: 'Nothing has changed since.' },
    ...problemResponses('invalid_cursor'),
  },
});

export const tags = createRoute({
  method: 'get',
  path: '/custom-emoji/emojis:tags',
  tags: TAGS,
  security: READABLE,
  summary: 'List the tags that emoji have',
  description: `In Unicode code point order, the first ${MOST_TAGS}. \`?tag=\` of the list goes by one of them.`,
  responses: {
    200: {
      description: 'All tags that there are.',
      content: {
        'application/json': {
          schema: z.object({ data: z.array(z.string()).openapi({ example: ['bird', 'party'] }) }).openapi('EmojiTags'),
        },
      },
    },
    ...problemResponses(),
  },
});

export const batchGet = createRoute({
  method: 'post',
  path: '/custom-emoji/emojis:batchGet',
  middleware: limitedJson,
  tags: TAGS,
  security: READABLE,
  summary: 'Look up many emoji by name',
  description: 'Aliases are found too, and former names: `name` is what the emoji is called now.',
  request: {
    body: {
      required: true,
      content: {
        'application/json': {
          schema: z
            .object({
              names: z
                .array(z.string().max(256), {
                  error: ({ code }) =>
                    code === 'invalid_type' ? 'send JSON such as {"names":["party_parrot"]}' : undefined,
                })
                .min(1)
                .max(MOST_NAMES)
                .openapi({ example: ['party_parrot', ':nobody:'] }),
            })
            .openapi('EmojiNames'),
        },
      },
    },
  },
  responses: {
    200: {
      description: 'What there is.',
      content: {
        'application/json': {
          schema: z
            .object({
              found: z.record(z.string(), EmojiSchema).openapi({ description: 'By the name as it was asked for.' }),
              missing: z.array(z.string()).openapi({ description: 'Names as they were asked for.' }),
            })
            .openapi('FoundEmoji'),
        },
      },
    },
    ...problemResponses('malformed_json', 'body_too_large', 'unsupported_media_type'),
  },
});
