import { HEADERS, ProblemError, problemFrom, problemOf, UNREACHABLE } from '../shared/api.ts';
import { whenBack } from '../shared/connection.ts';
import { atMost, pause } from '../shared/pause.ts';
import { noteSignedOut } from '../shared/session-state.ts';
import type { Accepted, Step } from './order.ts';

interface Request {
  method: 'POST' | 'PUT';
  url: URL;
  headers: Record<string, string>;
  file: File;
}

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
 * Uploads a picture, when it is its turn; again where the answer was lost, or was to come again later. It must have an
 * `Idempotency-Key`.
 *
 * @throws ProblemError, or the signal's reason
 */
export function upload(
  request: Request,
  tell: (step: Step) => void,
  signal = new AbortController().signal,
): Promise<Accepted> {
  tell({ at: 'queued', seconds: null });
  count(1);
  const sent = uploading(async () => {
    for (let tries = 1; ; ) {
      signal.throwIfAborted();
      try {
        return await send(request, tell, signal);
      } catch (error) {
        signal.throwIfAborted();
        const { code, retryAfter } = problemFrom(error);
        if (retryAfter !== undefined) {
          tell({ at: 'queued', seconds: retryAfter });
          await pause(retryAfter * 1_000, { target: signal, event: 'abort' });
          continue;
        }
        const isLost = code === 'unreachable';
        if ((!isLost && code !== 'idempotency_key_in_use') || tries++ === MOST_TRIES) throw error;
        tell({ at: 'queued', seconds: null });
        if (isLost) {
          await assertReadable(request.file);
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

function send(
  { method, url, headers, file }: Request,
  tell: (step: Step) => void,
  signal: AbortSignal,
): Promise<Accepted> {
  const { promise, resolve, reject } = Promise.withResolvers<Accepted>();
  // What fetch cannot: it tells how much has been sent.
  const request = new XMLHttpRequest();
  const abort = () => request.abort();
  signal.addEventListener('abort', abort);
  request.open(method, url);
  for (const [name, value] of Object.entries({ ...HEADERS, ...headers })) request.setRequestHeader(name, value);
  request.setRequestHeader('Content-Type', file.type.startsWith('image/') ? file.type : 'application/octet-stream');
  request.upload.onprogress = ({ loaded }) => tell({ at: 'uploading', sent: loaded, of: file.size });
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
  tell({ at: 'uploading', sent: 0, of: file.size });
  request.send(file);
  return promise;
}

/** A browser says the same of a file that was moved as of a connection that is gone. */
async function assertReadable(file: File): Promise<void> {
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

/** Not by `crypto.randomUUID`, which a page without HTTPS does not have. */
export function newKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
