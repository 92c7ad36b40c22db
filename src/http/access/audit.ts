import type { MiddlewareHandler } from 'hono';
import { d1AuditLog } from '../../adapters/d1-audit-log.ts';
import { jsonLog } from '../../adapters/json-log.ts';
import type { AppEnv } from '../ports.ts';
import { isRead } from '../sessions.ts';
import { principalOf } from './principal.ts';

/** Longer addresses are cut. */
const MAX_TARGET_LENGTH = 1_000;

/**
 * Notes every change that somebody who may asks for, before it is made: what cannot be noted is not done. How it ended
 * is noted after.
 *
 * All that a stranger can ask for is to sign in, and that is noted of whom he turns out to be: of those who fail, or
 * have nothing to sign out of, anybody could fill a table that is never emptied.
 */
export const audit: MiddlewareHandler<AppEnv> = async (c, next) => {
  const route = c.get('route');
  if (isRead(c) || route === undefined) return next();
  const log = d1AuditLog(c.env.DB);
  const begin = async () => {
    const { name, kind, tokenId } = await principalOf(c);
    if (kind === 'anonymous') return null;
    const { pathname, search } = new URL(c.req.url);
    const target = (pathname + search).slice(0, MAX_TARGET_LENGTH);
    return log.begin({ at: Date.now(), name, kind, tokenId, method: c.req.method, route, target });
  };
  const begun = await begin();
  await next();
  const id = begun ?? (await begin());
  if (id === null) return;
  const ending = log.end(id, c.res.status);
  c.executionCtx.waitUntil(ending.catch((fault) => jsonLog.error('outcome not noted', fault, { entry: id })));
};
