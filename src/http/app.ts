import { OpenAPIHono } from '@hono/zod-openapi';
import { methodNotAllowed } from 'hono/method-not-allowed';
import { audit } from './access/audit.ts';
import { guard } from './access/guard.ts';
import { accessRoutes } from './access/index.ts';
import { rateLimit } from './access/rate-limit.ts';
import { CACHE } from './cache.ts';
import { crossOrigin } from './cross-origin.ts';
import { emojiRoutes } from './emojis/index.ts';
import { importRoutes } from './imports/index.ts';
import { invalidRequest } from './invalid-request.ts';
import { noticeRoutes } from './notices/index.ts';
import type { AppEnv } from './ports.ts';
import { onError, problem } from './problems.ts';
import { publishingRoutes } from './publishing/index.ts';
import { safeHeaders } from './safe-headers.ts';
import { serviceRoutes } from './service/index.ts';
import { sessions } from './sessions.ts';
import { taskRoutes } from './tasks/index.ts';

/** The whole of the HTTP side. */
export function createApp(): OpenAPIHono<AppEnv> {
  const app = new OpenAPIHono<AppEnv>({
    defaultHook: (result) => {
      if (!result.success) throw invalidRequest(result.error);
    },
  });

  app.use(async (c, next) => {
    await next();
    if (!c.res.headers.has('Cache-Control')) c.res.headers.set('Cache-Control', CACHE.none);
  });
  app.use(safeHeaders);
  app.use(crossOrigin);
  app.use(sessions);
  app.use(
    methodNotAllowed({
      app,
      onMethodNotAllowed: (c, methods) => {
        c.header('Allow', methods.join(', '));
        return problem(c, 'method_not_allowed', `${c.req.method} is not possible here; ${methods.join(', ')} are.`);
      },
    }),
  );
  app.use(guard(app));
  app.use(rateLimit);
  app.use(audit);
  app.onError(onError);
  app.notFound((c) =>
    problem(c, 'route_not_found', `There is nothing at ${c.req.path}. The API is described at /docs.`),
  );

  accessRoutes(app);
  serviceRoutes(app);
  // Before the short addresses of emoji.
  publishingRoutes(app);
  emojiRoutes(app);
  importRoutes(app);
  taskRoutes(app);
  noticeRoutes(app);
  return app;
}
