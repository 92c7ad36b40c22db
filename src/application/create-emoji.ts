import { parseEmojiName } from '../domain/emoji-name.ts';
import { Refusal } from '../domain/refusal.ts';
import type { Rendering } from '../domain/rendering.ts';
import type { EmojiCatalogue, Logger, SourceStore, TaskOwners } from './ports.ts';

interface Ports {
  catalogue: EmojiCatalogue;
  sources: SourceStore;
  taskOwners: TaskOwners;
  log: Logger;
}

/**
 * Takes a name for an uploaded picture and orders its rendering.
 *
 * @param written the name as a person wrote it
 * @param rendering how the picture is to be made into an emoji
 * @param picture the upload, read only when the name is free
 * @returns the task to follow, and the canonical name
 * @throws Refusal when the name breaks the rules or is in use, or the picture is empty; then nothing of it is kept
 */
export async function createEmoji(
  ports: Ports,
  written: string,
  rendering: Rendering,
  picture: AsyncIterable<Uint8Array>,
): Promise<{ taskId: string; name: string }> {
  const { catalogue, sources, taskOwners, log } = ports;
  const parsed = parseEmojiName(written);
  if (!parsed.ok) throw new Refusal(parsed.rule, parsed.message);
  const { name } = parsed;
  // Spares reading an upload in vain; `take` is what decides.
  if (await catalogue.isTaken(name)) throw nameTaken(name);

  const taskId = crypto.randomUUID();
  const emojiId = crypto.randomUUID();
  const sourceKey = `sources/${taskId}`;
  const undo: (() => Promise<void>)[] = [];
  try {
    undo.push(() => sources.delete(sourceKey));
    const bytes = await sources.put(sourceKey, picture);
    if (bytes === 0) throw new Refusal('empty_file', 'The picture is empty (0 bytes). Choose a file with a picture.');

    // Before it is taken: the answer may be lost. It frees the name of this upload only.
    undo.push(() => catalogue.release(emojiId));
    if (!(await catalogue.take({ id: emojiId, name, createdAt: Date.now() }))) throw nameTaken(name);

    await taskOwners.submit({ id: taskId, kind: 'create', emojiId, emojiName: name, sourceKey, rendering });
    log.info('task accepted', { taskId, emojiName: name, sourceBytes: bytes });
    return { taskId, name };
  } catch (error) {
    for (const outcome of await Promise.allSettled(undo.map((step) => step()))) {
      if (outcome.status === 'rejected') log.error('upload not undone', outcome.reason, { taskId, emojiName: name });
    }
    throw error;
  }
}

function nameTaken(name: string): Refusal {
  return new Refusal('name_taken', `The name "${name}" is in use. Choose another one.`);
}
