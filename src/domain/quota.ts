import { Refusal } from './refusal.ts';

/** What one may have, or has, of each. */
export interface Quotas {
  /** That are not deleted. */
  emojis: number;
  /** Of uploads that are kept. */
  bytes: number;
  /** That have not ended. */
  tasks: number;
}

/** Own numbers; what is null has its default. */
export type OwnQuotas = { [Name in keyof Quotas]: number | null };

export const NO_OWN_QUOTAS: OwnQuotas = { emojis: null, bytes: null, tasks: null };

/** Tasks seldom take longer. Seconds. */
const TASK_SECONDS = 5;

/** The first one that would be exceeded; null where none would be. What is not added to is never in the way. */
export function exceededBy(added: Quotas, has: Quotas, quotas: Quotas): keyof Quotas | null {
  const names = ['emojis', 'bytes', 'tasks'] as const;
  return names.find((name) => added[name] > 0 && has[name] + added[name] > quotas[name]) ?? null;
}

/** Why an order is refused that would exceed a quota. */
export function overQuota(of: keyof Quotas, owner: string, added: Quotas, has: Quotas, quotas: Quotas): Refusal {
  const [used, limit] = [has[of], quotas[of]];
  const [n, most] = [used, limit].map((number) => number.toLocaleString('en'));
  const facts = { quota: { of, used, limit } };
  const more = 'ask whoever runs the service for a token with more.';
  if (of === 'tasks') {
    // Nothing that ends would make room.
    if (limit === 0) return new Refusal('quota_exceeded', `"${owner}" may have no tasks: ${more}`, facts);
    if (limit < added.tasks) {
      const detail = `"${owner}" has a limit of ${most} for tasks, and this needs room for ${added.tasks}: ${more}`;
      return new Refusal('quota_exceeded', detail, facts);
    }
    const needs = added.tasks > 1 ? ` This needs room for ${added.tasks}, one of them for what it orders.` : '';
    return new Refusal(
      'too_many_tasks',
      `"${owner}" has ${n} tasks that have not ended; the limit is ${most}.${needs} Send this again when one has: that seldom takes ` +
        `more than ${TASK_SECONDS} seconds.`,
      { ...facts, retryAfter: TASK_SECONDS },
    );
  }
  const detail =
    of === 'emojis'
      ? `"${owner}" has ${n} emoji; the limit is ${most}. Delete some, or ${more}`
      : `"${owner}" has uploads of ${n} bytes that are kept; this one has ${added.bytes.toLocaleString('en')}, and the ` +
        `limit is ${most}. Send a smaller picture, or ${more} An upload is kept until its task and its emoji are dropped.`;
  return new Refusal('quota_exceeded', detail, facts);
}
