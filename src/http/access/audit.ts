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
 */
export const audit: MiddlewareHandler<AppEnv> = async (c, next) => {
  const route = c.get('route');
  if (isRead(c) || route === undefined) return next();
  const log = d1AuditLog(c.env.DB);
  const { name, kind, tokenId } = await principalOf(c);
  const { pathname, search } = new URL(c.req.url);
  const target = (pathname + search).slice(0, MAX_TARGET_LENGTH);
  const id = await log.begin({ at: Date.now(), name, kind, tokenId, method: c.req.method, route, target });
  await next();
  const ending = log.end(id, c.res.status);
  c.executionCtx.waitUntil(ending.catch((fault) => jsonLog.error('outcome not noted', fault, { entry: id })));
};
