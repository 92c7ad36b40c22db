import { z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { type OneOff, oneOff } from '../application/notices/subscribe.ts';
import { MAX_URL_LENGTH } from '../domain/public-url.ts';
import { principalOf } from './access/principal.ts';
import { type AppEnv, portsOf } from './ports.ts';
import { HttpError } from './problems.ts';

export const NOTIFY_HEADER = 'X-Notify';

const DESCRIPTION =
  'Whom to tell when the task is at its end, this once: the `https` URL of a webhook, of an incoming webhook of Slack, ' +
  'Discord or Mattermost, or an e-mail address. Such a webhook is not signed.';

const Notify = z
  .string()
  .trim()
  .min(1)
  .max(MAX_URL_LENGTH)
  // Two headers, or two fields, come as one, and would be one URL.
  .regex(/^\S*$/, 'write one URL, or one e-mail address');

/** Who else is to be told of the end of a task. A header: addresses of requests are logged, and this may be a secret. */
export const NotifyHeaders = z.object({
  [NOTIFY_HEADER]: Notify.optional().openapi({ description: DESCRIPTION }),
});

/** The same in the body: a plain schema, since that is one of several. */
export const notifySchema = {
  type: 'string' as const,
  maxLength: MAX_URL_LENGTH,
  // The page of the API fills it in, and nobody is to be told.
  example: '',
  description: `${DESCRIPTION} The same as the header \`${NOTIFY_HEADER}\`.`,
};

/**
 * Who is to be told of the end of a task that is ordered.
 *
 * @param inBody as it is written there; empty for nobody. Known once the body has been read
 * @returns null where nobody is named; throws HttpError `invalid_request` and what `oneOff` does, where the body is wrong
 * @throws HttpError `invalid_request`, and what `oneOff` does, where the header is wrong
 */
export async function notifyOf(
  c: Context<AppEnv>,
  { [NOTIFY_HEADER]: inHeader }: z.infer<typeof NotifyHeaders>,
  inBody: () => string = () => '',
): Promise<() => OneOff | null> {
  if (c.req.query('notify') !== undefined) {
    throw wrongNotify(
      `send it as the header ${NOTIFY_HEADER}, or in the body, since addresses of requests get into logs`,
    );
  }
  const by = await principalOf(c);
  const toBeTold = (written: string) => oneOff(portsOf(c), by, written, new URL(c.req.url).origin);
  const first = inHeader === undefined ? null : toBeTold(inHeader);
  return () => {
    const written = inBody().trim();
    if (written === '') return first;
    if (first) throw wrongNotify(`it is in the header ${NOTIFY_HEADER} and in the body; send one of them`);
    const { success, data, error } = Notify.safeParse(written);
    if (!success) throw wrongNotify(error.issues.map(({ message }) => message).join('; '));
    return toBeTold(data);
  };
}

/** @param rule which rule is broken, and what to do */
export function wrongNotify(rule: string): HttpError {
  return new HttpError('invalid_request', `The request breaks a rule. notify: ${rule}.`);
}
