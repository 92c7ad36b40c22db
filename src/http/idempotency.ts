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
 * The key and the fingerprint of a request: of its method, address and what it sends. That is not its body as it is:
 * browsers draw a new multipart boundary each time. Null of a request without an `Idempotency-Key`.
 *
 * @param sent what it sends, as far as it matters
 * @throws HttpError `invalid_idempotency_key`
 */
export function idempotency(
  request: Request,
  header: string | undefined,
  sent: () => Promise<string>,
): Upload['idempotency'] {
  if (header === undefined) return null;
  const { pathname, search } = new URL(request.url);
  const what = `${request.method} ${pathname}${search}\n`;
  return {
    key: readKey(header),
    fingerprint: async () =>
      createHash('sha256')
        .update(what)
        .update(await sent())
        .digest('hex'),
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
