import type { EmojiRevision } from './emoji.ts';
import type { NameRule } from './emoji-name.ts';
import type { Quotas } from './quota.ts';
import type { TaskState } from './task.ts';

export type RefusalCode =
  | NameRule
  | 'name_taken'
  | 'invalid_tag'
  | 'emoji_changed'
  | 'emoji_not_found'
  | 'emoji_not_ready'
  | 'rendition_not_found'
  | 'original_not_found'
  | 'image_not_found'
  | 'not_fittable'
  | 'picture_pending'
  | 'picture_replaced'
  | 'task_not_found'
  | 'task_state'
  | 'idempotency_key_reused'
  | 'idempotency_key_in_use'
  | 'empty_file'
  | 'pack_unreadable'
  | 'pack_too_large'
  | 'import_not_found'
  | 'import_not_planned'
  | 'file_too_large'
  | 'too_many_uploads'
  | 'url_not_allowed'
  | 'url_failed'
  | 'token_invalid'
  | 'token_not_found'
  | 'token_name_taken'
  | 'scope_not_yours'
  | 'expiry_not_yours'
  | 'emoji_not_yours'
  | 'task_not_yours'
  | 'target_not_found'
  | 'target_name_taken'
  | 'name_not_fit'
  | 'service_not_public'
  | 'quota_exceeded'
  | 'too_many_tasks'
  | 'target_not_allowed'
  | 'email_not_possible'
  | 'too_many_subscriptions'
  | 'subscription_not_found'
  | 'subscription_not_active'
  | 'subscription_not_signed'
  | 'delivery_not_found';

/** A request that cannot be done, and changed nothing. The message is a sentence to the person who asked. */
export class Refusal extends Error {
  override name = 'Refusal';
  readonly code: RefusalCode;
  /** What a program may want to know of it. */
  readonly facts: {
    state?: TaskState;
    present?: EmojiRevision;
    taskId?: string;
    quota?: { of: keyof Quotas; used: number; limit: number };
    /** Seconds until it may be done. */
    retryAfter?: number;
  };

  constructor(code: RefusalCode, message: string, facts: Refusal['facts'] = {}) {
    super(message);
    this.code = code;
    this.facts = facts;
  }
}
