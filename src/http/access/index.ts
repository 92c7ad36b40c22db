import type { OpenAPIHono } from '@hono/zod-openapi';
import type { AppEnv } from '../ports.ts';
import * as handlers from './handlers.ts';
import * as routes from './routes.ts';

/** What a typed client of these routes goes by. */
export type AccessApi = ReturnType<typeof accessRoutes>;

export function accessRoutes(app: OpenAPIHono<AppEnv>) {
  app.openAPIRegistry.registerComponent('securitySchemes', 'token', {
    type: 'http',
    scheme: 'bearer',
    description: 'The ADMIN_TOKEN of the service, or one that was made by POST /access/tokens.',
  });
  app.openAPIRegistry.registerComponent('securitySchemes', 'session', {
    type: 'apiKey',
    in: 'cookie',
    name: '__Host-session',
    description: 'Of who has signed in to the pages.',
  });
  return app
    .openapi(routes.whoami, handlers.whoamiHandler)
    .openapi(routes.signIn, handlers.signInHandler)
    .openapi(routes.signOut, handlers.signOutHandler)
    .openapi(routes.listTokens, handlers.listTokensHandler)
    .openapi(routes.createToken, handlers.createTokenHandler)
    .openapi(routes.revokeToken, handlers.revokeTokenHandler)
    .openapi(routes.audit, handlers.auditHandler);
}
