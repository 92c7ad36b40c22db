import type { Context } from 'hono';
import { emojiTag } from '../../adapters/edge-cache.ts';
import { CACHE } from '../cache.ts';
import type { AppEnv } from '../ports.ts';
import { emojiUrl } from './urls.ts';

export const movedResponse = {
  301: { description: 'The emoji was called so before: what was asked for is under its present name.' },
};

/**
 * Sends on who asked by a name that the emoji had before.
 *
 * @param what of the emoji was asked for, as it stands behind the name in the address
 * @param search of the address, where it says what is wanted: what is kept at the edge must not have anybody's own
 */
export function sendToPresentName(
  c: Context<AppEnv>,
  { id, name }: { id: string; name: string },
  what: string,
  search = '',
) {
  c.header('Cache-Control', CACHE.formerName);
  c.header('Cache-Tag', emojiTag(id));
  return c.redirect(`${emojiUrl(name)}${what}${search}`, 301);
}
