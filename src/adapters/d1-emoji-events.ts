import type { Doing } from '../application/ports.ts';
import type { EmojiEvent } from '../domain/emoji.ts';
import type { Database } from './d1-session.ts';

/** What notes something that was done to an emoji: in the transaction that does it. */
export function eventStatement(
  db: Database,
  emojiId: string,
  { action, details }: Pick<EmojiEvent, 'action' | 'details'>,
  { actor, at }: Doing,
): D1PreparedStatement {
  return db
    .prepare('INSERT INTO emoji_events (emoji_id, at, actor, action, details) VALUES (?, ?, ?, ?, ?)')
    .bind(emojiId, at, actor, action, JSON.stringify(details));
}
