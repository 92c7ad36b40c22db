import type { NoticeEvent, NoticeFacts } from '../domain/notices.ts';
import { TASK_NOTICES } from '../domain/notices.ts';
import type { TaskRecord } from '../domain/task.ts';
import type { Database } from './d1-session.ts';

/** What somebody may want to be told. */
interface Happened {
  event: Exclude<NoticeEvent, 'notice.test'>;
  /** Once it is noted under this, it is not noted again. */
  occurrence: string;
  emojiId: string;
  /** Milliseconds since 1970. */
  at: number;
  actor: string | null;
  previousName?: string;
  task?: TaskRecord;
}

/**
 * Whoever has made a subscription with a token is told no more once that is void, unless another token of its name is
 * valid, which goes on where it was.
 *
 * @param now the parameter that has the time
 * @param scope a condition on that token, `valid`
 */
export const hasToken = (now: string, scope = 'true') => `(subscription.token_id IS NULL OR EXISTS (
  SELECT 1 FROM api_tokens AS made JOIN api_tokens AS valid ON valid.name = made.name
  WHERE made.id = subscription.token_id AND valid.revoked_at IS NULL
    AND (valid.expires_at IS NULL OR valid.expires_at > ${now}) AND ${scope}))`;

/** Of tasks that others have ordered. */
const SEES_TASKS = `EXISTS (SELECT 1 FROM json_each(valid.scopes) WHERE value IN ('task:read', 'task:write'))`;

/** By an index: there may be very many that are for one task. */
const FOR_ALL = 'SELECT * FROM notice_subscriptions INDEXED BY notice_subscriptions_by_time WHERE task_id IS NULL';
const FOR_ONE = 'UNION ALL SELECT * FROM notice_subscriptions WHERE task_id = ?6';

const EMOJI = `CASE WHEN emoji.image_hash IS NOT NULL THEN json_object('id', emoji.id, 'name', coalesce(
    (SELECT name FROM emoji_names WHERE emoji_id = emoji.id AND kind = 'primary'), emoji.deleted_name),
  'owner', emoji.owner, 'tags', json(emoji.tags), 'hash', emoji.image_hash, 'frames', emoji.image_frames) END`;

/**
 * What notes for each who has subscribed to it that he is to be told, in the transaction that makes it so; nothing
 * where there is nobody. It answers with the ids as `notice`.
 *
 * @param condition on `emoji`, what is there of it by then, and values from `?8` on
 */
export function noticeStatement(
  db: Database,
  { event, occurrence, emojiId, at, actor, previousName, task }: Happened,
  condition = 'true',
  ...values: (string | number)[]
): D1PreparedStatement {
  const isOfTask = TASK_NOTICES.includes(event);
  const told: NoticeFacts['task'] = task
    ? {
        id: task.id,
        kind: task.kind,
        parentId: task.parentId,
        state: task.state,
        emojiName: task.emojiName,
        failure: task.failure,
        outcome: task.outcome,
      }
    : null;
  const facts = JSON.stringify({
    event,
    at,
    actor,
    emoji: null,
    previousName: previousName ?? null,
    task: told,
  });
  const isVisible = isOfTask
    ? `(subscription.task_id IS NOT NULL OR subscription.owner = ?5 OR
        subscription.all_tasks = 1 AND ${hasToken('?7', SEES_TASKS)})`
    : 'emoji.image_hash IS NOT NULL';
  return db
    .prepare(
      `INSERT INTO notice_deliveries (id, subscription_id, owner, emoji_id, event, facts, state, due_at, created_at)
       SELECT 'msg_' || ?1 || '_' || subscription.id, subscription.id, subscription.owner, ?2, ?3,
         json_set(?4, '$.emoji', json(${EMOJI})), iif(subscription.state = 'active', 'waiting', 'paused'), ?7, ?7
       FROM (${FOR_ALL} ${isOfTask ? FOR_ONE : ''}) AS subscription LEFT JOIN emojis AS emoji ON emoji.id = ?2
       WHERE subscription.state <> 'gone' AND ${isVisible}
         AND EXISTS (SELECT 1 FROM json_each(subscription.events) WHERE value = ?3)
         AND (subscription.of_owner IS NULL OR subscription.of_owner = ${isOfTask ? '?5' : 'emoji.owner'})
         AND (subscription.of_tag IS NULL OR EXISTS (SELECT 1 FROM json_each(emoji.tags) WHERE value = subscription.of_tag))
         AND ${hasToken('?7')} AND ${condition}
       ON CONFLICT (id) DO NOTHING RETURNING id AS notice`,
    )
    .bind(occurrence, emojiId, event, facts, actor, task?.id ?? '', Date.now(), ...values);
}

/** The ids of what is to be told, by what the transaction answered. */
export function noticesIn(results: D1Result<object>[]): string[] {
  return results.flatMap(({ results: rows }) => rows.flatMap((row) => ('notice' in row ? [String(row.notice)] : [])));
}
