import type { SourceStore } from '../application/ports.ts';
import { jsonLog } from './json-log.ts';

/** The smallest part that R2 takes, but for the last; all others are of one size. Twice this is in memory at a time. */
const PART_BYTES = 5 * 1024 * 1024;

/** Uploads of any length, streamed: R2 wants to know the length of a plain put, and an upload does not tell. */
export function r2SourceStore(bucket: R2Bucket): SourceStore {
  return {
    async put(key, chunks) {
      let upload: R2MultipartUpload | null = null;
      const parts: R2UploadedPart[] = [];
      let bytes = 0;
      try {
        for await (const part of partsOf(chunks)) {
          bytes += part.byteLength;
          if (upload === null && part.byteLength < PART_BYTES) {
            await bucket.put(key, part);
            return bytes;
          }
          upload ??= await bucket.createMultipartUpload(key);
          parts.push(await upload.uploadPart(parts.length + 1, part));
        }
        await upload?.complete(parts);
        return bytes;
      } catch (error) {
        // Should this fail too: R2 drops unfinished uploads by itself after 7 days.
        await upload?.abort().catch((fault) => jsonLog.error('upload not aborted', fault, { key }));
        throw error;
      }
    },

    async get(key) {
      const object = await bucket.get(key);
      return object && new Uint8Array(await object.arrayBuffer());
    },

    async open(key) {
      const object = await bucket.get(key);
      return object && { bytes: object.size, body: object.body };
    },

    async size(key) {
      return (await bucket.head(key))?.size ?? null;
    },

    async delete(...keys) {
      if (keys.length > 0) await bucket.delete(keys);
    },
  };
}

/** Gathers chunks of any size into parts of `PART_BYTES`; the last one is shorter, and may be the only one. */
async function* partsOf(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let waiting: Uint8Array[] = [];
  let size = 0;
  for await (let chunk of chunks) {
    while (size + chunk.byteLength >= PART_BYTES) {
      const room = PART_BYTES - size;
      yield concat([...waiting, chunk.subarray(0, room)], PART_BYTES);
      waiting = [];
      size = 0;
      chunk = chunk.subarray(room);
    }
    if (chunk.byteLength > 0) {
      waiting.push(chunk);
      size += chunk.byteLength;
    }
  }
  if (size > 0) yield concat(waiting, size);
}

function concat(chunks: Uint8Array[], size: number): Uint8Array {
  const whole = new Uint8Array(size);
  let offset = 0;
  for (const chunk of chunks) {
    whole.set(chunk, offset);
    offset += chunk.byteLength;
  }
  return whole;
}
