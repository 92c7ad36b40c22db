import { createHash } from 'node:crypto';
import { z } from '@hono/zod-openapi';
import type { Upload } from '../application/accept-upload.ts';
import { HttpError } from './problems.ts';

const MAX_KEY_LENGTH = 255;

export const IdempotencyHeaders = z.object({
  'Idempotency-Key': z
    .string()
    .optional()
    .openapi({
      description:
        'Makes it safe to send the request again when its answer was lost: within 24 hours, the same request under the ' +
        'same key is answered with the same task. Quoted (`"…"`) or not, at most 255 characters; a UUID is a good one. ' +
        'A request that was refused leaves its key free.',
      example: '"8e03978e-40d5-43dd-bc93-6894a57f9324"',
    }),
});

/**
 * The picture of a request with an `Idempotency-Key`, and the fingerprint of that request: its method, address and
 * picture. Not its body as it is: browsers draw a new multipart boundary each time.
 *
 * @throws HttpError `invalid_idempotency_key`
 */
export function idempotent(
  request: Request,
  header: string | undefined,
  picture: AsyncIterable<Uint8Array>,
): Pick<Upload, 'picture' | 'idempotency'> {
  if (header === undefined) return { picture, idempotency: null };
  const { pathname, search } = new URL(request.url);
  const hash = createHash('sha256').update(`${request.method} ${pathname}${search}\n`);
  let digest: string | null = null;
  async function* hashed(): AsyncGenerator<Uint8Array> {
    for await (const chunk of picture) {
      hash.update(chunk);
      yield chunk;
    }
    digest = hash.digest('hex');
  }
  return {
    picture: hashed(),
    idempotency: {
      key: readKey(header),
      fingerprint() {
        if (digest === null) throw new Error('the picture has not been read to its end');
        return digest;
      },
    },
  };
}

/** A string of RFC 9651 (Structured Fields), as the draft has it, or what most clients send: the key as it is. */
function readKey(header: string): string {
  const quoted = /^"((?:[^"\\]|\\["\\])*)"$/.exec(header.trim());
  const key = quoted?.[1]?.replace(/\\(["\\])/g, '$1') ?? header.trim();
  if (key === '' || key.length > MAX_KEY_LENGTH || !/^[\x20-\x7e]*$/.test(key)) {
    throw new HttpError(
      'invalid_idempotency_key',
      `The Idempotency-Key has ${key.length} characters; it has 1 to ${MAX_KEY_LENGTH} printable ASCII characters. ` +
        'A UUID is a good one.',
    );
  }
  return key;
}
