import { z } from '@hono/zod-openapi';
import { TASK_KINDS, TASK_STATES } from '../../domain/task.ts';
import { MOST_ENTRIES, TASK_EVENTS } from '../../domain/task-log.ts';
import { OutcomeSchema, PlatformSchema } from '../platforms.ts';
import { RenderingSchema } from '../rendering.ts';

export const TAGS = ['Tasks'];

export const StateSchema = z.enum(TASK_STATES).openapi('TaskState', {
  description:
    'PENDING: waits for a renderer. STARTED: being rendered, or worked on otherwise. RETRY: a passing fault, another attempt follows. ' +
    'SUCCESS, FAILURE and REVOKED (cancelled) are final.',
});

export const FailureSchema = z
  .object({
    code: z.string().openapi({ description: 'Stable, for programs.', example: 'corrupt_picture' }),
    message: z.string().openapi({ description: 'What is wrong, in numbers where there are some.' }),
    remedy: z.string().openapi({ description: 'What to do about it.' }),
  })
  .openapi('Failure');

export const facts = {
  emoji_name: z.string().nullable().openapi({
    description: 'Null for an import, which has many.',
    example: 'party_parrot',
  }),
  kind: z.enum(TASK_KINDS).openapi({
    description:
      'create: the first picture of a new emoji. replace: another one. render: its picture made anew from the upload ' +
      'that is kept. import: the emoji of a pack. publish: an emoji goes to another platform.',
    example: 'create',
  }),
  parent_id: z.uuid().nullable().openapi({ description: 'The import that it came of.' }),
  actor: z.string().nullable().openapi({ description: 'Who ordered it, as the request said; null where it did not.' }),
  attempts: z.int().openapi({ description: 'How often a renderer has started on it.', example: 1 }),
  received_at: z.iso.datetime(),
  started_at: z.iso.datetime().nullable().openapi({ description: 'Start of the latest attempt.' }),
  finished_at: z.iso.datetime().nullable(),
  queued_ms: z.int().nullable().openapi({
    description: 'From when it was received, or tried again by a person, to its first start; null before that.',
  }),
  duration_ms: z.int().nullable().openapi({ description: 'From the start of the latest attempt to the end.' }),
  error: z.union([FailureSchema, z.null()]).openapi({ description: 'Why it failed; null where it did not.' }),
};

export const TaskSchema = z.object({ id: z.uuid(), state: StateSchema, ...facts }).openapi('Task');

export const DuplicatesSchema = z
  .array(z.string())
  .nullable()
  .openapi({
    description:
      'Other emoji that look exactly like the one that was made, by name: at most 5, the oldest first. Null until it ' +
      'succeeded.',
  });

export const OutcomesSchema = z
  .record(PlatformSchema, OutcomeSchema)
  .nullable()
  .openapi({
    description:
      'Where the emoji works that was made, platform by platform; `…/platforms` of the emoji tells why. Null until it ' +
      'succeeded.',
  });

const LogEntrySchema = z
  .object({
    at: z.iso.datetime(),
    event: z.enum(TASK_EVENTS).openapi({
      description:
        'claimed: somebody works on the task. part_done: the rest of it is put off for a moment. upload_read, rendered_and_stored: the steps of an attempt. fault: an attempt ' +
        'that ended with a passing one. lease_taken_back: its renderer did not answer in time.',
    }),
    details: z.record(z.string(), z.union([z.string(), z.number()])).openapi({
      description:
        'By event. accepted: `kind`. message_sent: `sends`, how often since it began to wait. claimed, lease_taken_back: ' +
        '`attempt`. upload_read: `bytes`, `ms`. rendered_and_stored: `frames`, `bytes`, `ms`. fault: `step`, `ms`. failed: ' +
        '`code`.',
      example: { bytes: 20480, ms: 12 },
    }),
  })
  .openapi('TaskLogEntry');

export const TaskWithHistory = TaskSchema.extend({
  emoji_id: z.string().nullable(),
  version: z.int().openapi({ description: 'Of the picture: rises with each one that is ordered for the emoji.' }),
  rendering: RenderingSchema.openapi({ description: 'How the picture is to be made into an emoji.' }),
  progress: z
    .object({ done: z.int(), of: z.int() })
    .nullable()
    .openapi({
      description:
        'Frames of an animation that are rendered, or emoji of an import that are done with; while it is STARTED and takes ' +
        'a while.',
    }),
  lease: z
    .object({ attempt: z.int(), expires_at: z.iso.datetime() })
    .nullable()
    .openapi({ description: 'Until when its renderer may take, while it is STARTED; null where that is not known.' }),
  next_message_at: z.iso
    .datetime()
    .nullable()
    .openapi({ description: 'When renderers are told of it again, while it is PENDING or RETRY.' }),
  source: z
    .object({
      format: z.string().openapi({ example: 'gif' }),
      bytes: z.int(),
      width: z.int(),
      height: z.int(),
      frames: z.int(),
      duration_ms: z.number(),
    })
    .nullable()
    .openapi({ description: 'What the upload was found to be; null until it succeeded.' }),
  image: z
    .object({
      hash: z.string().openapi({ description: 'SHA-256 of the GIF.' }),
      url: z.string().openapi({ description: 'Of the GIF, by its hash, as long as an emoji shows it.' }),
      bytes: z.int(),
      frames: z.int(),
    })
    .nullable()
    .openapi({ description: 'The emoji that was made; null until it succeeded.' }),
  outcome: z.record(z.string(), z.unknown()).nullable().openapi({
    description: 'What came of an import or a publication, so far; null of other tasks.',
  }),
  platforms: OutcomesSchema,
  history: z.array(z.object({ state: StateSchema, at: z.iso.datetime(), reason: z.string().nullable() })),
  log: z.array(LogEntrySchema).openapi({
    description:
      `What happened step by step, oldest first: the last ${MOST_ENTRIES} entries. It is kept for an hour after the ` +
      'end of the task, and is empty then.',
  }),
}).openapi('TaskWithHistory');
