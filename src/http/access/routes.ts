import { createRoute, z } from '@hono/zod-openapi';
import { ADMIN_NAME, SCOPES } from '../../domain/access.ts';
import { NO_OWN_QUOTAS } from '../../domain/quota.ts';
import { limitedJson } from '../json-body.ts';
import { CursorSchema, LimitSchema, pageOf } from '../pages.ts';
import { problemResponses } from '../problems.ts';
import { ANYBODY, needs } from './needs.ts';

const TAGS = ['Access'];

const ScopesSchema = z
  .array(z.enum(SCOPES))
  .min(1)
  .openapi({ description: '`emoji:write` is for emoji of its own; `emoji:admin` for all.', example: ['emoji:write'] });

const QuotasSchema = z.object({
  emojis: z.int().openapi({ description: 'That are not deleted.', example: 2_000 }),
  bytes: z.int().openapi({ description: 'Of uploads that are kept.', example: 2_000_000_000 }),
  tasks: z.int().openapi({ description: 'That have not ended.', example: 100 }),
});

const QuotaSchema = z.int().nonnegative().nullable().default(null);

const OwnQuotasSchema = z.strictObject({ emojis: QuotaSchema, bytes: QuotaSchema, tasks: QuotaSchema }).openapi({
  description:
    'What its owner may have, if it is not for the emoji of all: emoji that are not deleted, bytes of uploads that are ' +
    'kept, tasks that have not ended. Null: as `QUOTA_EMOJIS`, `QUOTA_BYTES` and `QUOTA_TASKS` of the service say.',
  example: { emojis: 500, bytes: null, tasks: null },
});

const TokenSchema = z
  .object({
    id: z.uuid(),
    name: z.string().openapi({ example: 'slack-bot' }),
    scopes: ScopesSchema,
    created_at: z.iso.datetime(),
    created_by: z.string().nullable(),
    expires_at: z.iso.datetime().nullable().openapi({ description: 'Null: never.' }),
    revoked_at: z.iso.datetime().nullable(),
    last_used_at: z.iso.datetime().nullable().openapi({ description: 'To a minute.' }),
    quotas: OwnQuotasSchema,
  })
  .openapi('Token');

const LAST_TIME = Date.parse('9999-12-31T23:59:59.999Z');

const NewTokenSchema = z
  .strictObject({
    name: z
      .string()
      .regex(/^[a-z0-9](?:[a-z0-9._-]{0,62}[a-z0-9])?$/, 'write 1 to 64 of a-z, 0-9, ".", "_" and "-"')
      .openapi({
        description: `Owner of what is made with it. No two that are not revoked have the same, and none is called "${ADMIN_NAME}".`,
        example: 'slack-bot',
      }),
    scopes: ScopesSchema,
    expires_at: z.iso
      .datetime({ offset: true })
      .refine((end) => Date.parse(end) > Date.now(), 'it is over already')
      // RFC 3339 has years of four digits, and one in another place on earth may be the next one in UTC.
      .refine((end) => Date.parse(end) <= LAST_TIME, 'it is after the year 9999: leave it out, for never')
      .nullable()
      .default(null)
      .openapi({ description: 'Null: never.' }),
    quotas: OwnQuotasSchema.default(NO_OWN_QUOTAS),
  })
  .openapi('NewToken');

const WhoSchema = z
  .object({
    kind: z.enum(['anonymous', 'local', 'admin', 'token', 'person']).openapi({
      description: '`local`: the service runs on your machine, and is open to it. `person`: by Cloudflare Access.',
    }),
    name: z.string().nullable(),
    scopes: z.array(z.enum(SCOPES)).openapi({ description: 'With all that they include.' }),
    can_sign_in: z
      .boolean()
      .openapi({ description: 'Whether there is anything to sign in with, and a way to sign out.' }),
    private: z.boolean().openapi({ description: 'Whether emoji are not for everybody.' }),
    set_up: z.boolean(),
    quotas: z
      .object({ used: QuotasSchema, limit: QuotasSchema })
      .nullable()
      .openapi({ description: 'What you have, and may have; null for as much as you like.' }),
  })
  .openapi('Who');

const who = {
  description: 'Who you are, and what you may do.',
  content: { 'application/json': { schema: WhoSchema } },
};

export const createToken = createRoute({
  method: 'post',
  path: '/access/tokens',
  middleware: limitedJson,
  tags: TAGS,
  security: needs('token:admin'),
  summary: 'Make a token',
  description:
    'Its text is in this answer, and nowhere else: it is stored as a keyed hash. It starts with `cemoji_` and ends with ' +
    'a checksum, so that scanners for secrets find it. Nobody gives a scope that he has not, or for longer than he has it.',
  request: { body: { required: true, content: { 'application/json': { schema: NewTokenSchema } } } },
  responses: {
    201: {
      description: 'Made.',
      content: {
        'application/json': {
          schema: TokenSchema.extend({
            token: z.string().openapi({ description: 'Shown once.', example: `cemoji_${'0'.repeat(36)}` }),
          }).openapi('MadeToken'),
        },
      },
    },
    ...problemResponses(
      'token_name_taken',
      'scope_not_yours',
      'expiry_not_yours',
      'malformed_json',
      'body_too_large',
      'unsupported_media_type',
    ),
  },
});

export const listTokens = createRoute({
  method: 'get',
  path: '/access/tokens',
  tags: TAGS,
  security: needs('token:admin'),
  summary: 'All tokens, the last first',
  request: { query: z.object({ limit: LimitSchema, cursor: CursorSchema }) },
  responses: {
    200: pageOf(TokenSchema, 'TokenPage'),
    ...problemResponses('invalid_cursor'),
  },
});

export const revokeToken = createRoute({
  method: 'delete',
  path: '/access/tokens/{id}',
  tags: TAGS,
  security: needs('token:admin'),
  summary: 'Revoke a token',
  description: 'At once, and for good; whoever has signed in with it is signed out. What it made stays.',
  request: { params: z.object({ id: z.string() }) },
  responses: {
    200: { description: 'Revoked.', content: { 'application/json': { schema: TokenSchema } } },
    ...problemResponses('token_not_found'),
  },
});

export const whoami = createRoute({
  method: 'get',
  path: '/access/session',
  tags: TAGS,
  security: ANYBODY,
  summary: 'Who you are',
  responses: { 200: who, ...problemResponses() },
});

export const signIn = createRoute({
  method: 'post',
  path: '/access/session',
  middleware: limitedJson,
  tags: TAGS,
  security: ANYBODY,
  summary: 'Sign in to the pages',
  description:
    'Takes a token, and gives a cookie that scripts cannot read. It is good for 7 days, or as long as the token is.',
  request: {
    body: {
      required: true,
      content: { 'application/json': { schema: z.strictObject({ token: z.string().trim().min(1).max(1_000) }) } },
    },
  },
  responses: {
    200: who,
    ...problemResponses('malformed_json', 'body_too_large', 'unsupported_media_type'),
  },
});

export const signOut = createRoute({
  method: 'delete',
  path: '/access/session',
  tags: TAGS,
  security: ANYBODY,
  summary: 'Sign out of the pages',
  responses: { 204: { description: 'Signed out, if you were signed in.' }, ...problemResponses() },
});

const EntrySchema = z
  .object({
    id: z.int(),
    at: z.iso.datetime(),
    name: z.string().nullable().openapi({ description: 'Who.', example: 'slack-bot' }),
    kind: z.string().openapi({ description: 'What he proved it by, as in `Who`.', example: 'token' }),
    token_id: z.string().nullable(),
    method: z.string().openapi({ example: 'POST' }),
    route: z.string().openapi({ example: '/custom-emoji/emojis' }),
    target: z
      .string()
      .openapi({ description: 'What was asked for.', example: '/custom-emoji/emojis?name=party_parrot' }),
    status: z.int().nullable().openapi({ description: 'Of the answer; null where there was none.', example: 202 }),
  })
  .openapi('AuditEntry');

export const audit = createRoute({
  method: 'get',
  path: '/access/audit',
  tags: TAGS,
  security: needs('token:admin'),
  summary: 'Every change that was asked for, the last first',
  description:
    'Who asked for what, when, and with which token. An entry is made before the change; none is ever changed.',
  request: {
    query: z.object({
      name: z.string().optional().openapi({ description: 'Of whom.' }),
      limit: LimitSchema,
      cursor: CursorSchema,
    }),
  },
  responses: {
    200: pageOf(EntrySchema, 'AuditPage'),
    ...problemResponses('invalid_cursor'),
  },
});
