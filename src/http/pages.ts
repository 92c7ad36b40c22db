import { z } from '@hono/zod-openapi';
import { HttpError } from './problems.ts';

/** `limit` of a list, 1 to 100. */
export const LimitSchema = z.coerce
  .number()
  .int()
  .min(1)
  .max(100)
  .default(50)
  .openapi({ description: 'How many at most, 1 to 100.', example: 50 });

/** `cursor` of a list. */
export const CursorSchema = z
  .string()
  .transform((cursor) => (cursor === '' ? undefined : cursor))
  .optional()
  .openapi({ description: 'The `next_cursor` of the page before; leave it out for the first page.' });

export const NextCursorSchema = z
  .string()
  .nullable()
  .openapi({ description: 'Ask for the next page with it; null on the last page.' });

/** The answer of a list, for its description. @param name of the page's schema */
export function pageOf<Item extends z.ZodType>(item: Item, name: string) {
  return {
    description: 'One page.',
    content: {
      'application/json': { schema: z.object({ data: z.array(item), next_cursor: NextCursorSchema }).openapi(name) },
    },
  };
}

/** Cuts a list that was asked for with one more than `limit`, and names the place to go on from. */
export function page<Item>(
  items: Item[],
  limit: number,
  positionOf: (item: Item) => unknown[],
): { items: Item[]; nextCursor: string | null } {
  const shown = items.slice(0, limit);
  const last = shown.at(-1);
  const more = items.length > limit && last !== undefined;
  return { items: shown, nextCursor: more ? encodeCursor(positionOf(last)) : null };
}

export function encodeCursor(position: unknown[]): string {
  const bytes = new TextEncoder().encode(JSON.stringify(position));
  return bytes.toBase64({ alphabet: 'base64url', omitPadding: true });
}

/**
 * @returns null for the first page
 * @throws HttpError `invalid_cursor` for what `page` did not make of a `position`
 */
export function decodeCursor<Position>(cursor: string | undefined, position: z.ZodType<Position>): Position | null {
  if (cursor === undefined) return null;
  try {
    const bytes = Uint8Array.fromBase64(cursor, { alphabet: 'base64url' });
    return position.parse(JSON.parse(new TextDecoder().decode(bytes)));
  } catch {
    throw invalidCursor(cursor);
  }
}

/** For a cursor that another list has made. */
export function invalidCursor(cursor: string): HttpError {
  return new HttpError(
    'invalid_cursor',
    `"${cursor}" is not a cursor of this list. Leave it out for the first page, then send back each next_cursor as it is.`,
  );
}
