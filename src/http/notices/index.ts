import type { OpenAPIHono } from '@hono/zod-openapi';
import { z } from '@hono/zod-openapi';
import { NOTICE_EVENTS } from '../../domain/notices.ts';
import type { AppEnv } from '../ports.ts';
import * as handlers from './handlers.ts';
import * as routes from './routes.ts';
import { PayloadSchema } from './schemas.ts';

/** What a typed client of these routes goes by. */
export type NoticeApi = ReturnType<typeof noticeRoutes>;

/** By https://www.standardwebhooks.com. */
const WebhookHeaders = z.object({
  'webhook-id': z.string().openapi({ description: 'The same at each attempt: what came twice is to be done once.' }),
  'webhook-timestamp': z.string().openapi({ description: 'Of the attempt, in seconds since 1970.' }),
  'webhook-signature': z
    .string()
    .optional()
    .openapi({
      description:
        '`v1,` and the HMAC-SHA-256, in base64, of `{webhook-id}.{webhook-timestamp}.{body}`; several with a space between ' +
        'them for a day after the secret was rotated. Left out of a notice that was asked for with an upload: nobody has agreed on a secret.',
    }),
});

export function noticeRoutes(app: OpenAPIHono<AppEnv>) {
  for (const event of [...NOTICE_EVENTS, 'notice.test']) {
    app.openAPIRegistry.registerWebhook({
      method: 'post',
      path: event,
      tags: ['Notices'],
      description:
        'Sent to subscriptions of the kind `webhook`. 2xx is taken for "got it"; all else is tried again for 24 hours, after ' +
        '`Retry-After` at the earliest; 410 ends the subscription. Redirects are not followed.',
      request: { headers: WebhookHeaders, body: { content: { 'application/json': { schema: PayloadSchema } } } },
      responses: { 204: { description: 'Got it.' }, 410: { description: 'Send no more.' } },
    });
  }
  return app
    .openapi(routes.list, handlers.listHandler)
    .openapi(routes.create, handlers.createHandler)
    .openapi(routes.fetchOne, handlers.fetchHandler)
    .openapi(routes.change, handlers.changeHandler)
    .openapi(routes.remove, handlers.removeHandler)
    .openapi(routes.test, handlers.testHandler)
    .openapi(routes.rotate, handlers.rotateHandler)
    .openapi(routes.deliveries, handlers.deliveriesHandler)
    .openapi(routes.resend, handlers.resendHandler);
}
