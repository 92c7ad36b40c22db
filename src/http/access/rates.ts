import type { Context } from 'hono';
import type { AppEnv } from '../ports.ts';
import { HttpError } from '../problems.ts';

/** Of the bindings in `wrangler.toml`, in seconds. Nobody tells when it began: who waits so long has waited enough. */
const PERIOD = 60;

/**
 * Counts a request.
 *
 * @param by who sends it
 * @throws HttpError `rate_limited`
 */
export async function countRequest(c: Context<AppEnv>, what: 'reads' | 'writes', by: string): Promise<void> {
  const { READ_LIMIT, READS_PER_MINUTE, WRITE_LIMIT, WRITES_PER_MINUTE } = c.env;
  const { success } = await (what === 'reads' ? READ_LIMIT : WRITE_LIMIT).limit({ key: by });
  if (success) return;
  c.header('Retry-After', `${PERIOD}`);
  const limit = what === 'reads' ? READS_PER_MINUTE : WRITES_PER_MINUTE;
  throw new HttpError(
    'rate_limited',
    `You have sent more than ${limit} ${what === 'reads' ? 'requests' : 'changes'} within ${PERIOD} seconds. Send this ` +
      `again in ${PERIOD} seconds.`,
  );
}

/** From where a request comes. Cloudflare tells the address; locally there may be none. */
export function senderOf(c: Context<AppEnv>): string {
  return `address ${networkOf(c.req.header('CF-Connecting-IP') ?? '')}`;
}

/** An address; of IPv6 its first 64 bits, since whoever has one has all that begin so. */
export function networkOf(address: string): string {
  if (!address.includes(':')) return address;
  const [before, after] = address.split('::').map((part) => part.split(':').filter((group) => group !== ''));
  const known = [...(before ?? []), ...(after ?? [])].length;
  const groups = [...(before ?? []), ...Array<string>(Math.max(0, 8 - known)).fill('0'), ...(after ?? [])];
  const first = groups.slice(0, 4).map((group) => Number.parseInt(group, 16).toString(16));
  return `${first.join(':')}::/64`;
}
