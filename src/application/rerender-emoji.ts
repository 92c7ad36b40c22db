import { Refusal } from '../domain/refusal.ts';
import {
  type Accepted,
  acceptRendering,
  IN_PROGRESS_MS,
  type RenderRequest,
  type UploadPorts,
} from './accept-upload.ts';
import { findShown } from './find-emoji.ts';
import { originalOf } from './find-picture.ts';
import type { EmojiCatalogue } from './ports.ts';
import { nextPicture } from './replace-image.ts';
import { checkRevision, type Precondition } from './revision.ts';

/**
 * Orders the picture of an emoji anew from the upload that is kept, in another way. As with a replacement, it shows the
 * one it has until then, and of several orders the last one stays.
 *
 * @param written the name as a person wrote it
 * @throws Refusal when there is no such emoji, it is not his, it has no picture yet, it is not as the request goes by, its upload is
 * not kept, another upload for it is on its way, or a quota is exceeded
 */
export async function rerenderEmoji(
  ports: UploadPorts,
  written: string,
  request: RenderRequest,
  precondition: Precondition = null,
): Promise<Accepted> {
  const { catalogue } = ports;
  return acceptRendering(ports, request, {
    adds: { emojis: 0, bytes: 0, tasks: 1 },
    async check() {
      const emoji = await findShown(catalogue, catalogue, written, request.by);
      checkRevision(emoji, precondition);
      originalOf(emoji);
    },
    ...nextPicture(catalogue, written, request.by, precondition, true, async (emoji, task) => {
      await refuseWhilePending(catalogue, emoji, task.receivedAt);
      return { ...task, kind: 'render', emojiId: emoji.id, emojiName: emoji.name, ...originalOf(emoji) };
    }),
  });
}

/**
 * A picture made anew from the upload that is shown must not come after another upload, and undo it. What is ordered
 * after the emoji was read raises its revision: whoever goes by that has seen all that was ordered before.
 *
 * @throws Refusal `picture_pending`
 */
export async function refuseWhilePending(
  catalogue: EmojiCatalogue,
  { id, name }: { id: string; name: string },
  now: number,
): Promise<void> {
  const taskId = await catalogue.pendingUpload(id, now - IN_PROGRESS_MS);
  if (taskId === null) return;
  throw new Refusal(
    'picture_pending',
    `Another picture was uploaded for "${name}" and is not ready yet. Send this again when its task ${taskId} has ended.`,
    { taskId },
  );
}
