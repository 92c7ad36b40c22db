import type { SourceStore } from '../application/ports.ts';
import { Refusal } from '../domain/refusal.ts';
import { jsonLog } from './json-log.ts';

/** The smallest part that R2 takes, but for the last; all others are of one size. So much of an upload is in memory. */
const PART_BYTES = 5 * 1024 * 1024;

/**
 * What all uploads that come in at one time may hold, of the 128 MB that an isolate has: as many as this is in parts of
 * large ones, and far more of ordinary ones.
 */
export const MOST_HELD_BYTES = 40 * 1024 * 1024;

/** What the shortest upload does. */
const LEAST_HELD_BYTES = 64 * 1024;

/** Seconds in which some of them are over, as a rule. */
const RETRY_AFTER = 5;

let held = 0;

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

/**
 * Gathers chunks of any size into parts of `PART_BYTES`; the last one is shorter, and may be the only one. Each part is
 * good until the next one is asked for: they share their memory, since garbage counts until it is collected.
 */
async function* partsOf(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let part = new Uint8Array(0);
  let size = 0;
  try {
    for await (const chunk of chunks) {
      for (let at = 0; at < chunk.byteLength; ) {
        const piece = chunk.subarray(at, at + PART_BYTES - size);
        part = withRoomFor(size + piece.byteLength, part);
        part.set(piece, size);
        size += piece.byteLength;
        at += piece.byteLength;
        if (size === PART_BYTES) {
          yield part;
          size = 0;
        }
      }
    }
    if (size > 0) yield part.subarray(0, size);
  } finally {
    held -= part.byteLength;
  }
}

/**
 * The same, or a copy of at least twice the size: small uploads are not to take the memory of large ones.
 *
 * @throws Refusal `too_many_uploads`
 */
function withRoomFor(bytes: number, part: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  if (bytes <= part.byteLength) return part;
  const room = Math.min(PART_BYTES, Math.max(bytes, 2 * part.byteLength, LEAST_HELD_BYTES));
  if (held + room - part.byteLength > MOST_HELD_BYTES) {
    throw new Refusal(
      'too_many_uploads',
      `So many uploads are coming in that there is no room for this one. Send it again in ${RETRY_AFTER} seconds.`,
      { retryAfter: RETRY_AFTER },
    );
  }
  const larger = new Uint8Array(room);
  larger.set(part);
  held += room - part.byteLength;
  return larger;
}
