import type { Context, MiddlewareHandler } from 'hono';
import { cors } from 'hono/cors';
import { corsOrigins } from '../adapters/settings.ts';
import type { AppEnv } from './ports.ts';

const exposeHeaders = [
  'ETag',
  'Location',
  'Retry-After',
  'D1-Bookmark',
  'Link',
  'Idempotent-Replayed',
  // What a picture is to be saved as, and what it took to make it fit.
  'Content-Disposition',
  'Emoji-Fit',
];

const forAll = cors({ origin: '*', exposeHeaders });

const asConfigured = cors({
  origin(origin, { env }: Context<AppEnv>) {
    const allowed = corsOrigins(env);
    return allowed.includes('*') ? '*' : allowed.find((one) => one === origin);
  },
  allowMethods: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'],
  exposeHeaders,
  maxAge: 600,
});

const done = async () => {};

/**
 * What pages of other origins may do with an answer. What is public (pictures above all) is the same for everybody and
 * kept by caches that go by the address: it says that all may show and read it. Everything else is for the origins of
 * `CORS_ORIGINS`, and varies by them. Credentials of the browser are for nobody: who has a token sends it himself.
 */
export const crossOrigin: MiddlewareHandler<AppEnv> = async (c, next) => {
  if (c.req.method === 'OPTIONS') {
    const isPreflight = c.req.header('Origin') !== undefined && c.req.header('Access-Control-Request-Method');
    return isPreflight ? asConfigured(c, done) : next();
  }
  await next();
  const isPublic = c.res.headers.get('Cache-Control')?.startsWith('public') ?? false;
  c.res.headers.set('Cross-Origin-Resource-Policy', isPublic ? 'cross-origin' : 'same-origin');
  await (isPublic ? forAll : asConfigured)(c, done);
};
