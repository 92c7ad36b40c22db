import { OpenAPIHono } from '@hono/zod-openapi';
import { methodNotAllowed } from 'hono/method-not-allowed';
import { CACHE } from './cache.ts';
import { crossOrigin } from './cross-origin.ts';
import { emojiRoutes } from './emojis/index.ts';
import type { AppEnv } from './ports.ts';
import { HttpError, onError, problem } from './problems.ts';
import { safeHeaders } from './safe-headers.ts';
import { serviceRoutes } from './service/index.ts';
import { sessions } from './sessions.ts';
import { taskRoutes } from './tasks/index.ts';

/** An answer is not to grow with what is wrong with a request. */
const MOST_ERRORS = 20;
const LONGEST_ERROR = 200;

const cut = (text: string) => (text.length > LONGEST_ERROR ? `${text.slice(0, LONGEST_ERROR)}…` : text);

/** The whole of the HTTP side. */
export function createApp(): OpenAPIHono<AppEnv> {
  const app = new OpenAPIHono<AppEnv>({
    defaultHook: (result) => {
      if (result.success) return;
      const errors = result.error.issues
        .slice(0, MOST_ERRORS)
        .map(({ path, message }) => ({ field: cut(path.join('.')), message: cut(message) }));
      const listed = errors.map(({ field, message }) => `${field}: ${message}`).join('; ');
      throw new HttpError('invalid_request', `The request breaks a rule. ${listed}.`, errors);
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
  app.onError(onError);
  app.notFound((c) =>
    problem(c, 'route_not_found', `There is nothing at ${c.req.path}. The API is described at /docs.`),
  );

  serviceRoutes(app);
  emojiRoutes(app);
  taskRoutes(app);
  return app;
}
