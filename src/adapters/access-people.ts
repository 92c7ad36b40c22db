import { type Principal, quotasFor, SCOPES, type Scope, withIncluded } from '../domain/access.ts';
import { NO_OWN_QUOTAS } from '../domain/quota.ts';
import { jsonLog } from './json-log.ts';
import { defaultQuotas } from './settings.ts';

/** What the people of each variable may do, most first. */
const ROLES = {
  ACCESS_ADMINS: SCOPES,
  ACCESS_MEMBERS: ['emoji:write', 'task:read'],
  ACCESS_READERS: ['emoji:read', 'task:read'],
} as const satisfies Record<string, readonly Scope[]>;

/**
 * Who has signed in with Cloudflare Access, which has checked that before this Worker was asked. Who has no role, and
 * who Access tells no address of, may do nothing.
 *
 * @returns null where no Access stands in front
 */
export async function personOf(env: Env, { access }: Pick<ExecutionContext, 'access'>): Promise<Principal | null> {
  if (access === undefined) return null;
  const identity = await access.getIdentity().catch((fault) => {
    jsonLog.error('Cloudflare Access tells nothing', fault);
    return undefined;
  });
  return personCalled(env, readAddress(identity?.email));
}

/** Who has an address, and by that a role or none. */
export function personCalled(env: Env, email: string | null): Principal {
  const role = (Object.keys(ROLES) as (keyof typeof ROLES)[]).find(
    (variable) => email !== null && isOneOf(env[variable], email),
  );
  const scopes = withIncluded(role ? ROLES[role] : []);
  const quotas = quotasFor(scopes, defaultQuotas(env), NO_OWN_QUOTAS);
  return { kind: 'person', name: email, scopes, tokenId: null, expiresAt: null, quotas };
}

function readAddress(email: unknown): string | null {
  return typeof email === 'string' && /^[^@\s]+@[^@\s]+$/.test(email) ? lowerCase(email) : null;
}

/** Of ASCII alone: there are other characters whose small letter is one of another address. */
function lowerCase(text: string): string {
  return text.replaceAll(/[A-Z]+/g, (letters) => letters.toLowerCase());
}

/** @param list addresses, and `*@example.org` for all of a domain, separated by commas or spaces */
export function isOneOf(list: string | undefined, email: string): boolean {
  const address = lowerCase(email);
  const domain = address.slice(address.lastIndexOf('@'));
  return lowerCase(list ?? '')
    .split(/[\s,]+/)
    .some((entry) => entry === address || entry === `*${domain}`);
}
