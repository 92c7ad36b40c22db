import { z } from '@hono/zod-openapi';
import { DELIVERY_STATES, NOTICE_EVENTS, SUBSCRIPTION_STATES, TARGET_KINDS } from '../../domain/notices.ts';
import { MAX_URL_LENGTH } from '../../domain/public-url.ts';

const EventSchema = z.enum(NOTICE_EVENTS).openapi('NoticeEvent', {
  description:
    '`emoji.replaced`: it shows another picture. `task.succeeded`, `task.failed`: an upload, or what else is done as a ' +
    'task, is at its end.',
});

const EventsSchema = z.array(EventSchema).min(1).max(NOTICE_EVENTS.length);

const OwnerSchema = z.string().trim().min(1).max(100).nullable().openapi({
  description: 'Of the emoji; of a task, who ordered it. Null for all.',
  example: 'slack-bot',
});

const TagSchema = z
  .string()
  .max(100)
  .nullable()
  .openapi({ description: 'That the emoji must have. Null for any.', example: 'party' });

export const NewSubscriptionSchema = z
  .strictObject({
    kind: z.enum(TARGET_KINDS).openapi({
      description:
        '`webhook`: by https://www.standardwebhooks.com, signed. `slack`, `discord`, `mattermost`: a message by an ' +
        'incoming webhook of that platform. `email`: a message to an address.',
      example: 'slack',
    }),
    target: z
      .string()
      .trim()
      .min(1)
      .max(MAX_URL_LENGTH)
      .openapi({
        description:
          'Where to: an `https` URL on port 443 with the public name of a server, as for uploads by URL; or an e-mail ' +
          'address. It is stored encrypted.',
        example: 'https://hooks.slack.com/services/T0/B0/abc',
      }),
    events: EventsSchema.default([...NOTICE_EVENTS]),
    owner: OwnerSchema.default(null),
    tag: TagSchema.default(null),
  })
  .openapi('NewSubscription');

export const SubscriptionPatchSchema = z
  .strictObject({
    events: EventsSchema.optional(),
    owner: OwnerSchema.optional(),
    tag: TagSchema.optional(),
    paused: z
      .boolean()
      .optional()
      .openapi({
        description:
          '`true`: what happens is kept, and not sent. `false`: it goes on, also where it was paused by itself or has said ' +
          'that it is gone; what was kept is sent.',
      }),
  })
  .openapi('SubscriptionPatch');

export const SubscriptionSchema = z
  .object({
    id: z.uuid(),
    owner: z.string().nullable().openapi({ description: 'Who made it.' }),
    kind: z.enum(TARGET_KINDS),
    target: z.string().openapi({
      description: 'Shortened: of the address of a webhook the rest may be its secret.',
      example: 'https://hooks.slack.com/…',
    }),
    events: z.array(EventSchema),
    filter: z.object({ owner: OwnerSchema, tag: TagSchema }),
    state: z.enum(SUBSCRIPTION_STATES).openapi({
      description:
        '`paused`: nothing has got there for a day, or a person wants it so; what happens is kept. `gone`: it has answered ' +
        '410; nothing is kept.',
    }),
    reason: z.string().nullable().openapi({ description: 'Why it is not active.' }),
    failing_since: z.iso.datetime().nullable().openapi({ description: 'Since when nothing has got there.' }),
    secret_before_until: z.iso
      .datetime()
      .nullable()
      .openapi({ description: 'Until when webhooks are signed with the secret before, too.' }),
    created_at: z.iso.datetime(),
  })
  .openapi('Subscription');

export const SecretSchema = z
  .string()
  .nullable()
  .openapi({
    description: 'What webhooks are signed with: shown this once. Null of other kinds.',
    example: `whsec_${'A'.repeat(43)}=`,
  });

const AttemptSchema = z.object({
  at: z.iso.datetime(),
  status: z.int().nullable().openapi({ description: 'Of the answer; null where there was none.' }),
  latency_ms: z.int().nullable().openapi({ description: 'Null where it is under way, or was cut off.' }),
  fault: z.string().nullable().openapi({ description: 'What went wrong.', example: 'it answered 503' }),
  answer: z.string().nullable().openapi({ description: 'Its first 500 bytes.' }),
});

export const DeliverySchema = z
  .object({
    id: z.string().openapi({ description: 'The `webhook-id`: the same at each attempt.', example: 'msg_0a4f6d3e' }),
    subscription_id: z.uuid(),
    target: z.string().openapi({ description: 'Shortened, as that of the subscription.' }),
    event: z.union([EventSchema, z.literal('notice.test')]),
    emoji_name: z.string().nullable(),
    task_id: z.string().nullable(),
    state: z.enum(DELIVERY_STATES).openapi({
      description: '`failed`: 8 attempts in 24 hours, or the target is gone. `paused`: with its subscription.',
    }),
    next_attempt_at: z.iso.datetime().nullable(),
    attempts: z.array(AttemptSchema).openapi({ description: 'The last 30, oldest first.' }),
    created_at: z.iso.datetime(),
  })
  .openapi('Delivery');

/** The body of a webhook, as its receiver gets it. */
export const PayloadSchema = z
  .object({
    type: z.union([EventSchema, z.literal('notice.test')]),
    timestamp: z.iso.datetime().openapi({ description: 'When it happened.' }),
    data: z.object({
      actor: z.string().nullable().openapi({ description: 'Who did it, or ordered it.' }),
      emoji: z
        .object({
          id: z.string(),
          name: z.string(),
          owner: z.string().nullable(),
          tags: z.array(z.string()),
          animated: z.boolean(),
          hash: z.string().openapi({ description: 'SHA-256 of its GIF.' }),
          url: z.string().openapi({ description: 'Of its picture, whatever it will be.' }),
          image_url: z.string().openapi({ description: 'Of the picture that it has by now: it never changes.' }),
        })
        .nullable()
        .openapi({ description: 'As it was then; null where there is none.' }),
      previous_name: z.string().nullable().openapi({ description: 'For `emoji.renamed`.' }),
      task: z
        .object({
          id: z.string(),
          kind: z.string(),
          parent_id: z.string().nullable().openapi({ description: 'The import that it came of.' }),
          state: z.string(),
          emoji_name: z.string().nullable().openapi({ description: 'Null of an import, which has many.' }),
          error: z.object({ code: z.string(), message: z.string(), remedy: z.string() }).nullable(),
          outcome: z
            .record(z.string(), z.unknown())
            .nullable()
            .openapi({ description: 'What came of one that makes no picture.' }),
          url: z.string(),
        })
        .nullable()
        .openapi({
          description: 'That ended; for `emoji.created` and `emoji.replaced` the one that made the picture.',
        }),
    }),
  })
  .openapi('Notice');
