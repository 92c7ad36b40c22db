import type { Poster } from '../application/notices/ports.ts';
import { ATTEMPT_MS } from '../domain/notices.ts';
import { retryAfterMs } from './retry-after.ts';

/** Of an answer: what is more is neither read nor kept. */
const MAX_READ_BYTES = 64 * 1024;
const KEPT_BYTES = 500;

/**
 * Sends JSON, follows no redirects, and reads no answer to its end that is long.
 *
 * @param maxMs for all of it: the connection and the answer
 */
export function noticePoster(maxMs = ATTEMPT_MS): Poster {
  return {
    async post(url, headers, body) {
      const signal = AbortSignal.timeout(maxMs);
      let response: Response;
      try {
        response = await fetch(url, {
          method: 'POST',
          headers: { ...headers, 'Content-Type': 'application/json' },
          body,
          redirect: 'manual',
          cache: 'no-store',
          signal,
        });
      } catch {
        return {
          fault: signal.aborted
            ? `it did not answer within ${maxMs / 1_000} seconds`
            : 'it cannot be reached, by its name, its connection or its certificate, or broke off before it answered',
        };
      }
      const { status, headers: answered } = response;
      return { status, excerpt: await excerptOf(response, url), retryAfterMs: retryAfterMs(answered, Date.now()) };
    },
  };
}

/** What has come by the end of the time, or before the connection broke off. The status is what counts. */
async function excerptOf({ body }: Response, url: URL): Promise<string> {
  const reader = body?.getReader();
  const chunks: Uint8Array[] = [];
  let read = 0;
  try {
    while (reader && read < MAX_READ_BYTES) {
      const { done, value } = await reader.read();
      if (done) break;
      read += value.byteLength;
      chunks.push(value);
    }
    await reader?.cancel();
  } catch {
    // So be it.
  }
  // By bytes, whatever they are; and before anything is cut off: half of a secret would not be found.
  const text = Buffer.concat(chunks).subarray(0, MAX_READ_BYTES).toString('latin1');
  const safe = secretsIn(url).reduce((rest, secret) => rest.replaceAll(bytesOf(secret), bytesOf('…')), text);
  return Buffer.from(safe.slice(0, KEPT_BYTES), 'latin1').toString();
}

/** A character for each byte of UTF-8. */
function bytesOf(text: string): string {
  return Buffer.from(text).toString('latin1');
}

/** Shorter parts of an address are words. */
const MIN_SECRET_LENGTH = 9;

/** What of an address may be its secret, the longest first: servers quote what they were asked for. */
function secretsIn({ pathname, search }: URL): string[] {
  const parts = [pathname + search, pathname, ...pathname.split('/'), ...search.slice(1).split(/[&=]/)];
  // As it is written, and as it is meant.
  return parts
    .flatMap((part) => [part, ...new URLSearchParams(`=${part}`).values()])
    .filter(({ length }) => length >= MIN_SECRET_LENGTH)
    .sort((a, b) => b.length - a.length);
}
