import { createRoute, z } from '@hono/zod-openapi';
import { RENDITIONS, type Rendition } from '../../domain/emoji.ts';
import { READABLE } from '../access/needs.ts';
import { BrokenSchema, OutcomeSchema, PlatformSchema } from '../platforms.ts';
import { problemResponses } from '../problems.ts';
import { movedResponse } from './renamed.ts';
import { binary, TAGS, WrittenName } from './schemas.ts';

const rule = {
  words: z.string().openapi({ example: 'at most 256 KiB' }),
  source: z.string().openapi({ description: 'Where that is written: an address.' }),
  checked: z.iso.date().openapi({ description: 'When it was read there.' }),
};

const LimitSchema = z.object({
  most: z.int().nullable().openapi({ description: 'Null where the platform documents no number.' }),
  ...rule,
});

const FormatsSchema = z.object({ allowed: z.array(z.string()).openapi({ example: ['png', 'gif'] }), ...rule });

const RulesSchema = z
  .object({
    name: z.object({
      pattern: z.string().openapi({ description: 'A regular expression.', example: '^[A-Za-z0-9_]+$' }),
      least: z.int().openapi({ description: 'Bytes of UTF-8.' }),
      most: z.int().nullable(),
      reserved: z
        .object({
          names: z.string().openapi({ description: 'The list that holds them.', example: 'emoji-datasource' }),
          ...rule,
        })
        .nullable()
        .openapi({ description: 'Names of its own emoji, which it refuses; null where it takes them.' }),
      ...rule,
    }),
    pixels: LimitSchema,
    bytes: LimitSchema,
    frames: LimitSchema,
    formats: FormatsSchema,
    animation: FormatsSchema,
  })
  .openapi('PlatformRules');

const VerdictSchema = z
  .object({
    platform: PlatformSchema,
    title: z.string().openapi({ example: 'Discord' }),
    outcome: OutcomeSchema,
    broken: BrokenSchema.openapi({ description: 'The rules that the emoji breaks as it is.' }),
    fix: z
      .object({
        name: z.string().nullable().openapi({ description: 'A name that fits; null where its own does.' }),
        picture: z
          .object({
            rendition: z
              .enum(Object.keys(RENDITIONS) as [Rendition, ...Rendition[]])
              .nullable()
              .openapi({ description: 'One that there is already; null for one that is to be made to fit.' }),
          })
          .nullable()
          .openapi({ description: 'A picture that fits; null where the emoji itself does.' }),
      })
      .nullable()
      .openapi({ description: 'What makes it work; null where nothing is broken, or nothing helps.' }),
    url: z.string().nullable().openapi({
      description: 'Of the picture that it takes, called by the name that it takes; null where there is none.',
      example: '/custom-emoji/emojis/party_parrot/for/discord',
    }),
    rules: RulesSchema,
  })
  .openapi('PlatformVerdict');

export const platforms = createRoute({
  method: 'get',
  path: '/custom-emoji/emojis/{name}/platforms',
  tags: TAGS,
  security: READABLE,
  summary: 'Where an emoji will work',
  description:
    'For each platform whether it takes the name and the picture, which rules they break, in numbers, and what makes ' +
    'them fit; with the rules, where they are written, and when they were read there.',
  request: { params: z.object({ name: WrittenName }) },
  responses: {
    200: {
      description: 'One verdict for each platform.',
      content: {
        'application/json': {
          schema: z.object({ name: z.string(), platforms: z.array(VerdictSchema) }).openapi('EmojiPlatforms'),
        },
      },
    },
    ...movedResponse,
    ...problemResponses('emoji_not_found'),
  },
});

export const forPlatform = createRoute({
  method: 'get',
  path: '/custom-emoji/emojis/{name}/for/{platform}',
  tags: TAGS,
  security: READABLE,
  summary: 'Save an emoji for a platform',
  description:
    'The picture of the emoji that the platform takes, under a name that it takes. Where one of its pictures fits in the ' +
    'size that the platform shows, that is it; else the best one that can be made from the upload: the largest size ' +
    'first, then fewer colours, loss in packing, and frames left out, whatever looks most like the emoji. It is made ' +
    'when it is asked for first, and kept.',
  request: {
    params: z.object({ name: WrittenName, platform: PlatformSchema }),
    query: z.object({
      wait: z.coerce.number().min(0).max(30).default(20).openapi({
        description: 'Seconds to wait for a picture that is to be made, 0 to 30.',
      }),
    }),
    headers: z.object({ 'If-None-Match': z.string().optional().openapi({ description: 'An ETag that you have.' }) }),
  },
  responses: {
    200: {
      description: 'The file, to be saved.',
      headers: z.object({
        ETag: z.string(),
        'Content-Disposition': z.string(),
        'Emoji-Fit': z.string().openapi({
          description:
            'What was given up for it, a dictionary (RFC 9651): `size` in pixels a side; `colours`, where it is a GIF that ' +
            'was made for this; `lossy`, by how many levels of 255 a colour may be another one; `frames`, and `of` how ' +
            'many; `stored` for one of the pictures that the emoji has anyhow.',
          example: 'size=128, colours=64, lossy=8, frames=20, of=40',
        }),
      }),
      content: { 'image/gif': { schema: binary }, 'image/png': { schema: binary } },
    },
    202: {
      description: 'It is being made: ask again.',
      headers: z.object({ 'Retry-After': z.string() }),
      content: {
        'application/json': {
          schema: z.object({ status: z.literal('PENDING'), url: z.string() }).openapi('PendingPicture'),
        },
      },
    },
    ...movedResponse,
    304: { description: 'The ETag that you have is the current one.' },
    ...problemResponses('emoji_not_found', 'original_not_found', 'not_fittable'),
  },
});

export const fetchFitted = createRoute({
  method: 'get',
  path: '/custom-emoji/fitted/{file}',
  tags: TAGS,
  security: READABLE,
  summary: 'Fetch a picture that was made for a platform',
  description: 'For platforms that fetch what is published there themselves. Never changes, and goes after a while.',
  request: {
    params: z.object({
      file: z.string().openapi({
        description: 'What it is kept under, 64 hexadecimal digits, then `.gif` or `.png`.',
        example: `${'0123456789abcdef'.repeat(4)}.gif`,
      }),
    }),
  },
  responses: {
    200: {
      description: 'The picture.',
      headers: z.object({ ETag: z.string(), 'Cache-Control': z.string() }),
      content: { 'image/gif': { schema: binary }, 'image/png': { schema: binary } },
    },
    ...problemResponses('image_not_found'),
  },
});
