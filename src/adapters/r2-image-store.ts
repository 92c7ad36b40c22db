import type { ImageStore } from '../application/ports.ts';

/** Pictures under the hash of their bytes: equal ones are stored once, and none ever changes. */
export function r2ImageStore(bucket: R2Bucket): ImageStore {
  const key = (hash: string): string => `images/${hash}.gif`;
  return {
    async put({ hash }, gif) {
      await bucket.put(key(hash), gif, { httpMetadata: { contentType: 'image/gif' } });
    },

    async get(hash) {
      const object = await bucket.get(key(hash));
      return object?.body ?? null;
    },
  };
}
