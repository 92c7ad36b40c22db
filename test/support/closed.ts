import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { expect } from 'vitest';
import worker from '../../src/index.ts';
import { ORIGIN } from './service.ts';

/** 32 characters: the shortest that will do. */
export const ADMIN_TOKEN = 'an-admin-token-of-32-characters!';

/** What a deployed service has, and what a test has another way. */
interface Deployment {
  settings?: { [Name in keyof Env]?: Env[Name] | string | undefined };
  /** Of the person whom Cloudflare Access has let through; `null`: one of whom it tells nothing. */
  person?: string | null;
  origin?: string;
}

/** A service as it is deployed, with an `ADMIN_TOKEN`. */
export function deployed({ settings = {}, person, origin = ORIGIN }: Deployment = {}) {
  const bindings = { ...env, OPEN_TO_LOOPBACK: undefined, ADMIN_TOKEN, ...settings } as unknown as Env;
  const access =
    person === undefined
      ? undefined
      : { aud: 'test', getIdentity: async () => (person === null ? undefined : { email: person }) };

  async function send(path: string, init: RequestInit & { token?: string | undefined } = {}): Promise<Response> {
    const { token, ...rest } = init;
    const headers = new Headers(rest.headers);
    if (token !== undefined) headers.set('Authorization', `Bearer ${token}`);
    const context = createExecutionContext();
    const request = new Request(`${origin}${path}`, { ...rest, headers });
    const response = await worker.fetch(request, bindings, Object.assign(context, { access }));
    await waitOnExecutionContext(context);
    return response;
  }

  function sendJson(path: string, token: string | undefined, body: unknown, method = 'POST'): Promise<Response> {
    return send(path, { method, token, headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) });
  }

  return {
    send,
    sendJson,
    /** @returns its id and its text */
    async newToken(name: string, scopes: string[], more: object = {}): Promise<{ id: string; token: string }> {
      const response = await sendJson('/access/tokens', ADMIN_TOKEN, { name, scopes, ...more });
      expect(response.status, await response.clone().text()).toBe(201);
      return response.json();
    },
  };
}

/** The status of an answer, and the code of its problem. */
export async function outcomeOf(answer: Promise<Response> | Response): Promise<[number, string | undefined]> {
  const response = await answer;
  if (response.ok) {
    // It may be a stream that does not end.
    await response.body?.cancel();
    return [response.status, undefined];
  }
  const { code } = await response.json<{ code?: string }>().catch(() => ({ code: undefined }));
  return [response.status, code];
}
