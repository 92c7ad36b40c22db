import { Refusal } from './refusal.ts';

/** The largest picture that can be uploaded. */
export const MAX_UPLOAD_BYTES = 50 * 1024 * 1024;

/** The same chunks. @throws Refusal `file_too_large` once they have more bytes than `limit` */
export async function* limited(
  chunks: AsyncIterable<Uint8Array>,
  limit = MAX_UPLOAD_BYTES,
): AsyncGenerator<Uint8Array, void> {
  let bytes = 0;
  for await (const chunk of chunks) {
    bytes += chunk.byteLength;
    checkUploadSize(bytes, limit);
    yield chunk;
  }
}

/** @throws Refusal `file_too_large` for more bytes than `limit` */
export function checkUploadSize(bytes: number, limit = MAX_UPLOAD_BYTES): void {
  if (bytes > limit) {
    throw new Refusal(
      'file_too_large',
      `The upload has ${bytes.toLocaleString('en')} bytes or more; the limit is 50 MB ` +
        `(${MAX_UPLOAD_BYTES.toLocaleString('en')} bytes). Scale the picture down or shorten the animation first.`,
    );
  }
}
