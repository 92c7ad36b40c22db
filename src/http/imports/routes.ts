import { createRoute, z } from '@hono/zod-openapi';
import { CONFLICT_POLICIES, ITEM_ACTIONS } from '../../domain/packs/import-item.ts';
import { MAX_ENTRIES } from '../../domain/packs/import-limits.ts';
import { needs } from '../access/needs.ts';
import { binary } from '../emojis/schemas.ts';
import { ORDER_PROBLEMS, OrderHeaders, Rendering } from '../emojis/upload-routes.ts';
import { CursorSchema, LimitSchema, pageOf } from '../pages.ts';
import { problemResponses } from '../problems.ts';
import { ReplayedHeader } from '../replayed.ts';
import { FailureSchema, StateSchema } from '../tasks/schemas.ts';

const TAGS = ['Packs'];

/** What is told of an item: one that is being ordered waits. */
export const SHOWN_OUTCOMES = ['planned', 'waiting', 'done', 'skipped', 'failed', 'ignored'] as const;

const PolicySchema = z.enum(CONFLICT_POLICIES).openapi('ConflictPolicy', {
  description:
    'What is done about an emoji whose name is in use at the moment that it is ordered. skip: it is left out. rename: it ' +
    'gets `_2` at the end of its name, or `_3`, and so on. replace: its picture takes the place of the one that is there, ' +
    'where whoever imports may change that, and what is said of it is added. Of two in one pack that are called the same, ' +
    'the later one is renamed with `rename`, and left out otherwise.',
});

const CountsSchema = z
  .object({
    total: z.int().openapi({ description: 'All that is in the pack: its emoji, and its other files.' }),
    create: z.int(),
    replace: z.int(),
    rename: z.int(),
    skip: z.int(),
    refuse: z.int().openapi({ description: 'Cannot become an emoji, each with its reason.' }),
    planned: z.int().openapi({ description: 'Not ordered yet; of a dry run, that would be.' }),
    waiting: z.int().openapi({ description: 'Whose tasks are on their way.' }),
    succeeded: z.int(),
    skipped: z.int(),
    failed: z.int(),
    ignored: z.int().openapi({ description: 'Folders, what systems leave in archives, and what is no picture.' }),
  })
  .openapi('ImportCounts', { description: 'By what is done about them, and by what has become of them.' });

const ImportSchema = z
  .object({
    id: z.uuid().openapi({ description: 'Of the task: it is followed, cancelled and tried again as any other.' }),
    state: StateSchema,
    format: z.string().nullable().openapi({
      description:
        'What the pack was found to be; null as long as it has not been read. `pictures`: files without a list.',
      example: 'misskey',
    }),
    dry_run: z.boolean(),
    on_conflict: PolicySchema,
    counts: CountsSchema,
    error: z
      .union([FailureSchema, z.null()])
      .openapi({ description: 'Why the pack as a whole could not be imported.' }),
    task_url: z.string(),
    items_url: z.string(),
    received_at: z.iso.datetime(),
    finished_at: z.iso.datetime().nullable(),
  })
  .openapi('Import');

const ItemSchema = z
  .object({
    number: z.int().openapi({ description: "In the pack's order, from 1." }),
    path: z.string().openapi({ description: 'In the archive, or a URL.', example: 'pack/party parrot.gif' }),
    name: z.string().nullable().openapi({ description: 'As it is written in the pack; null of what is no emoji.' }),
    final_name: z.string().nullable().openapi({ description: 'What the emoji is called, or would be.' }),
    action: z.enum(ITEM_ACTIONS),
    outcome: z.enum(SHOWN_OUTCOMES).openapi({
      description: 'done: the emoji can be fetched. failed: `error` tells why. waiting: its task is on its way.',
    }),
    task_id: z.uuid().nullable().openapi({ description: 'That makes the emoji.' }),
    error: z.union([FailureSchema, z.null()]).openapi({ description: 'Why it was skipped, ignored, or failed.' }),
    left_out: z.array(z.string()).openapi({
      description: 'Of what the pack says of it, what could not be had: an alias that is in use, say.',
      example: ['alias "parrot": the name is in use'],
    }),
  })
  .openapi('ImportItem');

const AcceptedSchema = z
  .object({
    task_id: z.uuid(),
    status: z.literal('PENDING'),
    kind: z.literal('import'),
    status_url: z.string().openapi({ example: '/task-queue/status?task_id=0a4f6d3e-3a4e-4a52-9d1f-7c1df3f6f6c1' }),
    import_url: z.string().openapi({ example: '/custom-emoji/imports/0a4f6d3e-3a4e-4a52-9d1f-7c1df3f6f6c1' }),
  })
  .openapi('AcceptedImport');

const accepted = {
  202: {
    description: 'Accepted; the task is on its way.',
    headers: ReplayedHeader.extend({ Location: z.string().openapi({ description: 'The task.' }) }),
    content: { 'application/json': { schema: AcceptedSchema } },
  },
};

const params = z.object({ id: z.string() });

export const order = createRoute({
  method: 'post',
  path: '/custom-emoji/imports',
  tags: TAGS,
  security: needs('emoji:write'),
  summary: 'Import a pack',
  description:
    'Of this service, Slack, Discord, Mastodon, Misskey, Matrix, Pleroma, Mattermost, emojipacks, or nothing but pictures: a ' +
    'zip, a tar (gzip or not), a list alone (JSON, JSON lines, YAML) that has URLs, or as multipart/form-data any number of ' +
    'fields `file` whose file names may have folders. What it is, is known by its content. Each emoji is made by a task of ' +
    'its own, whose `parent_id` is the import; one that cannot be made stops no other. Up to 500 MB and ' +
    `${MAX_ENTRIES.toLocaleString('en')} files.`,
  request: {
    query: Rendering.pick({ fit: true })
      .extend({
        on_conflict: PolicySchema.default('skip'),
        dry_run: z.enum(['true', 'false']).default('false').openapi({
          description:
            'With `true`, nothing is done but to list what would be; `…/run` does it then, without another upload.',
        }),
        // What is misspelled would import at once.
      })
      .strict(),
    headers: OrderHeaders,
    body: {
      required: true,
      content: {
        'application/zip': { schema: binary },
        'application/gzip': { schema: binary },
        'application/x-tar': { schema: binary },
        'application/yaml': { schema: { type: 'string' as const } },
        'application/octet-stream': { schema: binary },
        'multipart/form-data': {
          schema: {
            type: 'object' as const,
            required: ['file'],
            properties: { file: { type: 'array' as const, items: binary } },
          },
        },
      },
    },
  },
  responses: {
    ...accepted,
    ...problemResponses(
      ...ORDER_PROBLEMS,
      'malformed_multipart',
      'upload_interrupted',
      'upload_stalled',
      'too_many_uploads',
      'file_missing',
      'pack_too_large',
      'pack_unreadable',
    ),
  },
});

export const run = createRoute({
  method: 'post',
  path: '/custom-emoji/imports/{id}/run',
  tags: TAGS,
  security: needs('emoji:write'),
  summary: 'Carry out a dry run',
  description:
    'Does what a dry run has listed, as a new task, from the archive that is kept. By whom names are held is looked up ' +
    'again: what has changed since then is told by each item. Or lists what would be done with another `on_conflict`, ' +
    'without another upload.',
  request: {
    params,
    query: z.strictObject({
      on_conflict: PolicySchema.optional().openapi({ description: 'That of the dry run, unless it is said.' }),
      dry_run: z
        .enum(['true', 'false'])
        .default('false')
        .openapi({ description: 'With `true`, it is a dry run again.' }),
    }),
    headers: OrderHeaders,
  },
  responses: {
    ...accepted,
    ...problemResponses(...ORDER_PROBLEMS, 'import_not_found', 'task_not_yours', 'import_not_planned'),
  },
});

export const fetchImport = createRoute({
  method: 'get',
  path: '/custom-emoji/imports/{id}',
  tags: TAGS,
  security: needs('task:read', 'emoji:write'),
  summary: 'How far an import is',
  request: { params },
  responses: {
    200: { description: 'The import as it is now.', content: { 'application/json': { schema: ImportSchema } } },
    ...problemResponses('import_not_found'),
  },
});

export const items = createRoute({
  method: 'get',
  path: '/custom-emoji/imports/{id}/items',
  tags: TAGS,
  security: needs('task:read', 'emoji:write'),
  summary: 'What is in a pack, and what becomes of it',
  request: {
    params,
    query: z.object({
      outcome: z.enum(SHOWN_OUTCOMES).optional(),
      limit: LimitSchema,
      cursor: CursorSchema,
    }),
  },
  responses: { 200: pageOf(ItemSchema, 'ImportItemPage'), ...problemResponses('import_not_found', 'invalid_cursor') },
});
