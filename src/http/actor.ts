import { z } from '@hono/zod-openapi';

/** Who asks for a change. */
export const ActorHeaders = z.object({
  'X-Actor': z
    .string()
    .regex(/^[\x21-\x7e](?:[\x20-\x7e]{0,98}[\x21-\x7e])?$/, 'write 1 to 100 printable ASCII characters')
    .optional()
    .openapi({
      description:
        'Who asks, as the program in front of this service knows them: 1 to 100 printable ASCII characters. Nobody ' +
        'checks it. It is kept in the history of the emoji, and who uploads the first picture becomes its `owner`.',
      example: 'ada@example.org',
    }),
});

/** @returns null where the request does not say */
export function actorOf({ 'X-Actor': actor }: z.infer<typeof ActorHeaders>): string | null {
  return actor ?? null;
}
