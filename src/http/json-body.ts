import type { MiddlewareHandler } from 'hono';
import { HttpError } from './problems.ts';

/** Of a body that is JSON. The longest that is meant, 100 names to look up, has a third of it. */
const MAX_JSON_BYTES = 64 * 1024;

/** So far a body that is too long is read all the same, and thrown away: who still sends may not hear an answer. */
const MAX_READ_BYTES = 1024 * 1024;

/**
 * For each route whose body is validated as JSON: nothing is read beyond the limit, whatever `Content-Length` says.
 * (Hono's own `bodyLimit` believes it.)
 *
 * @throws HttpError `body_too_large`
 */
export const limitedJson: MiddlewareHandler = async (c, next) => {
  c.req.raw = new Request(c.req.raw, { body: await readText(c.req.raw) });
  await next();
};

/** @throws HttpError `body_too_large`, `malformed_json` */
export async function readJson(request: Request): Promise<unknown> {
  const text = await readText(request);
  try {
    return JSON.parse(text);
  } catch {
    throw malformed();
  }
}

async function readText(request: Request): Promise<string> {
  checkSize(Number(request.headers.get('Content-Length') ?? 0));
  const decoder = new TextDecoder();
  let bytes = 0;
  let text = '';
  try {
    for await (const chunk of request.body ?? []) {
      bytes += chunk.byteLength;
      if (bytes > MAX_READ_BYTES) break;
      if (bytes <= MAX_JSON_BYTES) text += decoder.decode(chunk, { stream: true });
    }
  } catch {
    // The connection broke off.
    throw malformed();
  }
  checkSize(bytes);
  return text + decoder.decode();
}

function checkSize(bytes: number): void {
  if (bytes > MAX_JSON_BYTES) {
    throw new HttpError(
      'body_too_large',
      `The body has ${bytes.toLocaleString('en')} bytes or more; the limit is ${MAX_JSON_BYTES.toLocaleString('en')}. ` +
        'Ask for less at once.',
    );
  }
}

function malformed(): HttpError {
  return new HttpError('malformed_json', 'The body is not JSON, though the request says so. Send it again, whole.');
}
