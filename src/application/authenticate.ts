import { ADMIN_NAME, ANONYMOUS, type ApiToken, type Principal, SCOPES, withIncluded } from '../domain/access.ts';
import { Refusal } from '../domain/refusal.ts';
import type { Credentials, SessionStore, TokenStore } from './access-ports.ts';

export interface AccessPorts {
  credentials: Credentials;
  tokens: TokenStore;
  sessions: SessionStore;
}

/** How long somebody stays signed in. */
export const SESSION_MS = 7 * 24 * 3_600_000;

const ADMIN: Principal = { kind: 'admin', name: ADMIN_NAME, scopes: new Set(SCOPES), tokenId: null, expiresAt: null };

/** Who has a token: the `ADMIN_TOKEN`, or one of the API. @throws Refusal `token_invalid` */
export async function authenticate(ports: AccessPorts, text: string, now: number): Promise<Principal> {
  const { credentials, tokens } = ports;
  if (credentials.isAdminToken(text)) return ADMIN;
  if (!credentials.isTokenText(text)) {
    throw invalid('It is not one that this service made: those are "cemoji_" and 36 letters and digits more.');
  }
  const token = await tokens.find(credentials.tokenHash(text));
  if (token === null) throw invalid('This service does not know it.');
  if (token.revokedAt !== null) throw invalid(`It was revoked ${onTime(token.revokedAt)}.`);
  if (isExpired(token, now)) throw invalid(`It expired ${onTime(token.expiresAt ?? 0)}.`);
  await tokens.noteUse(token, now);
  return holderOf(token);
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
export async function resume(
  { credentials, sessions, tokens }: AccessPorts,
  session: string,
  now: number,
): Promise<Principal> {
  const token = await sessions.find(credentials.sessionHash(session), now);
  if (token === null) return ADMIN;
  if (token === undefined || token.revokedAt !== null || isExpired(token, now)) return ANONYMOUS;
  await tokens.noteUse(token, now);
  return holderOf(token);
}

function isExpired({ expiresAt }: ApiToken, now: number): boolean {
  return expiresAt !== null && expiresAt <= now;
}

function holderOf({ id, name, scopes, expiresAt }: ApiToken): Principal {
  return { kind: 'token', name, scopes: withIncluded(scopes), tokenId: id, expiresAt };
}

function invalid(why: string): Refusal {
  return new Refusal('token_invalid', `The token is not valid. ${why} Whoever runs the service can make another one.`);
}

function onTime(milliseconds: number): string {
  return `on ${new Date(milliseconds).toISOString()}`;
}
