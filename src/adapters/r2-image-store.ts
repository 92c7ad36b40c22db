import type { ImageStore } from '../application/ports.ts';
import type { PictureType } from '../domain/emoji.ts';

export function imageKey(hash: string, type: PictureType): string {
  return `images/${hash}.${type}`;
}

/** Pictures under the hash of their bytes: equal ones are stored once, and none ever changes. */
export function r2ImageStore(bucket: R2Bucket): ImageStore {
  return {
    async put(hash, type, file, taskId) {
      // Also over the same picture: its age then tells that it is in use again, and the task who will use it.
      const httpMetadata = { contentType: `image/${type}` };
      await bucket.put(imageKey(hash, type), file, { httpMetadata, customMetadata: { taskId } });
    },

    async get(hash, type) {
      const object = await bucket.get(imageKey(hash, type));
      return object && { bytes: object.size, body: object.body };
    },

    async size(hash, type) {
      return (await bucket.head(imageKey(hash, type)))?.size ?? null;
    },
  };
}
