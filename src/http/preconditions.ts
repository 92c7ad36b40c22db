import { z } from '@hono/zod-openapi';
import type { Precondition } from '../application/revision.ts';
import { maySeePeople, type Principal } from '../domain/access.ts';
import type { EmojiRevision } from '../domain/emoji.ts';

export const IfMatchHeaders = z.object({
  'If-Match': z
    .string()
    .optional()
    .openapi({
      description:
        'The ETag of the emoji as you have seen it (that of `…/info`, and of every answer to a change), or several. ' +
        'When it has been changed since, nothing is done. `*` is any.',
      example: '"0a4f6d3e-3a4e-4a52-9d1f-7c1df3f6f6c1.3"',
    }),
});

/** The ETag of all that is to be known of an emoji: strong, another one after each change. */
export const etagOf = ({ id, revision }: EmojiRevision): string => `"${id}.${revision}"`;

/**
 * The ETag of an answer that tells more to who may see people: a browser revalidates by it what it has kept, also of
 * what was told before somebody signed in or out.
 */
export const etagFor = (by: Principal, etag: string): string =>
  maySeePeople(by) ? etag : etag.replace(/"$/, '.public"');

/** The same in a body. */
export const EtagSchema = z.string().openapi({
  description: 'Of all that is to be known of it: for `If-Match`.',
  example: '"0a4f6d3e-3a4e-4a52-9d1f-7c1df3f6f6c1.3"',
});

/** RFC 9110, section 13.1.1: strong comparison, so that a weak tag is nobody's. */
export function preconditionOf({ 'If-Match': header }: z.infer<typeof IfMatchHeaders>): Precondition {
  const tags = header?.split(',').map((tag) => tag.trim());
  return tags === undefined || tags.includes('*') ? null : (seen) => tags.includes(etagOf(seen));
}
