import type { OpenAPIHono } from '@hono/zod-openapi';
import type { Context, MiddlewareHandler } from 'hono';
import { matchedRoutes } from 'hono/route';
import { isPrivate, isSetUp, MIN_SECRET_LENGTH, secretsOf } from '../../adapters/settings.ts';
import type { Principal, Scope } from '../../domain/access.ts';
import type { AppEnv } from '../ports.ts';
import { HttpError } from '../problems.ts';
import { isCrossSite, isDoing } from './cross-site.ts';
import { isForAnybody, isReadable, type Needs, scopesOf } from './needs.ts';
import { isOpen, principalOf } from './principal.ts';

/** A route as its description has it. */
interface Described {
  path: string;
  wanted: Needs;
}

/** Has no description of its own. */
const DESCRIPTION = '/openapi.json';

/**
 * Lets nobody through to a route who may not use it: what it needs, its description says. A route that says nothing is
 * nobody's.
 *
 * @throws HttpError `not_set_up`, `not_signed_in`, `not_allowed`, `cross_site`, and what `principalOf` does
 */
export function guard(app: OpenAPIHono<AppEnv>): MiddlewareHandler<AppEnv> {
  const described = new Map<string, Described>();
  return async (c, next) => {
    if (described.size === 0) describeAll(app, described);
    const found = matchedRoutes(c).find(({ method }) => method !== 'ALL');
    // There is nothing there, which is said later; or it is what says all this.
    if (found === undefined || found.path === DESCRIPTION) return next();
    const route = described.get(`${found.method} ${found.path}`);
    if (route === undefined) throw new Error(`${found.method} ${found.path} has no description`);
    c.set('route', route.path);
    await check(c, route.wanted);
    await next();
    // Nobody else may keep what not everybody may see.
    const policy = c.res.headers.get('Cache-Control');
    if (policy && !isPublic(c.env, route.wanted)) c.header('Cache-Control', policy.replace('public', 'private'));
  };
}

function describeAll(app: OpenAPIHono<AppEnv>, described: Map<string, Described>): void {
  for (const definition of app.openAPIRegistry.definitions) {
    if (definition.type !== 'route') continue;
    const { method, path, security } = definition.route;
    if (security === undefined) continue;
    const routingPath = path.replaceAll(/\/{(.+?)}/g, '/:$1');
    described.set(`${method.toUpperCase()} ${routingPath}`, { path, wanted: security as Needs });
  }
}

function isPublic(env: Env, wanted: Needs): boolean {
  return isForAnybody(wanted) || (isReadable(wanted) && !isPrivate(env));
}

async function check(c: Context<AppEnv>, wanted: Needs): Promise<void> {
  const isForAll = isPublic(c.env, wanted);
  // What a browser sends by itself proves nothing when another site has made it do so; nor does that it is on this
  // machine, where CORS may let that site read the answer too.
  const isUnproved = isOpen(c) ? isDoing(c) || !isForAll : isDoing(c) && c.req.header('Authorization') === undefined;
  if (isUnproved && isCrossSite(c)) {
    throw new HttpError(
      'cross_site',
      'Another site has sent this request with your browser. That is for the pages of this service, or takes a token.',
    );
  }
  if (isForAll) return;
  await checkScopes(c, scopesOf(wanted));
}

/** @throws HttpError `not_set_up`, `not_signed_in`, `not_allowed`: who asks has none of the scopes */
export async function checkScopes(c: Context<AppEnv>, scopes: Scope[]): Promise<void> {
  const principal = await principalOf(c);
  if (scopes.some((scope) => principal.scopes.has(scope))) return;
  throw principal.kind === 'anonymous' ? signedOut(c.env, scopes) : lacking(principal, scopes);
}

export function notSetUp(env: Env): HttpError {
  const fault = secretsOf(env) === null ? 'It has no ADMIN_TOKEN.' : 'Its ADMIN_TOKEN, or its TOKEN_KEY, is too short.';
  return new HttpError(
    'not_set_up',
    `This service is not set up yet, and does nothing but show emoji. ${fault} Whoever runs it sets a secret of ` +
      `${MIN_SECRET_LENGTH} characters or more: \`openssl rand -base64 32 | npx wrangler secret put ADMIN_TOKEN\`.`,
  );
}

function signedOut(env: Env, scopes: Scope[]): HttpError {
  if (!isSetUp(env)) return notSetUp(env);
  return new HttpError(
    'not_signed_in',
    `This needs ${anyOf(scopes)}. Send a token that has it, as "Authorization: Bearer cemoji_…", or sign in to the pages.`,
  );
}

function lacking({ kind, name, scopes: has }: Principal, scopes: Scope[]): HttpError {
  const who = name === null ? 'You have' : `"${name}" has`;
  if (kind === 'person' && has.size === 0) {
    return new HttpError(
      'not_allowed',
      `${who} no role here. Whoever runs the service gives one, by the variables ACCESS_ADMINS, ACCESS_MEMBERS and ACCESS_READERS.`,
    );
  }
  return new HttpError('not_allowed', `${who} ${[...has].join(', ')}; this needs ${anyOf(scopes)}.`);
}

function anyOf(scopes: Scope[]): string {
  return `the scope ${scopes.join(' or ')}`;
}
