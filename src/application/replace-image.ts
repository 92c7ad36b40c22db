import type { Emoji } from '../domain/emoji.ts';
import { Refusal } from '../domain/refusal.ts';
import type { TaskOrder } from '../domain/task.ts';
import { type Accepted, acceptUpload, type Upload, type UploadPorts } from './accept-upload.ts';
import { emojiNotFound, findEmoji, parseKnownName, unlessRenamed } from './find-emoji.ts';
import type { EmojiCatalogue } from './ports.ts';

/**
 * Orders another picture for an emoji. It shows the one it has until the new one is ready, and keeps it when the new
 * one cannot be rendered. Of several the one that was ordered last stays.
 *
 * @param written the name as a person wrote it
 * @throws Refusal when there is no such emoji, it has no picture yet, or the new one is empty
 */
export async function replaceImage(ports: UploadPorts, written: string, upload: Upload): Promise<Accepted> {
  const { catalogue } = ports;
  return acceptUpload(ports, upload, {
    async check() {
      await findShown(catalogue, written);
    },
    enlist: async (task) => ({ ...task, kind: 'replace', ...(await nextPicture(catalogue, written)).order }),
    // A version that no picture has harms nobody.
    delist: async () => {},
  });
}

/** An emoji that shows a picture, so that there may be another. @throws Refusal */
export async function findShown(catalogue: EmojiCatalogue, written: string): Promise<Emoji> {
  const name = parseKnownName(written);
  const emoji = await catalogue.find(name);
  if (emoji !== null) return unlessRenamed(emoji, written);
  if (!(await catalogue.isTaken(name))) throw emojiNotFound(written);
  throw new Refusal(
    'emoji_not_ready',
    `The first picture of "${name}" is not ready yet. Wait for its task, then replace it.`,
  );
}

/** Makes room for a picture that is to replace all before. @throws Refusal when there is no such emoji any more */
export async function nextPicture(
  catalogue: EmojiCatalogue,
  written: string,
): Promise<{ emoji: Emoji; order: Pick<TaskOrder, 'emojiId' | 'emojiName' | 'version'> }> {
  const emoji = await findEmoji(catalogue, written);
  const version = await catalogue.nextVersion(emoji.id);
  if (version === null) throw emojiNotFound(written);
  return { emoji, order: { emojiId: emoji.id, emojiName: emoji.name, version } };
}
