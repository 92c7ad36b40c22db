import type { Emoji } from '../domain/emoji.ts';
import type { TaskOrder } from '../domain/task.ts';
import { type Accepted, acceptUpload, type Upload, type UploadPorts } from './accept-upload.ts';
import { emojiNotFound, findShown } from './find-emoji.ts';
import type { EmojiCatalogue } from './ports.ts';
import { changing, checkRevision, type Precondition } from './revision.ts';

/**
 * Orders another picture for an emoji. It shows the one it has until the new one is ready, and keeps it when the new
 * one cannot be rendered. Of several the one that was ordered last stays.
 *
 * @param written the name as a person wrote it
 * @throws Refusal when there is no such emoji, it has no picture yet, it is not as the request goes by, or the new
 * picture is empty
 */
export async function replaceImage(
  ports: UploadPorts,
  written: string,
  upload: Upload,
  precondition: Precondition = null,
): Promise<Accepted> {
  const { catalogue } = ports;
  return acceptUpload(ports, upload, {
    async check() {
      checkRevision(await findShown(catalogue, catalogue, written), precondition);
    },
    async enlist(task) {
      const { order } = await nextPicture(catalogue, written, task, precondition);
      return { ...task, kind: 'replace', ...order };
    },
    // A version that no picture has harms nobody; that one was ordered stays in the history.
    delist: async () => {},
  });
}

/**
 * Makes room for a picture that is to replace all before.
 *
 * @param isAsSeen whether what is ordered depends on the emoji as it was read: then that is so when it is ordered
 * @throws Refusal when there is no such emoji any more, or it is not as the request goes by
 */
export async function nextPicture(
  catalogue: EmojiCatalogue,
  written: string,
  { id, actor, receivedAt }: Pick<TaskOrder, 'id' | 'actor' | 'receivedAt'>,
  precondition: Precondition,
  isAsSeen = precondition !== null,
): Promise<{ emoji: Emoji; order: Pick<TaskOrder, 'emojiId' | 'emojiName' | 'version'> }> {
  return changing(
    () => findShown(catalogue, catalogue, written),
    precondition,
    async (emoji) => {
      const order = { id, emojiId: emoji.id, actor };
      const seen = isAsSeen ? emoji.revision : null;
      const version = await catalogue.nextVersion(order, receivedAt, seen);
      if (version === null) throw emojiNotFound(written);
      if (version === 'changed') return version;
      return { emoji, order: { emojiId: emoji.id, emojiName: emoji.name, version } };
    },
  );
}
