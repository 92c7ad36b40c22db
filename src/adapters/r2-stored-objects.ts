import type { StoredObjects } from '../application/ports.ts';

/**
 * @param bucket with `sources/<task id>`, `images/<hash>.<type>`, which have the task's id in their metadata, and
 * `fitted/`, which are of no task
 */
export function r2StoredObjects(bucket: R2Bucket): StoredObjects {
  return {
    async list(prefix, cursor) {
      // R2 gives shorter pages with the metadata; the key of an upload tells its task.
      const include: R2ListOptions['include'] = prefix === 'images/' ? ['customMetadata'] : [];
      const page = await bucket.list({ prefix, include, ...(cursor !== null && { cursor }) });
      const objects = page.objects.map(({ key, uploaded, customMetadata }) => ({
        key,
        writtenAt: uploaded.getTime(),
        taskId: customMetadata?.taskId ?? key.slice(prefix.length),
      }));
      return { objects, cursor: page.truncated ? page.cursor : null };
    },

    async delete({ key, writtenAt }) {
      const now = await bucket.head(key);
      if (now && now.uploaded.getTime() !== writtenAt) return false;
      await bucket.delete(key);
      return true;
    },
  };
}
