import { z } from '@hono/zod-openapi';
import { EtagSchema } from '../preconditions.ts';

export const TAGS = ['Emoji'];

export const WrittenName = z.string({ error: 'give the emoji a name, such as ?name=party_parrot' }).openapi({
  description:
    '1 to 64 letters, digits, marks, `_`, `-` and `+` of any script, starting with a letter or a digit. Surrounding ' +
    'colons and white space are dropped; upper and lower case are one (Unicode NFKC, lower-cased). In an address, `+` ' +
    'is written `%2B`.',
  example: 'party_parrot',
});

export const binary = { type: 'string', format: 'binary' } as const;

const renditionUrl = (example: string) =>
  z.string().nullable().openapi({ description: 'Null where there is none.', example });

export const EmojiSchema = z
  .object({
    name: z.string().openapi({ example: 'party_parrot' }),
    aliases: z.array(z.string()).openapi({ example: ['parrot'] }),
    tags: z.array(z.string()).openapi({ example: ['bird', 'party'] }),
    category: z.string().nullable(),
    owner: z.string().nullable().openapi({ description: 'Who uploaded it first, as that request said.' }),
    image_data: z.string().nullable().optional().openapi({
      description: 'The GIF in base64; null should it be missing in storage. Left out with `image_data=false`.',
    }),
    url: z.string().openapi({ example: '/custom-emoji/emojis/party_parrot' }),
    png_url: renditionUrl('/custom-emoji/emojis/party_parrot.png'),
    gif64_url: renditionUrl('/custom-emoji/emojis/party_parrot@64.gif'),
    gif128_url: renditionUrl('/custom-emoji/emojis/party_parrot@128.gif'),
    hash: z.string().openapi({ description: 'SHA-256 of the GIF; also its ETag.' }),
    bytes: z.int().openapi({ example: 13370 }),
    frames: z.int().openapi({ example: 10 }),
    animated: z.boolean().openapi({ description: 'Whether it has more than one frame.' }),
    created_at: z.iso.datetime(),
    updated_at: z.iso.datetime(),
    etag: EtagSchema,
  })
  .openapi('Emoji');
