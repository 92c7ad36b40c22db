import type { SealedTarget, SubscriptionChange, Subscriptions } from '../application/notices/ports.ts';
import type { Subscription } from '../domain/notices.ts';

export interface SubscriptionRow {
  id: string;
  owner: string | null;
  token_id: string | null;
  task_id: string | null;
  kind: Subscription['kind'];
  target: string;
  shown: string;
  service: string;
  events: string;
  of_owner: string | null;
  of_tag: string | null;
  all_tasks: number;
  secret: string | null;
  secret_before: string | null;
  secret_before_until: number | null;
  state: Subscription['state'];
  reason: string | null;
  failing_since: number | null;
  created_at: number;
  of_person: number;
}

/** What may be changed, by its column. */
const CHANGEABLE: Record<keyof SubscriptionChange, string> = {
  events: 'events',
  ofOwner: 'of_owner',
  ofTag: 'of_tag',
  state: 'state',
  reason: 'reason',
  failingSince: 'failing_since',
  secret: 'secret',
  secretBefore: 'secret_before',
  secretBeforeUntil: 'secret_before_until',
};

/** What becomes of deliveries that are not at their end, by the state that their subscription gets. */
const DELIVERIES: Record<Subscription['state'], string> = {
  active:
    "state = 'waiting', due_at = ?1, tries = 0, holds_until = NULL WHERE subscription_id = ?2 AND state = 'paused'",
  paused: "state = 'paused', due_at = ?1 WHERE subscription_id = ?2 AND state = 'waiting'",
  gone: "state = 'failed', due_at = ?1 WHERE subscription_id = ?2 AND state IN ('waiting', 'paused')",
};

/** @param db not a copy: what was made or changed is asked for at once */
export function d1Subscriptions(db: D1Database): Subscriptions {
  return {
    async add(subscription, { target, secret }, most) {
      const {
        id,
        owner,
        tokenId,
        taskId,
        kind,
        shown,
        service,
        events,
        ofOwner,
        ofTag,
        allTasks,
        createdAt,
        ofPerson,
      } = subscription;
      const isRoom = `(SELECT COUNT(*) FROM notice_subscriptions
        WHERE owner IS ?2 AND task_id IS NULL) < ?14 OR ?4 IS NOT NULL`;
      const { meta } = await db
        .prepare(
          `INSERT INTO notice_subscriptions (id, owner, token_id, task_id, kind, target, shown, service, events, of_owner,
             of_tag, all_tasks, secret, created_at, of_person)
           SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?15, ?16 WHERE ${isRoom}`,
        )
        .bind(
          id,
          owner,
          tokenId,
          taskId,
          kind,
          target,
          shown,
          service,
          JSON.stringify(events),
          ofOwner,
          ofTag,
          allTasks ? 1 : 0,
          secret,
          most,
          createdAt,
          ofPerson ? 1 : 0,
        )
        .run();
      return meta.changes > 0;
    },

    async find(id) {
      const row = await db.prepare('SELECT * FROM notice_subscriptions WHERE id = ?').bind(id).first<SubscriptionRow>();
      return row && toSealed(row);
    },

    async list(owner, { after, limit }) {
      const { results } = await db
        .prepare(
          `SELECT * FROM notice_subscriptions
           WHERE task_id IS NULL AND (created_at, id) < (?1, ?2) AND ${owner === undefined ? '?3 IS NULL' : 'owner IS ?3'}
           ORDER BY created_at DESC, id DESC LIMIT ?4`,
        )
        .bind(after?.createdAt ?? Number.MAX_SAFE_INTEGER, after?.id ?? '', owner ?? null, limit)
        .all<SubscriptionRow>();
      return results.map(toSubscription);
    },

    async change(id, change, now) {
      const fields = Object.keys(change) as (keyof SubscriptionChange)[];
      const values = fields.map((field) => (field === 'events' ? JSON.stringify(change.events) : change[field]));
      const sets = fields.map((field) => `${CHANGEABLE[field]} = ?`);
      const [changed] = await db.batch<SubscriptionRow>([
        db
          .prepare(`UPDATE notice_subscriptions SET ${[...sets, 'id = id'].join(', ')} WHERE id = ? RETURNING *`)
          .bind(...values, id),
        ...(change.state === undefined
          ? []
          : [db.prepare(`UPDATE notice_deliveries SET ${DELIVERIES[change.state]}`).bind(now, id)]),
      ]);
      const row = changed?.results[0];
      return row ? toSubscription(row) : null;
    },

    async pause(id, failingSince, reason, now) {
      const [paused] = await db.batch([
        db
          .prepare(
            `UPDATE notice_subscriptions SET state = 'paused', reason = ?
             WHERE id = ? AND state = 'active' AND failing_since = ? RETURNING id`,
          )
          .bind(reason, id, failingSince),
        db
          .prepare(
            `UPDATE notice_deliveries SET ${DELIVERIES.paused}
               AND EXISTS (SELECT 1 FROM notice_subscriptions WHERE id = ?2 AND state = 'paused')`,
          )
          .bind(now, id),
      ]);
      return paused?.results.length === 1;
    },

    async remove(id) {
      await db.prepare('DELETE FROM notice_subscriptions WHERE id = ?').bind(id).run();
    },

    async removeOfTask(taskId) {
      await db.prepare('DELETE FROM notice_subscriptions WHERE task_id = ?').bind(taskId).run();
    },
  };
}

function toSubscription(row: SubscriptionRow): Subscription {
  return {
    id: row.id,
    owner: row.owner,
    tokenId: row.token_id,
    ofPerson: row.of_person === 1,
    taskId: row.task_id,
    kind: row.kind,
    shown: row.shown,
    service: row.service,
    events: JSON.parse(row.events) as Subscription['events'],
    ofOwner: row.of_owner,
    ofTag: row.of_tag,
    allTasks: row.all_tasks === 1,
    state: row.state,
    reason: row.reason,
    failingSince: row.failing_since,
    secretBeforeUntil: row.secret_before_until,
    createdAt: row.created_at,
  };
}

export function toSealed(row: SubscriptionRow): Subscription & SealedTarget {
  return { ...toSubscription(row), target: row.target, secret: row.secret, secretBefore: row.secret_before };
}
