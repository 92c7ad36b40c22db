import { createRoute, z } from '@hono/zod-openapi';
import { DELIVERY_STATES } from '../../domain/notices.ts';
import { needs } from '../access/needs.ts';
import { limitedJson } from '../json-body.ts';
import { CursorSchema, LimitSchema, pageOf } from '../pages.ts';
import { problemResponses } from '../problems.ts';
import {
  DeliverySchema,
  NewSubscriptionSchema,
  SecretSchema,
  SubscriptionPatchSchema,
  SubscriptionSchema,
} from './schemas.ts';

const TAGS = ['Notices'];

const BODY_PROBLEMS = ['malformed_json', 'body_too_large', 'unsupported_media_type'] as const;

const params = z.object({ id: z.string().max(200) });

const withSecret = SubscriptionSchema.extend({ secret: SecretSchema }).openapi('SubscriptionWithSecret');

const subscription = (description: string) => ({
  description,
  content: { 'application/json': { schema: SubscriptionSchema } },
});

/** Every route is for what one has made; for that of others too with `emoji:admin`. */
const common = { tags: TAGS, security: needs('emoji:write') };

export const create = createRoute({
  ...common,
  method: 'post',
  path: '/notices/subscriptions',
  middleware: limitedJson,
  summary: 'Have somebody told of what happens',
  description:
    'A webhook, a channel of Slack, Discord or Mattermost, or an e-mail address. Of tasks that others have ordered only ' +
    'those are told who have `task:read`. It goes on as long as a token of its name is valid.',
  request: { body: { required: true, content: { 'application/json': { schema: NewSubscriptionSchema } } } },
  responses: {
    201: { description: 'Made.', content: { 'application/json': { schema: withSecret } } },
    ...problemResponses(
      ...BODY_PROBLEMS,
      'url_not_allowed',
      'target_not_allowed',
      'email_not_possible',
      'invalid_tag',
      'too_many_subscriptions',
    ),
  },
});

export const list = createRoute({
  ...common,
  method: 'get',
  path: '/notices/subscriptions',
  summary: 'Who is told of what, the last first',
  request: { query: z.object({ limit: LimitSchema, cursor: CursorSchema }) },
  responses: { 200: pageOf(SubscriptionSchema, 'SubscriptionPage'), ...problemResponses('invalid_cursor') },
});

export const fetchOne = createRoute({
  ...common,
  method: 'get',
  path: '/notices/subscriptions/{id}',
  summary: 'One subscription',
  request: { params },
  responses: { 200: subscription('It.'), ...problemResponses('subscription_not_found') },
});

export const change = createRoute({
  ...common,
  method: 'patch',
  path: '/notices/subscriptions/{id}',
  middleware: limitedJson,
  summary: 'Change a subscription, pause it, have it go on',
  request: { params, body: { required: true, content: { 'application/json': { schema: SubscriptionPatchSchema } } } },
  responses: {
    200: subscription('As it is now.'),
    ...problemResponses(...BODY_PROBLEMS, 'subscription_not_found', 'invalid_tag'),
  },
});

export const remove = createRoute({
  ...common,
  method: 'delete',
  path: '/notices/subscriptions/{id}',
  summary: 'Have somebody told no more',
  description: 'At once: what has not been sent is not sent, and its deliveries are forgotten.',
  request: { params },
  responses: { 204: { description: 'Deleted.' }, ...problemResponses('subscription_not_found') },
});

export const test = createRoute({
  ...common,
  method: 'post',
  path: '/notices/subscriptions/{id}/test',
  summary: 'Send a notice that says it is a test',
  request: { params },
  responses: {
    202: {
      description: 'On its way.',
      content: { 'application/json': { schema: z.object({ delivery_id: z.string() }).openapi('SentTest') } },
    },
    ...problemResponses('subscription_not_found', 'subscription_not_active'),
  },
});

export const rotate = createRoute({
  ...common,
  method: 'post',
  path: '/notices/subscriptions/{id}/secret/rotate',
  summary: 'Make a new secret to sign webhooks with',
  description:
    'For 24 hours they have two signatures: one by the new secret, and one by that before; three where that was new, too.',
  request: { params },
  responses: {
    200: { description: 'Made.', content: { 'application/json': { schema: withSecret } } },
    ...problemResponses('subscription_not_found', 'subscription_not_signed'),
  },
});

export const deliveries = createRoute({
  ...common,
  method: 'get',
  path: '/notices/deliveries',
  summary: 'What was told to whom, and how each attempt went, the last first',
  description: 'Kept for as long as finished tasks are, 30 days unless the service says something else.',
  request: {
    query: z.object({
      subscription: z.string().max(200).optional().openapi({ description: 'Of this subscription.' }),
      state: z.enum(DELIVERY_STATES).optional(),
      limit: LimitSchema,
      cursor: CursorSchema,
    }),
  },
  responses: { 200: pageOf(DeliverySchema, 'DeliveryPage'), ...problemResponses('invalid_cursor') },
});

export const resend = createRoute({
  ...common,
  method: 'post',
  path: '/notices/deliveries/{id}/resend',
  summary: 'Send a notice once more',
  description: 'Under the same `webhook-id` and with all attempts, however it ended.',
  request: { params },
  responses: {
    202: { description: 'On its way.' },
    ...problemResponses('delivery_not_found', 'subscription_not_active'),
  },
});
