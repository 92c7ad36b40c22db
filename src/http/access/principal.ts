import type { Context } from 'hono';
import { getCookie } from 'hono/cookie';
import { personOf } from '../../adapters/access-people.ts';
import { credentials } from '../../adapters/credentials.ts';
import { d1Sessions, d1Tokens } from '../../adapters/d1-tokens.ts';
import { defaultQuotas, isOpenToLoopback, secretsOf } from '../../adapters/settings.ts';
import { type AccessPorts, authenticate, LOCAL, resume } from '../../application/authenticate.ts';
import { ANONYMOUS, type Principal } from '../../domain/access.ts';
import { isLoopback } from '../../domain/public-url.ts';
import { ACTOR_HEADER, readActor } from '../actor.ts';
import { isHttps } from '../https.ts';
import type { AppEnv } from '../ports.ts';
import { HttpError } from '../problems.ts';
import { countRequest, senderOf } from './rates.ts';

/** Null where the service is not set up. */
export function accessPorts({ env, executionCtx }: Context<AppEnv>): AccessPorts | null {
  const secrets = secretsOf(env);
  if (secrets === null || secrets === 'short') return null;
  return {
    credentials: credentials(secrets),
    tokens: d1Tokens(env.DB, executionCtx as ExecutionContext),
    sessions: d1Sessions(env.DB),
    quotas: defaultQuotas(env),
  };
}

/**
 * Whether programs on this machine need no token. The name that was asked for counts too: a page of somebody else can
 * have its own name lead here, but not `localhost`.
 */
export function isOpen(c: Context<AppEnv>): boolean {
  return isOpenToLoopback(c.env) && isLoopback(new URL(c.req.url).hostname);
}

/** As `identify`, found out once a request. */
export function principalOf(c: Context<AppEnv>): Promise<Principal> {
  const known = c.get('principal') ?? identify(c);
  c.set('principal', known);
  return known;
}

/**
 * Who asks: whoever has the token of the `Authorization` header; otherwise who has signed in
 * to the pages, or with Cloudflare Access. A program in front, which may change the emoji of all, can speak for
 * somebody else by `X-Actor`.
 *
 * @throws Refusal `token_invalid`
 * @throws HttpError `authorization_malformed`, `actor_not_yours`, `rate_limited`
 */
export async function identify(c: Context<AppEnv>): Promise<Principal> {
  return speakingFor(c, await holderOf(c));
}

async function holderOf(c: Context<AppEnv>): Promise<Principal> {
  if (isOpen(c)) return LOCAL;
  const ports = accessPorts(c);
  if (ports === null) return ANONYMOUS;
  const now = Date.now();
  const header = c.req.header('Authorization');
  const session = getCookie(c, sessionCookie(c));
  // Before anything is looked up: whoever guesses is not known by what he guesses.
  if (header !== undefined || session !== undefined) await countRequest(c, 'reads', `credentials of ${senderOf(c)}`);
  if (header !== undefined) return authenticate(ports, readBearer(header), now);
  const principal = session === undefined ? ANONYMOUS : await resume(ports, session, now);
  if (principal !== ANONYMOUS) return principal;
  return (await personOf(c.env, c.executionCtx as ExecutionContext)) ?? ANONYMOUS;
}

/** RFC 6750, section 2.1. */
function readBearer(header: string): string {
  const [, token] = /^Bearer +([\x21-\x7e]+)$/i.exec(header.trim()) ?? [];
  if (token !== undefined) return token;
  throw new HttpError(
    'authorization_malformed',
    'The Authorization header is not "Bearer" and a token: write "Authorization: Bearer cemoji_…".',
  );
}

function speakingFor(c: Context<AppEnv>, principal: Principal): Principal {
  const header = c.req.header(ACTOR_HEADER);
  const name = header === undefined ? principal.name : readActor(header);
  if (name === principal.name) return principal;
  // A person has nothing but his name that the audit could know him by.
  if (principal.kind !== 'person' && principal.scopes.has('emoji:admin')) return { ...principal, name };
  throw new HttpError(
    'actor_not_yours',
    `You are ${principal.name === null ? 'not signed in' : `"${principal.name}"`} and cannot act as "${name}": that ` +
      'takes a token with the scope emoji:admin. Leave X-Actor out.',
  );
}

/** A cookie of this prefix no other host can have set; browsers want HTTPS for it. */
export function sessionCookie(c: Context<AppEnv>): string {
  return isHttps(c) ? '__Host-session' : 'session';
}
