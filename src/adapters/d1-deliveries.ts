import type { Deliveries } from '../application/notices/ports.ts';
import {
  ATTEMPT_LEASE_MS,
  type Attempt,
  type Delivery,
  HOLD_MS,
  MOST_ATTEMPTS,
  type NoticeFacts,
} from '../domain/notices.ts';
import { hasToken } from './d1-notice-outbox.ts';
import { type SubscriptionRow, toSealed } from './d1-subscriptions.ts';

interface DeliveryRow {
  number: number;
  id: string;
  subscription_id: string;
  owner: string | null;
  emoji_id: string;
  event: Delivery['event'];
  facts: string;
  state: Delivery['state'];
  due_at: number;
  tries: number;
  attempts: string;
  created_at: number;
}

/** Whether the last attempt has no outcome: it is under way, or was cut off. */
const isOpen = (row: string) => `${row}.tries > 0 AND ${row}.attempts ->> '$[#-1].ms' IS NULL`;

/** Until when those after it wait: what was cut off has its turn once more. */
const holdsUntil = (row: string) => `${row}.holds_until + iif(${isOpen(row)}, ${ATTEMPT_LEASE_MS}, 0)`;

/** Earlier ones in the same line, that a delivery has to wait for. */
const BEFORE = `FROM notice_deliveries AS before
  WHERE before.subscription_id = delivery.subscription_id AND before.emoji_id = delivery.emoji_id
    AND before.emoji_id <> '' AND before.number < delivery.number AND before.state = 'waiting'
    AND (before.holds_until IS NULL OR ${holdsUntil('before')} > ?2)`;

/** One that waits, and the first of those that it waits for: null where there is none. */
interface WaitingRow {
  due_at: number;
  first: string | null;
  first_due_at: number;
  /** Whether its last attempt has no outcome. */
  is_open: number;
  holds_until: number | null;
}

/** While one before it has not been tried. */
const ASK_AGAIN_MS = 10_000;

const NO_OUTCOME = { ms: null, status: null, fault: null, answer: null };

/** @param db not a copy */
export function d1Deliveries(db: D1Database): Deliveries {
  return {
    async add({ id: subscriptionId, owner }, id, facts, now) {
      await db
        .prepare(
          `INSERT INTO notice_deliveries (id, subscription_id, owner, emoji_id, event, facts, state, due_at, created_at)
           VALUES (?1, ?2, ?3, ?4, ?5, ?6, 'waiting', ?7, ?7)`,
        )
        .bind(id, subscriptionId, owner, facts.emoji?.id ?? '', facts.event, JSON.stringify(facts), now)
        .run();
    },

    async find(id) {
      const row = await db.prepare('SELECT * FROM notice_deliveries WHERE id = ?').bind(id).first<DeliveryRow>();
      return row && { ...toDelivery(row), owner: row.owner };
    },

    async list({ owner, subscriptionId, state }, { before, limit }) {
      const conditions: [sql: string, ...values: (string | number)[]][] = [
        ['number < ?', before ?? Number.MAX_SAFE_INTEGER],
      ];
      // No `IS ?`: an index of those that have an owner is of use only where it is sure that one is asked for.
      if (owner !== undefined) conditions.push(owner === null ? ['owner IS NULL'] : ['owner = ?', owner]);
      if (subscriptionId !== null) conditions.push(['subscription_id = ?', subscriptionId]);
      if (state !== null) conditions.push(['state = ?', state]);
      // What the index of those goes by.
      if (state !== null && state !== 'delivered') conditions.push(["state <> 'delivered'"]);
      const { results } = await db
        .prepare(
          `SELECT *, (SELECT shown FROM notice_subscriptions WHERE id = subscription_id) AS shown
           FROM notice_deliveries WHERE ${conditions.map(([sql]) => sql).join(' AND ')}
           ORDER BY number DESC LIMIT ?`,
        )
        .bind(...conditions.flatMap(([, ...values]) => values), limit)
        .all<DeliveryRow & { shown: string }>();
      return results.map((row) => ({ ...toDelivery(row), shown: row.shown }));
    },

    async claim(id, now) {
      const [claimed, found, waited] = await db.batch<object>([
        db
          .prepare(
            `UPDATE notice_deliveries AS delivery SET tries = tries + 1, due_at = ?3,
               holds_until = coalesce(holds_until, ?2 + ${HOLD_MS}), attempts = json_insert(
               iif(json_array_length(attempts) < ${MOST_ATTEMPTS}, attempts, json_remove(attempts, '$[0]')), '$[#]', json(?4))
             WHERE id = ?1 AND state = 'waiting' AND due_at <= ?2 AND NOT EXISTS (SELECT 1 ${BEFORE})
             RETURNING *`,
          )
          .bind(id, now, now + ATTEMPT_LEASE_MS, JSON.stringify({ at: now, ...NO_OUTCOME } satisfies Attempt)),
        db
          .prepare(
            `SELECT *, ${hasToken('?2')} AS has_token FROM notice_subscriptions AS subscription
             WHERE id = (SELECT subscription_id FROM notice_deliveries WHERE id = ?1)`,
          )
          .bind(id, now),
        db
          .prepare(
            `SELECT delivery.due_at, first.id AS first, first.due_at AS first_due_at, ${isOpen('first')} AS is_open,
               ${holdsUntil('first')} AS holds_until
             FROM notice_deliveries AS delivery LEFT JOIN notice_deliveries AS first
               ON first.number = (SELECT min(before.number) ${BEFORE})
             WHERE delivery.id = ?1 AND delivery.state = 'waiting'`,
          )
          .bind(id, now),
      ]);
      const row = claimed?.results[0] as DeliveryRow | undefined;
      const subscription = found?.results[0] as (SubscriptionRow & { has_token: number }) | undefined;
      if (row && subscription) {
        const isTokenValid = subscription.has_token === 1;
        return { delivery: toDelivery(row), subscription: toSealed(subscription), isTokenValid };
      }
      const later = waited?.results[0] as WaitingRow | undefined;
      if (later === undefined) return null;
      const { first, first_due_at: firstDueAt } = later;
      const isWaitedFor = first !== null && later.is_open === 1 && firstDueAt > now;
      const heldUntil = isWaitedFor ? firstDueAt : (later.holds_until ?? now + ASK_AGAIN_MS);
      return {
        askAgainAt: Math.max(later.due_at, first === null ? 0 : heldUntil),
        // Should its own message be lost.
        wake: first !== null && firstDueAt <= now ? first : null,
      };
    },

    async finish({ id, number, subscriptionId, emojiId, dueAt, tries }, attempt, state, next) {
      const [, line] = await db.batch<{ id: string }>([
        // Where it was paused meanwhile it stays so, unless it has got there; a later attempt has its own outcome.
        db
          .prepare(
            `UPDATE notice_deliveries SET due_at = ?4, attempts = json_set(attempts, '$[#-1]', json(?5)),
               state = iif(?3 = 'waiting' AND state <> 'waiting', state, ?3)
             WHERE id = ?1 AND tries = ?2 AND (due_at = ?6 OR state <> 'waiting')`,
          )
          .bind(id, tries, state, next, JSON.stringify(attempt), dueAt),
        db
          .prepare(
            `SELECT id FROM notice_deliveries
             WHERE subscription_id = ?1 AND emoji_id = ?2 AND ?2 <> '' AND number > ?3 AND state = 'waiting'
             ORDER BY number LIMIT 1`,
          )
          .bind(subscriptionId, emojiId, number),
      ]);
      return state === 'waiting' ? null : (line?.results[0]?.id ?? null);
    },

    async putOff(subscriptionId, now, until) {
      // There may be many that are not due: they are not looked at.
      await db
        .prepare(
          `UPDATE notice_deliveries INDEXED BY due_notices SET due_at = ?3
           WHERE subscription_id = ?1 AND state = 'waiting' AND due_at <= ?2`,
        )
        .bind(subscriptionId, now, until)
        .run();
    },

    async resend(id, now) {
      await db
        .prepare("UPDATE notice_deliveries SET state = 'waiting', due_at = ?, tries = 0, holds_until = 0 WHERE id = ?")
        .bind(now, id)
        .run();
    },

    due: (now, limit) =>
      ids(
        "SELECT id FROM notice_deliveries WHERE state = 'waiting' AND due_at <= ? ORDER BY due_at LIMIT ?",
        now,
        limit,
      ),

    dueOf: (subscriptionId, now, limit) =>
      ids(
        `SELECT id FROM notice_deliveries WHERE subscription_id = ? AND state = 'waiting' AND due_at <= ?
         ORDER BY number LIMIT ?`,
        subscriptionId,
        now,
        limit,
      ),

    async forget(before, limit) {
      const [deliveries] = await db.batch([
        // Those with the lowest numbers are the oldest: no index of times is kept for this alone.
        db
          .prepare(
            `DELETE FROM notice_deliveries WHERE number IN (SELECT number FROM
               (SELECT number, created_at FROM notice_deliveries ORDER BY number LIMIT ?2) WHERE created_at < ?1)`,
          )
          .bind(before, limit),
        db
          .prepare(
            `DELETE FROM notice_subscriptions WHERE id IN (
               SELECT id FROM notice_subscriptions WHERE task_id IS NOT NULL AND created_at < ?1
                 AND NOT EXISTS (SELECT 1 FROM tasks WHERE id = task_id) LIMIT ?2)`,
          )
          .bind(before, limit),
      ]);
      return deliveries?.meta.changes ?? 0;
    },
  };

  async function ids(sql: string, ...values: (string | number)[]): Promise<string[]> {
    const { results } = await db
      .prepare(sql)
      .bind(...values)
      .all<{ id: string }>();
    return results.map(({ id }) => id);
  }
}

function toDelivery(row: DeliveryRow): Delivery {
  return {
    number: row.number,
    id: row.id,
    subscriptionId: row.subscription_id,
    emojiId: row.emoji_id,
    event: row.event,
    facts: JSON.parse(row.facts) as NoticeFacts,
    state: row.state,
    dueAt: row.due_at,
    tries: row.tries,
    attempts: JSON.parse(row.attempts) as Attempt[],
    createdAt: row.created_at,
  };
}
