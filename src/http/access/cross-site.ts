import type { Context } from 'hono';

const SAFE_METHODS = ['GET', 'HEAD', 'OPTIONS'];

/** Whether a request does what another site must not have a browser do, whether or not it may read the answer. */
export function isDoing(c: Context): boolean {
  // A WebSocket no rule of browsers keeps from being read.
  return !SAFE_METHODS.includes(c.req.method) || c.req.header('Upgrade') !== undefined;
}

/**
 * Whether a browser sends the request for a page of another site. Every browser tells one of the two headers; what is no
 * browser tells neither, and sends nothing by itself. (The same as `CrossOriginProtection` of Go's net/http.)
 */
export function isCrossSite(c: Context): boolean {
  const site = c.req.header('Sec-Fetch-Site');
  if (site !== undefined) return site !== 'same-origin' && site !== 'none';
  const origin = c.req.header('Origin');
  return origin !== undefined && origin !== new URL(c.req.url).origin;
}
