import { type RouteHandler, z } from '@hono/zod-openapi';
import type { ListedDelivery, SubscriptionPosition } from '../../application/notices/ports.ts';
import { resend } from '../../application/notices/resend.ts';
import {
  changeSubscription,
  findSubscription,
  rotateSecret,
  subscribe,
  testSubscription,
  unsubscribe,
} from '../../application/notices/subscribe.ts';
import { time } from '../../application/task-view.ts';
import type { Principal } from '../../domain/access.ts';
import type { Subscription } from '../../domain/notices.ts';
import { principalOf } from '../access/principal.ts';
import { decodeCursor, page } from '../pages.ts';
import { type AppEnv, portsOf } from '../ports.ts';
import type * as routes from './routes.ts';

export const createHandler: RouteHandler<typeof routes.create, AppEnv> = async (c) => {
  const { owner: ofOwner, tag: ofTag, ...wanted } = c.req.valid('json');
  const { origin } = new URL(c.req.url);
  const made = await subscribe(portsOf(c), await principalOf(c), { ...wanted, ofOwner, ofTag }, origin, Date.now());
  return c.json({ ...viewSubscription(made.subscription), secret: made.secret }, 201);
};

const Position = z
  .tuple([z.int(), z.string()])
  .transform(([createdAt, id]): SubscriptionPosition => ({ createdAt, id }));

export const listHandler: RouteHandler<typeof routes.list, AppEnv> = async (c) => {
  const { limit, cursor } = c.req.valid('query');
  const after = decodeCursor(cursor, Position);
  const owner = ownerFor(await principalOf(c));
  const found = await portsOf(c).subscriptions.list(owner, { after, limit: limit + 1 });
  const { items, nextCursor } = page(found, limit, ({ createdAt, id }) => [createdAt, id]);
  return c.json({ data: items.map(viewSubscription), next_cursor: nextCursor }, 200);
};

export const fetchHandler: RouteHandler<typeof routes.fetchOne, AppEnv> = async (c) =>
  c.json(viewSubscription(await findSubscription(portsOf(c), c.req.valid('param').id, await principalOf(c))), 200);

export const changeHandler: RouteHandler<typeof routes.change, AppEnv> = async (c) => {
  const { owner: ofOwner, tag: ofTag, ...patch } = c.req.valid('json');
  const { id } = c.req.valid('param');
  const wanted = { ...patch, ofOwner, ofTag };
  return c.json(
    viewSubscription(await changeSubscription(portsOf(c), id, wanted, await principalOf(c), Date.now())),
    200,
  );
};

export const removeHandler: RouteHandler<typeof routes.remove, AppEnv> = async (c) => {
  await unsubscribe(portsOf(c), c.req.valid('param').id, await principalOf(c));
  return c.body(null, 204);
};

export const testHandler: RouteHandler<typeof routes.test, AppEnv> = async (c) => {
  const { id } = c.req.valid('param');
  return c.json({ delivery_id: await testSubscription(portsOf(c), id, await principalOf(c), Date.now()) }, 202);
};

export const rotateHandler: RouteHandler<typeof routes.rotate, AppEnv> = async (c) => {
  const { id } = c.req.valid('param');
  const { subscription, secret } = await rotateSecret(portsOf(c), id, await principalOf(c), Date.now());
  return c.json({ ...viewSubscription(subscription), secret }, 200);
};

const DeliveryPosition = z.tuple([z.int()]).transform(([number]) => number);

export const deliveriesHandler: RouteHandler<typeof routes.deliveries, AppEnv> = async (c) => {
  const { subscription: subscriptionId = null, state = null, limit, cursor } = c.req.valid('query');
  const before = decodeCursor(cursor, DeliveryPosition);
  const filter = { owner: ownerFor(await principalOf(c)), subscriptionId, state };
  const found = await portsOf(c).deliveries.list(filter, { before, limit: limit + 1 });
  const { items, nextCursor } = page(found, limit, ({ number }) => [number]);
  return c.json({ data: items.map(viewDelivery), next_cursor: nextCursor }, 200);
};

export const resendHandler: RouteHandler<typeof routes.resend, AppEnv> = async (c) => {
  await resend(portsOf(c), c.req.valid('param').id, await principalOf(c), Date.now());
  return c.body(null, 202);
};

/** Whose one may see. */
function ownerFor({ scopes, name }: Principal): string | null | undefined {
  return scopes.has('emoji:admin') ? undefined : name;
}

function viewSubscription(subscription: Subscription) {
  const { id, owner, kind, shown, events, ofOwner, ofTag, state, reason, createdAt } = subscription;
  const { failingSince, secretBeforeUntil } = subscription;
  return {
    id,
    owner,
    kind,
    target: shown,
    events: events.filter((event) => event !== 'notice.test'),
    filter: { owner: ofOwner, tag: ofTag },
    state,
    reason,
    failing_since: failingSince === null ? null : time(failingSince),
    secret_before_until: secretBeforeUntil === null ? null : time(secretBeforeUntil),
    created_at: time(createdAt),
  };
}

function viewDelivery({ id, subscriptionId, shown, event, facts, state, dueAt, attempts, createdAt }: ListedDelivery) {
  return {
    id,
    subscription_id: subscriptionId,
    target: shown,
    event,
    emoji_name: facts.emoji?.name ?? (facts.task?.emojiName || null),
    task_id: facts.task?.id ?? null,
    state,
    next_attempt_at: state === 'waiting' ? time(dueAt) : null,
    attempts: attempts.map(({ at, status, ms, fault, answer }) => ({
      at: time(at),
      status,
      latency_ms: ms,
      fault,
      answer,
    })),
    created_at: time(createdAt),
  };
}
