import { type RouteHandler, z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { deleteCookie, getCookie, setCookie } from 'hono/cookie';
import { d1AuditLog } from '../../adapters/d1-audit-log.ts';
import { isPrivate, isSetUp } from '../../adapters/settings.ts';
import type { TokenPosition } from '../../application/access-ports.ts';
import { type AccessPorts, authenticate, SESSION_MS, signIn } from '../../application/authenticate.ts';
import { issueToken, revokeToken } from '../../application/issue-token.ts';
import { time } from '../../application/task-view.ts';
import { type ApiToken, type Principal, SCOPES } from '../../domain/access.ts';
import { isHttps, safeCookie } from '../https.ts';
import { decodeCursor, page } from '../pages.ts';
import { type AppEnv, portsOf } from '../ports.ts';
import { notSetUp } from './guard.ts';
import { accessPorts, identify, principalOf, sessionCookie } from './principal.ts';
import type * as routes from './routes.ts';

export const createTokenHandler: RouteHandler<typeof routes.createToken, AppEnv> = async (c) => {
  const { name, scopes, expires_at, quotas } = c.req.valid('json');
  const expiresAt = expires_at === null ? null : Date.parse(expires_at);
  // His token may have been revoked while he was still sending this.
  const by = await identify(c);
  const { token, text } = await issueToken(setUpPorts(c), by, { name, scopes, expiresAt, quotas }, Date.now());
  return c.json({ ...viewToken(token), token: text }, 201);
};

const Position = z.tuple([z.int(), z.string()]).transform(([createdAt, id]): TokenPosition => ({ createdAt, id }));

export const listTokensHandler: RouteHandler<typeof routes.listTokens, AppEnv> = async (c) => {
  const { limit, cursor } = c.req.valid('query');
  const after = decodeCursor(cursor, Position);
  const found = await setUpPorts(c).tokens.list({ after, limit: limit + 1 });
  const { items, nextCursor } = page(found, limit, ({ createdAt, id }) => [createdAt, id]);
  return c.json({ data: items.map(viewToken), next_cursor: nextCursor }, 200);
};

export const revokeTokenHandler: RouteHandler<typeof routes.revokeToken, AppEnv> = async (c) =>
  c.json(viewToken(await revokeToken(setUpPorts(c).tokens, c.req.valid('param').id, Date.now())), 200);

export const whoamiHandler: RouteHandler<typeof routes.whoami, AppEnv> = async (c) =>
  c.json(await viewWho(c, await principalOf(c)), 200);

export const signInHandler: RouteHandler<typeof routes.signIn, AppEnv> = async (c) => {
  const ports = setUpPorts(c);
  const now = Date.now();
  const principal = await authenticate(ports, c.req.valid('json').token, now);
  await c.get('note')?.(principal);
  const session = await signIn(ports, principal, now);
  setCookie(c, sessionCookie(c), session, { ...safeCookie(c), maxAge: SESSION_MS / 1_000 });
  return c.json(await viewWho(c, principal), 200);
};

export const signOutHandler: RouteHandler<typeof routes.signOut, AppEnv> = async (c) => {
  const name = sessionCookie(c);
  const session = getCookie(c, name);
  const ports = accessPorts(c);
  if (session !== undefined && ports) await ports.sessions.end(ports.credentials.sessionHash(session));
  deleteCookie(c, name, { path: '/', secure: isHttps(c) });
  // What was shown only to him must not come back from the browser's cache.
  return c.body(null, 204, { 'Clear-Site-Data': '"cache"' });
};

const AuditPosition = z.tuple([z.int()]).transform(([id]) => id);

export const auditHandler: RouteHandler<typeof routes.audit, AppEnv> = async (c) => {
  const { name = null, limit, cursor } = c.req.valid('query');
  const before = decodeCursor(cursor, AuditPosition);
  const found = await d1AuditLog(c.env.DB).list(name, { before, limit: limit + 1 });
  const { items, nextCursor } = page(found, limit, ({ id }) => [id]);
  const data = items.map(({ at, tokenId, ...entry }) => ({ ...entry, at: time(at), token_id: tokenId }));
  return c.json({ data, next_cursor: nextCursor }, 200);
};

function setUpPorts(c: Context<AppEnv>): AccessPorts {
  const ports = accessPorts(c);
  if (ports === null) throw notSetUp(c.env);
  return ports;
}

function viewToken(token: ApiToken) {
  const { id, name, scopes, createdAt, createdBy, expiresAt, revokedAt, lastUsedAt, quotas } = token;
  const orNull = (at: number | null) => (at === null ? null : time(at));
  return {
    id,
    name,
    scopes,
    created_at: time(createdAt),
    created_by: createdBy,
    expires_at: orNull(expiresAt),
    revoked_at: orNull(revokedAt),
    last_used_at: orNull(lastUsedAt),
    quotas,
  };
}

async function viewWho(c: Context<AppEnv>, { kind, name, scopes, quotas }: Principal) {
  const isReady = kind === 'local' || isSetUp(c.env);
  return {
    kind,
    name,
    scopes: SCOPES.filter((scope) => scopes.has(scope)),
    can_sign_in: kind !== 'local' && kind !== 'person' && isReady,
    private: isPrivate(c.env),
    set_up: isReady,
    quotas: quotas && name !== null ? { used: await portsOf(c).usage.of(name), limit: quotas } : null,
  };
}
