import type { Principal } from '../domain/access.ts';
import type { DeletedEmoji } from '../domain/emoji.ts';
import type { ChangePorts } from './change-emoji.ts';
import { findShown } from './find-emoji.ts';
import { purgeEdge } from './purge-edge.ts';
import { changing, type Precondition } from './revision.ts';

/**
 * Takes an emoji out of sight, and frees its names. It can be restored for 30 days.
 *
 * @param written one of its names
 * @returns the emoji as it was
 * @throws Refusal `emoji_not_found`, `emoji_not_yours`, `emoji_not_ready`, `emoji_changed`
 */
export async function deleteEmoji(
  ports: ChangePorts,
  written: string,
  precondition: Precondition,
  by: Principal,
): Promise<DeletedEmoji> {
  const { catalogue, life } = ports;
  const deleted = await changing(
    () => findShown(catalogue, catalogue, written, by),
    precondition,
    (emoji) => life.delete(emoji, { actor: by.name, at: Date.now() }),
  );
  await purgeEdge(ports, deleted.id);
  return deleted;
}
