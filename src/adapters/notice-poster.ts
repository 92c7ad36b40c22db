import type { Answer, Poster } from '../application/notices/ports.ts';
import { ATTEMPT_MS } from '../domain/notices.ts';

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
      return { status, excerpt: await excerptOf(response), retryAfterMs: retryAfterOf(answered, Date.now()) };
    },
  };
}

/** What has come by the end of the time, or before the connection broke off. The status is what counts. */
async function excerptOf({ body }: Response): Promise<string> {
  const reader = body?.getReader();
  const kept: number[] = [];
  let read = 0;
  try {
    while (reader && read < MAX_READ_BYTES) {
      const { done, value } = await reader.read();
      if (done) break;
      read += value.byteLength;
      if (kept.length < KEPT_BYTES) kept.push(...value.subarray(0, KEPT_BYTES - kept.length));
    }
    await reader?.cancel();
  } catch {
    // So be it.
  }
  return new TextDecoder().decode(new Uint8Array(kept));
}

/** RFC 9110, section 10.2.3; some send fractions of a second. */
function retryAfterOf(headers: Headers, now: number): Answer['retryAfterMs'] {
  const value = headers.get('Retry-After')?.trim() ?? '';
  const ms = /^\d+(\.\d+)?$/.test(value) ? Number(value) * 1_000 : Date.parse(value) - now;
  return ms > 0 ? Math.ceil(ms) : null;
}
