import type { MiddlewareHandler } from 'hono';
import { ADMIN_NAME, type Principal } from '../../domain/access.ts';
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
  const principal = await c.get('principal');
  await countRequest(c, isRead(c) ? 'reads' : 'writes', (principal && holderOf(principal)) ?? senderOf(c));
  await next();
};

/** Who it is, whomever he speaks for; null where that is not known. */
function holderOf({ kind, tokenId, name }: Principal): string | null {
  if (kind === 'person') return name && `person ${name}`;
  if (kind === 'admin' || kind === 'token') return `token ${tokenId ?? ADMIN_NAME}`;
  return null;
}
