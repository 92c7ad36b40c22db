import type { ImageStore } from '../application/ports.ts';

export function imageKey(hash: string): string {
  return `images/${hash}.gif`;
}

/** Pictures under the hash of their bytes: equal ones are stored once, and none ever changes. */
export function r2ImageStore(bucket: R2Bucket): ImageStore {
  return {
    async put({ hash }, gif, taskId) {
      // Also over the same picture: its age then tells that it is in use again, and the task who will use it.
      await bucket.put(imageKey(hash), gif, { httpMetadata: { contentType: 'image/gif' }, customMetadata: { taskId } });
    },

    async get(hash) {
      const object = await bucket.get(imageKey(hash));
      return object?.body ?? null;
    },
  };
}
