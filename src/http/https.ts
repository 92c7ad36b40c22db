import type { Context } from 'hono';

/** Whether the request came over HTTPS: `npm start` has none. */
export function isHttps(c: Context): boolean {
  return new URL(c.req.url).protocol === 'https:';
}

/** Of a cookie that no script can read and no other site can have sent. */
export function safeCookie(c: Context) {
  return { path: '/', httpOnly: true, sameSite: 'Strict', secure: isHttps(c) } as const;
}
