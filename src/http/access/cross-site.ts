import type { Context } from 'hono';

const SAFE_METHODS = ['GET', 'HEAD', 'OPTIONS'];

/**
 * Whether a browser sends the request for a page of another site, and it would change something or open a WebSocket,
 * which no rule of the browser's keeps from being read. Every browser tells one of the two headers; what is no browser
 * tells neither, and sends nothing by itself. (The same as `CrossOriginProtection` of Go's net/http.)
 */
export function isCrossSite(c: Context): boolean {
  const isUpgrade = c.req.header('Upgrade') !== undefined;
  if (SAFE_METHODS.includes(c.req.method) && !isUpgrade) return false;
  const site = c.req.header('Sec-Fetch-Site');
  if (site !== undefined) return site !== 'same-origin' && site !== 'none';
  const origin = c.req.header('Origin');
  return origin !== undefined && origin !== new URL(c.req.url).origin;
}
