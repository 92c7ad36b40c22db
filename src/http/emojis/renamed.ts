import type { Context } from 'hono';
import { CACHE } from '../cache.ts';
import type { AppEnv } from '../ports.ts';
import { emojiUrl } from './urls.ts';

export const movedResponse = {
  301: { description: 'The emoji was called so before: what was asked for is under its present name.' },
};

/**
 * Sends on who asked by a name that the emoji had before. For no longer than a picture may be kept: somebody else may
 * take that name.
 *
 * @param what of the emoji was asked for, as it stands behind the name in the address
 */
export function sendToPresentName(c: Context<AppEnv>, { name }: { name: string }, what: string) {
  c.header('Cache-Control', CACHE.namedPicture);
  return c.redirect(`${emojiUrl(name)}${what}${new URL(c.req.url).search}`, 301);
}
