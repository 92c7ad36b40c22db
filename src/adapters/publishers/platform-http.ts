import type { z } from 'zod';
import { PlatformBusy, PlatformFault, PlatformRefusal } from '../../application/publishing-ports.ts';
import { notThePlatform, unauthorized } from '../../domain/publishing/failures.ts';
import { retryAfterMs } from '../retry-after.ts';

/** All emoji of a large community are some hundred kB. */
const MAX_ANSWER_BYTES = 4 * 1024 * 1024;
/** Of what a platform says, so much is told. */
const MAX_SAID_LENGTH = 200;

/** For a platform that does not say how long to wait. */
export const DEFAULT_PAUSE_MS = 60_000;

export interface PlatformAnswer {
  /** Of the request. */
  method: string;
  status: number;
  /** What the body is as JSON; null when it is none. */
  json: unknown;
}

export interface PlatformHttp {
  /**
   * Sends a request with the token.
   *
   * @param path behind the address of the API
   * @returns what is done, or refused for a reason that only the platform's client knows: no 401, 429 or 5xx
   * @throws PlatformBusy, PlatformFault, PlatformRefusal
   */
  ask(method: string, path: string, body?: { json: unknown } | FormData | URLSearchParams): Promise<PlatformAnswer>;
  /** The same for a file, of at most `MAX_ANSWER_BYTES`; null when there is none. */
  fetchFile(path: string): Promise<Uint8Array | null>;
  /**
   * What an answer has.
   *
   * @throws PlatformRefusal, or PlatformFault where something may have been done, when the API has no such answers
   */
  read<T>(schema: z.ZodType<T>, answer: PlatformAnswer): T;
  /** Text of the platform as it can be told to people: short, in one line, and without the token. */
  said(text: unknown): string;
}

/**
 * Speaks to one API with one token. Nothing is sent to where a redirect leads: the token would go along.
 *
 * @param base the address of the API, without a slash at its end
 * @param hidden the token, in all the ways that it is sent
 * @param maxMs for a request and its answer
 */
export function platformHttp(
  {
    title,
    target,
    base,
    headers,
    hidden,
  }: {
    title: string;
    target: string;
    base: string;
    headers: Record<string, string>;
    hidden: string[];
  },
  maxMs = 15_000,
): PlatformHttp {
  async function send(method: string, path: string, body?: { json: unknown } | FormData | URLSearchParams) {
    const isJson = body !== undefined && 'json' in body;
    const init: RequestInit = {
      method,
      headers: { ...headers, ...(isJson && { 'Content-Type': 'application/json' }) },
      redirect: 'manual',
      cache: 'no-store',
      signal: AbortSignal.timeout(maxMs),
    };
    if (body !== undefined) init.body = isJson ? JSON.stringify(body.json) : body;
    let bytes: Uint8Array;
    let response: Response;
    try {
      response = await fetch(base + path, init);
      bytes = await readAll(method, response);
    } catch (error) {
      if (error instanceof PlatformRefusal || error instanceof PlatformFault) throw error;
      const isLate = init.signal?.aborted === true;
      throw new PlatformFault(isLate ? `no answer of ${title} within ${maxMs / 1_000} s` : `${title} broke off`);
    }
    const json = parse(bytes);
    const { status } = response;
    const pause = pauseOf(response, json);
    if (status === 429 || (status === 503 && response.headers.has('Retry-After'))) {
      throw new PlatformBusy(title, pause);
    }
    if (status >= 500 && status !== 501) throw new PlatformFault(`${title} answered ${status}`);
    if (status === 408) throw new PlatformFault(`${title} answered ${status}`);
    if (status === 401) throw new PlatformRefusal(unauthorized(title, target));
    if (status >= 300 && status < 400) {
      throw new PlatformRefusal(notThePlatform(title, `it redirects to elsewhere (${status})`));
    }
    return { status, json, bytes };
  }

  async function readAll(method: string, response: Response): Promise<Uint8Array> {
    const chunks: Uint8Array[] = [];
    let length = 0;
    for await (const chunk of response.body ?? []) {
      length += chunk.byteLength;
      // Leaving the loop ends the connection.
      if (length > MAX_ANSWER_BYTES) {
        throw unreadable(method, `its answer has more than ${MAX_ANSWER_BYTES.toLocaleString('en')} bytes`);
      }
      chunks.push(chunk);
    }
    return new Uint8Array(Buffer.concat(chunks));
  }

  /** Of a request that changes something, it may have been done all the same. */
  function unreadable(method: string, found: string): Error {
    return method === 'GET'
      ? new PlatformRefusal(notThePlatform(title, found))
      : new PlatformFault(`${title}: ${found}`);
  }

  return {
    async ask(method, path, body) {
      const { status, json } = await send(method, path, body);
      if (json === null && status !== 204) throw unreadable(method, `its answer (${status}) is not JSON`);
      return { method, status, json };
    },

    async fetchFile(path) {
      const { status, bytes } = await send('GET', path);
      return status === 200 ? bytes : null;
    },

    read(schema, { method, json }) {
      const { success, data } = schema.safeParse(json);
      if (!success) throw unreadable(method, 'its answer is another one than the API has');
      return data;
    },

    said(text) {
      if (typeof text !== 'string') return '';
      const safe = hidden.reduce((rest, secret) => rest.replaceAll(secret, '…'), text);
      // Whatever would break a line or hide what is said.
      return safe
        .replace(/[\p{C}\p{Z}]+/gu, ' ')
        .trim()
        .replaceAll('"', "'")
        .slice(0, MAX_SAID_LENGTH);
    },
  };
}

function parse(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    return null;
  }
}

/**
 * How long to wait. Discord has `retry_after` in the answer, Zulip `retry-after`: seconds, with decimals.
 *
 * @returns milliseconds
 */
function pauseOf({ headers }: Response, json: unknown): number {
  const { retry_after: discord, 'retry-after': zulip } = (json ?? {}) as Record<string, unknown>;
  const seconds = [discord, zulip].find((value): value is number => Number.isFinite(value));
  const ms =
    retryAfterMs(headers, Date.now()) ?? (seconds === undefined ? DEFAULT_PAUSE_MS : Math.ceil(seconds * 1_000));
  return Math.max(ms, 1_000);
}
