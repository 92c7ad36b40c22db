import {
  ADMIN_NAME,
  ANONYMOUS,
  type ApiToken,
  type Principal,
  quotasFor,
  SCOPES,
  withIncluded,
} from '../domain/access.ts';
import type { Quotas } from '../domain/quota.ts';
import { Refusal } from '../domain/refusal.ts';
import type { Credentials, SessionStore, TokenStore } from './access-ports.ts';

export interface AccessPorts {
  credentials: Credentials;
  tokens: TokenStore;
  sessions: SessionStore;
  /** Of those who have none of their own. */
  quotas: Quotas;
}

/** How long somebody stays signed in. */
export const SESSION_MS = 7 * 24 * 3_600_000;

/** Whoever has the `ADMIN_TOKEN`. */
export const ADMIN: Principal = {
  kind: 'admin',
  name: ADMIN_NAME,
  scopes: new Set(SCOPES),
  tokenId: null,
  expiresAt: null,
  quotas: null,
};

/** A program on this machine, of a service that is open to it. */
export const LOCAL: Principal = {
  kind: 'local',
  name: null,
  scopes: new Set(SCOPES),
  tokenId: null,
  expiresAt: null,
  quotas: null,
};

/** Who has a token: the `ADMIN_TOKEN`, or one of the API. @throws Refusal `token_invalid` */
export async function authenticate(ports: AccessPorts, text: string, now: number): Promise<Principal> {
  const { credentials, tokens, quotas } = ports;
  if (credentials.isAdminToken(text)) return ADMIN;
  if (!credentials.isTokenText(text)) {
    throw invalid('It is not one that this service made: those are "cemoji_" and 36 letters and digits more.');
  }
  const token = await tokens.find(credentials.tokenHash(text));
  if (token === null) throw invalid('This service does not know it.');
  checkValid(token, now);
  tokens.noteUse(token, now);
  return holderOf(token, quotas);
}

/** Signs somebody in who has sent a token. @returns what his cookie is to have */
export async function signIn(
  { credentials, sessions }: AccessPorts,
  { tokenId }: Principal,
  now: number,
): Promise<string> {
  const session = credentials.newSession();
  await sessions.begin(credentials.sessionHash(session), tokenId, now, now + SESSION_MS);
  return session;
}

/** Who has a cookie: nobody, when what he was signed in with is not valid any more. */
export async function resume(ports: AccessPorts, session: string, now: number): Promise<Principal> {
  const { credentials, sessions, tokens, quotas } = ports;
  const token = await sessions.find(credentials.sessionHash(session), now);
  if (token === null) return ADMIN;
  if (token === undefined || token.revokedAt !== null || isExpired(token, now)) return ANONYMOUS;
  tokens.noteUse(token, now);
  return holderOf(token, quotas);
}

/** @throws Refusal `token_invalid` */
export function checkValid(token: ApiToken, now: number): void {
  if (token.revokedAt !== null) throw invalid(`It was revoked ${onTime(token.revokedAt)}.`);
  if (isExpired(token, now)) throw invalid(`It expired ${onTime(token.expiresAt ?? 0)}.`);
}

function isExpired({ expiresAt }: ApiToken, now: number): boolean {
  return expiresAt !== null && expiresAt <= now;
}

export function holderOf({ id, name, scopes: given, expiresAt, quotas }: ApiToken, defaults: Quotas): Principal {
  const scopes = withIncluded(given);
  return { kind: 'token', name, scopes, tokenId: id, expiresAt, quotas: quotasFor(scopes, defaults, quotas) };
}

function invalid(why: string): Refusal {
  return new Refusal('token_invalid', `The token is not valid. ${why} Whoever runs the service can make another one.`);
}

function onTime(milliseconds: number): string {
  return `on ${new Date(milliseconds).toISOString()}`;
}
