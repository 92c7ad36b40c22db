import { type Accepted, acceptRendering, type RenderRequest, type UploadPorts } from './accept-upload.ts';
import { originalOf } from './find-picture.ts';
import { findShown, nextPicture } from './replace-image.ts';

/**
 * Orders the picture of an emoji anew from the upload that is kept, in another way. As with a replacement, it shows the
 * one it has until then, and of several orders the last one stays.
 *
 * @param written the name as a person wrote it
 * @throws Refusal when there is no such emoji, it has no picture yet, or its upload is not kept
 */
export async function rerenderEmoji(ports: UploadPorts, written: string, request: RenderRequest): Promise<Accepted> {
  const { catalogue } = ports;
  return acceptRendering(ports, request, {
    async check() {
      originalOf(await findShown(catalogue, written));
    },
    async enlist(task) {
      const { emoji, order } = await nextPicture(catalogue, written);
      return { ...task, kind: 'render', ...order, ...originalOf(emoji) };
    },
    // A version that no picture has harms nobody.
    delist: async () => {},
  });
}
