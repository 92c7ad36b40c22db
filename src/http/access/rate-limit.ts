import type { MiddlewareHandler } from 'hono';
import type { AppEnv } from '../ports.ts';
import { isRead } from '../sessions.ts';
import { isOpen } from './principal.ts';
import { countRequest, senderOf } from './rates.ts';

/**
 * Counts each request, by who sends it where that is known by now, and by where it comes from otherwise. Programs on
 * this machine may send as many as they like.
 *
 * @throws HttpError `rate_limited`
 */
export const rateLimit: MiddlewareHandler<AppEnv> = async (c, next) => {
  if (isOpen(c)) return next();
  const { tokenId = null, name = null } = (await c.get('principal')) ?? {};
  let by = senderOf(c);
  if (tokenId !== null) by = `token ${tokenId}`;
  else if (name !== null) by = `name ${name}`;
  await countRequest(c, isRead(c) ? 'reads' : 'writes', by);
  await next();
};
