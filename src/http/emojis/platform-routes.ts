import { createRoute, z } from '@hono/zod-openapi';
import { RENDITIONS, type Rendition } from '../../domain/emoji.ts';
import { READABLE } from '../access/needs.ts';
import { OutcomeSchema, PlatformSchema } from '../platforms.ts';
import { problemResponses } from '../problems.ts';
import { movedResponse } from './renamed.ts';
import { TAGS, WrittenName } from './schemas.ts';

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
    broken: z
      .array(
        z.object({
          rule: z.enum(['name_characters', 'name_length', 'pixels', 'bytes', 'frames', 'format']),
          found: z.union([z.string(), z.number()]),
          allowed: z.union([z.string(), z.number()]),
          message: z.string(),
        }),
      )
      .openapi({ description: 'The rules that the emoji breaks as it is.' }),
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
