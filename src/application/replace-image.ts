import type { Principal } from '../domain/access.ts';
import type { Emoji } from '../domain/emoji.ts';
import type { TaskOrder } from '../domain/task.ts';
import {
  type Accepted,
  acceptUpload,
  type NewTask,
  type Purpose,
  type Upload,
  type UploadPorts,
} from './accept-upload.ts';
import { emojiNotFound, findShown } from './find-emoji.ts';
import type { EmojiCatalogue } from './ports.ts';
import { changing, checkRevision, type Precondition } from './revision.ts';

/**
 * Orders another picture for an emoji. It shows the one it has until the new one is ready, and keeps it when the new
 * one cannot be rendered. Of several the one that was ordered last stays.
 *
 * @param written the name as a person wrote it
 * @throws Refusal when there is no such emoji, it is not his, it has no picture yet, it is not as the request goes by, the new
 * picture is empty, or a quota is exceeded
 */
export async function replaceImage(
  ports: UploadPorts,
  written: string,
  upload: Upload,
  precondition: Precondition = null,
): Promise<Accepted> {
  const { catalogue } = ports;
  return acceptUpload(ports, upload, {
    adds: { emojis: 0, bytes: 1, tasks: 1 },
    async check() {
      checkRevision(await findShown(catalogue, catalogue, written, upload.by), precondition);
    },
    ...nextPicture(catalogue, written, upload.by, precondition, precondition !== null, async (emoji, task) => ({
      ...task,
      kind: 'replace',
      emojiId: emoji.id,
      emojiName: emoji.name,
    })),
  });
}

/**
 * How a picture is ordered that is to replace all before.
 *
 * @param isAsSeen whether what is ordered depends on the emoji as it was read: then that is so when it is ordered
 * @param orderOf may refuse, once the emoji is known; `enlist` does when there is no such emoji any more, or it is not
 * as the request goes by
 */
export function nextPicture<Kept>(
  catalogue: EmojiCatalogue,
  written: string,
  by: Principal,
  precondition: Precondition,
  isAsSeen: boolean,
  orderOf: (emoji: Emoji, task: NewTask & Kept) => Promise<Omit<TaskOrder, 'version'>>,
): Pick<Purpose<Kept>, 'enlist' | 'delist'> {
  let emojiId: string | null = null;
  return {
    enlist: (task, charge) =>
      changing(
        () => findShown(catalogue, catalogue, written, by),
        precondition,
        async (emoji) => {
          const order = await orderOf(emoji, task);
          emojiId = emoji.id;
          const seen = isAsSeen ? emoji.revision : null;
          const version = await catalogue.nextVersion(order, task.receivedAt, seen, charge);
          if (version === null) throw emojiNotFound(written);
          return version === 'changed' ? version : { ...order, version };
        },
      ),
    async delist(id) {
      if (emojiId !== null) await catalogue.withdraw({ id, emojiId, actor: by.name });
    },
  };
}
