import { ADMIN_NAME, type ApiToken, type Principal, type Scope } from '../domain/access.ts';
import { Refusal } from '../domain/refusal.ts';
import type { Credentials, TokenStore } from './access-ports.ts';

/**
 * Makes a token.
 *
 * @param expiresAt milliseconds since 1970; null for never
 * @returns its text, which is kept nowhere
 * @throws Refusal `token_name_taken`; `scope_not_yours`, `expiry_not_yours`: nobody gives what he has not
 */
export async function issueToken(
  { credentials, tokens }: { credentials: Credentials; tokens: TokenStore },
  by: Principal,
  { name, scopes, expiresAt, quotas }: Pick<ApiToken, 'name' | 'scopes' | 'expiresAt' | 'quotas'>,
  now: number,
): Promise<{ token: ApiToken; text: string }> {
  const missing = scopes.filter((scope) => !by.scopes.has(scope));
  if (missing.length > 0) throw scopeNotYours(missing);
  if (by.expiresAt !== null && (expiresAt === null || expiresAt > by.expiresAt)) throw expiryNotYours(by.expiresAt);
  const text = credentials.newToken();
  const token: ApiToken = {
    id: crypto.randomUUID(),
    name,
    scopes: [...new Set(scopes)],
    createdAt: now,
    createdBy: by.name,
    expiresAt,
    revokedAt: null,
    lastUsedAt: null,
    quotas,
  };
  if (name === ADMIN_NAME || !(await tokens.add(token, credentials.tokenHash(text)))) throw nameInUse(name);
  return { token, text };
}

/** Ends a token at once. @throws Refusal `token_not_found` */
export async function revokeToken(tokens: TokenStore, id: string, now: number): Promise<ApiToken> {
  const token = await tokens.revoke(id, now);
  if (token === null) throw new Refusal('token_not_found', `There is no token with the id "${id}".`);
  return token;
}

function scopeNotYours(missing: Scope[]): Refusal {
  return new Refusal(
    'scope_not_yours',
    `You have no ${missing.map((scope) => `"${scope}"`).join(', ')} yourself, and cannot give it to a token.`,
  );
}

function expiryNotYours(expiresAt: number): Refusal {
  const end = new Date(expiresAt).toISOString();
  return new Refusal('expiry_not_yours', `Your own token ends on ${end}. Give the new one an end that is no later.`);
}

function nameInUse(name: string): Refusal {
  return new Refusal(
    'token_name_taken',
    `A token that is not revoked is called "${name}". Choose another name, or revoke that one first: the new one owns ` +
      'what it made.',
  );
}
