import type { MiddlewareHandler } from 'hono';
import { d1AuditLog } from '../../adapters/d1-audit-log.ts';
import { jsonLog } from '../../adapters/json-log.ts';
import type { Principal } from '../../domain/access.ts';
import { replace, rerender, upload } from '../emojis/upload-routes.ts';
import type { AppEnv } from '../ports.ts';
import { isRead } from '../sessions.ts';
import { principalOf } from './principal.ts';

/** Longer addresses are cut. */
const MAX_TARGET_LENGTH = 1_000;

/** Whether these can be done is looked up while they are noted. They wait for that before they change anything. */
const WAIT_THEMSELVES = [upload, replace, rerender].map(({ method, path }) => `${method.toUpperCase()} ${path}`);

/**
 * Notes every change that somebody who may asks for, before it is made: what cannot be noted is not done. How it ended
 * is noted after.
 *
 * All that a stranger can ask for is to sign in, and that is noted once it is known who he is: of those who fail, or
 * have nothing to sign out of, anybody could fill a table that is never emptied.
 */
export const audit: MiddlewareHandler<AppEnv> = async (c, next) => {
  const route = c.get('route');
  if (isRead(c) || route === undefined) return next();
  const log = d1AuditLog(c.env.DB);
  const entries: number[] = [];
  const note = async ({ name, kind, tokenId }: Principal) => {
    if (kind === 'anonymous') return;
    const { pathname, search } = new URL(c.req.url);
    const target = (pathname + search).slice(0, MAX_TARGET_LENGTH);
    entries.push(await log.begin({ at: Date.now(), name, kind, tokenId, method: c.req.method, route, target }));
  };
  c.set('note', note);
  const noted = note(await principalOf(c));
  c.set('noted', noted);
  if (WAIT_THEMSELVES.includes(`${c.req.method} ${route}`)) noted.catch(() => {});
  else await noted;
  await next();
  await noted;
  for (const entry of entries) {
    const ending = log.end(entry, c.res.status);
    c.executionCtx.waitUntil(ending.catch((fault) => jsonLog.error('outcome not noted', fault, { entry })));
  }
};
