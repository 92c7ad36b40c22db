import type { NoticeFacts } from '../../domain/notices.ts';
import { time } from '../task-view.ts';

/**
 * The body of a webhook: `type`, `timestamp` and `data`, as Standard Webhooks recommends. The same at each attempt.
 *
 * @param service the origin that its URLs start with
 */
export function payloadOf({ event, at, actor, emoji, previousName, task }: NoticeFacts, service: string) {
  return {
    type: event,
    timestamp: time(at),
    data: {
      actor,
      emoji: emoji && {
        id: emoji.id,
        name: emoji.name,
        owner: emoji.owner,
        tags: emoji.tags,
        animated: emoji.frames > 1,
        hash: emoji.hash,
        url: `${service}/custom-emoji/emojis/${encodeURIComponent(emoji.name)}`,
        image_url: pictureUrl(service, emoji.hash),
      },
      previous_name: previousName,
      task: task && {
        id: task.id,
        kind: task.kind,
        parent_id: task.parentId,
        state: task.state,
        // An import has none.
        emoji_name: task.emojiName || null,
        error: task.failure,
        outcome: task.outcome,
        url: `${service}/task-queue/tasks/${task.id}`,
      },
    },
  };
}

/** The address of a picture by its hash, which nothing else is ever under. */
export function pictureUrl(service: string, hash: string): string {
  return `${service}/custom-emoji/images/${hash}.gif`;
}
