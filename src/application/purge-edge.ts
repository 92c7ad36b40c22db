import type { EdgeCache, Logger } from './ports.ts';

/**
 * Has everybody see what was done to emoji: what the edge keeps of them goes. Where that fails, or the database is away
 * and is written later, it is seen two minutes after that.
 */
export async function purgeEdge({ edge, log }: { edge: EdgeCache; log: Logger }, ...emojiIds: string[]): Promise<void> {
  await Promise.all(
    emojiIds.map((emojiId) => edge.purge(emojiId).catch((error) => log.error('edge not purged', error, { emojiId }))),
  );
}
