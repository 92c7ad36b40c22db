import { z } from '@hono/zod-openapi';
import { MAX_URL_LENGTH } from '../domain/public-url.ts';

export const NOTIFY_HEADER = 'X-Notify';

/** Who else is to be told of the end of a task. A header: addresses of requests are logged, and this may be a secret. */
export const NotifyHeaders = z.object({
  [NOTIFY_HEADER]: z
    .string()
    .trim()
    .min(1)
    .max(MAX_URL_LENGTH)
    // Two headers come as one, and would be one URL.
    .regex(/^\S*$/, 'write one URL, or one e-mail address')
    .optional()
    .openapi({
      description:
        'Whom to tell when the task is at its end, this once: the `https` URL of a webhook, of an incoming webhook of Slack, ' +
        'Discord or Mattermost, or an e-mail address. Such a webhook is not signed.',
      example: 'https://www.example.com/done',
    }),
});
