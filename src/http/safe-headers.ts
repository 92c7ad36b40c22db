import type { MiddlewareHandler } from 'hono';
import { isHttps } from './https.ts';
import type { AppEnv } from './ports.ts';

/**
 * What every answer says, so that nothing of this service is ever a page that can do something: should a browser show
 * an answer as one, it loads nothing, runs no script, has an origin of its own and is in nobody's frame. One policy for
 * all answers: what a 304 says replaces what a browser has kept with the picture.
 */
const HEADERS = {
  'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'; sandbox",
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
};

/** RFC 6797, section 7.2: not over plain HTTP. One year. */
const HTTPS_ONLY = { 'Strict-Transport-Security': 'max-age=31536000' };

export const safeHeaders: MiddlewareHandler<AppEnv> = async (c, next) => {
  await next();
  for (const [name, value] of Object.entries({ ...HEADERS, ...(isHttps(c) && HTTPS_ONLY) })) {
    c.res.headers.set(name, value);
  }
};
