import type { Context, MiddlewareHandler } from 'hono';
import { edgeCache } from '../adapters/edge-cache.ts';
import { jsonLog } from '../adapters/json-log.ts';
import type { AppEnv } from './ports.ts';

/**
 * Answers GET and HEAD from the edge where it has the answer, and keeps there what may be kept.
 *
 * @param pathOf one path for all addresses of an answer, however they are written; null for what is never kept
 */
export function atTheEdge(pathOf: (c: Context<AppEnv>) => string | null): MiddlewareHandler<AppEnv> {
  return async (c, next) => {
    const path = pathOf(c);
    if (path === null) return next();
    const cache = edgeCache(c.executionCtx as ExecutionContext);
    // An edge that fails must not keep anybody from the picture.
    const kept = await cache.match(path, c.req.raw).catch((fault) => jsonLog.error('edge not asked', fault, { path }));
    // What comes from the cache cannot be changed, and a middleware may want to.
    if (kept) return new Response(c.req.method === 'HEAD' ? null : kept.body, kept);
    await next();
    if (c.req.method !== 'GET' || !isKept(c.res)) return;
    const storing = cache.put(path, c.res.clone());
    c.executionCtx.waitUntil(storing.catch((fault) => jsonLog.error('answer not kept', fault, { path })));
  };
}

function isKept({ status, headers }: Response): boolean {
  return (status === 200 || status === 301) && (headers.get('Cache-Control') ?? '').startsWith('public');
}
