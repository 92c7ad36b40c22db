import { HEADERS, ProblemError, problemFrom, problemOf, UNREACHABLE } from './api.ts';
import { whenBack } from './connection.ts';
import { atMost, pause } from './pause.ts';
import { noteSignedOut } from './session-state.ts';

interface Request {
  method: 'POST' | 'PUT';
  url: URL;
  headers: Record<string, string>;
  /** A file as it is, or several in a form. */
  body: File | FormData;
}

/** How far it is until the service has it. */
export type Sending =
  /** With after how long it is sent, where the service has asked for a pause. */
  { at: 'queued'; seconds: number | null } | { at: 'uploading'; sent: number; of: number };

let underWay = 0;

const askBeforeLeaving = (event: BeforeUnloadEvent) => event.preventDefault();

/** Leaving the page would stop them. A listener that is always there keeps browsers from going back quickly. */
function count(change: 1 | -1): void {
  underWay += change;
  if (underWay > 0) addEventListener('beforeunload', askBeforeLeaving);
  else removeEventListener('beforeunload', askBeforeLeaving);
}

/** Connections to one host are few, and the page needs some for itself. */
const uploading = atMost(3);

/** Times that a connection may break off, though the service can be reached, before it is told. */
const MOST_TRIES = 5;

const AGAIN_MS = 1_000;

/**
 * Uploads files, when it is their turn; again where the answer was lost, or was to come again later. The request must
 * have an `Idempotency-Key`.
 *
 * @throws ProblemError, or the signal's reason
 */
export function upload<Accepted>(
  request: Request,
  tell: (step: Sending) => void,
  signal = new AbortController().signal,
): Promise<Accepted> {
  tell({ at: 'queued', seconds: null });
  count(1);
  const sent = uploading(async () => {
    let { headers } = request;
    for (let tries = 1; ; ) {
      signal.throwIfAborted();
      try {
        return await send<Accepted>({ ...request, headers }, tell, signal);
      } catch (error) {
        signal.throwIfAborted();
        const { code, retryAfter } = problemFrom(error);
        if (retryAfter !== undefined) {
          tell({ at: 'queued', seconds: retryAfter });
          await pause(retryAfter * 1_000, { target: signal, event: 'abort' });
          continue;
        }
        const isLost = code === 'unreachable';
        const isInUse = code === 'idempotency_key_in_use';
        if ((!isLost && !isInUse) || tries++ === MOST_TRIES) throw error;
        // What had the key was broken off, and holds it for long: the name, or the ETag, is still there once only.
        if (isInUse && tries === MOST_TRIES) headers = { ...headers, 'Idempotency-Key': newKey() };
        tell({ at: 'queued', seconds: null });
        if (isLost) {
          await assertReadable(request.body);
          await whenBack();
        }
        await pause(AGAIN_MS, { target: signal, event: 'abort' });
      }
    }
  });
  // Whoever gives up need not wait for his turn.
  const { promise: givenUp, reject } = Promise.withResolvers<never>();
  signal.addEventListener('abort', () => reject(signal.reason));
  return Promise.race([sent, givenUp]).finally(() => count(-1));
}

function send<Accepted>(
  { method, url, headers, body }: Request,
  tell: (step: Sending) => void,
  signal: AbortSignal,
): Promise<Accepted> {
  const { promise, resolve, reject } = Promise.withResolvers<Accepted>();
  // What fetch cannot: it tells how much has been sent.
  const request = new XMLHttpRequest();
  const abort = () => request.abort();
  signal.addEventListener('abort', abort);
  request.open(method, url);
  for (const [name, value] of Object.entries({ ...HEADERS, ...headers })) request.setRequestHeader(name, value);
  if (body instanceof File) {
    request.setRequestHeader('Content-Type', body.type.startsWith('image/') ? body.type : 'application/octet-stream');
  }
  // Of a form, more is sent than its files are.
  const of = filesOf(body).reduce((sum, { size }) => sum + size, 0);
  request.upload.onprogress = ({ loaded }) => tell({ at: 'uploading', sent: Math.min(loaded, of), of });
  request.onload = () => {
    const headers = { 'Retry-After': request.getResponseHeader('Retry-After') ?? '' };
    const answer = new Response(request.responseText, { status: request.status, headers });
    if (request.status === 401) noteSignedOut();
    if (request.status === 202) resolve(answer.json());
    else problemOf(answer).then((problem) => reject(new ProblemError(problem)), reject);
  };
  request.onerror = () => reject(new ProblemError(UNREACHABLE));
  request.onabort = () => reject(signal.reason);
  request.onloadend = () => signal.removeEventListener('abort', abort);
  tell({ at: 'uploading', sent: 0, of });
  request.send(body);
  return promise;
}

/** A browser says the same of a file that was moved as of a connection that is gone. */
async function assertReadable(body: Request['body']): Promise<void> {
  for (const file of filesOf(body)) {
    try {
      await file.slice(0, 1).arrayBuffer();
    } catch {
      throw new ProblemError({
        status: 0,
        code: 'file_gone',
        detail: `${file.name} was changed, moved or deleted since you chose it. Choose it again.`,
      });
    }
  }
}

function filesOf(body: Request['body']): File[] {
  return body instanceof File ? [body] : [...body.values()].filter((value) => value instanceof File);
}

/** Not by `crypto.randomUUID`, which a page without HTTPS does not have. */
export function newKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
