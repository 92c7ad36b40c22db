import { z } from '@hono/zod-openapi';
import { HttpError } from './problems.ts';

export const ACTOR_HEADER = 'X-Actor';

const ACTOR = /^[\x21-\x7e](?:[\x20-\x7e]{0,98}[\x21-\x7e])?$/;
const RULE = 'write 1 to 100 printable ASCII characters';

/** Who asks for a change, where a program in front of the service speaks for him. */
export const ActorHeaders = z.object({
  [ACTOR_HEADER]: z
    .string()
    .regex(ACTOR, RULE)
    .optional()
    .openapi({
      description:
        'For whom a program in front of this service asks, as that program knows him: 1 to 100 printable ASCII ' +
        'characters. It needs a token with the scope `emoji:admin` for that. He is who the history of the emoji has, and the ' +
        '`owner` of what is uploaded. Without it that is whoever has the token.',
      example: 'ada@example.org',
    }),
});

/** @throws HttpError `invalid_request` */
export function readActor(header: string): string {
  if (!ACTOR.test(header))
    throw new HttpError('invalid_request', `The request breaks a rule. ${ACTOR_HEADER}: ${RULE}.`);
  return header;
}
