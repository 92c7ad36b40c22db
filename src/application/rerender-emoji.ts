import { type Accepted, acceptRendering, type RenderRequest, type UploadPorts } from './accept-upload.ts';
import { findShown } from './find-emoji.ts';
import { originalOf } from './find-picture.ts';
import { nextPicture } from './replace-image.ts';
import { checkRevision, type Precondition } from './revision.ts';

/**
 * Orders the picture of an emoji anew from the upload that is kept, in another way. As with a replacement, it shows the
 * one it has until then, and of several orders the last one stays.
 *
 * @param written the name as a person wrote it
 * @throws Refusal when there is no such emoji, it has no picture yet, it is not as the request goes by, or its upload is
 * not kept
 */
export async function rerenderEmoji(
  ports: UploadPorts,
  written: string,
  request: RenderRequest,
  precondition: Precondition = null,
): Promise<Accepted> {
  const { catalogue } = ports;
  return acceptRendering(ports, request, {
    async check() {
      const emoji = await findShown(catalogue, catalogue, written);
      checkRevision(emoji, precondition);
      originalOf(emoji);
    },
    async enlist(task) {
      const { emoji, order } = await nextPicture(catalogue, written, task, precondition, true);
      return { ...task, kind: 'render', ...order, ...originalOf(emoji) };
    },
    // A version that no picture has harms nobody; that one was ordered stays in the history.
    delist: async () => {},
  });
}
