import type { OpenAPIHono } from '@hono/zod-openapi';
import type { AppEnv } from '../ports.ts';
import * as publications from './publication-handlers.ts';
import * as publicationRoutes from './publication-routes.ts';
import * as targets from './target-handlers.ts';
import * as targetRoutes from './target-routes.ts';

/** What a typed client of these routes goes by. */
export type PublishingApi = ReturnType<typeof publishingRoutes>;

export function publishingRoutes(app: OpenAPIHono<AppEnv>) {
  return app
    .openapi(targetRoutes.createTarget, targets.createTargetHandler)
    .openapi(targetRoutes.listTargets, targets.listTargetsHandler)
    .openapi(targetRoutes.showTarget, targets.showTargetHandler)
    .openapi(targetRoutes.changeTarget, targets.changeTargetHandler)
    .openapi(targetRoutes.deleteTarget, targets.deleteTargetHandler)
    .openapi(targetRoutes.checkTarget, targets.checkTargetHandler)
    .openapi(publicationRoutes.publish, publications.publishHandler)
    .openapi(publicationRoutes.publishMany, publications.publishManyHandler)
    .openapi(publicationRoutes.publications, publications.publicationsHandler);
}
